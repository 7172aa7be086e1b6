//! Interrupting a run, such as with Ctrl-C.

use comfycheck_core::report::Signal;
use tokio::sync::watch;

/// Interrupts a run. Dropped, it never will.
#[derive(Debug)]
pub struct Interrupter(watch::Sender<Option<Signal>>);

impl Interrupter {
    /// Interrupts the run; the first signal counts.
    pub fn interrupt(&self, signal: Signal) {
        self.0.send_if_modified(|found| found.is_none() && found.replace(signal).is_none());
    }
}

/// Whether a run was interrupted.
#[derive(Clone, Debug)]
pub struct Interruption(watch::Receiver<Option<Signal>>);

impl Interruption {
    /// A way to interrupt, and what sees it.
    pub fn new() -> (Interrupter, Self) {
        let (sender, receiver) = watch::channel(None);
        (Interrupter(sender), Self(receiver))
    }

    /// One that never comes.
    pub fn never() -> Self {
        Self::new().1
    }

    /// The signal that came, if one came.
    pub fn signal(&self) -> Option<Signal> {
        *self.0.borrow()
    }

    /// Waits for a signal, for ever if none comes.
    pub async fn came(&mut self) -> Signal {
        match self.0.wait_for(Option::is_some).await.map(|signal| *signal) {
            Ok(Some(signal)) => signal,
            // Nobody is left who could interrupt.
            Ok(None) | Err(_) => std::future::pending().await,
        }
    }
}

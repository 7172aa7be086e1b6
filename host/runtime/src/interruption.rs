//! Interrupts a run, such as after Ctrl-C.

use comfycheck_core::report::Signal;
use tokio::sync::watch;

/// Interrupts a run. Dropped, it never does.
#[derive(Debug)]
pub struct Interrupter(watch::Sender<Option<Signal>>);

impl Interrupter {
    /// The first signal counts.
    pub fn interrupt(&self, signal: Signal) {
        self.0.send_if_modified(|received| received.is_none() && received.replace(signal).is_none());
    }
}

/// Whether a run was interrupted.
#[derive(Clone, Debug)]
pub struct Interruption(watch::Receiver<Option<Signal>>);

impl Interruption {
    /// A pair of connected values.
    pub fn new() -> (Interrupter, Self) {
        let (sender, receiver) = watch::channel(None);
        (Interrupter(sender), Self(receiver))
    }

    /// An interruption that never happens.
    pub fn never() -> Self {
        Self::new().1
    }

    pub fn signal(&self) -> Option<Signal> {
        *self.0.borrow()
    }

    /// Waits for a signal, forever if none comes.
    pub async fn received(&mut self) -> Signal {
        match self.0.wait_for(Option::is_some).await.map(|signal| *signal) {
            Ok(Some(signal)) => signal,
            // The interrupter was dropped.
            Ok(None) | Err(_) => std::future::pending().await,
        }
    }
}

//! Signals that stop this process.

use comfycheck_core::report::Signal;
use tokio::signal::ctrl_c;
use tokio::signal::unix::{SignalKind, signal};

/// The next signal that stops the process: Ctrl-C, SIGTERM, or SIGHUP when the terminal closes.
pub(crate) async fn next() -> Signal {
    let (Ok(mut terminate), Ok(mut hang_up)) = (signal(SignalKind::terminate()), signal(SignalKind::hangup())) else {
        // Without handlers, signals end the process as they do by default.
        return std::future::pending().await;
    };
    tokio::select! {
        _ = ctrl_c() => Signal::Interrupt,
        _ = terminate.recv() => Signal::Terminate,
        _ = hang_up.recv() => Signal::Terminate,
    }
}

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

/// Makes a write beyond the limit of a file's size an error, which would end the process otherwise.
pub(crate) fn report_full_files() {
    // The number of SIGXFSZ on Linux, macOS and the BSDs.
    const FULL_FILE: i32 = 25;
    // A signal with a handler does not end the process. The handler stays when the runtime is gone. Without one, the signal
    // does as before.
    if let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_io().build() {
        let _guard = runtime.enter();
        let _ = signal(SignalKind::from_raw(FULL_FILE));
    }
}

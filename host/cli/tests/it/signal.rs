//! Signals to the binary under test.

use std::process::{Child, Command};
use std::sync::{Once, mpsc};

/// Sends a signal, such as `INT`. Every shell has `kill`; a program of that name is not everywhere.
#[track_caller]
pub(crate) fn send(signal: &str, to: &Child) {
    let kill = format!("kill -s {signal} {}", to.id());
    assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success(), "{kill}");
}

/// Lets programs that the tests start receive Ctrl-C: they inherit that it is ignored, as it is for a job in the background. A
/// handler is not inherited.
pub(crate) fn pass_on() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let (ready, is_ready) = mpsc::channel();
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build().unwrap();
            runtime.block_on(async {
                let mut interrupt = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::interrupt()).unwrap();
                ready.send(()).unwrap();
                interrupt.recv().await;
                #[expect(clippy::exit, reason = "Ctrl-C ends the tests, as without a handler")]
                std::process::exit(130);
            });
        });
        is_ready.recv().unwrap();
    });
}

//! Signals to the binary under test.

use std::process::{Child, Command};

/// Sends a signal, such as `INT`. Every shell has `kill`; a program of that name is not everywhere.
#[track_caller]
pub(crate) fn send(signal: &str, to: &Child) {
    let kill = format!("kill -s {signal} {}", to.id());
    assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success(), "{kill}");
}

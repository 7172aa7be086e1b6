//! Windows. Calls of its own interface would be `unsafe`, so this uses the standard library alone.

use std::io;
use std::sync::OnceLock;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// A temporary folder. It is in the user's local data, as a cache requires.
pub(crate) fn private_folder() -> io::Result<TempDir> {
    tempfile::tempdir()
}

/// The clock of the machine, as the sandbox uses it there.
pub(crate) fn thread_clock() -> Duration {
    static START: OnceLock<Instant> = OnceLock::new();
    START.get_or_init(Instant::now).elapsed()
}

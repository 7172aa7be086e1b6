//! Linux, macOS and the BSDs.

use rustix::time::{ClockId, clock_gettime};
use std::fs::Permissions;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;
use tempfile::TempDir;

/// A temporary folder that only this user can read, as a cache requires.
pub(crate) fn private_folder() -> io::Result<TempDir> {
    tempfile::Builder::new().permissions(Permissions::from_mode(0o700)).tempdir()
}

/// The CPU time of this thread.
pub(crate) fn thread_clock() -> Duration {
    Duration::try_from(clock_gettime(ClockId::ThreadCPUTime)).unwrap_or_default()
}

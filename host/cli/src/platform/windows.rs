//! Windows.
#![expect(clippy::unnecessary_wraps, reason = "the signatures are those of other systems")]

use super::folder_of;
use comfycheck_core::report::Signal;
use std::fs::{File, Metadata};
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitStatus;
use tokio::signal::windows::{ctrl_break, ctrl_c, ctrl_close, ctrl_shutdown};

/// The next event that stops the process: Ctrl-C, Ctrl-Break, a console that closes, or the end of the system.
pub(crate) async fn next_signal() -> Signal {
    let handlers = (ctrl_c(), ctrl_break(), ctrl_close(), ctrl_shutdown());
    let (Ok(mut interrupt), Ok(mut stop), Ok(mut close), Ok(mut shutdown)) = handlers else {
        // Without handlers, events end the process as they do by default.
        return std::future::pending().await;
    };
    tokio::select! {
        _ = interrupt.recv() => Signal::Interrupt,
        _ = stop.recv() => Signal::Terminate,
        _ = close.recv() => Signal::Terminate,
        _ = shutdown.recv() => Signal::Terminate,
    }
}

/// Nothing: files have no limit that ends a process.
pub(crate) fn report_full_files() {}

/// None: no signal ends a process.
pub(crate) fn signal_of(_status: ExitStatus) -> Option<i32> {
    None
}

/// Nothing: temporary files have the default of the system.
pub(crate) fn with_default_permissions(_files: &mut tempfile::Builder<'_, '_>) {}

/// Nothing: a new file belongs to the user, with the permissions of its folder.
pub(crate) fn keep_owner(_file: &File, _replaced: &Metadata) -> io::Result<()> {
    Ok(())
}

/// `%LOCALAPPDATA%`.
pub(crate) fn folder_of_caches() -> Option<PathBuf> {
    folder_of("LOCALAPPDATA")
}

/// `%LOCALAPPDATA%`.
pub(crate) fn folder_of_state() -> Option<PathBuf> {
    folder_of("LOCALAPPDATA")
}

/// Creates a folder. It has the permissions of the folder above, which is the user's.
pub(crate) fn create_folder_of_user(folder: &Path) -> io::Result<()> {
    std::fs::create_dir_all(folder)
}

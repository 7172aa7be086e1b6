//! Linux, macOS and the BSDs.

use super::folder_of;
use comfycheck_core::report::Signal;
use std::fs::{DirBuilder, File, Metadata, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt, fchown};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::ExitStatus;
use tokio::signal::ctrl_c;
use tokio::signal::unix::{SignalKind, signal};

/// The next signal that stops the process: Ctrl-C, SIGTERM, or SIGHUP when the terminal closes.
pub(crate) async fn next_signal() -> Signal {
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

/// The number of the signal that ended a process.
pub(crate) fn signal_of(status: ExitStatus) -> Option<i32> {
    status.signal()
}

/// Gives temporary files the default permissions of new files.
pub(crate) fn with_default_permissions(files: &mut tempfile::Builder<'_, '_>) {
    files.permissions(Permissions::from_mode(0o666));
}

/// Gives a new file the owner and the group of the one that it replaces.
pub(crate) fn keep_owner(file: &File, replaced: &Metadata) -> io::Result<()> {
    let own = file.metadata()?;
    let (owner, group) = (replaced.uid(), replaced.gid());
    if (own.uid(), own.gid()) == (owner, group) { Ok(()) } else { fchown(file, Some(owner), Some(group)) }
}

/// `$XDG_CACHE_HOME`, else `~/.cache`. None without a home folder.
pub(crate) fn folder_of_caches() -> Option<PathBuf> {
    let caches = folder_of("XDG_CACHE_HOME").filter(|path| path.is_absolute());
    caches.or_else(|| folder_of("HOME").map(|home| home.join(".cache")))
}

/// `$XDG_STATE_HOME`, else `~/.local/state`. None without a home folder.
pub(crate) fn folder_of_state() -> Option<PathBuf> {
    let state = folder_of("XDG_STATE_HOME").filter(|path| path.is_absolute());
    state.or_else(|| folder_of("HOME").map(|home| home.join(".local/state")))
}

/// Creates a folder that only this user can read.
pub(crate) fn create_folder_of_user(folder: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

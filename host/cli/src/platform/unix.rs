//! Linux, macOS and the BSDs.

use super::folder_of;
use comfycheck_core::report::Signal;
use std::fs::{File, Metadata, Permissions};
use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt, fchown};
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
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

/// The default of the system for new files, where temporary files have another.
pub(crate) fn permissions_of_new_files() -> Option<Permissions> {
    Some(Permissions::from_mode(0o666))
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

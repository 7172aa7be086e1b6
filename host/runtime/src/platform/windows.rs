//! Windows. Calls of its own interface would be `unsafe`, so this uses the standard library alone.

use super::{Links, Privacy};
use std::fs::{DirBuilder, File, Metadata, OpenOptions};
use std::io;
use std::os::windows::fs::OpenOptionsExt;
use std::path::Path;
use std::process::ExitStatus;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

/// `FILE_FLAG_BACKUP_SEMANTICS`: folders can be opened, too.
const FOLDERS: u32 = 0x0200_0000;
/// `FILE_FLAG_OPEN_REPARSE_POINT`: a symbolic link is opened itself.
const THE_LINK: u32 = 0x0020_0000;
/// `STATUS_STACK_BUFFER_OVERRUN`: how a Rust program aborts.
const ABORTED: i32 = 0xc000_0409_u32.cast_signed();

/// Opens a file or a folder for reading.
pub(crate) fn open(path: &Path, links: Links) -> io::Result<File> {
    let flags = match links {
        Links::Follow => FOLDERS,
        Links::Refuse => FOLDERS | THE_LINK,
    };
    OpenOptions::new().read(true).custom_flags(flags).open(path)
}

/// Creates a folder. It has the permissions of the folder that it is in.
pub(crate) fn create_private_folder(path: &Path, with_parents: bool) -> io::Result<()> {
    DirBuilder::new().recursive(with_parents).create(path)
}

/// Creates a file. It has the permissions of its folder.
pub(crate) fn create_private_file(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).open(path)
}

/// Windows keeps the folder of a user's local data to that user and to administrators. Permissions of others are not read.
pub(crate) fn privacy_of_folder(path: &Path, _metadata: &Metadata) -> Privacy {
    let own = std::env::var_os("LOCALAPPDATA").and_then(|folder| Path::new(&folder).canonicalize().ok());
    let is_own = own.zip(path.canonicalize().ok()).is_some_and(|(own, path)| path.starts_with(own));
    if is_own { Privacy::Private } else { Privacy::Unknown }
}

/// Whether it is a file: it has the permissions of its folder, which is private.
pub(crate) fn is_private_file(metadata: &Metadata) -> bool {
    metadata.is_file()
}

/// Nanoseconds on the clock of the machine. It runs on while this thread waits for a processor, so a limit of CPU time comes
/// early on a busy machine.
pub(crate) fn thread_clock() -> u64 {
    static START: OnceLock<Instant> = OnceLock::new();
    u64::try_from(START.get_or_init(Instant::now).elapsed().as_nanos()).unwrap_or(u64::MAX)
}

/// There are no such limits. The parent process ends this one after a time.
#[expect(clippy::unnecessary_wraps, reason = "it can fail elsewhere")]
pub(crate) fn limit_this_process(_memory: u64, _cpu: Duration) -> io::Result<()> {
    Ok(())
}

/// There is no limit of CPU time.
pub(crate) fn exceeded_cpu(_status: ExitStatus) -> bool {
    false
}

/// Whether a failed allocation ended a process.
pub(crate) fn was_aborted(status: ExitStatus) -> bool {
    status.code() == Some(ABORTED)
}

//! Linux, macOS and the BSDs.

use super::{Links, Privacy};
use rustix::fs::OFlags;
use rustix::process::{Resource, Rlimit, Signal, geteuid, getrlimit, setrlimit};
use rustix::time::{ClockId, clock_gettime};
use std::fs::{DirBuilder, File, Metadata, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::ExitStatus;
use std::time::Duration;

/// The permission bits of other users.
const OTHERS: u32 = 0o077;

/// Opens a file or a folder for reading. Does not wait for the other end of a pipe.
pub(crate) fn open(path: &Path, links: Links) -> io::Result<File> {
    let flags = match links {
        Links::Follow => OFlags::NONBLOCK,
        Links::Refuse => OFlags::NONBLOCK.union(OFlags::NOFOLLOW),
    };
    OpenOptions::new().read(true).custom_flags(i32::try_from(flags.bits()).unwrap_or_default()).open(path)
}

/// Creates a folder that only this user can read and write.
pub(crate) fn create_private_folder(path: &Path, with_parents: bool) -> io::Result<()> {
    DirBuilder::new().recursive(with_parents).mode(0o700).create(path)
}

/// Creates a file that only this user can read and write.
pub(crate) fn create_private_file(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

pub(crate) fn privacy_of_folder(_path: &Path, metadata: &Metadata) -> Privacy {
    let mode = metadata.permissions().mode() & 0o777;
    if metadata.uid() != geteuid().as_raw() {
        Privacy::OfAnotherUser
    } else if mode & OTHERS != 0 {
        Privacy::Open { mode }
    } else {
        Privacy::Private
    }
}

/// Whether only this user can read and write a file in a private folder.
pub(crate) fn is_private_file(metadata: &Metadata) -> bool {
    metadata.is_file() && metadata.uid() == geteuid().as_raw() && metadata.permissions().mode() & OTHERS == 0
}

/// The CPU time of this thread, in nanoseconds.
pub(crate) fn thread_clock() -> u64 {
    let now = clock_gettime(ClockId::ThreadCPUTime);
    let seconds = u64::try_from(now.tv_sec).unwrap_or_default();
    let nanos = u64::try_from(now.tv_nsec).unwrap_or_default();
    seconds.saturating_mul(1_000_000_000).saturating_add(nanos)
}

/// Limits the memory, in bytes, and the CPU time of this process. On Linux it ends with its parent.
pub(crate) fn limit_this_process(memory: u64, cpu: Duration) -> io::Result<()> {
    // Address space is no measure: the sandbox reserves much of it.
    lower(Resource::Data, memory)?;
    lower(Resource::Cpu, cpu.as_secs())?;
    #[cfg(target_os = "linux")]
    rustix::process::set_parent_process_death_signal(Some(Signal::KILL))?;
    Ok(())
}

/// Lowers a limit of this process, unless it is lower already.
fn lower(resource: Resource, limit: u64) -> io::Result<()> {
    let Rlimit { current, maximum } = getrlimit(resource);
    let current = current.map_or(limit, |current| current.min(limit));
    Ok(setrlimit(resource, Rlimit { current: Some(current), maximum })?)
}

/// Whether a process ended at its limit of CPU time.
pub(crate) fn exceeded_cpu(status: ExitStatus) -> bool {
    status.signal() == Some(Signal::XCPU.as_raw())
}

/// Whether the system or a failed allocation ended a process.
pub(crate) fn was_aborted(status: ExitStatus) -> bool {
    status.signal().is_some()
}

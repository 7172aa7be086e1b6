//! What differs between operating systems. No other module of this crate names one.

#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

#[cfg(unix)]
use unix as system;
#[cfg(windows)]
use windows as system;

pub(crate) use system::{
    create_private_file, create_private_folder, exceeded_cpu, is_private_file, limit_this_process, open,
    privacy_of_folder, thread_clock, was_aborted,
};

/// Who can write to a folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(dead_code, reason = "each system knows some of them")]
pub(crate) enum Privacy {
    /// This user alone.
    Private,
    OfAnotherUser,
    /// Other users, too.
    Open {
        /// The permission bits.
        mode: u32,
    },
    /// It cannot be checked.
    Unknown,
}

/// Whether to open what a symbolic link leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Links {
    Follow,
    Refuse,
}

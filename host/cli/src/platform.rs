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
    folder_of_caches, keep_owner, next_signal, permissions_of_new_files, report_full_files, signal_of,
};

use std::path::PathBuf;

/// The folder that an environment variable names.
fn folder_of(variable: &str) -> Option<PathBuf> {
    std::env::var_os(variable).filter(|value| !value.is_empty()).map(PathBuf::from)
}

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
    create_folder_of_user, folder_of_caches, folder_of_state, keep_owner, next_signal, report_full_files, signal_of,
    with_default_permissions,
};

use std::path::PathBuf;

/// The folder that an environment variable names.
fn folder_of(variable: &str) -> Option<PathBuf> {
    std::env::var_os(variable).filter(|value| !value.is_empty()).map(PathBuf::from)
}

//! What differs between operating systems. No other module of this crate names one.

#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

#[cfg(unix)]
pub(crate) use unix::{private_folder, thread_clock};
#[cfg(windows)]
pub(crate) use windows::{private_folder, thread_clock};

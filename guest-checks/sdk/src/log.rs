//! Diagnostics for the author of a check, shown by `comfycheck run -v`; never part of
//! a report.

use crate::bindings::comfycheck::check::log::{Level, log};
use std::fmt::Display;

/// Logs something that the author follows step by step.
pub fn debug(message: impl Display) {
    log(Level::Debug, &message.to_string());
}

/// Logs something that is good to know.
pub fn info(message: impl Display) {
    log(Level::Info, &message.to_string());
}

/// Logs something that may be wrong with the check.
pub fn warn(message: impl Display) {
    log(Level::Warn, &message.to_string());
}

/// Logs something that is wrong with the check.
pub fn error(message: impl Display) {
    log(Level::Error, &message.to_string());
}

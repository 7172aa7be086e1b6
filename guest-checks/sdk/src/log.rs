//! Diagnostics for the author of a check. `comfycheck run -v` shows them; a report never
//! contains them.

use crate::bindings::comfycheck::check::log::Level;
#[cfg(target_family = "wasm")]
use crate::bindings::comfycheck::check::log::log;
#[cfg(not(target_family = "wasm"))]
use crate::native::log;
use std::fmt::Display;

/// Logs a step.
pub fn debug(message: impl Display) {
    log(Level::Debug, &message.to_string());
}

/// Logs a fact.
pub fn info(message: impl Display) {
    log(Level::Info, &message.to_string());
}

/// Logs what may be a mistake in the check.
pub fn warn(message: impl Display) {
    log(Level::Warn, &message.to_string());
}

/// Logs a mistake in the check.
pub fn error(message: impl Display) {
    log(Level::Error, &message.to_string());
}

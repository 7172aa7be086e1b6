//! What texts explain of a failure: errors of jobs, outputs, lines of workers' logs.
//!
//! [`Family`] is a kind of error in many words; [`families`] is the list of all. A line of a log or of an error that shows
//! one explains a failure.

mod child;
mod error;
mod exception;
mod exit;
mod families;
mod family;
mod job_lines;
mod line;
mod log;
mod needles;
pub(crate) mod nodes;
mod pattern;
mod scan;
mod server;
mod starts;
mod traceback;

pub use families::all as families;
pub(crate) use families::{CRASHED, NOT_STARTED, REMOVED_MODULE, UNPULLABLE};
pub use family::Family;
pub(crate) use family::Weight;
pub use log::WorkerLog;
pub(crate) use {child::has_reason_above, error::JobError, families::named, line::Line};

/// The family of an answer to a request, or of a text that was raised as an error.
#[must_use]
pub fn family_of(error: &str) -> Option<&'static Family> {
    JobError::of_answer(error).family
}

//! Formats: ways to render a report. One file each, one pure function each.
//!
//! What comes from checks, workers and workflows is not trusted: each format escapes it where it prints it.

mod human;
mod json_v1;
mod junit;
mod places;
mod plain;
mod wording;

pub use human::human;
pub use json_v1::{json, json_schema};
pub use junit::junit;

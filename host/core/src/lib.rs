//! What comfycheck's things are: suites, plans, findings, reports.
//!
//! No I/O, no async, no clock: functions from values to values. The one way data
//! flows is described in `ARCHITECTURE.md`.

pub mod address;
pub mod bench;
pub mod cost;
pub mod diagnostic;
pub mod digest;
pub mod distribution;
pub mod due;
pub mod execution;
pub mod finding;
pub mod fix;
pub mod fleet;
pub mod forecast;
pub mod golden;
pub mod hub;
pub mod inventory;
pub mod json_text;
pub mod manifest;
pub mod media;
mod milliseconds;
pub mod money;
pub mod nearest;
pub mod notification;
pub mod output;
pub mod partition;
pub mod past_runs;
pub mod picture;
mod plain;
pub mod plan;
pub mod render;
pub mod report;
pub mod request;
pub mod sample;
pub mod secret;
pub mod suite;
pub mod text;
pub mod thumbnail;
pub mod validation;
pub mod violation;
pub mod waiver;
pub mod workflow;

pub use comfycheck_statistics as statistics;
pub use comfycheck_wording as wording;

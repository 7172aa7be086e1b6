//! Formats: ways to render a report. One file each, one pure function each.
//!
//! [`view`] decides once for all of them what a report shows; a format only prints it. What comes from checks, workers and
//! workflows is not trusted: each format escapes it where it prints it.

mod bench;
mod cases;
mod code_quality;
mod columns;
mod comparison;
mod context;
mod ctrf;
mod discord;
mod failures;
mod forecast;
mod github;
mod html;
mod human;
mod json_v1;
mod junit;
mod located;
mod markdown;
mod message;
mod metrics;
mod notification_v1;
mod openmetrics;
mod otlp;
mod past_runs;
mod sarif;
mod slack;
mod teams;
mod validation;
mod view;
pub(crate) mod wording;

pub use bench::bench_findings;
pub use code_quality::code_quality;
pub use comfycheck_wording::count;
pub use context::{CiRun, ReportContext, SavedFiles};
pub use ctrf::{ctrf, ctrf_validation};
pub use discord::discord;
pub use failures::{Failure, Failures};
pub use forecast::{human_forecast, json_forecast};
pub use github::{github, github_error};
pub use html::{ComparedImage, html, html_bench, html_golden, html_history};
pub use human::{Detail, PageStyle, human, human_bench, human_validation, verdict_line, wrap};
pub use json_v1::{
    ReadReportError, execution_value, finding_value, json, json_line, json_schema, read_finding, read_json,
};
pub(crate) use junit::of_suite as junit_of_suite;
pub use junit::{junit, junit_gitlab, junit_validation};
pub use located::{FilePlace, LocatedFinding, LocatedFindings, LocatedRule};
pub(crate) use markdown::{cell as markdown_cell, marker as markdown_marker};
pub use markdown::{markdown, markdown_bench, markdown_of_failure, markdown_validation};
pub use notification_v1::{json_notification, json_notification_schema};
pub use openmetrics::openmetrics;
pub use otlp::otlp;
pub use past_runs::{human_comparison, human_history, json_history};
pub use sarif::sarif;
pub use slack::slack;
pub use teams::teams;
pub use validation::{json_validation, json_validation_schema};

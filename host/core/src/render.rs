//! Formats: ways to render a report. One file each, one pure function each.
//!
//! [`view`] decides once for all of them what a report shows; a format only prints it. What comes from checks, workers and
//! workflows is not trusted: each format escapes it where it prints it.

mod cases;
mod code_quality;
mod ctrf;
mod github;
mod human;
mod json_v1;
mod junit;
mod located;
mod markdown;
mod markdown_validation;
mod sarif;
mod slack;
mod validation;
mod view;
pub(crate) mod wording;

pub use code_quality::code_quality;
pub use comfycheck_wording::count;
pub use ctrf::{ctrf, ctrf_validation};
pub use github::{github, github_error};
pub use human::{Detail, PageStyle, human, human_validation};
pub use json_v1::{ReadReportError, execution_value, json, json_line, json_schema, read_json};
pub use junit::{junit, junit_gitlab, junit_validation};
pub use located::{FilePlace, LocatedFinding, LocatedFindings, LocatedRule};
pub use markdown::{markdown, markdown_of_failure};
pub use markdown_validation::markdown_validation;
pub use sarif::sarif;
pub use slack::slack;
pub use validation::{json_validation, json_validation_schema};

//! Formats: ways to render a report. One file each, one pure function each.
//!
//! [`view`] decides once for all of them what a report shows; a format only prints it. What comes from checks, workers and
//! workflows is not trusted: each format escapes it where it prints it.

mod cases;
mod ctrf;
mod github;
mod human;
mod json_v1;
mod junit;
mod located;
mod markdown;
mod sarif;
mod slack;
mod validation;
mod view;
pub(crate) mod wording;

pub use comfycheck_wording::count;
pub use ctrf::ctrf;
pub use github::{github, github_error};
pub use human::{Detail, PageStyle, human, human_validation};
pub use json_v1::{ReadReportError, execution_value, json, json_line, json_schema, read_json};
pub use junit::junit;
pub use located::{FilePlace, LocatedFinding, LocatedFindings, LocatedRule};
pub use markdown::{markdown, markdown_of_failure};
pub use sarif::sarif;
pub use slack::slack;
pub use validation::{json_validation, json_validation_schema};

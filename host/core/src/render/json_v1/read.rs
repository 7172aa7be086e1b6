//! Reads a stored report.

use super::{RunV1, VERSION};
use crate::render::plain::one_line;
use crate::report::{Contradiction, Report, refuse_contradiction};
use serde::Deserialize;

/// Why a text is not read as a report.
#[derive(Debug, thiserror::Error)]
pub enum ReadReportError {
    /// It is not JSON, or JSON of something else.
    #[error("it is no JSON report of comfycheck")]
    NoReport(#[source] Option<serde_json::Error>),
    /// It is a report of another version of the format, whose name this is.
    #[error("it is a report of version `{0}`, and this comfycheck reads `{VERSION}`")]
    Version(String),
    /// It says that it is such a report, and is not.
    #[error("it is not a valid report of version `{VERSION}`")]
    Invalid(#[source] serde_json::Error),
    /// It says two things of one, such as that the run passed with errors.
    #[error("it contradicts itself")]
    Contradiction(#[source] Contradiction),
}

/// Reads what [`json`](super::json) rendered. Of a report that was read, [`json`](super::json) renders the same bytes.
///
/// The explanations of rules that nothing names, and the schemas of settings, are not in a stored report. Members that
/// this version does not know are passed over. What can be counted is counted again, and refused where it is not so.
pub fn read_json(text: &str) -> Result<Report, ReadReportError> {
    #[derive(Deserialize)]
    struct Head {
        version: Option<String>,
    }
    let head: Head = serde_json::from_str(text).map_err(|error| ReadReportError::NoReport(Some(error)))?;
    match head.version {
        Some(version) if version == VERSION => {}
        Some(version) if version.starts_with("comfycheck.run/") => {
            return Err(ReadReportError::Version(one_line(&version, 60)));
        }
        _ => return Err(ReadReportError::NoReport(None)),
    }
    let run: RunV1<'_> = serde_json::from_str(text).map_err(ReadReportError::Invalid)?;
    let report = run.into();
    refuse_contradiction(&report).map_err(ReadReportError::Contradiction)?;
    Ok(report)
}

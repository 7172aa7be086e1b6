//! Reads a stored report.

use super::{RunV1, VERSION};
use crate::plain::one_line;
use crate::report::{Contradiction, Report, refuse_contradiction};
use serde::Deserialize;

/// Why a text is not a report.
#[derive(Debug, thiserror::Error)]
pub enum ReadReportError {
    /// It is not JSON, or JSON of something else.
    #[error("it is not a JSON report of comfycheck")]
    NoReport(#[source] Option<serde_json::Error>),
    /// It is a report of another version of the format.
    #[error("its version is `{0}`, and this comfycheck reads `{VERSION}`")]
    Version(String),
    /// It has the right version, and another form.
    #[error("it is not a valid report of version `{VERSION}`")]
    Invalid(#[source] serde_json::Error),
    /// Two parts of it do not agree, such as the verdict and the number of errors.
    #[error("it contradicts itself")]
    Contradiction(#[source] Contradiction),
}

/// Reads what [`json`](super::json) rendered, which then renders the same bytes again.
///
/// A stored report has no explanations of rules that nothing names, and no settings schemas. Unknown members are ignored.
/// A report whose summary does not follow from its executions and samples is refused.
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

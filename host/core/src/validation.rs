//! What the `workflow` check says of workflow files, without a run.

use crate::execution::{Execution, Outcome};
use crate::finding::{Finding, Severity};
use crate::manifest::Manifest;
use crate::report::ExitCode;
use crate::suite::TextFile;
use serde_json::Value;

/// The rule whose one finding holds `ComfyUI`'s verdict on the file as it is, as its data.
pub(crate) const VERDICT: &str = "comfyui-verdict";
/// The rule whose finding holds what the conversion of a file in the editor's format came to.
const UI_FORMAT: &str = "ui-format";

/// Workflow files that were validated by one check.
#[derive(Clone, Debug)]
pub struct Validations {
    /// The version of comfycheck that validated them.
    pub version: String,
    /// What the check says of itself.
    pub manifest: Manifest,
    /// In the order of the command line.
    pub files: Vec<Validation>,
}

/// A workflow file, and what the check says of it.
#[derive(Clone, Debug)]
pub struct Validation {
    /// The file. Of an image, the workflow that it holds.
    pub file: TextFile,
    /// What came of the check.
    pub execution: Execution,
}

impl Validations {
    /// 1 if any file has an error finding, else 3 if something could not be told, else 0.
    pub fn exit_code(&self) -> ExitCode {
        if self.files.iter().any(Validation::has_errors) {
            ExitCode::Failed
        } else if self.files.iter().any(|file| !file.is_told()) {
            ExitCode::Inconclusive
        } else {
            ExitCode::Passed
        }
    }
}

impl Validation {
    /// ComfyUI's answer to the file as it is: `ok`, `error_type`, `good_outputs` and `node_errors`. None if the check did not
    /// come that far.
    pub fn verdict(&self) -> Option<&Value> {
        self.data_of(VERDICT)
    }

    /// The same of the conversion of a file in the editor's format. None if the file is in API format, or could not be
    /// converted.
    pub fn converted(&self) -> Option<&Value> {
        self.data_of(UI_FORMAT)?.get("converted")
    }

    /// The conversion itself, in API format. None unless the check was asked for it.
    pub fn converted_api(&self) -> Option<&Value> {
        self.data_of(UI_FORMAT)?.get("api")
    }

    /// Findings of a severity.
    pub fn findings(&self, severity: Severity) -> impl Iterator<Item = &Finding> {
        self.execution.findings().iter().filter(move |finding| finding.severity == severity)
    }

    /// Whether it has an error finding.
    pub fn has_errors(&self) -> bool {
        self.findings(Severity::Error).next().is_some()
    }

    /// Why the check was not carried out; none if it was.
    pub fn not_carried_out(&self) -> Option<&str> {
        match &self.execution.outcome {
            Outcome::Completed { .. } => None,
            Outcome::Skipped { reason } => Some(reason),
            Outcome::Errored { message, .. } => Some(message),
        }
    }

    /// Whether the check could answer all its questions.
    pub fn is_told(&self) -> bool {
        self.not_carried_out().is_none() && self.execution.still_open().next().is_none()
    }

    fn data_of(&self, rule: &str) -> Option<&Value> {
        self.execution.findings().iter().find(|finding| finding.rule == rule)?.data.as_ref()
    }
}

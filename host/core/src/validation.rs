//! Workflow files, validated by the check `workflow` without a run.

use crate::diagnostic::{Diagnostic, Kind};
use crate::execution::{CheckInstance, ErrorKind, Execution, Outcome};
use crate::finding::{Finding, Severity};
use crate::fix::Fix;
use crate::manifest::{Manifest, Rule};
use crate::report::ExitCode;
use crate::request::InputFacts;
use crate::text::TextFile;
use crate::workflow::{EditableWorkflow, Workflow};
use serde_json::Value;
use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

/// The rule whose one finding has ComfyUI's verdict on the unchanged file as its data.
pub(crate) const VERDICT: &str = "comfyui-verdict";
/// The rule whose finding has the conversion of a file in the editor's format as its data.
const UI_FORMAT: &str = "ui-format";
/// The rule about a file in the editor's format that was not converted.
const NOT_CONVERTED: &str = "not-converted";
/// The rule about a text that is not JSON.
const NOT_JSON: &str = "not-json";
/// The rule about what stands around a workflow in a request.
const REQUEST: &str = "request";

/// Whether every error of a verdict rests on what a class of a node pack declares, which may accept more.
pub fn is_doubtful(verdict: &Value) -> bool {
    verdict.get("doubtful").and_then(Value::as_bool).unwrap_or_default()
}

/// Workflow files that were validated by one check.
#[derive(Clone, Debug)]
pub struct Validations {
    /// The version of comfycheck.
    pub version: String,
    pub manifest: Manifest,
    /// In the order of the command line.
    pub files: Vec<Validation>,
}

/// A workflow file and the check's result.
#[derive(Clone, Debug)]
pub struct Validation {
    /// The file; for an image, the workflow in it.
    pub file: TextFile,
    /// The name of the test, if the file holds several.
    pub test: Option<String>,
    /// Whether the file is UTF-8 text, so that fixes can be applied to it.
    pub is_editable: bool,
    /// The files that are sent with it.
    pub inputs: Arc<[InputFacts]>,
    pub execution: Execution,
}

impl Validations {
    /// 1 if a file has an error finding, else 3 if a question is unknown, else 0.
    pub fn exit_code(&self) -> ExitCode {
        if self.files.iter().any(Validation::has_errors) {
            ExitCode::Failed
        } else if self.files.iter().any(|file| !file.is_complete()) {
            ExitCode::Inconclusive
        } else {
            ExitCode::Passed
        }
    }

    /// Adds what is wrong with the request of a file, by its index, once. The check sees only the workflow.
    pub fn add_request<'a>(&mut self, index: usize, said: impl IntoIterator<Item = &'a Diagnostic>) {
        let Some(Outcome::Completed { findings, .. }) =
            self.files.get_mut(index).map(|file| &mut file.execution.outcome)
        else {
            return;
        };
        if findings.iter().any(|finding| finding.rule == REQUEST) {
            return;
        }
        let before = findings.len();
        findings.extend(said.into_iter().map(about_request));
        if findings.len() > before && self.manifest.rules.iter().all(|rule| rule.id != REQUEST) {
            self.manifest.rules.push(request_rule());
        }
    }
}

/// The rule of [`Validations::add_request`]. The check does not have it: it sees only the workflow.
pub fn request_rule() -> Rule {
    Rule {
        id: REQUEST.to_owned(),
        default_severity: Severity::Warning,
        summary: "The request around a workflow is not as a worker takes it.".to_owned(),
        explanation: "\
### What it finds

Only `validate` finds it, in files that hold a request: `images` that are not files, a `policy` out of range, keys and
addresses that belong in the suite, and members that a worker does not read.

### Why it matters

A worker refuses such a job, or ignores what you meant. A key in a file that is committed is known to others.

### What to do

Change the request as the help of the finding says."
            .to_owned(),
    }
}

/// What a worker refuses is an error. Keys and what is not sent are warnings.
fn about_request(said: &Diagnostic) -> Finding {
    let is_error = matches!(said.kind, Kind::InvalidValue | Kind::Duplicate | Kind::OutOfRange);
    let line = said.excerpt.as_ref().map(|excerpt| format!(" (line {})", excerpt.place.line)).unwrap_or_default();
    Finding {
        rule: REQUEST.to_owned(),
        severity: if is_error { Severity::Error } else { Severity::Warning },
        message: format!("{}{line}", said.what),
        subjects: Vec::new(),
        measurement: None,
        help: said.help.clone(),
        data: None,
        waiver: None,
    }
}

impl Validation {
    /// The result of a check. What a run says of a text that is not JSON replaces the check's words.
    pub fn new(file: TextFile, inputs: Arc<[InputFacts]>, execution: Execution) -> Self {
        let mut validation = Self { file, test: None, is_editable: false, inputs, execution };
        let Some(Diagnostic { what, help, .. }) = validation.syntax_error() else { return validation };
        if let Outcome::Completed { findings, .. } = &mut validation.execution.outcome {
            for finding in findings.iter_mut().filter(|finding| finding.rule == NOT_JSON) {
                (finding.message, finding.help) = (what.clone(), help.clone());
            }
        }
        validation
    }

    /// A file that cannot be read. The check is not at fault.
    pub fn unreadable(path: String, instance: CheckInstance, reason: String) -> Self {
        let outcome = Outcome::Errored { kind: ErrorKind::Inconclusive, message: reason };
        let execution = Execution { instance, outcome, earlier: Vec::new(), waited: Duration::ZERO };
        Self::new(TextFile { path, text: String::new() }, Arc::default(), execution)
    }

    /// The path, and the test if the file holds several: `.runpod/tests.json (test `video`)`.
    pub(crate) fn label(&self) -> Cow<'_, str> {
        match &self.test {
            Some(test) => format!("{} (test `{test}`)", self.file.path).into(),
            None => Cow::Borrowed(&self.file.path),
        }
    }

    /// Why the text is not JSON, and where. None if the check read it.
    pub fn syntax_error(&self) -> Option<Diagnostic> {
        let is_refused = self.execution.findings().iter().any(|finding| finding.rule == NOT_JSON);
        is_refused.then(|| Workflow::parse(self.file.clone()).err()).flatten()
    }

    /// ComfyUI's response to the unchanged file: `ok`, `error_type`, `good_outputs` and `node_errors`. None if the check did not
    /// reach it.
    pub fn verdict(&self) -> Option<&Value> {
        self.data_of(VERDICT)
    }

    /// The same for the conversion of a file in the editor's format. None if the file is in API format or was not converted.
    pub fn converted(&self) -> Option<&Value> {
        self.data_of(UI_FORMAT)?.get("converted")
    }

    /// Whether the file is in the editor's format and was not converted.
    pub(crate) fn is_editor_file(&self) -> bool {
        self.execution.findings().iter().any(|finding| finding.rule == NOT_CONVERTED)
    }

    /// The conversion, in API format. None unless the settings ask for it.
    pub fn converted_api(&self) -> Option<&Value> {
        self.data_of(UI_FORMAT)?.get("api")
    }

    pub fn findings(&self, severity: Severity) -> impl Iterator<Item = &Finding> {
        self.execution.findings().iter().filter(move |finding| finding.severity == severity)
    }

    /// What the conversion of a file in the editor's format left out, added or decided.
    pub fn conversion_notes(&self) -> impl Iterator<Item = &str> {
        let notes = self.data_of(UI_FORMAT).and_then(|data| data["notes"].as_array());
        notes.into_iter().flatten().filter_map(Value::as_str)
    }

    pub fn has_errors(&self) -> bool {
        self.findings(Severity::Error).next().is_some()
    }

    /// The fixes that can be applied to the file, in the order of the findings, each once.
    pub fn fixes(&self) -> Vec<Fix> {
        let Some(workflow) = self.editable() else { return Vec::new() };
        let mut fixes: Vec<Fix> = Vec::new();
        for fix in self.execution.findings().iter().filter_map(Fix::of) {
            if fixes.iter().all(|other| other.edits != fix.edits) && workflow.text_edits(&fix.edits).is_some() {
                fixes.push(fix);
            }
        }
        fixes
    }

    /// The file, if its text can be changed.
    pub fn editable(&self) -> Option<EditableWorkflow<'_>> {
        EditableWorkflow::of(&self.file).filter(|_| self.is_editable)
    }

    /// Why the check did not complete. None if it did.
    pub fn incomplete_reason(&self) -> Option<&str> {
        match &self.execution.outcome {
            Outcome::Completed { .. } => None,
            Outcome::Skipped { reason } => Some(reason),
            Outcome::Errored { message, .. } => Some(message),
        }
    }

    /// Whether the check answered all its questions.
    pub fn is_complete(&self) -> bool {
        self.incomplete_reason().is_none() && self.execution.still_open().next().is_none()
    }

    fn data_of(&self, rule: &str) -> Option<&Value> {
        self.execution.findings().iter().find(|finding| finding.rule == rule)?.data.as_ref()
    }
}

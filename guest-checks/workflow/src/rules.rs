//! What the check decides, from plain values, and every message it has.
//!
//! Nothing here asks the host, so that other checks can use it.

mod answer;
mod fatal;
mod lints;
mod missing;
mod node_errors;
mod ui_format;
mod wording;

use crate::class::Classes;
use crate::json::{self, Value};
use crate::replacement::Replacements;
use crate::verdict::{Refusal, Verdict, judge};
use comfycheck_sdk::{Answer, Bound, Finding, OpenQuestion, Severity};
use serde::Deserialize;
use std::collections::BTreeSet;

/// What ComfyUI would answer, as data.
pub const COMFYUI_VERDICT: &str = "comfyui-verdict";
/// The file is not JSON.
pub const NOT_JSON: &str = "not-json";
/// The file is JSON, and no workflow that ComfyUI could take.
pub const NOT_A_WORKFLOW: &str = "not-a-workflow";
/// The file is what ComfyUI's editor saves.
pub const UI_FORMAT: &str = "ui-format";
/// The file is what ComfyUI's editor saves, and a part of its conversion is in doubt.
pub const DOUBTFUL_CONVERSION: &str = "doubtful-conversion";
/// The file is what ComfyUI's editor saves, and cannot be converted.
pub const NOT_CONVERTED: &str = "not-converted";
/// A class is not installed, or a node has none.
pub const MISSING_NODE_TYPE: &str = "missing-node-type";
/// No node is an output.
pub const NO_OUTPUTS: &str = "no-outputs";
/// A required input is absent.
pub const REQUIRED_INPUT_MISSING: &str = "required-input-missing";
/// An array is no link.
pub const BAD_LINKED_INPUT: &str = "bad-linked-input";
/// An output of another type is linked.
pub const RETURN_TYPE_MISMATCH: &str = "return-type-mismatch";
/// A value cannot be converted.
pub const INVALID_INPUT_TYPE: &str = "invalid-input-type";
/// A value is below its bound.
pub const VALUE_SMALLER_THAN_MIN: &str = "value-smaller-than-min";
/// A value is above its bound.
pub const VALUE_BIGGER_THAN_MAX: &str = "value-bigger-than-max";
/// A value is none of a choice.
pub const VALUE_NOT_IN_LIST: &str = "value-not-in-list";
/// A file is not among those that a loader lists.
pub const FILE_NOT_IN_LIST: &str = "file-not-in-list";
/// ComfyUI's check of a node raises.
pub const EXCEPTION_DURING_VALIDATION: &str = "exception-during-validation";
/// Nodes depend on themselves.
pub const DEPENDENCY_CYCLE: &str = "dependency-cycle";
/// A link is accepted and then ends the job, or the worker.
pub const FATAL_LINK: &str = "fatal-link";
/// A value stands where only a link can be.
pub const LITERAL_FOR_LINK: &str = "literal-for-link";
/// A sampler has no model.
pub const UNLINKED_MODEL: &str = "unlinked-model";
/// An input is ignored.
pub const UNDECLARED_INPUT: &str = "undeclared-input";
/// A number is between the steps of its input.
pub const NOT_A_MULTIPLE_OF_STEP: &str = "not-a-multiple-of-step";
/// Every output is only previewed.
pub const PREVIEW_ONLY_OUTPUT: &str = "preview-only-output";
/// A node calls a paid service.
pub const API_NODE: &str = "api-node";
/// The workflow is too large for a job.
pub const PAYLOAD_TOO_LARGE: &str = "payload-too-large";
/// No output depends on a node.
pub const UNREACHABLE_NODE: &str = "unreachable-node";
/// A seed is the same in every job.
pub const FIXED_SEED: &str = "fixed-seed";

/// Every rule, with its default severity.
pub const RULES: [(&str, Severity); 28] = [
    (COMFYUI_VERDICT, Severity::Note),
    (NOT_JSON, Severity::Error),
    (NOT_A_WORKFLOW, Severity::Error),
    (UI_FORMAT, Severity::Note),
    (DOUBTFUL_CONVERSION, Severity::Warning),
    (NOT_CONVERTED, Severity::Error),
    (MISSING_NODE_TYPE, Severity::Error),
    (NO_OUTPUTS, Severity::Error),
    (REQUIRED_INPUT_MISSING, Severity::Error),
    (BAD_LINKED_INPUT, Severity::Error),
    (RETURN_TYPE_MISMATCH, Severity::Error),
    (INVALID_INPUT_TYPE, Severity::Error),
    (VALUE_SMALLER_THAN_MIN, Severity::Error),
    (VALUE_BIGGER_THAN_MAX, Severity::Error),
    (VALUE_NOT_IN_LIST, Severity::Error),
    (FILE_NOT_IN_LIST, Severity::Warning),
    (EXCEPTION_DURING_VALIDATION, Severity::Error),
    (DEPENDENCY_CYCLE, Severity::Error),
    (FATAL_LINK, Severity::Error),
    (LITERAL_FOR_LINK, Severity::Error),
    (UNLINKED_MODEL, Severity::Warning),
    (UNDECLARED_INPUT, Severity::Warning),
    (NOT_A_MULTIPLE_OF_STEP, Severity::Warning),
    (PREVIEW_ONLY_OUTPUT, Severity::Warning),
    (API_NODE, Severity::Warning),
    (PAYLOAD_TOO_LARGE, Severity::Error),
    (UNREACHABLE_NODE, Severity::Note),
    (FIXED_SEED, Severity::Note),
];

/// What is known of the ComfyUI that would get the workflow.
pub struct Server<'a> {
    /// Its classes.
    pub classes: &'a Classes<'a>,
    /// Its node replacements; none if they could not be asked.
    pub replacements: Option<&'a Replacements>,
    /// Gives the names of all its classes, for suggestions.
    pub class_names: &'a dyn Fn() -> Vec<String>,
}

/// The settings of the check.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// The ids of the output nodes that are asked for (ComfyUI's `partial_execution_targets`); all, if none are given.
    pub targets: Option<Vec<String>>,
    /// Whether everything is told, however much it is, and the data of `ui-format` holds the whole conversion.
    pub complete: bool,
}

/// Examines a workflow's text.
///
/// Where the server failed to describe a class (see [`Classes::failure`]), only that is told which needs no class.
#[must_use]
pub fn examine(source: &str, server: &Server<'_>, settings: &Settings) -> Answer {
    let mut told = Told::new(settings);
    match json::parse(source) {
        Err(err) => {
            told.add(answer::to_broken("it is not JSON"));
            let finding = Finding::new(NOT_JSON, format!("the file is not JSON: {err}"));
            told.add(finding.help("export the workflow again from ComfyUI's editor, in API format"));
        }
        Ok(prompt) if is_ui_format(&prompt) => ui_format::tell(source, server, settings, &mut told),
        Ok(prompt) => {
            let at = told.answer.findings.len();
            let verdict = examine_nodes(&prompt, server, settings, &mut told);
            told.insert(at, answer::verdict(&verdict, settings));
            payload(source, &mut told);
        }
    }
    let mut answer = told.into_answer();
    if server.classes.failure().is_some() {
        let needs_no_class = [NOT_JSON, PAYLOAD_TOO_LARGE];
        answer.findings.retain(|finding| needs_no_class.contains(&finding.rule.as_str()));
    }
    answer
}

/// Whether a value is a workflow as ComfyUI's editor saves it: with a list of nodes, instead of nodes by id.
#[must_use]
pub fn is_ui_format(workflow: &Value) -> bool {
    workflow.get("nodes").is_some_and(|nodes| nodes.list().is_some())
}

/// Everything about nodes, and the verdict, of which nothing is told yet.
fn examine_nodes(prompt: &Value, server: &Server<'_>, settings: &Settings, told: &mut Told) -> Verdict {
    let none = Replacements::default();
    let targets = settings.targets.as_deref();
    let (verdict, resolved) = judge(prompt, server.classes, server.replacements.unwrap_or(&none), targets);
    match &verdict.refusal {
        Some(Refusal::Breaks(breakage)) => told.add(answer::breakage(breakage)),
        Some(Refusal::MissingNodeType { .. }) => missing::tell(prompt, server, told),
        Some(Refusal::NoOutputs) => told.add(answer::no_outputs(prompt, targets)),
        Some(Refusal::OutputsFailed) | None => {}
    }
    if let Some(resolved) = &resolved {
        node_errors::tell(&verdict, resolved, told);
        let fatal = if verdict.is_ok() { fatal::tell(&verdict, resolved, told) } else { BTreeSet::new() };
        lints::tell(&verdict, resolved, &fatal, told);
        if verdict.deepest > SURELY_SHALLOW {
            let reason = format!(
                "links run through {} nodes in a row: whether ComfyUI follows them depends on Python's recursion limit",
                verdict.deepest
            );
            told.answer.open.push(OpenQuestion::new(COMFYUI_VERDICT, reason).help("shorten the chain of nodes"));
        }
    }
    verdict
}

/// How many nodes ComfyUI surely follows in a row. Python's recursion limit is 1000, of which the server uses some.
const SURELY_SHALLOW: usize = 900;

/// How large the body of a `/run` may be, in bytes: RunPod documents 10 MB, though its refusal speaks of 10 MiB.
const LARGEST_PAYLOAD: usize = 10_000_000;

/// What worker-comfyui's input adds around a workflow, in bytes.
const ENVELOPE: usize = r#"{"input":{"workflow":}}"#.len();

fn payload(source: &str, told: &mut Told) {
    let size = compact_size(source) + ENVELOPE;
    if size <= LARGEST_PAYLOAD {
        return;
    }
    #[expect(clippy::cast_precision_loss, reason = "sizes of files that fit into memory")]
    let (value, limit) = (size as f64, LARGEST_PAYLOAD as f64);
    let message = format!("a job with the workflow has {size} bytes, and RunPod takes at most {LARGEST_PAYLOAD}");
    let finding = Finding::new(PAYLOAD_TOO_LARGE, message).measured(value, "By", Some(Bound::AtMost(limit)));
    told.add(finding.help("hand large inputs over as files or addresses instead of writing them into the workflow"));
}

/// The size of a JSON text without the space between its values.
fn compact_size(json: &str) -> usize {
    let (mut size, mut in_string, mut escaped) = (0, false, false);
    for byte in json.bytes() {
        size += usize::from(in_string || !byte.is_ascii_whitespace());
        in_string ^= byte == b'"' && !escaped;
        escaped = in_string && byte == b'\\' && !escaped;
    }
    size
}

/// The findings so far, a bounded number for each rule.
pub(crate) struct Told {
    answer: Answer,
    /// How many findings of a rule are told one by one.
    most: usize,
    /// How many findings each rule has had, in the order of [`RULES`].
    counts: [usize; RULES.len()],
}

/// How many findings of a rule are told one by one, unless everything is asked for.
const MOST: usize = 100;

impl Told {
    fn new(settings: &Settings) -> Self {
        let most = if settings.complete { usize::MAX } else { MOST };
        Self { answer: Answer::default(), most, counts: [0; RULES.len()] }
    }

    fn add(&mut self, finding: Finding) {
        if self.has_room(&finding.rule) {
            self.answer.findings.push(finding);
        }
    }

    /// Adds a finding of a rule, which is not made where there is no room for it.
    fn add_with(&mut self, rule: &str, make: impl FnOnce() -> Finding) {
        if self.has_room(rule) {
            self.answer.findings.push(make());
        }
    }

    /// Counts a finding of a rule, and tells whether it is to be told.
    fn has_room(&mut self, rule: &str) -> bool {
        let place = RULES.iter().position(|(known, _)| *known == rule);
        let count = &mut self.counts[place.unwrap_or_default()];
        *count += 1;
        *count <= self.most
    }

    /// Puts a finding before others that were told already.
    fn insert(&mut self, at: usize, finding: Finding) {
        self.answer.findings.insert(at, finding);
    }

    fn into_answer(mut self) -> Answer {
        let most = self.most;
        for ((rule, _), count) in RULES.iter().zip(self.counts).filter(|(_, count)| *count > most) {
            let message = format!("{} more of the same kind are not listed", count - most);
            let finding = Finding::new(*rule, message).help("mend those that are listed, and run the check again");
            self.answer.findings.push(finding);
        }
        self.answer
    }
}

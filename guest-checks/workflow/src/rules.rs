//! What the check decides, from plain values.
//!
//! Nothing here calls the host, so other checks can use it.

mod answer;
mod fatal;
mod findings;
mod fixes;
mod input_kinds;
mod leftovers;
mod lints;
pub(crate) mod missing;
mod missing_inputs;
mod names;
mod node_errors;
mod phrasing;
mod repeated;
mod replaced;
mod result_size;
mod returned;
pub mod samples;
mod ui_format;

use crate::api_graph::ApiNode;
use crate::class::Classes;
use crate::json::{self, Value};
use crate::replacement::Replacements;
use crate::verdict::{Refusal, Verdict, judge};
use answer::Certainty;
use comfycheck_packs::{PackFile, Version};
use comfycheck_sdk::{Answer, Bound, Finding, OpenQuestion, Severity, wording};
use findings::Findings;
use phrasing::EXPORT;
use serde::Deserialize;
use std::collections::BTreeSet;

pub const COMFYUI_VERDICT: &str = "comfyui-verdict";
pub const NOT_JSON: &str = "not-json";
pub const NOT_A_WORKFLOW: &str = "not-a-workflow";
pub const UI_FORMAT: &str = "ui-format";
pub const DOUBTFUL_CONVERSION: &str = "doubtful-conversion";
pub const NOT_CONVERTED: &str = "not-converted";
pub const MISSING_NODE_TYPE: &str = "missing-node-type";
pub const NO_OUTPUTS: &str = "no-outputs";
pub const REQUIRED_INPUT_MISSING: &str = "required-input-missing";
pub const BAD_LINKED_INPUT: &str = "bad-linked-input";
pub const RETURN_TYPE_MISMATCH: &str = "return-type-mismatch";
pub const INVALID_INPUT_TYPE: &str = "invalid-input-type";
pub const VALUE_SMALLER_THAN_MIN: &str = "value-smaller-than-min";
pub const VALUE_BIGGER_THAN_MAX: &str = "value-bigger-than-max";
pub const VALUE_NOT_IN_LIST: &str = "value-not-in-list";
pub const FILE_NOT_IN_LIST: &str = "file-not-in-list";
pub const EXCEPTION_DURING_VALIDATION: &str = "exception-during-validation";
pub const DEPENDENCY_CYCLE: &str = "dependency-cycle";
pub const FATAL_LINK: &str = "fatal-link";
pub const LITERAL_FOR_LINK: &str = "literal-for-link";
pub const UNLINKED_MODEL: &str = "unlinked-model";
pub const UNDECLARED_INPUT: &str = "undeclared-input";
pub const OPTION_VALUE: &str = "option-value";
pub const UNDECLARED_LINK: &str = "undeclared-link";
pub const DEPENDS_ON_PACK: &str = "depends-on-pack";
pub const MISREAD_VALUE: &str = "misread-value";
pub const OUTSIDE_OUTPUT_FOLDER: &str = "outside-output-folder";
pub const REPEATED_KEY: &str = "repeated-key";
pub const NEEDS_EDITOR_DATA: &str = "needs-editor-data";
pub const UNKNOWN_FILE: &str = "unknown-file";
pub const NOT_A_MULTIPLE_OF_STEP: &str = "not-a-multiple-of-step";
pub const PREVIEW_ONLY_OUTPUT: &str = "preview-only-output";
pub const OUTPUT_NOT_RETURNED: &str = "output-not-returned";
pub const LARGE_RESULT: &str = "large-result";
pub const API_NODE: &str = "api-node";
pub const PAYLOAD_TOO_LARGE: &str = "payload-too-large";
pub const UNREACHABLE_NODE: &str = "unreachable-node";
pub const FIXED_SEED: &str = "fixed-seed";
pub const PARTIAL_INVENTORY: &str = "partial-inventory";
pub const REPLACED_NODE_TYPE: &str = "replaced-node-type";
pub const EDITOR_LEFTOVER: &str = "editor-leftover";

/// Every rule, with its default severity.
pub const RULES: [(&str, Severity); 41] = [
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
    (UNDECLARED_LINK, Severity::Error),
    (UNDECLARED_INPUT, Severity::Warning),
    (OPTION_VALUE, Severity::Warning),
    (MISREAD_VALUE, Severity::Warning),
    (OUTSIDE_OUTPUT_FOLDER, Severity::Warning),
    (REPEATED_KEY, Severity::Warning),
    (NEEDS_EDITOR_DATA, Severity::Warning),
    (DEPENDS_ON_PACK, Severity::Note),
    (UNKNOWN_FILE, Severity::Note),
    (NOT_A_MULTIPLE_OF_STEP, Severity::Warning),
    (PREVIEW_ONLY_OUTPUT, Severity::Warning),
    (OUTPUT_NOT_RETURNED, Severity::Warning),
    (LARGE_RESULT, Severity::Warning),
    (API_NODE, Severity::Warning),
    (PAYLOAD_TOO_LARGE, Severity::Error),
    (UNREACHABLE_NODE, Severity::Note),
    (FIXED_SEED, Severity::Note),
    (PARTIAL_INVENTORY, Severity::Error),
    (REPLACED_NODE_TYPE, Severity::Note),
    (EDITOR_LEFTOVER, Severity::Note),
];

/// What is known about the ComfyUI that would get the workflow.
pub struct Server<'a> {
    pub classes: &'a Classes<'a>,
    /// None if they are unknown.
    pub replacements: Option<&'a Replacements>,
    /// Whether only ComfyUI's own classes are known, and no files.
    pub is_core_only: bool,
    /// The names of all installed classes, for suggestions.
    pub class_names: &'a dyn Fn() -> Vec<String>,
}

impl Server<'_> {
    /// What ComfyUI puts in the place of a node; none if it does not replace it.
    fn replacement(&self, node: &ApiNode) -> Option<&Value> {
        self.replacements?.of_node(node, self.classes)
    }
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// The ids of the output nodes to run (ComfyUI's `partial_execution_targets`); all if none are given.
    pub targets: Option<Vec<String>>,
    /// Report every finding and the whole conversion, whatever their size.
    pub complete: bool,
    /// The version of ComfyUI whose rules apply; that of the inventory if none is given.
    #[serde(rename = "comfyui-version")]
    pub comfyui_version: Option<Version>,
    /// The inventory has ComfyUI's own classes only, and no files.
    #[serde(rename = "core-only")]
    pub core_only: bool,
    /// The worker image, if only that is known.
    pub image: Option<Image>,
    /// What else is known about node packs.
    pub packs: Vec<PackFile>,
    /// The handler that returns the files.
    pub worker: Worker,
}

/// What is known about a worker image without its inventory.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Image {
    pub name: String,
    /// Model files in it, with the folder as ComfyUI lists it: `vae/ae.safetensors`.
    pub models: Vec<String>,
    /// The model folders that it also reads from a network volume.
    #[serde(rename = "volume-folders")]
    pub volume_folders: Vec<String>,
}

/// A handler, by what it returns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Worker {
    #[default]
    WorkerComfyui,
    /// What it returns is not known.
    Other,
}

/// Whether an inventory lacks classes that every ComfyUI has. `names` are its classes.
#[must_use]
pub fn partial_inventory(names: &[String]) -> Option<OpenQuestion> {
    const CORE: [&str; 3] = ["CLIPTextEncode", "KSampler", "SaveImage"];
    let is_partial = CORE.iter().any(|class| names.iter().all(|name| name != class));
    is_partial.then(|| {
        let classes = wording::count(names.len(), "class");
        let reason = format!("the inventory is partial: it has {classes} and not all of ComfyUI's own");
        OpenQuestion::new(PARTIAL_INVENTORY, reason).help(SAVE_WHOLE)
    })
}

const SAVE_WHOLE: &str = "save the whole inventory: `comfycheck inventory save FILE --comfyui URL`";

/// Checks a workflow's text.
///
/// If the server fails to describe a class (see [`Classes::failure`]), only findings that need no class are returned.
#[must_use]
pub fn examine(source: &str, server: &Server<'_>, settings: &Settings) -> Answer {
    let mut findings = Findings::new(settings);
    match json::parse(source) {
        Err(err) => {
            findings.add(answer::verdict_on_other_file("the file is not JSON"));
            let finding = Finding::new(NOT_JSON, format!("the file is not JSON: {err}"));
            findings.add(finding.help(EXPORT));
        }
        Ok(prompt) if is_ui_format(&prompt) => ui_format::collect(source, server, settings, &mut findings),
        Ok(prompt) => {
            let at = findings.answer.findings.len();
            let (verdict, certainty) = examine_nodes(&prompt, server, settings, &mut findings);
            findings.insert(at, answer::verdict(&verdict, certainty, settings));
            payload(source, &mut findings);
            result_size::forecast(source, settings, &mut findings);
        }
    }
    let mut answer = findings.into_answer();
    if server.classes.failure().is_some() {
        let needs_no_class = [NOT_JSON, PAYLOAD_TOO_LARGE, OUTPUT_NOT_RETURNED];
        answer.findings.retain(|finding| needs_no_class.contains(&finding.rule.as_str()));
    }
    answer
}

/// Whether a file is in the editor's format: it has a list of nodes.
#[must_use]
pub fn is_ui_format(workflow: &Value) -> bool {
    workflow.get("nodes").is_some_and(|nodes| nodes.list().is_some())
}

/// Adds all findings about nodes. Returns the verdict, for which no finding is added, and how sure it is.
fn examine_nodes(
    prompt: &Value,
    server: &Server<'_>,
    settings: &Settings,
    findings: &mut Findings,
) -> (Verdict, Certainty) {
    let none = Replacements::default();
    let targets = settings.targets.as_deref();
    let replacements = server.replacements.unwrap_or(&none);
    let (mut verdict, mut resolved) = judge(prompt, server.classes, replacements, targets);
    let mut certainty = Certainty::Sure;
    match &verdict.refusal {
        Some(Refusal::InternalError(error)) => {
            let fix = error.node.as_ref().and_then(|id| replaced::fix_of(prompt, id, server));
            let finding = missing::not_a_workflow(prompt).or_else(|| leftovers::not_nodes(prompt, error));
            findings.add(finding.unwrap_or_else(|| answer::internal_error(error).fix(fix)));
        }
        Some(Refusal::MissingNodeType { .. }) => {
            let before = findings.answer.findings.len();
            missing::collect(prompt, server, findings);
            let mut is_unknown = findings.answer.findings.len() == before && !findings.answer.open.is_empty();
            // The classes that are known can be checked all the same.
            if is_unknown && server.is_core_only {
                let stand_ins = missing::stand_ins(prompt, server);
                let classes = server.classes.with_stand_ins(&stand_ins);
                let (judged, known) = judge(prompt, &classes, replacements, targets);
                resolved = known;
                if judged.is_ok() {
                    verdict.node_errors = judged.node_errors;
                } else {
                    is_unknown = matches!(judged.refusal, Some(Refusal::NoOutputs));
                    verdict = judged;
                }
            }
            if is_unknown {
                certainty = Certainty::Unknown;
            }
        }
        Some(Refusal::NoOutputs) => findings.add(answer::no_outputs(prompt, targets)),
        Some(Refusal::OutputsFailed) | None => {}
    }
    if !matches!(verdict.refusal, Some(Refusal::InternalError(_))) {
        replaced::collect(prompt, server, findings);
    }
    if let Some(resolved) = &resolved {
        node_errors::collect(&verdict, resolved, findings);
        if certainty == Certainty::Sure && node_errors::all_depend_on_packs(&verdict, resolved) {
            certainty = Certainty::Doubtful;
        }
        let fatal = if verdict.is_ok() { fatal::collect(&verdict, resolved, findings) } else { BTreeSet::new() };
        let (classes, image) = (server.classes, settings.image.as_ref());
        let known = lints::Known { classes, is_core_only: server.is_core_only, image };
        lints::collect(&verdict, resolved, &known, &fatal, findings);
        if verdict.deepest > SURELY_SHALLOW {
            let reason = format!("a chain of {} linked nodes may exceed Python's recursion limit", verdict.deepest);
            findings.answer.open.push(OpenQuestion::new(COMFYUI_VERDICT, reason).help("shorten the chain of nodes"));
        }
    }
    repeated::collect(prompt, findings);
    returned::collect(prompt, server.classes.packs(), settings, findings);
    (verdict, certainty)
}

/// A chain of nodes that ComfyUI surely follows. Python's recursion limit is 1000, and the server uses some of it.
const SURELY_SHALLOW: usize = 900;

/// The largest body of `/run` in bytes. RunPod documents 10 MB; its error message speaks of 10 MiB.
const LARGEST_PAYLOAD: usize = 10_000_000;

/// The bytes that the request adds to a workflow.
const ENVELOPE: usize = r#"{"input":{"workflow":}}"#.len();

fn payload(source: &str, findings: &mut Findings) {
    let size = compact_size(source) + ENVELOPE;
    if size <= LARGEST_PAYLOAD {
        return;
    }
    #[expect(clippy::cast_precision_loss, reason = "sizes of files that fit into memory")]
    let (value, limit) = (size as f64, LARGEST_PAYLOAD as f64);
    let message = format!(
        "a job with this workflow has {} (limit: {})",
        wording::count(size, "byte"),
        wording::count(LARGEST_PAYLOAD, "byte")
    );
    let finding = Finding::new(PAYLOAD_TOO_LARGE, message).measured(value, "By", Some(Bound::AtMost(limit)));
    findings.add(finding.help("pass large inputs as files or URLs instead of embedding them in the workflow"));
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

//! ComfyUI's answer to the workflow as a whole.

use super::wording::name_all;
use super::{COMFYUI_VERDICT, NO_OUTPUTS, NOT_A_WORKFLOW, Settings};
use crate::graph::Breakage;
use crate::json::Value;
use crate::verdict::{Refusal, Verdict};
use comfycheck_sdk::{Finding, NodeRef, Subject, quote};
use serde_json::{Map, json};

/// ComfyUI's verdict, with its data.
pub(super) fn verdict(verdict: &Verdict, settings: &Settings) -> Finding {
    Finding::new(COMFYUI_VERDICT, sentence(verdict)).data(&data(verdict, settings))
}

/// The verdict on a file that ComfyUI breaks on because of what it is as a whole.
pub(super) fn to_broken(why: &str) -> Finding {
    let message = format!("ComfyUI would break on the file (HTTP 500): {why}");
    let data = json!({ "ok": false, "error_type": "http_500", "good_outputs": [], "node_errors": {} });
    Finding::new(COMFYUI_VERDICT, message).data(&data)
}

fn sentence(verdict: &Verdict) -> String {
    let good = || name_all(verdict.good_outputs.iter().map(|id| &**id));
    let bad = || name_all(verdict.node_errors.iter().map(|(id, _)| &**id));
    match &verdict.refusal {
        None if verdict.node_errors.is_empty() => {
            format!("ComfyUI would accept the workflow and carry it out for {}", good())
        }
        None => format!(
            "ComfyUI would accept the workflow, carry it out for {} alone, and leave out what depends on {}",
            good(),
            bad()
        ),
        Some(Refusal::Breaks(_)) => "ComfyUI would break on the workflow (HTTP 500)".into(),
        Some(Refusal::MissingNodeType { node, .. }) => {
            format!("ComfyUI would refuse the workflow, naming the missing class of node {}", quote(node))
        }
        Some(Refusal::NoOutputs) => "ComfyUI would refuse the workflow: it has no output".into(),
        Some(Refusal::OutputsFailed) => {
            format!("ComfyUI would refuse the workflow because of errors in {}", bad())
        }
    }
}

/// How much data a finding has at most, in bytes, well below the host's limit.
const MOST_DATA: usize = 60_000;

/// The verdict as JSON. Of a very long one, unless everything is asked for, the first nodes, and `"cut": true`.
pub(crate) fn data(verdict: &Verdict, settings: &Settings) -> serde_json::Value {
    let mut room = if settings.complete { usize::MAX } else { MOST_DATA };
    let mut fits = |size: usize| {
        room = room.saturating_sub(size);
        room > 0
    };
    let good_outputs: Vec<_> = verdict.good_outputs.iter().take_while(|id| fits(id.len() + 8)).collect();
    let mut node_errors = Map::new();
    for (id, errors) in &verdict.node_errors {
        let errors = errors.iter().map(|error| match &error.input {
            Some(input) => json!({ "type": error.error_type(), "input_name": &**input }),
            None => json!({ "type": error.error_type(), "input_name": null }),
        });
        let errors = serde_json::Value::Array(errors.collect());
        if !fits(id.len() + errors.to_string().len() + 8) {
            break;
        }
        node_errors.insert(id.to_string(), errors);
    }
    let is_cut = good_outputs.len() < verdict.good_outputs.len() || node_errors.len() < verdict.node_errors.len();
    let mut data = json!({
        "ok": verdict.is_ok(),
        "error_type": verdict.refusal.as_ref().map(Refusal::error_type),
        "good_outputs": good_outputs.iter().map(|id| &***id).collect::<Vec<_>>(),
        "node_errors": node_errors,
    });
    if is_cut {
        data["cut"] = true.into();
    }
    data
}

/// The workflow is none that ComfyUI could take.
pub(super) fn breakage(breakage: &Breakage) -> Finding {
    let message = match &breakage.node {
        Some(node) => format!("ComfyUI breaks on node {}: {}", quote(node), breakage.why),
        None => format!("ComfyUI breaks on the file: {}", breakage.why),
    };
    let finding = Finding::new(NOT_A_WORKFLOW, message)
        .help("export the workflow in API format: an object of nodes by id, each with `class_type` and `inputs`");
    match &breakage.node {
        Some(node) => finding.about(Subject::Node(NodeRef { id: node.to_string(), input: None })),
        None => finding,
    }
}

/// No node is an output, or none of those that are asked for.
pub(super) fn no_outputs(prompt: &Value, targets: Option<&[String]>) -> Finding {
    let is_empty = prompt.object().is_none_or(|nodes| nodes.entries().is_empty());
    let (message, help) = match (is_empty, targets) {
        (true, _) => ("the workflow has no nodes", "export the workflow again from ComfyUI's editor, in API format"),
        (false, None) => {
            ("no node of the workflow is an output", "add a node that saves the result, such as `SaveImage`")
        }
        (false, Some(_)) => {
            ("none of the targets is an output node of the workflow", "name nodes that save a result as targets")
        }
    };
    Finding::new(NO_OUTPUTS, message).help(help)
}

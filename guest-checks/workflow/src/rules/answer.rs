//! ComfyUI's verdict on the workflow as a whole.

use super::phrasing::{EXPORT, name_all};
use super::{COMFYUI_VERDICT, NO_OUTPUTS, NOT_A_WORKFLOW, Settings};
use crate::api_graph::InternalError;
use crate::json::Value;
use crate::verdict::{Refusal, Verdict};
use comfycheck_sdk::{Finding, NodeRef, Subject, quote};
use serde_json::{Map, json};

/// How sure a verdict is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Certainty {
    Sure,
    /// Every error rests on the description of a class that may accept more than it shows.
    Doubtful,
    /// The inventory does not show whether a class is installed.
    Unknown,
}

/// The verdict on a workflow in API format.
pub(super) fn verdict(verdict: &Verdict, certainty: Certainty, settings: &Settings) -> Finding {
    let data = data(verdict, certainty, settings);
    if certainty == Certainty::Sure {
        return Finding::new(COMFYUI_VERDICT, sentence(verdict)).data(&data);
    }
    if verdict.node_errors.is_empty() {
        let message = "ComfyUI may refuse the workflow: some of its node classes could not be checked";
        return Finding::new(COMFYUI_VERDICT, message).data(&data);
    }
    let bad = name_all(verdict.node_errors.iter().map(|(id, _)| &**id));
    let message = format!("ComfyUI may refuse the workflow: it depends on what the classes of {bad} accept");
    Finding::new(COMFYUI_VERDICT, message).data(&data)
}

/// The verdict on a file that is not a workflow in API format.
pub(super) fn verdict_on_other_file(what: &str) -> Finding {
    let message = format!("ComfyUI fails with HTTP 500: {what}");
    let data = json!({ "ok": false, "error_type": "http_500", "good_outputs": [], "node_errors": {} });
    Finding::new(COMFYUI_VERDICT, message).data(&data)
}

fn sentence(verdict: &Verdict) -> String {
    let good = || name_all(verdict.good_outputs.iter().map(|id| &**id));
    let bad = || name_all(verdict.node_errors.iter().map(|(id, _)| &**id));
    match &verdict.refusal {
        None if verdict.node_errors.is_empty() => format!("ComfyUI accepts the workflow and runs {}", good()),
        None => format!("ComfyUI runs only {}: it skips every output that depends on {}", good(), bad()),
        Some(Refusal::InternalError(_)) => "ComfyUI fails on the workflow with HTTP 500".into(),
        Some(Refusal::MissingNodeType { node, class: None, .. }) => {
            format!("ComfyUI refuses the workflow: node {} has no class", quote(node))
        }
        Some(Refusal::MissingNodeType { node, .. }) => {
            format!("ComfyUI refuses the workflow: the class of node {} is not installed", quote(node))
        }
        Some(Refusal::NoOutputs) => "ComfyUI refuses the workflow: it has no output to run".into(),
        Some(Refusal::OutputsFailed) if verdict.node_errors.is_empty() => {
            "ComfyUI refuses the workflow: no output is left to run".into()
        }
        Some(Refusal::OutputsFailed) => format!("ComfyUI refuses the workflow: errors in {}", bad()),
    }
}

/// The most data of one finding in bytes, well below the host's limit.
const MOST_DATA: usize = 60_000;

/// The verdict as JSON. A very long one is cut, with `"cut": true`, unless the settings ask for everything.
pub(crate) fn data(verdict: &Verdict, certainty: Certainty, settings: &Settings) -> serde_json::Value {
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
    let is_known = certainty != Certainty::Unknown;
    let mut data = json!({
        "ok": is_known.then(|| verdict.is_ok()),
        "error_type": verdict.refusal.as_ref().filter(|_| is_known).map(Refusal::error_type),
        "good_outputs": good_outputs.iter().map(|id| &***id).collect::<Vec<_>>(),
        "node_errors": node_errors,
    });
    // Only then do they differ from all outputs.
    if is_known && verdict.is_ok() && !verdict.skipped_outputs.is_empty() && !is_cut {
        data["skipped_outputs"] = verdict.skipped_outputs.iter().map(|id| &**id).collect();
    }
    for (name, is_set) in [("cut", is_cut), ("doubtful", certainty == Certainty::Doubtful)] {
        if is_set {
            data[name] = true.into();
        }
    }
    data
}

/// ComfyUI fails on the workflow with HTTP 500.
pub(super) fn internal_error(error: &InternalError) -> Finding {
    let message = match &error.node {
        Some(node) => format!("ComfyUI fails on node {} with HTTP 500: {}", quote(node), error.why),
        None => format!("ComfyUI fails with HTTP 500: {}", error.why),
    };
    let finding = Finding::new(NOT_A_WORKFLOW, message).help(EXPORT);
    match &error.node {
        Some(node) => finding.about(Subject::Node(NodeRef { id: node.to_string(), input: None })),
        None => finding,
    }
}

/// No node, or no target, is an output.
pub(super) fn no_outputs(prompt: &Value, targets: Option<&[String]>) -> Finding {
    let is_empty = prompt.object().is_none_or(|nodes| nodes.entries().is_empty());
    let (message, help) = match (is_empty, targets) {
        (true, _) => ("the workflow has no nodes", EXPORT),
        (false, None) => ("the workflow has no output node", "add a node that saves the result, such as `SaveImage`"),
        (false, Some(_)) => ("no target is an output node", "choose targets that save a result"),
    };
    Finding::new(NO_OUTPUTS, message).help(help)
}

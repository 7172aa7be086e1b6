//! Handlers that do not run workflows, and their responses to one.

use super::{Output, Place, Work};
use crate::scenario::HandlerKind;
use serde_json::{Value, json};
use std::time::Duration;

/// How long it takes to reject an input.
const AT_ONCE: Duration = Duration::from_millis(40);

/// Runs a job on a handler that is not worker-comfyui.
pub(super) fn work(place: &Place<'_>, kind: HandlerKind, input: &Value) -> Work {
    match (kind, input.get("prompt")) {
        (HandlerKind::ReadsPrompt | HandlerKind::ReturnsNothing, Some(prompt)) => {
            Work::output(AT_ONCE, Output::Json(json!({"text": [prompt]})))
        }
        (HandlerKind::ReadsPrompt, None) => Work::exception(AT_ONCE, place, "KeyError", "'prompt'"),
        // A list as the error counts for RunPod as neither an error nor an output.
        (HandlerKind::ReturnsNothing, None) | (HandlerKind::Validates, _) => Work::output(AT_ONCE, Output::Nothing),
        (HandlerKind::Echoes | HandlerKind::WorkerComfyui, _) => {
            Work::output(AT_ONCE, Output::Json(json!({"echo": input})))
        }
        (HandlerKind::OtherComfyui, _) => Work::error(AT_ONCE, other_comfyui(input)),
    }
}

/// The error of a worker that expects a workflow's name and a payload.
fn other_comfyui(input: &Value) -> String {
    let mut problems = Vec::new();
    if input.get("payload").is_none() {
        problems.push("payload is a required input.");
    }
    if !input.get("workflow").is_some_and(Value::is_string) {
        problems.push("workflow should be <class 'str'> type, not <class 'dict'>.");
        problems.push("workflow does not meet the constraints.");
    }
    problems.join("\n")
}

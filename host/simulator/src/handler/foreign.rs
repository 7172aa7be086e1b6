//! Handlers that are not for this workflow: what they answer to one.

use super::{Output, Place, Work};
use crate::scenario::HandlerKind;
use serde_json::{Value, json};
use std::time::Duration;

/// How long it takes to see that an input makes no sense.
const AT_ONCE: Duration = Duration::from_millis(40);

/// What a handler that is not worker-comfyui does.
pub(super) fn work(place: &Place<'_>, kind: HandlerKind, input: &Value) -> Work {
    match (kind, input.get("prompt")) {
        (HandlerKind::ReadsPrompt | HandlerKind::ReturnsNothing, Some(prompt)) => {
            Work::output(AT_ONCE, Output::Json(json!({"text": [prompt]})))
        }
        (HandlerKind::ReadsPrompt, None) => Work::exception(AT_ONCE, place, "KeyError", "'prompt'"),
        // What validates returns a list as the error, which RunPod takes for no error and no output.
        (HandlerKind::ReturnsNothing, None) | (HandlerKind::Validates, _) => Work::output(AT_ONCE, Output::Nothing),
        (HandlerKind::Echoes | HandlerKind::WorkerComfyui, _) => {
            Work::output(AT_ONCE, Output::Json(json!({"echo": input})))
        }
        (HandlerKind::OtherComfyui, _) => Work::error(AT_ONCE, other_comfyui(input)),
    }
}

/// What a worker says that expects a workflow's name and a payload.
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

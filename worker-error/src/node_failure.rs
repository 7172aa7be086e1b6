//! Nodes that failed while ComfyUI ran them.

use crate::embedded;
use serde_json::Value;

/// A node that failed while ComfyUI ran it. So ComfyUI accepted the workflow.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NodeFailure {
    /// The node's key in the workflow.
    pub id: String,
    /// The node's class; none if the text was cut.
    pub class: Option<String>,
    /// The type of the exception, such as `torch.OutOfMemoryError`; none if it is not reported.
    pub kind: Option<String>,
    /// The message of the exception; may be empty, and may have several lines.
    pub message: String,
}

impl NodeFailure {
    /// Reads the words of worker-comfyui (`Node Type: A, Node ID: 3, Message: …`), or ComfyUI's event
    /// `execution_error` anywhere in the text.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        of_words(text).or_else(|| embedded::values(text).iter().find_map(|value| embedded::first(value, &mut of_event)))
    }
}

/// The texts are those of worker-comfyui 5.0 to 5.8.5.
fn of_words(text: &str) -> Option<NodeFailure> {
    let (_, rest) = text.split_once("Node Type: ")?;
    let (class, rest) = rest.split_once(", Node ID: ")?;
    let (id, message) = rest.split_once(", Message: ").unwrap_or((rest, ""));
    let known = |name: &str| Some(name.trim().to_owned()).filter(|name| !name.is_empty() && name != "N/A");
    Some(NodeFailure { id: known(id)?, class: known(class), kind: None, message: message.trim().to_owned() })
}

/// The data of ComfyUI's event, which its history keeps, too.
fn of_event(event: &Value) -> Option<NodeFailure> {
    let text = |key: &str| event.get(key).and_then(Value::as_str).map(str::trim);
    let id = match event.get("node_id")? {
        Value::String(id) => id.clone(),
        Value::Number(id) => id.to_string(),
        _ => return None,
    };
    let message = text("exception_message")?.to_owned();
    let kind = text("exception_type").map(str::to_owned);
    Some(NodeFailure { id, class: text("node_type").map(str::to_owned), kind, message })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let read = NodeFailure::parse(text).map_or_else(
            || "nothing".to_owned(),
            |NodeFailure { id, class, kind, message }| {
                format!("{id} {} {} {message:?}", class.unwrap_or_default(), kind.unwrap_or_default())
            },
        );
        assert_eq!(read, expected, "{text}");
    }

    #[test]
    fn the_words_of_the_worker_name_the_node() {
        check(
            "Workflow execution error: Node Type: KSampler, Node ID: 57:3, Message: CUDA out of memory\n",
            "57:3 KSampler  \"CUDA out of memory\"",
        );
        check("Node Type: KSampler, Node ID: 3", "3 KSampler  \"\"");
        check("Node Type: N/A, Node ID: N/A, Message: it broke", "nothing");
        check("Node Type: KSampler", "nothing");
    }

    #[test]
    fn comfyuis_event_names_the_node_wherever_it_stands() {
        let event =
            r#"{"node_id": "3", "node_type": "KSampler", "exception_type": "ValueError", "exception_message": "no\n"}"#;
        let expected = r#"3 KSampler ValueError "no""#;
        check(event, expected);
        check(&format!("failed: [[\"execution_start\", {{}}], [\"execution_error\", {event}]]"), expected);
        check("Exception: {'node_id': 3, 'exception_message': 'no'}", "3   \"no\"");
        check(r#"{"node_id": "3", "message": "no"}"#, "nothing");
        check(r#"{"node_id": [], "exception_message": "no"}"#, "nothing");
    }
}

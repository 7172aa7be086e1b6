//! Parses the `error` of a job that failed in worker-comfyui.
//!
//! The worker passes on ComfyUI's response to the workflow in one of these forms:
//!
//! - ComfyUI's JSON after `Raw response: `
//! - bullets with that JSON in Python's notation
//! - a part of either
//!
//! Other handlers put ComfyUI's JSON, or Python's notation of it, behind words of their own.
//!
//! The texts are those of worker-comfyui 1.0.0 to 5.8.5 and of ComfyUI 0.2.7 to 0.33.0.

mod broken_model;
mod embedded;
mod model;
mod node_failure;
mod python;

pub use broken_model::{BROKEN_MODEL, BrokenModel, PICKLED_MODEL, PICKLED_MODEL_HELP};
pub use model::is_model;
pub use node_failure::NodeFailure;

use serde_json::Value;

/// What the `error` of a failed job says about the workflow.
#[derive(Clone, Debug, PartialEq)]
pub enum WorkerError {
    /// The class of a node is not installed. ComfyUI names only the first such node of the
    /// workflow.
    MissingNode {
        /// None if the text was cut.
        id: Option<String>,
        /// None if the text was cut.
        class: Option<String>,
        /// The node's title, or its class if it has none.
        title: Option<String>,
    },
    /// A node has no class.
    NodeWithoutClass {
        /// None if ComfyUI does not report it.
        id: Option<String>,
    },
    /// ComfyUI found every class and refused the inputs of these nodes, in its order.
    InvalidInputs(Vec<NodeErrors>),
    /// ComfyUI refused the workflow for a missing class, a node without a class, or the lack
    /// of an output node. The worker lost which. From workers with a ComfyUI older than 0.3.28.
    RefusedAsWhole,
    /// ComfyUI refused the workflow, and the worker lost the reason. From workers up to 5.0.x.
    RefusedWithoutReason,
    /// Nothing about the workflow was recognized.
    Unrecognised,
}

/// ComfyUI's errors about the inputs of one node.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NodeErrors {
    /// The node's key in the workflow.
    pub id: String,
    /// The node's class; none if the text was cut before it.
    pub class: Option<String>,
    /// In ComfyUI's order. Empty if they are unreadable.
    pub errors: Vec<InputError>,
}

/// One of ComfyUI's errors about a node.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct InputError {
    /// ComfyUI's type of the error, such as `value_not_in_list`.
    pub kind: String,
    /// Such as `Value not in list`.
    pub message: String,
    /// Such as `vae_name: 'ae.safetensors' not in ['pixel_space']`; often empty.
    pub details: String,
    /// The input; none if the error is about the node as a whole.
    pub input: Option<String>,
    /// The value of the input, if ComfyUI reports it. `NaN` and infinite numbers are `null`.
    pub received: Option<Value>,
    /// The values that the input accepts. None if ComfyUI does not list them, as for more than
    /// 20, or if the input is not a choice.
    pub accepted: Option<Vec<String>>,
    /// The options of the input, such as `min` and `max`. None if ComfyUI does not report them.
    pub options: Option<Value>,
}

impl WorkerError {
    /// Parses the `error` of a job, or the body of ComfyUI's refusal. Text that was cut is read
    /// as far as possible.
    #[must_use]
    pub fn parse(error: &str) -> Self {
        match serde_json::from_str::<Value>(error) {
            // RunPod's SDK reports an exception of the handler like this.
            Ok(Value::Object(raised)) if raised.contains_key("error_message") => {
                raised["error_message"].as_str().map_or(Self::Unrecognised, of_text)
            }
            _ => of_text(error),
        }
    }
}

impl InputError {
    /// The model file that the workflow names and the loader does not list; none if the error
    /// is about something else.
    ///
    /// If the loader lists model files, any value counts: a typo may not look like a file.
    #[must_use]
    pub fn missing_model(&self) -> Option<&str> {
        let file = self.received.as_ref().filter(|_| self.kind == "value_not_in_list")?.as_str()?;
        let listed = self.accepted.iter().flatten().map(String::as_str);
        [file].into_iter().chain(listed).any(is_model).then_some(file)
    }

    /// How many values the input accepts. ComfyUI also counts a list that is too long to print.
    #[must_use]
    pub fn accepted_count(&self) -> Option<u32> {
        let of_long_list = || self.details.rsplit_once("(list of length ")?.1.strip_suffix(')')?.parse().ok();
        self.accepted.as_ref().map(|values| u32::try_from(values.len()).unwrap_or(u32::MAX)).or_else(of_long_list)
    }
}

fn of_text(text: &str) -> WorkerError {
    // A title may contain the marker. A few tries are enough, and bound the work.
    let mut bodies =
        text.match_indices(RAW).take(4).filter_map(|(at, _)| serde_json::from_str(&text[at + RAW.len()..]).ok());
    let invalid = || Some(invalid_inputs(text)).filter(|nodes| !nodes.is_empty()).map(WorkerError::InvalidInputs);
    // Behind the words of another handler, the first value that is a refusal counts.
    let embedded = || embedded::values(text).iter().find_map(|value| embedded::first(value, &mut of_body));
    bodies
        .find_map(|body| of_body(&body))
        .or_else(invalid)
        .or_else(embedded)
        .or_else(|| of_message(text, None))
        .or_else(|| text.contains("'list' object has no attribute 'items'").then_some(WorkerError::RefusedAsWhole))
        .or_else(|| REFUSED.iter().any(|line| text.contains(line)).then_some(WorkerError::RefusedWithoutReason))
        .unwrap_or(WorkerError::Unrecognised)
}

const RAW: &str = "Raw response: ";

/// Status 400 on `/prompt`, in the words of Python's `requests` and of `urllib`.
const REFUSED: [&str; 2] = ["Error queuing workflow: 400 Client Error", "Error queuing workflow: HTTP Error 400"];

/// Reads the body of a refusal: `{"error": {…}, "node_errors": {…}}`, or one of its two parts alone.
fn of_body(body: &Value) -> Option<WorkerError> {
    let nodes = body.get("node_errors").and_then(Value::as_object).filter(|nodes| !nodes.is_empty());
    let nodes = nodes.or_else(|| body.as_object().filter(|nodes| are_node_errors(nodes)));
    if let Some(nodes) = nodes {
        let node = |(id, node): (&String, &Value)| NodeErrors {
            id: id.clone(),
            class: text(node.get("class_type")),
            errors: input_errors(node.get("errors")),
        };
        return Some(WorkerError::InvalidInputs(nodes.iter().map(node).collect()));
    }
    let error = body.get("error").filter(|error| error.is_object()).or_else(|| is_error(body).then_some(body))?;
    let extra = |key| error.get("extra_info").and_then(|extra| extra.get(key));
    let in_details =
        || error.get("details")?.as_str()?.strip_prefix("Node ID '#")?.strip_suffix('\'').map(str::to_owned);
    let id = text(extra("node_id")).or_else(in_details);
    match extra("class_type") {
        Some(Value::String(class)) => {
            Some(WorkerError::MissingNode { id, class: Some(class.clone()), title: text(extra("node_title")) })
        }
        Some(Value::Null) => Some(WorkerError::NodeWithoutClass { id }),
        _ => of_message(error.get("message")?.as_str()?, id),
    }
}

/// Whether these are ComfyUI's errors by node.
fn are_node_errors(nodes: &serde_json::Map<String, Value>) -> bool {
    let is_node = |node: &Value| node.get("errors").is_some_and(Value::is_array) && node.get("class_type").is_some();
    !nodes.is_empty() && nodes.values().all(is_node)
}

/// Whether this is ComfyUI's error about a whole workflow.
fn is_error(error: &Value) -> bool {
    ["type", "message", "details"].iter().all(|key| error.get(key).is_some_and(Value::is_string))
}

/// Reads ComfyUI's message, where its JSON has no fields for it. Other words can stand around it.
fn of_message(message: &str, id: Option<String>) -> Option<WorkerError> {
    // A title may contain anything. It ends at the last possible place only if it begins at the first.
    let between = |start: &str, end: &str| {
        let name = |text: &str| Some(text.split_once(end)?.0.to_owned());
        let embedded = || message.split_once(end)?.0.rsplit_once(start).map(|(_, name)| name.to_owned());
        message.strip_prefix(start).and_then(name).or_else(embedded)
    };
    let id = id.or_else(|| Some(message.split_once("Node ID '#")?.1.split_once('\'')?.0.to_owned()));
    if message.contains("Cannot execute because a node is missing the class_type property") {
        return Some(WorkerError::NodeWithoutClass { id });
    }
    if let Some(class) = between("Cannot execute because node ", " does not exist.") {
        return Some(WorkerError::MissingNode { id, class: Some(class), title: None });
    }
    if let Some(title) = between("Node '", "' not found. The custom node may not be installed") {
        return Some(WorkerError::MissingNode { id, class: None, title: Some(title) });
    }
    let title = between("Node '", "' has no class_type.")?;
    Some(WorkerError::NodeWithoutClass { id: id.or_else(|| title.strip_prefix("ID #").map(str::to_owned)) })
}

/// Reads the bullets `• Node ID (KEY): VALUE`, up to three for each node.
fn invalid_inputs(text: &str) -> Vec<NodeErrors> {
    let mut nodes: Vec<NodeErrors> = Vec::new();
    for bullet in text.lines().filter_map(|line| line.strip_prefix("• Node ")) {
        let keys = ["errors", "dependent_outputs", "class_type"];
        let at = |key| bullet.split_once(&format!(" ({key}): ")).map(|(id, value)| (id, key, value));
        // An id may contain anything. The first key belongs to the bullet.
        let Some((id, key, value)) = keys.into_iter().filter_map(at).min_by_key(|(id, ..)| id.len()) else { continue };
        let index = nodes.iter().position(|node| node.id == id).unwrap_or_else(|| {
            nodes.push(NodeErrors { id: id.to_owned(), ..NodeErrors::default() });
            nodes.len() - 1
        });
        match key {
            "errors" => nodes[index].errors = input_errors(python::parse(value).as_ref()),
            "class_type" => nodes[index].class = Some(value.to_owned()),
            _ => {}
        }
    }
    // The worker lists all checkpoints, ComfyUI at most 20.
    if let Some((_, all)) = text.split_once("\n\nAvailable checkpoint models: ") {
        let errors = nodes.iter_mut().flat_map(|node| &mut node.errors);
        for error in errors.filter(|error| error.input.as_deref() == Some("ckpt_name")) {
            error.accepted.get_or_insert_with(|| all.split(", ").map(str::to_owned).collect());
        }
    }
    nodes
}

fn input_errors(errors: Option<&Value>) -> Vec<InputError> {
    let error = |error: &Value| {
        let extra = error.get("extra_info");
        let field = |key| text(error.get(key)).unwrap_or_default();
        InputError {
            kind: field("type"),
            message: field("message"),
            details: field("details"),
            input: text(extra.and_then(|extra| extra.get("input_name"))),
            received: extra.and_then(|extra| extra.get("received_value")).cloned(),
            accepted: extra.and_then(|extra| accepted(extra.get("input_config")?)),
            options: extra
                .and_then(|extra| extra.get("input_config")?.get(1))
                .filter(|value| value.is_object())
                .cloned(),
        }
    };
    errors.and_then(Value::as_array).into_iter().flatten().map(error).collect()
}

/// The values of a choice: `[[value, …], {…}]`, or `["COMBO", {"options": [value, …]}]`.
fn accepted(config: &Value) -> Option<Vec<String>> {
    let values = match config.get(0)? {
        Value::Array(values) => values,
        Value::String(kind) if kind == "COMBO" => config.get(1)?.get("options")?.as_array()?,
        _ => return None,
    };
    Some(values.iter().map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned)).collect())
}

fn text(value: Option<&Value>) -> Option<String> {
    value.and_then(Value::as_str).map(str::to_owned)
}

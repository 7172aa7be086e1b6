//! How ComfyUI refuses a workflow, in worker-comfyui's words.
//!
//! Checked are the shape of the workflow, missing classes and missing outputs. For classes whose inputs are known, also
//! missing inputs and values that are not in a list. Of custom validation, only whether a loader's file exists. Numbers and types
//! are not checked.

mod loader;

use super::Place;
use super::graph::{Graph, Node, linked};
use super::python::repr;
use super::version::numbers;
use crate::inventory::{NOWHERE, description, folder_of, has_class, options};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// A workflow that ComfyUI runs: all of it, or its valid outputs.
#[derive(Clone, Debug)]
pub(super) struct AcceptedWorkflow<'a> {
    pub(super) graph: Graph<'a>,
    /// The outputs that run, in the workflow's order.
    pub(super) outputs: Vec<Node<'a>>,
}

/// The longest list that ComfyUI writes out in its messages.
const LONGEST_LIST: usize = 20;

/// The workflow as it runs, or the handler's error. `inputs` are the files that jobs sent to the worker.
pub(super) fn refuse<'a>(
    place: &Place<'_>,
    workflow: &'a Value,
    inputs: &BTreeSet<String>,
) -> Result<AcceptedWorkflow<'a>, String> {
    const FAILED_OLD: &str = "HTTP Error 500: Internal Server Error";
    const FAILED: &str = "500 Server Error: Internal Server Error for url: http://127.0.0.1:8188/prompt";
    let handler = place.version();
    let Some(graph) = Graph::of(workflow) else {
        let failed = if handler < [4, 1, 0] { FAILED_OLD } else { FAILED };
        return Err(format!("Error queuing workflow: {failed}"));
    };
    let refusal = match missing_class(place, graph).or_else(|| no_outputs(place, graph)) {
        Some(refusal) => refusal,
        None => match invalid(place, graph, inputs) {
            Ok(accepted) => return Ok(accepted),
            Err(refusal) => refusal,
        },
    };
    Err(match handler {
        [0..=3, ..] | [4, 0, _] => "Error queuing workflow: HTTP Error 400: Bad Request".to_owned(),
        [4, ..] | [5, 0, _] => {
            "Error queuing workflow: 400 Client Error: Bad Request for url: http://127.0.0.1:8188/prompt".to_owned()
        }
        _ => refusal,
    })
}

/// The first node whose class is missing.
fn missing_class(place: &Place<'_>, graph: Graph<'_>) -> Option<String> {
    let comfyui = numbers(&place.scenario.comfyui.version);
    let missing = |node: &Node<'_>| node.class().is_none_or(|class| !has_class(place.scenario, class));
    let node = graph.nodes().find(missing)?;
    if comfyui < [0, 3, 28] {
        return Some("Unexpected error queuing workflow: 'list' object has no attribute 'items'".to_owned());
    }
    let details = format!("Node ID '#{}'", node.id);
    let (kind, message, info) = if comfyui <= [0, 11, 1] {
        let message = match node.class() {
            Some(class) => format!("Cannot execute because node {class} does not exist."),
            None => "Cannot execute because a node is missing the class_type property.".to_owned(),
        };
        ("invalid_prompt", message, json!({}))
    } else {
        let title = node.title();
        let (title, message) = if node.class().is_some() {
            (title.to_owned(), format!("Node '{title}' not found. The custom node may not be installed."))
        } else {
            let title = if title == node.id { format!("ID #{}", node.id) } else { title.to_owned() };
            let why = "The workflow may be corrupted or a custom node is missing.";
            let message = format!("Node '{title}' has no class_type. {why}");
            (title, message)
        };
        let info = json!({"node_id": node.id, "class_type": node.class(), "node_title": title});
        ("missing_node_type", message, info)
    };
    Some(raw(kind, &message, &details, &info))
}

fn no_outputs(place: &Place<'_>, graph: Graph<'_>) -> Option<String> {
    let none = !graph.nodes().any(|node| node.is_output(place.scenario));
    none.then(|| raw("prompt_no_outputs", "Prompt has no outputs", "", &json!({})))
}

/// A refusal that names no node's inputs: its message, and ComfyUI's whole response.
fn raw(kind: &str, message: &str, details: &str, info: &Value) -> String {
    let answer = json!({
        "error": {"type": kind, "message": message, "details": details, "extra_info": info},
        "node_errors": {},
    });
    format!("{message}. Raw response: {}", python_json(&answer))
}

/// JSON with the white space that Python puts into it.
fn python_json(value: &Value) -> String {
    match value {
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(python_json).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Object(members) => {
            let member =
                |(key, value): (&String, &Value)| format!("{}: {}", Value::from(key.as_str()), python_json(value));
            let members: Vec<String> = members.iter().map(member).collect();
            format!("{{{}}}", members.join(", "))
        }
        other => other.to_string(),
    }
}

/// The valid outputs; without one, the errors of the nodes.
fn invalid<'a>(place: &Place<'_>, graph: Graph<'a>, inputs: &BTreeSet<String>) -> Result<AcceptedWorkflow<'a>, String> {
    let outputs: Vec<Node<'_>> = graph.nodes().filter(|node| node.is_output(place.scenario)).collect();
    // Nodes that no output depends on are not checked.
    let (mut reached, mut waiting) = (BTreeSet::new(), outputs.clone());
    let mut dependents: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    while let Some(node) = waiting.pop() {
        if reached.insert(node.id) {
            for link in node.links() {
                dependents.entry(link).or_default().push(node.id);
                waiting.extend(graph.node(link));
            }
        }
    }
    let checked = graph.nodes().filter(|node| reached.contains(node.id));
    let wrong: Vec<(Node<'_>, Vec<Value>)> = checked
        .map(|node| (node, errors(place, graph, node, inputs)))
        .filter(|(_, errors)| !errors.is_empty())
        .collect();
    let (mut bad, mut waiting) = (BTreeSet::new(), wrong.iter().map(|(node, _)| node.id).collect::<Vec<_>>());
    while let Some(id) = waiting.pop() {
        if bad.insert(id) {
            waiting.extend(dependents.get(id).into_iter().flatten());
        }
    }
    let (lost, good): (Vec<Node<'_>>, Vec<Node<'_>>) = outputs.into_iter().partition(|node| bad.contains(node.id));
    if !good.is_empty() {
        return Ok(AcceptedWorkflow { graph, outputs: good });
    }
    Err(validation_failed(place, &wrong, &lost))
}

/// The errors in a node's inputs.
fn errors(place: &Place<'_>, graph: Graph<'_>, node: Node<'_>, sent: &BTreeSet<String>) -> Vec<Value> {
    let mut errors = Vec::new();
    for link in node.links().filter(|link| graph.node(link).is_none()) {
        errors.push(json!({
            "type": "exception_during_inner_validation", "message": "Exception when validating inner node",
            "details": repr(&link.into()), "extra_info": {"exception_type": "KeyError", "exception_message": repr(&link.into())},
        }));
    }
    let class = node.class().unwrap_or_default();
    errors.extend(loader::missing_file(place, node, sent));
    let Some(inputs) = description(class).and_then(|class| class.get("input")) else { return errors };
    let of = |section: &str| inputs.get(section).and_then(Value::as_object).into_iter().flatten();
    let declared = of("required").map(|input| (input, true)).chain(of("optional").map(|input| (input, false)));
    for ((name, spec), required) in declared {
        match node.input(name) {
            None if required => errors.push(json!({
                "type": "required_input_missing", "message": "Required input is missing", "details": name,
                "extra_info": {"input_name": name},
            })),
            None => {}
            Some(value) if linked(value).is_some() => {}
            Some(value) => errors.extend(not_in_list(place, class, name, spec, value)),
        }
    }
    errors
}

/// The error of a value that its input does not accept; none if it does.
fn not_in_list(place: &Place<'_>, class: &str, name: &str, spec: &Value, value: &Value) -> Option<Value> {
    let options = options(place.scenario, class, spec);
    let is_taken = match &options {
        Some(options) => options.contains(value),
        // Every named file exists.
        None => folder_of(spec).is_none() || value.as_str().is_none_or(|name| !name.starts_with(NOWHERE)),
    };
    if is_taken {
        return None;
    }
    // A list that holds everything is only long.
    let options = options.unwrap_or_else(|| vec![Value::Null; LONGEST_LIST + 1]);
    let (list, config) = if options.len() > LONGEST_LIST {
        (format!("(list of length {})", options.len()), Value::Null)
    } else {
        let list = repr(&Value::Array(options.clone()));
        let settings = || spec.get(1).and_then(Value::as_object).cloned().unwrap_or_default();
        let config = if spec.get(0).is_some_and(|kind| kind == "COMBO") {
            let mut settings = settings();
            settings.insert("options".to_owned(), Value::Array(options));
            json!(["COMBO", settings])
        } else {
            json!([options, Map::from_iter(settings())])
        };
        (list, config)
    };
    Some(json!({
        "type": "value_not_in_list", "message": "Value not in list",
        "details": format!("{name}: {} not in {list}", repr(value)),
        "extra_info": {"input_name": name, "input_config": config, "received_value": value},
    }))
}

/// worker-comfyui's message for the errors of nodes: three lines for each. Only the first of very many nodes are listed,
/// because each names every output.
fn validation_failed(place: &Place<'_>, wrong: &[(Node<'_>, Vec<Value>)], outputs: &[Node<'_>]) -> String {
    const MOST: usize = 200;
    let outputs = repr(&outputs.iter().take(MOST).map(|node| Value::from(node.id)).collect());
    let mut lines = vec!["Workflow validation failed:".to_owned()];
    for (node, errors) in wrong.iter().take(MOST) {
        let (id, class) = (node.id, node.class().unwrap_or_default());
        lines.push(format!("• Node {id} (errors): {}", repr(&Value::Array(errors.clone()))));
        lines.push(format!("• Node {id} (dependent_outputs): {outputs}"));
        lines.push(format!("• Node {id} (class_type): {class}"));
    }
    let checkpoint =
        wrong.iter().flat_map(|(_, errors)| errors).any(|error| error["extra_info"]["input_name"] == "ckpt_name");
    if checkpoint {
        let known = crate::inventory::models(place.scenario, "checkpoints").unwrap_or_default();
        lines.push(String::new());
        lines.push(match known.as_slice() {
            [] => "No checkpoint models appear to be available. Please check your model installation.".to_owned(),
            known => format!("Available checkpoint models: {}", known.join(", ")),
        });
    }
    lines.join("\n")
}

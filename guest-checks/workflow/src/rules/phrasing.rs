//! How nodes, values and choices are written in messages.

use crate::api_graph::ApiNode;
use crate::class::{Class, Spec};
use crate::json::Value;
use comfycheck_sdk::{NodeRef, Subject, few_names, nearest, quote, wording};
use std::fmt::Write;

/// Help for a file that is not a workflow in API format.
pub(super) const EXPORT: &str = "export the workflow again: in ComfyUI, choose Workflow → Export (API)";

/// Help for a file that the server does not have.
pub(super) const SEND_FILE: &str = "send the file with each job: `comfycheck run --input NAME=PATH`, or `[inputs.files]` in the \
                                    suite; or add it to the worker image's input folder";

/// A node: its id, and its title or else its class.
pub(super) fn name_of(node: &ApiNode) -> String {
    match node.title().or(node.class_name()) {
        Some(name) => format!("node {} ({})", quote(&node.id), quote(name)),
        None => format!("node {}", quote(&node.id)),
    }
}

/// Nodes by their ids: `` node `3` ``, `` nodes `3` and `4` ``.
pub(super) fn name_all<'a>(ids: impl IntoIterator<Item = &'a str>) -> String {
    let ids: Vec<_> = ids.into_iter().collect();
    let plural = if ids.len() == 1 { "" } else { "s" };
    format!("node{plural} {}", few_names(ids))
}

/// The most subjects of one finding.
pub(super) const MOST_NODES: usize = 20;

/// The first of these nodes as the subjects of one finding.
pub(super) fn subjects<'a>(nodes: impl IntoIterator<Item = &'a ApiNode>) -> impl Iterator<Item = Subject> {
    nodes.into_iter().take(MOST_NODES).map(|node| subject(node, None))
}

pub(super) fn subject(node: &ApiNode, input: Option<&str>) -> Subject {
    Subject::Node(NodeRef { id: node.id.to_string(), input: input.map(str::to_owned) })
}

/// A value as in JSON: a number plainly, anything else in backticks.
pub(super) fn shown(value: &Value) -> String {
    const LONGEST_NUMBER: usize = 40;
    let mut json = String::new();
    write_json(value, &mut json);
    let is_number = matches!(value, Value::Int(_) | Value::Float(_));
    match json.strip_suffix(".0").unwrap_or(&json) {
        number if is_number && number.len() <= LONGEST_NUMBER => number.to_owned(),
        _ => quote(&json),
    }
}

/// Stops soon after the longest quotation, so a large value costs no more than a small one.
fn write_json(value: &Value, out: &mut String) {
    const ENOUGH: usize = 1000;
    if out.len() > ENOUGH {
        return;
    }
    let _ = match value {
        Value::Null => write!(out, "null"),
        Value::Bool(value) => write!(out, "{value}"),
        Value::Int(value) => write!(out, "{value}"),
        Value::Float(value) if value.is_infinite() => write!(out, "{}Infinity", if *value < 0.0 { "-" } else { "" }),
        Value::Float(value) => write!(out, "{value:?}"),
        Value::Text(text) => {
            let text: String = text.chars().take(ENOUGH).collect();
            write!(out, "{}", serde_json::Value::String(text))
        }
        Value::List(list) => {
            out.push('[');
            for (index, value) in list.iter().take(ENOUGH).enumerate() {
                out.push_str(if index > 0 { ", " } else { "" });
                write_json(value, out);
            }
            write!(out, "]")
        }
        Value::Object(object) => {
            out.push('{');
            for (index, (key, value)) in object.entries().iter().take(ENOUGH).enumerate() {
                let comma = if index > 0 { ", " } else { "" };
                let _ = write!(out, "{comma}{}: ", serde_json::Value::String(key.to_string()));
                write_json(value, out);
            }
            write!(out, "}}")
        }
    };
}

/// A value of a choice: a text without its JSON quotes.
pub(super) fn plain(value: &Value) -> String {
    value.text().map_or_else(|| shown(value).trim_matches('`').to_owned(), str::to_owned)
}

/// The name of a type; a list of values has none.
pub(super) fn kind(kind: &Value) -> String {
    kind.text().map_or_else(|| "a value from a list".to_owned(), quote)
}

/// Help for a value that is not among these choices.
pub(super) fn choose(value: &Value, choices: &[Value]) -> String {
    let names: Vec<String> = choices.iter().map(plain).collect();
    let value = plain(value);
    let near = nearest(&value, names.iter().map(String::as_str));
    match (near.as_slice(), names.as_slice()) {
        (_, []) => "install the file: the server lists no values for this input".to_owned(),
        ([], [only]) => format!("use {}, the only accepted value", quote(only)),
        ([], few) if few.len() <= 5 => format!("use {}", wording::names_with(few.iter().map(String::as_str), "or")),
        ([], many) => format!(
            "use one of the {} accepted values, such as {}",
            many.len(),
            few_names(many[..3].iter().map(String::as_str))
        ),
        (near, _) => format!("use an accepted value; similar: {}", few_names(near.iter().copied())),
    }
}

/// Help for a number: the range and the default of its input.
pub(super) fn set_number(spec: Option<&Spec>) -> String {
    let Some(spec) = spec else { return "set a number".to_owned() };
    let range = match (spec.bound("min"), spec.bound("max")) {
        (Some(min), Some(max)) => format!("set a value from {} to {}", shown(min), shown(max)),
        (Some(min), None) => format!("set a value of at least {}", shown(min)),
        (None, Some(max)) => format!("set a value of at most {}", shown(max)),
        (None, None) => "set a number".to_owned(),
    };
    let default = spec.options.get("default").map(|default| format!(" (default: {})", shown(default)));
    range + &default.unwrap_or_default()
}

/// The node pack that a class belongs to; none for a class of ComfyUI itself.
pub(super) fn pack_of(class: &Class) -> Option<&str> {
    class.module.strip_prefix("custom_nodes.")
}

//! How nodes, values and choices stand in messages.

use crate::class::{Class, Spec};
use crate::graph::Node;
use crate::json::Value;
use comfycheck_sdk::{NodeRef, Subject, nearest, quote, quote_all};
use std::fmt::Write;

/// A node: its id, and its title or else its class.
pub(super) fn name_of(node: &Node) -> String {
    match node.title().or(node.class_name()) {
        Some(name) => format!("node {} ({})", quote(&node.id), quote(name)),
        None => format!("node {}", quote(&node.id)),
    }
}

/// Nodes by their ids: `` node `3` ``, `` nodes `3` and `4` ``.
pub(super) fn name_all<'a>(ids: impl IntoIterator<Item = &'a str>) -> String {
    let ids: Vec<_> = ids.into_iter().collect();
    let plural = if ids.len() == 1 { "" } else { "s" };
    format!("node{plural} {}", quote_all(ids))
}

/// How many nodes are subjects of one finding.
const MOST_NODES: usize = 20;

/// Nodes as the subjects of one finding: the first ones, of many.
pub(super) fn subjects<'a>(nodes: impl IntoIterator<Item = &'a Node>) -> impl Iterator<Item = Subject> {
    nodes.into_iter().take(MOST_NODES).map(|node| subject(node, None))
}

/// A node, or one of its inputs, as a subject.
pub(super) fn subject(node: &Node, input: Option<&str>) -> Subject {
    Subject::Node(NodeRef { id: node.id.to_string(), input: input.map(str::to_owned) })
}

/// A value in backticks, as JSON has it.
pub(super) fn shown(value: &Value) -> String {
    let mut json = String::new();
    write_json(value, &mut json);
    quote(&json)
}

/// Stops soon after what is shown at most, so that a large value costs no more than a small one.
fn write_json(value: &Value, out: &mut String) {
    const ENOUGH: usize = 1000;
    if out.len() > ENOUGH {
        return;
    }
    let _ = match value {
        Value::Null => write!(out, "null"),
        Value::Bool(value) => write!(out, "{value}"),
        Value::Int(value) => write!(out, "{value}"),
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

/// A value of a choice: texts without quotes, as people read them in a list.
pub(super) fn plain(value: &Value) -> String {
    value.text().map_or_else(|| shown(value).trim_matches('`').to_owned(), str::to_owned)
}

/// A type: its name, or that it is a choice.
pub(super) fn kind(kind: &Value) -> String {
    kind.text().map_or_else(|| "a choice from a list".to_owned(), quote)
}

/// What to do about a value that is none of a choice.
pub(super) fn choose(value: &Value, choices: &[Value]) -> String {
    let names: Vec<String> = choices.iter().map(plain).collect();
    let wanted = plain(value);
    let near = nearest(&wanted, names.iter().map(String::as_str));
    match (near.as_slice(), names.len()) {
        (_, 0) => {
            "the server offers nothing here: install the file, or give another value once it lists any".to_owned()
        }
        ([], 1..=5) => format!("use {}", one_of(&names)),
        ([], many) => format!(
            "use one of the {many} accepted values, such as {}",
            quote_all(names[..3].iter().map(String::as_str))
        ),
        (near, _) => format!("use an accepted value; the nearest: {}", quote_all(near.iter().copied())),
    }
}

fn one_of(names: &[String]) -> String {
    match names {
        [only] => format!("{}, the one accepted value", quote(only)),
        names => format!("one of {}", quote_all(names.iter().map(String::as_str))),
    }
}

/// What to do about a number: the range that its input takes.
pub(super) fn range(spec: &Spec) -> String {
    match (spec.bound("min"), spec.bound("max")) {
        (Some(min), Some(max)) => format!("give a value from {} to {}", plain(min), plain(max)),
        (Some(min), None) => format!("give a value of at least {}", plain(min)),
        (None, Some(max)) => format!("give a value of at most {}", plain(max)),
        (None, None) => "give another value".to_owned(),
    }
}

/// Where a class comes from.
pub(super) fn origin(class: &Class) -> Option<&str> {
    class.module.strip_prefix("custom_nodes.")
}

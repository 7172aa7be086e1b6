//! Nodes whose class ComfyUI replaces before it validates the workflow.

use super::phrasing::{name_of, subject};
use super::{Findings, REPLACED_NODE_TYPE, Server};
use crate::api_graph::{ApiGraph, ApiNode};
use crate::json::Value;
use crate::python::equal;
use comfycheck_sdk::{Edit, Finding, Fix, quote};
use std::collections::{BTreeMap, BTreeSet};

/// Adds a note for each replaced node.
pub(super) fn collect(prompt: &Value, server: &Server<'_>, findings: &mut Findings) {
    let Ok(graph) = ApiGraph::read(prompt, server.classes.version()) else { return };
    for node in graph.nodes() {
        let Some(replacement) = server.replacement(node) else { continue };
        let (Some(old), Some(new)) = (node.class_name(), new_class(replacement)) else { continue };
        findings.add_with(REPLACED_NODE_TYPE, || {
            let message = format!("ComfyUI replaces the class of {} with {}", named(node, old), quote(new));
            Finding::new(REPLACED_NODE_TYPE, message).about(subject(node, None)).fix(fix(&graph, node, server))
        });
    }
}

/// The replacement of a node, as edits of the file. None if ComfyUI does not replace it.
pub(super) fn fix_of(prompt: &Value, id: &str, server: &Server<'_>) -> Option<Fix> {
    let graph = ApiGraph::read(prompt, server.classes.version()).ok()?;
    let node = &graph.nodes()[graph.position(id)?];
    fix(&graph, node, server)
}

fn named(node: &ApiNode, class: &str) -> String {
    if node.title().is_some_and(|title| title != class) {
        format!("{} ({})", name_of(node), quote(class))
    } else {
        name_of(node)
    }
}

fn new_class(replacement: &Value) -> Option<&str> {
    replacement.get("new_node_id").and_then(Value::text)
}

fn fix(graph: &ApiGraph, node: &ApiNode, server: &Server<'_>) -> Option<Fix> {
    let replacement = server.replacement(node)?;
    let (old, new) = (node.class_name()?, new_class(replacement)?);
    let id = node.id.to_string();
    let mut edits = vec![Edit::SetClass { node: id.clone(), class: new.to_owned() }];
    edits.extend(inputs(node, replacement)?);
    if let Some(outputs) = replacement.get("output_mapping").and_then(Value::list) {
        edits.extend(graph.nodes().iter().flat_map(|reader| links(reader, &id, outputs)));
    }
    Some(Fix { message: format!("replace class {} with {}", quote(old), quote(new)), safe: true, edits })
}

/// How a node gets the inputs of its new class. None if it lacks one that the replacement needs. Without a mapping, ComfyUI
/// drops all inputs and then misses them: the new class takes the same ones.
fn inputs(node: &ApiNode, replacement: &Value) -> Option<Vec<Edit>> {
    let (id, given) = (node.id.to_string(), node.inputs.as_ref()?);
    let Some(mapping) = replacement.get("input_mapping").and_then(Value::list) else { return Some(Vec::new()) };
    let text = |entry: &Value, key: &str| entry.get(key).and_then(Value::text).map(str::to_owned);
    let mut edits = Vec::new();
    let mut used: BTreeSet<String> = BTreeSet::new();
    let mut values: BTreeMap<String, serde_json::Value> = BTreeMap::new();
    for (new, entry) in mapping.iter().filter_map(|entry| Some((text(entry, "new_id")?, entry))) {
        match (entry.get("set_value"), text(entry, "old_id")) {
            (None, Some(old)) => {
                let value = given.get(&old)?;
                if !used.insert(old.clone()) {
                    values.insert(new, value.to_json());
                } else if old != new {
                    edits.push(Edit::RenameInput { node: id.clone(), input: old, to: new });
                }
            }
            (value, _) => {
                values.insert(new, value.map_or(serde_json::Value::Null, Value::to_json));
            }
        }
    }
    for (name, _) in given.entries().iter().filter(|(name, _)| !used.contains(&**name)) {
        let (node, input) = (id.clone(), name.to_string());
        edits.push(match values.remove(&**name) {
            Some(value) => Edit::SetInput { node, input, value },
            None => Edit::RemoveInput { node, input },
        });
    }
    edits.extend(values.into_iter().map(|(input, value)| Edit::AddInput { node: id.clone(), input, value }));
    Some(edits)
}

/// The links of a node to outputs of a replaced one that have another index now.
fn links(reader: &ApiNode, replaced: &str, outputs: &[Value]) -> Vec<Edit> {
    let moved = |value: &Value| {
        let [Value::Text(id), slot] = value.list()? else { return None };
        let mapping = outputs.iter().find(|mapping| mapping.get("old_idx").is_some_and(|old| equal(old, slot)))?;
        let new = mapping.get("new_idx").filter(|new| &**id == replaced && !equal(new, slot))?;
        Some(serde_json::json!([replaced, new.to_json()]))
    };
    let inputs = reader.inputs.iter().flat_map(|inputs| inputs.entries());
    let edit = |(name, value): &(std::rc::Rc<str>, Value)| {
        Some(Edit::SetInput { node: reader.id.to_string(), input: name.to_string(), value: moved(value)? })
    };
    inputs.filter_map(edit).collect()
}

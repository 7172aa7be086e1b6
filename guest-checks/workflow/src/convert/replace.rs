//! Nodes of classes that are not installed and that ComfyUI replaces: they become nodes of the new class, with their
//! inputs and widget values under its names.

use super::Note;
use super::editor_graph::{EditorNode, EditorWorkflow, Values};
use super::widgets::as_double;
use crate::class::Classes;
use crate::json::Value as Saved;
use crate::replacement::Replacements;
use serde_json::{Map, Value};
use std::collections::HashMap;

pub(super) fn apply(
    workflow: &mut EditorWorkflow,
    classes: &Classes<'_>,
    replacements: &Replacements,
    notes: &mut Vec<Note>,
) {
    for graph in workflow.graphs_mut() {
        let mut moved: Vec<(String, HashMap<usize, usize>)> = Vec::new();
        for node in graph.nodes.iter_mut().filter(|node| node.role.is_none() && node.is_submitted()) {
            if !replacements.names(&node.class) {
                continue;
            }
            let Some(replacement) = replacements.of_class(&node.class, classes) else { continue };
            let Some(new) = replacement.get("new_node_id").and_then(Saved::text) else { continue };
            let old = std::mem::replace(&mut node.class, new.to_owned());
            if let Some(mapping) = replacement.get("input_mapping").and_then(Saved::list) {
                rename(node, replacement, mapping);
            }
            if let Some(outputs) = replacement.get("output_mapping").and_then(Saved::list) {
                moved.push((node.id.clone(), outputs.iter().filter_map(new_output).collect()));
            }
            notes.push(Note::Replaced { node: node.id.clone(), from: old, to: new.to_owned() });
        }
        for (id, outputs) in moved {
            graph.move_outputs(&id, |output| outputs.get(&output).copied().unwrap_or(output));
        }
    }
}

fn new_output(mapping: &Saved) -> Option<(usize, usize)> {
    let index = |key: &str| match mapping.get(key)? {
        Saved::Int(index) => usize::try_from(index.to_i64()?).ok(),
        _ => None,
    };
    Some((index("old_idx")?, index("new_idx")?))
}

/// Gives slots and widget values the names of the new class.
fn rename(node: &mut EditorNode, replacement: &Saved, mapping: &[Saved]) {
    let text = |entry: &Saved, key: &str| entry.get(key).and_then(Saved::text).map(str::to_owned);
    let pairs = mapping.iter().filter(|entry| entry.get("set_value").is_none());
    let names: HashMap<String, String> =
        pairs.filter_map(|entry| Some((text(entry, "old_id")?, text(entry, "new_id")?))).collect();
    let mut values: Map<String, Value> = old_values(node, replacement, mapping)
        .into_iter()
        .filter_map(|(old, value)| Some((names.get(&old)?.clone(), value)))
        .collect();
    for entry in mapping {
        if let (Some(new), Some(value)) = (text(entry, "new_id"), entry.get("set_value")) {
            values.insert(new, value.to_json());
        }
    }
    node.values = Values::Named(values);
    node.names = Map::new();
    node.rename_inputs(|old| names.get(old).cloned());
}

/// The widget values of the old class by name. Its widgets are those that the replacement lists, else those that have a
/// slot in the file, else the mapped inputs without a slot.
fn old_values(node: &EditorNode, replacement: &Saved, mapping: &[Saved]) -> Vec<(String, Value)> {
    let values = match &node.values {
        Values::None => return Vec::new(),
        Values::Named(values) => return values.iter().map(|(name, value)| (name.clone(), value.clone())).collect(),
        Values::Listed(values) => values,
    };
    let listed = replacement.get("old_widget_ids").and_then(Saved::list).unwrap_or_default();
    let mut names: Vec<String> = listed.iter().filter_map(Saved::text).map(str::to_owned).collect();
    if names.is_empty() {
        names = node.inputs.iter().filter(|slot| slot.is_widget).map(|slot| slot.name.clone()).collect();
    }
    if names.is_empty() {
        let mapped = mapping.iter().filter_map(|entry| entry.get("old_id").and_then(Saved::text));
        names = mapped.filter(|name| node.input(name).is_none()).map(str::to_owned).collect();
    }
    names.into_iter().zip(values.iter().map(as_double)).collect()
}

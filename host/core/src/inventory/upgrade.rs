//! What changes for a workflow between two inventories: of all differences, those that it uses.

use super::Inventory;
use super::diff::{Change, Changed, Kind, compare_class};
use serde::Serialize;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::convert::Infallible;

/// A difference that nodes of the workflow use.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct UsedChange {
    #[serde(flatten)]
    pub changed: Changed,
    /// The ids of these nodes, in the order of the workflow.
    pub nodes: Vec<String>,
}

/// The differences that a workflow in API format uses, by the names of its classes:
///
/// - classes that only one inventory has; a class that the second one replaces is changed;
/// - inputs that a node sets, and new ones that are required;
/// - values that a node sets;
/// - defaults of inputs that a node does not set;
/// - outputs.
pub fn used_changes(workflow: &Map<String, Value>, from: &Inventory, to: &Inventory) -> Vec<UsedChange> {
    let mut by_class: BTreeMap<&str, Vec<(&str, &Value)>> = BTreeMap::new();
    for (id, node) in workflow {
        if let Some(class) = node.get("class_type").and_then(Value::as_str) {
            by_class.entry(class).or_default().push((id, node.get("inputs").unwrap_or(&Value::Null)));
        }
    }
    let replaced = to.node_replacements.as_deref().and_then(|json| serde_json::from_str::<Value>(json).ok());
    let replaced = replaced.unwrap_or_default();
    let mut all = Vec::new();
    for (class, nodes) in by_class {
        let is_of_class = |change| Changed { kind: Kind::Class, name: class.to_owned(), change };
        let ids = || nodes.iter().map(|(id, _)| (*id).to_owned()).collect();
        let mut changes = Vec::new();
        match (from.classes.class(class), to.classes.class(class)) {
            (None, None) => {}
            (None, Some(_)) => all.push(UsedChange { changed: is_of_class(Change::Added), nodes: ids() }),
            (Some(_), None) => {
                let new = replaced[class][0]["new_node_id"].as_str().filter(|new| to.classes.class(new).is_some());
                let change =
                    new.map_or(Change::Removed, |new| Change::Changed { from: class.to_owned(), to: new.to_owned() });
                all.push(UsedChange { changed: is_of_class(change), nodes: ids() });
            }
            (Some(from), Some(to)) => {
                // Both are JSON: `ObjectInfo` verified that.
                let read = |json: &str| serde_json::from_str::<Value>(json).unwrap_or_default();
                let mut each = |changed| {
                    changes.push(changed);
                    Ok::<(), Infallible>(())
                };
                // It keeps what is reported, which cannot fail.
                let Ok(()) = compare_class(class, &from, &to, usize::MAX, &mut each);
                let (from, to) = (read(&from), read(&to));
                compare_defaults(class, &from, &to, &mut changes);
                all.extend(changes.into_iter().filter_map(|changed| used(class, changed, &nodes, &to)));
            }
        }
    }
    all
}

/// A change of a class with the nodes that use it. None without any.
fn used(class: &str, changed: Changed, nodes: &[(&str, &Value)], to: &Value) -> Option<UsedChange> {
    let rest = changed.name.strip_prefix(class)?.strip_prefix('.').unwrap_or_default();
    let is_used = |inputs: &Value| match (changed.kind, &changed.change) {
        (Kind::Input, Change::Added) => inputs.get(rest).is_some() || to["input"]["required"].get(rest).is_some(),
        (Kind::Input, _) => inputs.get(rest).is_some(),
        (Kind::Default, _) => inputs.get(rest).is_none(),
        // The name of a value is that of its input, a space, and the value as JSON. Names of inputs can have spaces, too.
        (Kind::Value, _) => inputs.as_object().is_some_and(|inputs| {
            inputs.iter().any(|(input, value)| {
                rest.strip_prefix(input.as_str()).and_then(|rest| rest.strip_prefix(' ')) == Some(&*value.to_string())
            })
        }),
        _ => true,
    };
    let nodes: Vec<_> = nodes.iter().filter(|(_, inputs)| is_used(inputs)).map(|(id, _)| (*id).to_owned()).collect();
    (!nodes.is_empty()).then_some(UsedChange { changed, nodes })
}

/// Adds the defaults that differ.
fn compare_defaults(class: &str, from: &Value, to: &Value, changes: &mut Vec<Changed>) {
    for section in ["required", "optional"] {
        for (input, spec) in to["input"][section].as_object().into_iter().flatten() {
            let of = |spec: &Value| spec[1].get("default").cloned();
            let old = ["required", "optional"].into_iter().find_map(|section| from["input"][section].get(input));
            if let (Some(old), Some(new)) = (old.and_then(of), of(spec))
                && old != new
            {
                let change = Change::Changed { from: old.to_string(), to: new.to_string() };
                changes.push(Changed { kind: Kind::Default, name: format!("{class}.{input}"), change });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn lines(workflow: &Value, from: &str, to: &str) -> Vec<String> {
        let inventory = |json: &str| Inventory::parse(json).unwrap();
        let line = |UsedChange { changed: Changed { kind, name, change }, nodes }: UsedChange| {
            let nodes = nodes.join(",");
            match change {
                Change::Added => format!("+ {} {name}: {nodes}", kind.word()),
                Change::Removed => format!("- {} {name}: {nodes}", kind.word()),
                Change::Changed { from, to } => format!("~ {} {name}: {nodes}: {from} -> {to}", kind.word()),
            }
        };
        let changes = used_changes(workflow.as_object().unwrap(), &inventory(from), &inventory(to));
        changes.into_iter().map(line).collect()
    }

    #[test]
    fn only_what_the_workflow_uses_is_listed() {
        let from = r#"{
            "Gone": {"input": {}, "output": []}, "Unused": {"input": {}, "output": []},
            "K": {"input": {"required": {"cfg": ["FLOAT", {"default": 8}], "sampler": [["a", "b", "c"]]},
                            "optional": {"old": ["INT"], "noise": ["FLOAT", {"default": 1}], "mask": ["MASK"]}},
                  "output": ["LATENT"]}}"#;
        let to = r#"{
            "New": {"input": {}, "output": []},
            "K": {"input": {"required": {"cfg": ["FLOAT", {"default": 7, "max": 30}], "sampler": [["b"]], "shift": ["INT"]},
                            "optional": {"noise": ["FLOAT", {"default": 0.5}], "extra": ["INT"]}},
                  "output": ["LATENT", "IMAGE"]}}"#;
        let workflow = json!({
            "1": {"class_type": "K", "inputs": {"cfg": 5, "sampler": "a", "old": 3}},
            "2": {"class_type": "K", "inputs": {"cfg": 5, "sampler": "b"}},
            "3": {"class_type": "Gone"},
            "4": {"class_type": "New", "inputs": {}},
            "5": {"class_type": "Nowhere", "inputs": {}},
            "6": {"inputs": []},
        });
        let expected = [
            "- class Gone: 3",
            "~ input K.cfg: 1,2: required FLOAT -> required FLOAT, max 30",
            "- input K.old: 1",
            "- value K.sampler \"a\": 1",
            "+ input K.shift: 1,2",
            "~ outputs K: 1,2: LATENT -> LATENT, IMAGE",
            "~ default K.noise: 1,2: 1 -> 0.5",
            "+ class New: 4",
        ];
        assert_eq!(lines(&workflow, from, to), expected);
        assert_eq!(lines(&workflow, from, from), [""; 0]);
    }

    #[test]
    fn a_class_that_is_replaced_is_changed() {
        let saved = |classes: &str, replacements: &str| {
            format!(
                r#"{{"version": "comfycheck.inventory/1", "date": "2026-11-20", {replacements} "object_info": {{{classes}}}}}"#
            )
        };
        let from = saved(r#""Old": {"input": {}, "output": []}"#, "");
        let to = saved(
            r#""New": {"input": {}, "output": []}"#,
            r#""node_replacements": {"Old": [{"new_node_id": "New"}]},"#,
        );
        let workflow = json!({"1": {"class_type": "Old", "inputs": {}}});
        assert_eq!(lines(&workflow, &from, &to), ["~ class Old: 1: Old -> New"]);
    }
}

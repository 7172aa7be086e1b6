//! The differences between the node classes of two inventories.

use super::{Change, Changed, Kind};
use crate::inventory::ObjectInfo;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};

/// Options of an input that decide which values it accepts. The others are for the editor.
const DECISIVE: [&str; 5] = ["forceInput", "max", "min", "multiselect", "step"];

pub(super) fn compare(from: &ObjectInfo, to: &ObjectInfo, changed: &mut Vec<Changed>) {
    let names: BTreeSet<_> = from.names().iter().chain(to.names().iter()).collect();
    for name in names {
        match (from.class(name), to.class(name)) {
            (None, _) => changed.push(Changed { kind: Kind::Class, name: name.clone(), change: Change::Added }),
            (_, None) => changed.push(Changed { kind: Kind::Class, name: name.clone(), change: Change::Removed }),
            (Some(from), Some(to)) if from != to => {
                // Both are JSON: `ObjectInfo` verified that.
                let read = |json: &str| serde_json::from_str(json).unwrap_or_default();
                compare_class(name, &read(&from), &read(&to), changed);
            }
            (Some(_), Some(_)) => {}
        }
    }
}

/// Adds the differences between two descriptions of a class.
pub(in crate::inventory) fn compare_class(class: &str, from: &Value, to: &Value, changed: &mut Vec<Changed>) {
    let (from_inputs, to_inputs) = (inputs(from), inputs(to));
    let names: BTreeSet<_> = from_inputs.keys().chain(to_inputs.keys()).collect();
    for input in names {
        let mut push = |kind, name, change| changed.push(Changed { kind, name, change });
        let name = format!("{class}.{input}");
        match (from_inputs.get(input), to_inputs.get(input)) {
            (None, _) => push(Kind::Input, name, Change::Added),
            (_, None) => push(Kind::Input, name, Change::Removed),
            (Some(from), Some(to)) => {
                if from.kind != to.kind {
                    push(Kind::Input, name.clone(), Change::Changed { from: from.kind.clone(), to: to.kind.clone() });
                }
                for value in from.values.difference(&to.values) {
                    push(Kind::Value, format!("{name} {value}"), Change::Removed);
                }
                for value in to.values.difference(&from.values) {
                    push(Kind::Value, format!("{name} {value}"), Change::Added);
                }
            }
        }
    }
    let (from, to) = (outputs(from), outputs(to));
    if from != to {
        changed.push(Changed { kind: Kind::Outputs, name: class.to_owned(), change: Change::Changed { from, to } });
    }
}

struct Input {
    /// Whether it is required, its type, and its decisive options.
    kind: String,
    /// The values that it offers, as JSON.
    values: BTreeSet<String>,
}

fn inputs(class: &Value) -> BTreeMap<String, Input> {
    let section = |name: &'static str| {
        let inputs = class.get("input").and_then(|input| input.get(name)).and_then(Value::as_object);
        inputs.into_iter().flatten().map(move |(input, spec)| (input.clone(), input_of(name, spec)))
    };
    section("required").chain(section("optional")).collect()
}

fn input_of(section: &str, spec: &Value) -> Input {
    let none = Map::new();
    let options = spec.get(1).and_then(Value::as_object).unwrap_or(&none);
    let (name, values) = match spec.get(0) {
        Some(Value::Array(values)) => ("COMBO", Some(values)),
        Some(Value::String(name)) => (name.as_str(), options.get("options").and_then(Value::as_array)),
        _ => ("unknown type", None),
    };
    let decisive: Vec<_> =
        DECISIVE.iter().filter_map(|option| options.get(*option).map(|value| format!(", {option} {value}"))).collect();
    Input {
        kind: format!("{section} {name}{}", decisive.concat()),
        values: values.into_iter().flatten().map(Value::to_string).collect(),
    }
}

fn outputs(class: &Value) -> String {
    let name = |output: &Value| output.as_str().map_or_else(|| "COMBO".to_owned(), str::to_owned);
    let outputs: Vec<_> = class.get("output").and_then(Value::as_array).into_iter().flatten().map(name).collect();
    if outputs.is_empty() { "none".to_owned() } else { outputs.join(", ") }
}

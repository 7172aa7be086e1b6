//! Reads the graphs of a workflow from JSON.
//!
//! Keeps only what a conversion needs. Like the editor, it reads a member of an unexpected type as absent.

use super::{
    EditorGraph, EditorLink, EditorNode, EditorWorkflow, Mode, Origin, Port, Slot, Subgraph, Values, first_indices,
};
use serde_json::{Map, Value};
use std::collections::HashMap;

/// The node id of a subgraph's inputs in its own links.
const SUBGRAPH_INPUTS: &str = "-10";

impl EditorWorkflow {
    /// None if `source` is not in the editor's format.
    pub(in crate::convert) fn read(source: &Value) -> Option<Self> {
        let saved = source.as_object()?;
        saved.get("nodes").filter(|nodes| nodes.is_array())?;
        let definitions = saved.get("definitions").and_then(|definitions| definitions.get("subgraphs"));
        Some(Self {
            root: EditorGraph::read(saved),
            subgraphs: objects(definitions).map(Subgraph::read).collect(),
            last_node_id: last_node_id(saved),
        })
    }
}

/// At the top level in schema 0.4, under `state` in schema 1.
fn last_node_id(saved: &Map<String, Value>) -> i64 {
    let state = saved.get("state").and_then(|state| state.get("lastNodeId"));
    saved.get("last_node_id").or(state).and_then(Value::as_i64).unwrap_or_default()
}

impl EditorGraph {
    fn read(saved: &Map<String, Value>) -> Self {
        let links = saved.get("links").and_then(Value::as_array).into_iter().flatten().filter_map(EditorLink::read);
        let nodes: Vec<_> = objects(saved.get("nodes")).map(EditorNode::read).collect();
        let slots = nodes.iter().enumerate().flat_map(|(node, saved)| {
            let slots = saved.inputs.iter().enumerate();
            slots.filter_map(move |(at, slot)| Some((slot.link.clone()?, (node, at))))
        });
        let targets = slots.collect();
        let by_id = first_indices(nodes.iter().map(|node| &node.id));
        Self { links: links.collect(), by_id, targets, nodes, setters: HashMap::new() }
    }
}

impl Subgraph {
    fn read(saved: &Map<String, Value>) -> Self {
        let inputs: Vec<_> = objects(saved.get("inputs")).map(Port::read).collect();
        Self {
            id: text(saved.get("id")),
            name: text(saved.get("name")),
            graph: EditorGraph::read(saved),
            inputs_by_name: first_indices(inputs.iter().map(|port| &port.name)),
            inputs,
            outputs: objects(saved.get("outputs")).map(Port::read).collect(),
        }
    }
}

impl Port {
    fn read(saved: &Map<String, Value>) -> Self {
        let links = saved.get("linkIds").and_then(Value::as_array).into_iter().flatten().filter_map(id);
        Self { name: text(saved.get("name")), links: links.collect() }
    }
}

impl EditorNode {
    fn read(saved: &Map<String, Value>) -> Self {
        let inputs: Vec<_> = objects(saved.get("inputs")).map(Slot::read).collect();
        let outputs = objects(saved.get("outputs")).map(|output| kind(output.get("type")));
        Self {
            id: saved.get("id").and_then(id).unwrap_or_default(),
            class: text(saved.get("type")),
            role: None,
            pack: String::new(),
            mode: Mode::read(saved.get("mode")),
            title: saved.get("title").and_then(Value::as_str).filter(|title| !title.is_empty()).map(Into::into),
            inputs_by_name: first_indices(inputs.iter().map(|slot| &slot.name)),
            inputs,
            outputs: outputs.collect(),
            values: Values::read(saved.get("widgets_values")),
            names: object(saved.get("widgets_values_named")),
            properties: object(saved.get("properties")),
        }
    }
}

impl Mode {
    fn read(saved: Option<&Value>) -> Self {
        match saved.and_then(Value::as_u64) {
            Some(2) => Self::Muted,
            Some(4) => Self::Bypassed,
            _ => Self::Active,
        }
    }
}

impl Slot {
    fn read(saved: &Map<String, Value>) -> Self {
        Self {
            name: text(saved.get("name")),
            kind: kind(saved.get("type")),
            link: saved.get("link").and_then(id),
            is_widget: saved.get("widget").is_some_and(Value::is_object),
        }
    }
}

impl Values {
    fn read(saved: Option<&Value>) -> Self {
        match saved {
            Some(Value::Array(values)) => Self::Listed(values.clone()),
            Some(Value::Object(values)) => Self::Named(values.clone()),
            _ => Self::None,
        }
    }
}

impl EditorLink {
    /// Reads a link and its id: a list of id, origin, slot, target, slot and type; an object in subgraphs and schema 1.
    fn read(saved: &Value) -> Option<(String, Self)> {
        let [link, node, slot, kind] = match saved {
            Value::Array(parts) => [parts.first(), parts.get(1), parts.get(2), parts.get(5)],
            Value::Object(parts) => ["id", "origin_id", "origin_slot", "type"].map(|key| parts.get(key)),
            _ => return None,
        };
        let node = id(node?)?;
        let from = if node == SUBGRAPH_INPUTS { Origin::Input } else { Origin::Node(node) };
        let slot = usize::try_from(slot?.as_u64()?).ok()?;
        Some((id(link?)?, Self { from, slot, kind: text(kind) }))
    }
}

/// The objects of a list; skips other elements.
fn objects(list: Option<&Value>) -> impl Iterator<Item = &Map<String, Value>> {
    list.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_object)
}

fn object(saved: Option<&Value>) -> Map<String, Value> {
    saved.and_then(Value::as_object).cloned().unwrap_or_default()
}

/// The id of a node or a link: an integer or a string.
fn id(saved: &Value) -> Option<String> {
    match saved {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) if !number.is_f64() => Some(number.to_string()),
        _ => None,
    }
}

fn text(saved: Option<&Value>) -> String {
    saved.and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// A type. Old files write `0` for any type instead of `*`, and a list for a combo.
fn kind(saved: Option<&Value>) -> String {
    match saved {
        Some(Value::String(kind)) => kind.clone(),
        Some(Value::Array(_)) => "COMBO".into(),
        _ => "*".into(),
    }
}

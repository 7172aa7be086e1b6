//! Node replacements: ComfyUI replaces classes that no longer exist before it validates a workflow.

use crate::api_graph::{ApiGraph, ApiNode, InternalError, REPLACES_NODES};
use crate::class::Classes;
use crate::json::{self, JsonError, Object, Value};
use crate::python::equal;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// The body of `/node_replacements`.
#[derive(Clone, Debug, Default)]
pub struct Replacements(Object);

impl Replacements {
    /// Reads the body of `/node_replacements`. Anything but an object replaces nothing.
    pub fn parse(json: &str) -> Result<Self, JsonError> {
        Ok(Self(json::parse(json)?.object().cloned().unwrap_or_default()))
    }

    /// Whether a class has a replacement.
    #[must_use]
    pub fn names(&self, class: &str) -> bool {
        self.0.get(class).is_some()
    }

    /// Replaces each node whose class is not installed and has an installed replacement.
    ///
    /// Returns the ids of these nodes. Fails like ComfyUI if such a node lacks `_meta`, or an input that the replacement
    /// needs.
    pub fn apply(&self, graph: &mut ApiGraph, classes: &Classes<'_>) -> Result<BTreeSet<Rc<str>>, InternalError> {
        let mut replaced = BTreeSet::new();
        let mut moved: BTreeMap<Rc<str>, Value> = BTreeMap::new();
        for node in graph.nodes_mut() {
            let Some(replacement) = self.of_node(node, classes) else { continue };
            replaced.insert(Rc::clone(&node.id));
            if node.meta.as_ref().and_then(Value::object).is_none() {
                return Err(InternalError::on(&node.id, "its class is replaced, but it has no `_meta`"));
            }
            // Without a mapping, ComfyUI drops all inputs.
            let mapping = replacement.get("input_mapping").and_then(Value::list).unwrap_or_default();
            node.inputs = Some(Rc::new(mapped(node, mapping)?));
            node.class_type = replacement.get("new_node_id").cloned();
            if let Some(outputs) = replacement.get("output_mapping").filter(|outputs| outputs.list().is_some()) {
                moved.insert(Rc::clone(&node.id), outputs.clone());
            }
        }
        if !moved.is_empty() {
            for node in graph.nodes_mut() {
                relink(node, &moved);
            }
        }
        Ok(replaced)
    }

    /// The replacement of a node's class; none if the class is installed, or if its replacement is not. ComfyUI skips
    /// nodes without `inputs`, and replaces nothing before 0.14.
    pub fn of_node<'a>(&'a self, node: &ApiNode, classes: &Classes<'_>) -> Option<&'a Value> {
        node.inputs.as_ref().filter(|_| classes.version() >= REPLACES_NODES)?;
        self.of_class(node.class_name()?, classes)
    }

    /// The replacement of a class; none if the class is installed, or if its replacement is not. ComfyUI reads only the
    /// first.
    pub fn of_class<'a>(&'a self, class: &str, classes: &Classes<'_>) -> Option<&'a Value> {
        if classes.class(class).is_some() {
            return None;
        }
        let first = self.0.get(class)?.list()?.first()?;
        first.get("new_node_id").and_then(Value::text).and_then(|class| classes.class(class)).map(|_| first)
    }
}

/// The inputs of a replaced node.
fn mapped(node: &ApiNode, mapping: &[Value]) -> Result<Object, InternalError> {
    let text = |entry: &Value, key| entry.get(key).and_then(Value::text).map(Rc::from);
    let inputs = mapping.iter().filter_map(|entry| Some((text(entry, "new_id")?, entry)));
    let inputs = inputs.map(|(new, entry): (Rc<str>, _)| {
        let value = match (entry.get("set_value"), text(entry, "old_id")) {
            (Some(value), _) => value.clone(),
            (None, Some(old)) => node.input(&old).cloned().ok_or_else(|| {
                let why = format!("its class is replaced, but it has no input `{old}`");
                InternalError::on(&node.id, why)
            })?,
            (None, None) => Value::Null,
        };
        Ok((new, value))
    });
    inputs.collect()
}

/// Moves links to the new outputs of replaced nodes.
fn relink(node: &mut ApiNode, moved: &BTreeMap<Rc<str>, Value>) {
    let turned = |value: &Value| {
        let [id @ Value::Text(text), slot] = value.list()? else { return None };
        let of_slot = |mapping: &&Value| mapping.get("old_idx").is_some_and(|old| equal(old, slot));
        let mapping = moved.get(text)?.list()?.iter().find(of_slot)?;
        Some(Value::List(vec![id.clone(), mapping.get("new_idx")?.clone()].into()))
    };
    let Some(inputs) = &node.inputs else { return };
    if inputs.entries().iter().any(|(_, value)| turned(value).is_some()) {
        let all = inputs.entries().iter();
        let all = all.map(|(name, value)| (Rc::clone(name), turned(value).unwrap_or_else(|| value.clone())));
        node.inputs = Some(Rc::new(all.collect()));
    }
}

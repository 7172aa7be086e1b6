//! The inputs of a workflow that choose a model.

use super::MISSING_MODEL;
use super::description::Description;
use comfycheck_sdk::wording::quote;
use comfycheck_sdk::{Node, OpenQuestion, Workflow, is_model};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// An input that chooses from a list of models.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ModelInput<'a> {
    pub node: &'a Node,
    pub class: &'a str,
    pub input: &'a str,
    /// The value: a model file, or a word of the loader such as `pixel_space`.
    pub file: &'a str,
    /// The list of the loader.
    pub listed: &'a [String],
}

impl ModelInput<'_> {
    /// Whether the loader lists the value. ComfyUI compares exactly.
    #[must_use]
    pub fn is_listed(&self) -> bool {
        self.listed.iter().any(|name| name == self.file)
    }
}

/// Whether any input looks like a model file.
#[must_use]
pub fn names_models(workflow: &Workflow) -> bool {
    model_texts(workflow).next().is_some()
}

/// The inputs of the workflow that choose a model, in its order.
///
/// Nodes that no output needs are left out, because ComfyUI does not validate their inputs. A
/// node whose class is not among `classes` counts as an output.
#[must_use]
pub fn model_inputs<'a>(workflow: &'a Workflow, classes: &'a BTreeMap<String, Description>) -> Vec<ModelInput<'a>> {
    let reached = reached(workflow, classes);
    let mut inputs = Vec::new();
    for node in workflow.nodes().filter(|node| reached.contains(node.id.as_str())) {
        let Some((class, description)) = node.class.as_ref().and_then(|class| classes.get_key_value(class)) else {
            continue;
        };
        // It accepts values that it does not list.
        if class == "CustomCombo" {
            continue;
        }
        for (input, value) in &node.inputs {
            let Some(listed) = description.choices.get(input) else { continue };
            let lists_models = listed.iter().any(|name| is_model(name));
            let files = texts(value).into_iter().filter(|file| lists_models || is_model(file));
            inputs.extend(files.map(|file| ModelInput { node, class, input, file, listed }));
        }
    }
    inputs
}

/// The ids of the outputs and of the nodes that they need.
fn reached<'a>(workflow: &'a Workflow, classes: &BTreeMap<String, Description>) -> BTreeSet<&'a str> {
    let is_output = |node: &&Node| {
        let description = node.class.as_ref().and_then(|class| classes.get(class));
        description.is_none_or(|description| description.is_output)
    };
    let mut pending: Vec<&Node> = workflow.nodes().filter(is_output).collect();
    let by_id: BTreeMap<&str, &Node> = workflow.nodes().map(|node| (node.id.as_str(), node)).collect();
    let mut reached = BTreeSet::new();
    while let Some(node) = pending.pop() {
        if reached.insert(node.id.as_str()) {
            pending.extend(node.links().filter_map(|id| by_id.get(id)));
        }
    }
    reached
}

/// Every text of the workflow that looks like a model file, with its node and input.
pub(super) fn model_texts(workflow: &Workflow) -> impl Iterator<Item = (&Node, &str, &str)> {
    workflow.nodes().flat_map(|node| {
        let of_input =
            move |(input, value)| texts(value).into_iter().map(move |text| (node, String::as_str(input), text));
        node.inputs.iter().flat_map(of_input).filter(|(.., text)| is_model(text))
    })
}

/// The texts of an input: one, or several in ComfyUI's `__value__` wrapper.
fn texts(value: &Value) -> Vec<&str> {
    match value.get("__value__").unwrap_or(value) {
        Value::String(text) => vec![text],
        Value::Array(texts) if value.is_object() => texts.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

/// An open question of `missing-model` for each node that names a model and whose class is
/// unknown. `unknown` gives the reason by class, such as `is not installed`.
#[must_use]
pub fn unknown_loaders(workflow: &Workflow, unknown: &BTreeMap<String, &str>) -> Vec<OpenQuestion> {
    let mut open = Vec::new();
    let mut asked = BTreeSet::new();
    for (node, _, file) in model_texts(workflow) {
        let Some((class, why)) = node.class.as_ref().and_then(|class| unknown.get_key_value(class)) else { continue };
        // One question for each node.
        if asked.insert(&node.id) {
            let reason = format!("could not check {}: node class {} {why}", quote(file), quote(class));
            open.push(OpenQuestion::new(MISSING_MODEL, reason).help("see the findings of the check `nodes`"));
        }
    }
    open
}

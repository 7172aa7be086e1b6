//! The inputs of a workflow that choose a model.

use super::MISSING_MODEL;
use super::description::Description;
use comfycheck_packs::{ClassFacts, ObjectInputs, Packs};
use comfycheck_sdk::wording::quote;
use comfycheck_sdk::{Node, OpenQuestion, Workflow, is_model};
use serde_json::{Map, Value};
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
        let facts = Packs::embedded().class(class, "");
        inputs.extend(objects(node, &facts, classes));
        for (input, value) in &node.inputs {
            if facts.is_free_choice(input) {
                continue;
            }
            let Some(listed) = description.choices.get(input) else { continue };
            let lists_models = listed.iter().any(|name| is_model(name));
            let files = texts(value).into_iter().filter(|file| lists_models || is_model(file));
            inputs.extend(files.map(|file| ModelInput { node, class, input, file, listed }));
        }
    }
    inputs
}

/// The files that inputs with objects name, such as LoRAs with their strength. The list is that of another class.
fn objects<'a>(node: &'a Node, facts: &ClassFacts, classes: &'a BTreeMap<String, Description>) -> Vec<ModelInput<'a>> {
    let Some(of_class) = facts.objects() else { return Vec::new() };
    let (lister, list) = &of_class.listed_by;
    let Some((class, description)) = classes.get_key_value(lister) else { return Vec::new() };
    let Some(listed) = description.choices.get(list) else { return Vec::new() };
    let files = node.inputs.iter().filter_map(|(input, value)| {
        let file = named_file(of_class, input, value)?;
        Some(ModelInput { node, class, input, file: meant(file, listed), listed })
    });
    files.collect()
}

/// The file that an object names; none if it is switched off.
fn named_file<'a>(objects: &ObjectInputs, input: &str, value: &'a Value) -> Option<&'a str> {
    let value: &Map<String, Value> = value.as_object().filter(|_| objects.inputs.matches(input))?;
    let is_off = objects.on.as_ref().is_some_and(|on| value.get(on) == Some(&Value::Bool(false)));
    let file = value.get(&objects.file)?.as_str().filter(|_| !is_off)?;
    (!file.is_empty() && !objects.none.iter().any(|none| none == file)).then_some(file)
}

/// The listed file that a name stands for: such classes also accept a part of its path.
fn meant<'a>(file: &'a str, listed: &'a [String]) -> &'a str {
    if listed.iter().any(|name| name == file) {
        return file;
    }
    listed.iter().find(|name| name.contains(file)).map_or(file, |name| name)
}

/// Classes whose lists are needed for others.
#[must_use]
pub fn listers(class: &str) -> Option<String> {
    Packs::embedded().class(class, "").objects().map(|objects| objects.listed_by.0.clone())
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
        let facts = node.class.as_deref().map(|class| Packs::embedded().class(class, ""));
        let objects = facts.as_ref().and_then(ClassFacts::objects);
        let mut found = Vec::new();
        for (input, value) in &node.inputs {
            let file = objects.and_then(|objects| named_file(objects, input, value));
            let all = texts(value).into_iter().chain(file).filter(|text| is_model(text));
            found.extend(all.map(|text| (node, input.as_str(), text)));
        }
        found
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

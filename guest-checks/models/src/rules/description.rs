//! The choices in the description of a node class.

use comfycheck_sdk::is_model;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// A node class, as far as models are concerned.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Description {
    /// Whether its nodes are outputs.
    pub is_output: bool,
    /// By input, the values to choose from, in ComfyUI's order. Choices of uploaded files are
    /// left out, because ComfyUI accepts names there that it does not list.
    pub choices: BTreeMap<String, Vec<String>>,
}

impl Description {
    /// Reads an entry of `/object_info`. None if it is not one.
    #[must_use]
    pub fn parse(json: &str) -> Option<Self> {
        let class: Map<String, Value> = serde_json::from_str(json).ok()?;
        let inputs = class.get("input")?.as_object()?;
        let groups = ["required", "optional"].into_iter().filter_map(|group| inputs.get(group)?.as_object());
        let choices = groups.flatten().filter_map(|(name, spec)| Some((name.clone(), choice(spec)?))).collect();
        Some(Self { is_output: class.get("output_node") == Some(&Value::Bool(true)), choices })
    }

    /// The names of model files among all its choices.
    pub fn models(&self) -> impl Iterator<Item = &str> {
        self.choices.values().flatten().map(String::as_str).filter(|name| is_model(name))
    }
}

/// The values of an input: `[[value, …], {…}]`, or `["COMBO", {"options": [value, …]}]`.
fn choice(spec: &Value) -> Option<Vec<String>> {
    let options = spec.get(1);
    let values = match spec.get(0)? {
        Value::Array(values) => values,
        Value::String(kind) if kind == "COMBO" => options?.get("options")?.as_array()?,
        _ => return None,
    };
    let is_loose = |key: &String| key.ends_with("_upload") || key == "image_folder" || key == "remote";
    if options.and_then(Value::as_object).is_some_and(|options| options.keys().any(is_loose)) {
        return None;
    }
    Some(values.iter().filter_map(Value::as_str).map(str::to_owned).collect())
}

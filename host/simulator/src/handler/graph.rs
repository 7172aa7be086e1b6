//! A workflow, as far as running it requires.

use super::images::Format;
use crate::classes;
use crate::scenario::Scenario;
use serde_json::{Map, Value};
use std::collections::{BTreeSet, VecDeque};

/// A workflow in API format, whose nodes are objects.
#[derive(Clone, Copy, Debug)]
pub(super) struct Graph<'a> {
    nodes: &'a Map<String, Value>,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Node<'a> {
    pub(super) id: &'a str,
    value: &'a Value,
}

impl<'a> Graph<'a> {
    /// None if it is not a workflow in API format: ComfyUI then fails with status 500.
    pub(super) fn of(workflow: &'a Value) -> Option<Self> {
        let nodes = workflow.as_object()?;
        let fits = |node: &Value| {
            node.is_object()
                && node.get("inputs").is_none_or(Value::is_object)
                && node.get("class_type").is_none_or(|class| !class.is_array() && !class.is_object())
        };
        nodes.values().all(fits).then_some(Self { nodes })
    }

    /// In the workflow's order.
    pub(super) fn nodes(self) -> impl Iterator<Item = Node<'a>> {
        self.nodes.iter().map(|(id, value)| Node { id, value })
    }

    pub(super) fn node(self, id: &str) -> Option<Node<'a>> {
        self.nodes.get_key_value(id).map(|(id, value)| Node { id, value })
    }

    /// The node and all nodes that it depends on, nearest first.
    pub(super) fn upstream(self, of: Node<'a>) -> Vec<Node<'a>> {
        let (mut seen, mut waiting, mut found) = (BTreeSet::from([of.id]), VecDeque::from([of]), Vec::new());
        while let Some(node) = waiting.pop_front() {
            found.push(node);
            for link in node.links() {
                if let Some(next) = self.node(link).filter(|next| seen.insert(next.id)) {
                    waiting.push_back(next);
                }
            }
        }
        found
    }
}

impl<'a> Node<'a> {
    pub(super) fn class(self) -> Option<&'a str> {
        self.value.get("class_type")?.as_str()
    }

    /// Its title, else its class.
    pub(super) fn title(self) -> &'a str {
        let title = self.value.get("_meta").and_then(|meta| meta.get("title")?.as_str());
        title.or(self.class()).unwrap_or(self.id)
    }

    pub(super) fn inputs(self) -> impl Iterator<Item = (&'a str, &'a Value)> {
        let inputs = self.value.get("inputs").and_then(Value::as_object);
        inputs.into_iter().flatten().map(|(name, value)| (name.as_str(), value))
    }

    pub(super) fn input(self, name: &str) -> Option<&'a Value> {
        self.value.get("inputs")?.get(name)
    }

    /// The ids of the nodes that its inputs are linked to.
    pub(super) fn links(self) -> impl Iterator<Item = &'a str> {
        self.inputs().filter_map(|(_, value)| linked(value))
    }

    /// Whether it is an output node.
    pub(super) fn is_output(self, scenario: &Scenario) -> bool {
        let class = self.class().unwrap_or_default();
        classes::is_output(scenario, class).unwrap_or_else(|| {
            // Packs have no rule for names; most output nodes are named like this.
            class.starts_with("Save")
                || class.starts_with("Preview")
                || class.contains("VideoCombine")
                || class.contains("SaveImage")
                || class == "Image Save"
        })
    }

    /// The format of its files that are returned: worker-comfyui returns what a node lists under `images`, except temporary files.
    /// `VHS_VideoCombine` lists its files under `gifs`, and ComfyUI's nodes for audio and 3D under names of their own.
    pub(super) fn returned(self) -> Option<Format> {
        let class = self.class().unwrap_or_default();
        Some(match class {
            "SaveImageWebsocket" => return None,
            "SaveVideo" => Format::Mp4,
            "SaveWEBM" => Format::WebM,
            "SaveAnimatedWEBP" => Format::AnimatedWebP,
            "SaveAnimatedPNG" => Format::AnimatedPng,
            "Image Save" => Format::Png,
            _ if class.contains("SaveImage") && !class.contains("DataSet") => Format::Png,
            // A node of a pack that names its files saves them.
            _ if classes::is_unknown(class) && self.input("save_prefix").is_some() => Format::Png,
            _ => return None,
        })
    }
}

/// The id of the node that an input is linked to; none if its value is a literal.
pub(super) fn linked(value: &Value) -> Option<&str> {
    match value.as_array()?.as_slice() {
        [Value::String(id), slot] if slot.is_number() => Some(id),
        _ => None,
    }
}

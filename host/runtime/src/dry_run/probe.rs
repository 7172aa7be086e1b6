//! A workflow that ComfyUI must refuse: it is validated, and no node of it is executed.
//!
//! ComfyUI runs a workflow if one of its outputs is valid, and an output is not where anything that it depends on is not. So
//! a node with a value that no ComfyUI takes is put before every node that may be an output; the rest is looked at all the
//! same, because validation goes on through links.

use comfycheck_simulator::classes::{self, Picture};
use serde_json::{Map, Value, json};
use std::collections::{BTreeSet, VecDeque};

/// The value that is in no list.
const REFUSED: &str = "__dry_run__";

/// Loaders of packs that load models and are no outputs.
const NO_OUTPUTS: [&str; 6] = [
    "UnetLoaderGGUF",
    "UnetLoaderGGUFAdvanced",
    "CLIPLoaderGGUF",
    "DualCLIPLoaderGGUF",
    "TripleCLIPLoaderGGUF",
    "QuadrupleCLIPLoaderGGUF",
];

/// Inputs whose type is known, whatever they are linked to.
const INPUTS: [(&str, &str, Picture); 12] = [
    ("SaveImage", "images", Picture::Image),
    ("SaveImageAdvanced", "images", Picture::Image),
    ("SaveImageWebsocket", "images", Picture::Image),
    ("SaveAnimatedPNG", "images", Picture::Image),
    ("SaveAnimatedWEBP", "images", Picture::Image),
    ("SaveWEBM", "images", Picture::Image),
    ("PreviewImage", "images", Picture::Image),
    ("CreateVideo", "images", Picture::Image),
    ("SaveLatent", "samples", Picture::Latent),
    ("VAEDecode", "samples", Picture::Latent),
    ("VAEDecodeTiled", "samples", Picture::Latent),
    ("VAEDecodeAudio", "samples", Picture::Latent),
];

/// A workflow that ComfyUI must refuse.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Probe {
    /// In API format.
    pub(super) nodes: Map<String, Value>,
    /// The ids of the nodes that were put in.
    pub(super) put_in: BTreeSet<String>,
    /// What stands before outputs.
    pub(super) guards: Vec<Guard>,
    /// Inputs, by node and name, whose link was taken from a node that was removed.
    pub(super) cut: BTreeSet<(String, String)>,
}

/// A node that ComfyUI must refuse.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Guard {
    /// Its id.
    pub(super) id: String,
    /// The node that it stands before.
    pub(super) before: String,
    /// Whether it is known that ComfyUI looks at it.
    pub(super) is_looked_at: bool,
}

/// Where an output can be guarded.
enum Place {
    /// Nowhere else: something was put before it already.
    Guarded,
    /// At an input of a node that carries an image or a latent.
    Link { before: String, input: String, picture: Picture },
}

impl Probe {
    /// Of a workflow, without the nodes of these classes. An error says in one line why there is none that ComfyUI must
    /// refuse.
    pub(super) fn of(workflow: &Map<String, Value>, without: &[&str]) -> Result<Self, String> {
        for (id, node) in workflow {
            let is_node = class(node).is_some() && node.get("inputs").is_none_or(Value::is_object);
            if !is_node {
                return Err(format!("`{id}` is no node in API format with a class"));
            }
        }
        let mut probe =
            Self { nodes: workflow.clone(), put_in: BTreeSet::new(), guards: Vec::new(), cut: BTreeSet::new() };
        probe.remove(without);
        let outputs: Vec<String> = probe.nodes.iter().filter(|(_, node)| may_be_output(node)).map(id_of).collect();
        for output in &outputs {
            probe.guard(output)?;
        }
        if outputs.is_empty() { Err("the workflow has no output node".to_owned()) } else { Ok(probe) }
    }

    /// Removes the nodes of some classes. Whoever was linked to them is linked to a node that is refused, which is given to
    /// an output of its own, so that there is one.
    fn remove(&mut self, classes: &[&str]) {
        let is_removed = |node: &Value| class(node).is_some_and(|class| classes.contains(&class));
        let removed: BTreeSet<String> = self.nodes.iter().filter(|(_, node)| is_removed(node)).map(id_of).collect();
        if removed.is_empty() {
            return;
        }
        self.nodes.retain(|id, _| !removed.contains(id));
        let stub = self.put(json!({"class_type": "ImageScale", "inputs": scale(None)}));
        for (id, node) in &mut self.nodes {
            let inputs = node.get_mut("inputs").and_then(Value::as_object_mut).into_iter().flatten();
            for (input, value) in inputs {
                if link(value).is_some_and(|(from, _)| removed.contains(from)) {
                    *value = json!([stub, 0]);
                    self.cut.insert((id.clone(), input.clone()));
                }
            }
        }
        self.put(json!({"class_type": "PreviewImage", "inputs": {"images": [stub, 0]}}));
    }

    /// Puts a node that is refused before an output, or before something that it depends on.
    fn guard(&mut self, output: &str) -> Result<(), String> {
        match self.place_before(output) {
            Some(Place::Guarded) => Ok(()),
            Some(Place::Link { before, input, picture }) => {
                self.put_before(before, &input, picture, self.is_output(output));
                Ok(())
            }
            None => {
                let class = self.nodes.get(output).and_then(class).unwrap_or_default();
                Err(format!(
                    "node `{output}` of class `{class}` may be an output, and nothing can be put before it that ComfyUI must \
                     refuse"
                ))
            }
        }
    }

    /// The nearest link that an output depends on and that a node can be put into.
    fn place_before(&self, output: &str) -> Option<Place> {
        let (mut seen, mut waiting) = (BTreeSet::from([output]), VecDeque::from([output]));
        while let Some(id) = waiting.pop_front() {
            let Some((id, node)) = self.nodes.get_key_value(id) else { continue };
            for (input, value) in inputs(node) {
                let Some((from, slot)) = link(value) else { continue };
                if self.put_in.contains(from) {
                    return Some(Place::Guarded);
                }
                if let Some(picture) = self.picture(node, input, from, slot) {
                    return Some(Place::Link { before: id.clone(), input: input.clone(), picture });
                }
                if seen.insert(from) {
                    waiting.push_back(from);
                }
            }
        }
        None
    }

    /// What a link carries, if it is known to be an image or a latent.
    fn picture(&self, node: &Value, input: &str, from: &str, slot: usize) -> Option<Picture> {
        let wanted = INPUTS.iter().find(|(of, name, _)| class(node) == Some(of) && input == *name);
        wanted.map(|(.., picture)| *picture).or_else(|| classes::picture(class(self.nodes.get(from)?)?, slot))
    }

    fn put_before(&mut self, before: String, input: &str, picture: Picture, is_looked_at: bool) {
        let (class, source) = match picture {
            Picture::Image => ("ImageScale", "image"),
            Picture::Latent => ("LatentUpscale", "samples"),
        };
        let value = self.nodes.get(&before).map(|node| node["inputs"][input].clone()).unwrap_or_default();
        let id = self.put(json!({"class_type": class, "inputs": scale(Some((source, value)))}));
        if let Some(node) = self.nodes.get_mut(&before) {
            node["inputs"][input] = json!([id, 0]);
        }
        self.guards.push(Guard { id, before, is_looked_at });
    }

    /// Puts a node in, and returns its id.
    fn put(&mut self, node: Value) -> String {
        let mut ids = (0..).map(|number| format!("dry-run-{number}"));
        let id = ids.find(|id| !self.nodes.contains_key(id)).unwrap_or_default();
        self.nodes.insert(id.clone(), node);
        self.put_in.insert(id.clone());
        id
    }

    /// Whether ComfyUI is known to run the workflow for the sake of a node of it.
    pub(super) fn is_output(&self, id: &str) -> bool {
        is_output(self.nodes.get(id)) == Some(true)
    }
}

/// The inputs of a scaling node whose value is in no list.
fn scale(source: Option<(&str, Value)>) -> Value {
    let mut inputs = json!({"upscale_method": REFUSED, "width": 64, "height": 64, "crop": "disabled"});
    if let Some((input, value)) = source {
        inputs[input] = value;
    }
    inputs
}

fn id_of((id, _): (&String, &Value)) -> String {
    id.clone()
}

pub(super) fn class(node: &Value) -> Option<&str> {
    node.get("class_type")?.as_str()
}

fn inputs(node: &Value) -> impl Iterator<Item = (&String, &Value)> {
    node.get("inputs").and_then(Value::as_object).into_iter().flatten()
}

/// The inputs of a node that are linked, each with the node that it is linked to.
pub(super) fn links(node: &Value) -> impl Iterator<Item = (&str, &str)> {
    inputs(node).filter_map(|(input, value)| Some((input.as_str(), link(value)?.0)))
}

/// The node and the slot that an input is linked to; none if its value is a literal.
fn link(value: &Value) -> Option<(&str, usize)> {
    match value.as_array()?.as_slice() {
        [Value::String(id), slot] => Some((id, usize::try_from(slot.as_u64()?).ok()?)),
        _ => None,
    }
}

/// Whether it is known that ComfyUI runs a workflow for the sake of a node, or does not.
fn is_output(node: Option<&Value>) -> Option<bool> {
    classes::is_output(class(node?)?)
}

fn may_be_output(node: &Value) -> bool {
    let is_loader = class(node).is_some_and(|class| NO_OUTPUTS.contains(&class));
    !is_loader && is_output(Some(node)).unwrap_or(true)
}

//! The jobs of a dry run: workflows that ComfyUI must refuse, whatever it has installed and
//! whatever the suite's workflow is.
//!
//! ComfyUI first looks up the class of every node, in their order, and reports the first one that
//! it lacks. A job on classes
//! has one node of each class of the workflow, without inputs. Its last node has a class that does
//! not exist anywhere. It is
//! last even if the nodes get sorted on the way.
//!
//! ComfyUI then validates every output with its dependencies, and executes the valid ones. A job on
//! values contains only the
//! model loaders of the workflow, without links. Each one leads through ComfyUI's own nodes to a
//! `SaveImage` that lacks a
//! required prefix. So every output is invalid, and ComfyUI inspects all loaders. Each loader class
//! appears once more with
//! names that do not exist. Whether ComfyUI refuses those shows whether it checks the values of an
//! input.

use comfycheck_simulator::NOWHERE;
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// Loaders of ComfyUI and ComfyUI-GGUF, none of which is an output, and the type of each one's
/// first output slot.
const LOADERS: [(&str, &str); 25] = [
    ("CheckpointLoaderSimple", "MODEL"),
    ("CheckpointLoader", "MODEL"),
    ("unCLIPCheckpointLoader", "MODEL"),
    ("ImageOnlyCheckpointLoader", "MODEL"),
    ("UNETLoader", "MODEL"),
    ("UnetLoaderGGUF", "MODEL"),
    ("UnetLoaderGGUFAdvanced", "MODEL"),
    ("LoraLoader", "MODEL"),
    ("LoraLoaderModelOnly", "MODEL"),
    ("HypernetworkLoader", "MODEL"),
    ("CLIPLoader", "CLIP"),
    ("DualCLIPLoader", "CLIP"),
    ("TripleCLIPLoader", "CLIP"),
    ("QuadrupleCLIPLoader", "CLIP"),
    ("CLIPLoaderGGUF", "CLIP"),
    ("DualCLIPLoaderGGUF", "CLIP"),
    ("TripleCLIPLoaderGGUF", "CLIP"),
    ("QuadrupleCLIPLoaderGGUF", "CLIP"),
    ("VAELoader", "VAE"),
    ("CLIPVisionLoader", "CLIP_VISION"),
    ("ControlNetLoader", "CONTROL_NET"),
    ("DiffControlNetLoader", "CONTROL_NET"),
    ("StyleModelLoader", "STYLE_MODEL"),
    ("GLIGENLoader", "GLIGEN"),
    ("UpscaleModelLoader", "UPSCALE_MODEL"),
];

/// For each type: the class and the input that take it, and the type of that class's own output,
/// until an image is saved. Each class requires further inputs.
const TAKERS: [(&str, &str, &str, &str); 12] = [
    ("MODEL", "KSampler", "model", "LATENT"),
    ("CLIP", "CLIPTextEncode", "clip", "CONDITIONING"),
    ("VAE", "VAEDecode", "vae", "IMAGE"),
    ("CLIP_VISION", "CLIPVisionEncode", "clip_vision", "CLIP_VISION_OUTPUT"),
    ("CLIP_VISION_OUTPUT", "unCLIPConditioning", "clip_vision_output", "CONDITIONING"),
    ("CONTROL_NET", "ControlNetApplyAdvanced", "control_net", "CONDITIONING"),
    ("STYLE_MODEL", "StyleModelApply", "style_model", "CONDITIONING"),
    ("GLIGEN", "GLIGENTextBoxApply", "gligen_textbox_model", "CONDITIONING"),
    ("UPSCALE_MODEL", "ImageUpscaleWithModel", "upscale_model", "IMAGE"),
    ("CONDITIONING", "KSampler", "positive", "LATENT"),
    ("LATENT", "VAEDecode", "samples", "IMAGE"),
    ("IMAGE", OUTPUT, "images", ""),
];

const OUTPUT: &str = "SaveImage";

/// A workflow that ComfyUI must refuse. Its nodes have new ids.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Probe {
    /// In API format.
    pub(super) nodes: Map<String, Value>,
    /// The loaders to check; none for a job on classes.
    pub(super) loaders: Vec<Loader>,
    /// A name that does not exist, different in each job.
    pub(super) nowhere: String,
}

/// A loader of the workflow, or a second one of its class with names that do not exist.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Loader {
    /// In the probe.
    pub(super) id: String,
    pub(super) class: String,
    /// In the workflow; none for the second one of its class.
    pub(super) node: Option<String>,
    /// The inputs with a value.
    pub(super) inputs: BTreeSet<String>,
    /// The ids of the nodes that lead to an output, which is the last one.
    pub(super) takers: Vec<String>,
}

impl Probe {
    /// Checks which classes of a workflow exist, without those known to be missing. `number`
    /// distinguishes the jobs of a run.
    pub(super) fn of_classes(workflow: &Map<String, Value>, missing: &[&str], number: usize) -> Self {
        let mut probe = Self::new(number);
        for class in classes(workflow).filter(|class| !missing.contains(class)).collect::<BTreeSet<_>>() {
            probe.put(class, &json!({}));
        }
        let last = json!({"class_type": probe.nowhere, "inputs": {}});
        probe.nodes.insert("~".to_owned(), last);
        probe
    }

    /// Checks the values of a workflow's loaders. None if it has no known loader.
    pub(super) fn of_values(workflow: &Map<String, Value>, missing: &[&str], number: usize) -> Option<Self> {
        let mut probe = Self::new(number);
        let mut known = BTreeSet::new();
        for (id, node) in workflow {
            let Some(class) = class(node).filter(|class| !missing.contains(class)) else { continue };
            let Some((_, kind)) = LOADERS.iter().find(|(loader, _)| *loader == class) else { continue };
            let given = literals(node);
            if given.is_empty() {
                continue;
            }
            if known.insert(class) {
                let nowhere = Value::from(probe.nowhere.as_str());
                let texts = given.iter().filter(|(_, value)| value.is_string());
                let names = texts.map(|(input, _)| (input.clone(), nowhere.clone())).collect();
                probe.put_loader(class, names, kind, None);
            }
            probe.put_loader(class, given, kind, Some(id.clone()));
        }
        (!probe.loaders.is_empty()).then_some(probe)
    }

    fn new(number: usize) -> Self {
        Self { nodes: Map::new(), loaders: Vec::new(), nowhere: format!("{NOWHERE}-{number}") }
    }

    fn put_loader(&mut self, class: &str, given: Map<String, Value>, kind: &str, node: Option<String>) {
        let inputs = given.keys().cloned().collect();
        let id = self.put(class, &Value::Object(given));
        let (mut takers, mut from, mut kind) = (Vec::new(), id.clone(), kind);
        while let Some((_, taker, input, then)) = TAKERS.iter().find(|(taken, ..)| *taken == kind) {
            let mut inputs = json!({*input: [from, 0]});
            if *taker == "KSampler" {
                // Fewer errors for ComfyUI to list.
                inputs["seed"] = json!(0);
                inputs["steps"] = json!(1);
                inputs["cfg"] = json!(1);
                inputs["sampler_name"] = json!("euler");
                inputs["scheduler"] = json!("normal");
                inputs["denoise"] = json!(1);
            }
            from = self.put(taker, &inputs);
            takers.push(from.clone());
            kind = then;
        }
        self.loaders.push(Loader { id, class: class.to_owned(), node, inputs, takers });
    }

    /// Adds a node, and returns its id.
    fn put(&mut self, class: &str, inputs: &Value) -> String {
        let id = (self.nodes.len() + 1).to_string();
        self.nodes.insert(id.clone(), json!({"class_type": class, "inputs": inputs}));
        id
    }
}

/// The values of a node's inputs, without links and structures.
fn literals(node: &Value) -> Map<String, Value> {
    let inputs = node.get("inputs").and_then(Value::as_object).into_iter().flatten();
    let literals = inputs.filter(|(_, value)| value.is_string() || value.is_number() || value.is_boolean());
    literals.map(|(input, value)| (input.clone(), value.clone())).collect()
}

fn class(node: &Value) -> Option<&str> {
    node.get("class_type")?.as_str()
}

/// The classes of a workflow's nodes, in its order.
pub(super) fn classes(workflow: &Map<String, Value>) -> impl Iterator<Item = &str> {
    workflow.values().filter_map(class)
}

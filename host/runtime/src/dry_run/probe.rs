//! The jobs of a dry run: workflows that ComfyUI must refuse, whatever it has installed, and whatever the suite's workflow is.
//!
//! Before anything else, ComfyUI looks for the class of every node, in their order, and names the first that it does not
//! have. So a job on classes has one node of each class of the workflow, without inputs, and then one of a class that nobody
//! has. It is the last one also where somebody on the way sorts the nodes.
//!
//! Then ComfyUI validates every output with all that it depends on, and executes those that are valid. A job on values has
//! nothing of the workflow but its model loaders, without links. Each leads to a `SaveImage` that lacks the prefix which it
//! requires, by nodes of ComfyUI's own that lack inputs, too: so every output is invalid, and all loaders are looked at. Each
//! class of loaders is there once more with names that nobody has. Whether ComfyUI refuses these tells whether it looks at
//! what an input is given.

use comfycheck_simulator::NOWHERE;
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// Loaders of ComfyUI's own and of ComfyUI-GGUF, none of which is an output, and what the first slot of each gives.
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

/// For what is given, the class and the input that take it, and what that class gives in turn, until something is saved.
/// Each class requires more than the one input.
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

/// A workflow that ComfyUI must refuse. Its nodes have ids of ours.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Probe {
    /// In API format.
    pub(super) nodes: Map<String, Value>,
    /// What ComfyUI is asked of; none of a job on classes.
    pub(super) loaders: Vec<Loader>,
    /// A name that nobody has, another one in each job.
    pub(super) nowhere: String,
}

/// A loader of the workflow, or a second one of its class with names that nobody has.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Loader {
    /// Its id in the probe.
    pub(super) id: String,
    pub(super) class: String,
    /// Its id in the workflow; none if it is not there.
    pub(super) node: Option<String>,
    /// The inputs that it is given.
    pub(super) inputs: BTreeSet<String>,
    /// The ids of the nodes by which it leads to an output, which is the last.
    pub(super) takers: Vec<String>,
}

impl Probe {
    /// Asks which classes of a workflow there are, of those that are not known to be missing. `number` tells the jobs of a run
    /// apart.
    pub(super) fn of_classes(workflow: &Map<String, Value>, missing: &[&str], number: usize) -> Self {
        let mut probe = Self::new(number);
        for class in classes(workflow).filter(|class| !missing.contains(class)).collect::<BTreeSet<_>>() {
            probe.put(class, &json!({}));
        }
        let last = json!({"class_type": probe.nowhere, "inputs": {}});
        probe.nodes.insert("~".to_owned(), last);
        probe
    }

    /// Asks which values the loaders of a workflow take. None if it has no loader that is known.
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
                // So that there is less for ComfyUI to list.
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

    /// Puts a node in, and returns its id.
    fn put(&mut self, class: &str, inputs: &Value) -> String {
        let id = (self.nodes.len() + 1).to_string();
        self.nodes.insert(id.clone(), json!({"class_type": class, "inputs": inputs}));
        id
    }
}

/// What a node gives to its inputs but links and structures.
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

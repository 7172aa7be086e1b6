//! What the Denrisi workflow requires, and whether a workflow is one.

use comfycheck_check_models::rules::folders::folder_of;
use comfycheck_check_models::rules::near_miss::stem;
use comfycheck_sdk::{Node, Workflow, is_model, quote};
use std::collections::BTreeSet;

/// The node classes: the first two are of the pack RES4LYF, the third is ComfyUI's own.
pub const NODES: [&str; 3] = ["ClownsharKSampler_Beta", "Sigmas Rescale", "BetaSamplingScheduler"];

/// The pack that the samplers come from.
pub const PACK: &str = "RES4LYF";

/// How many samples must have come to an end.
pub const MIN_SAMPLES: u32 = 10;
/// How many of them must have succeeded, in percent.
pub const MIN_SUCCESS_RATE: f64 = 100.0;
/// What the longest cold start stays below, in seconds.
pub const MAX_COLD_START_S: f64 = 60.0;
/// What the mean generation time of an image stays below, in seconds.
pub const MAX_GENERATION_S: f64 = 30.0;

/// A model that the workflow loads.
#[derive(Debug, PartialEq)]
pub struct Model {
    /// The folder, as ComfyUI lists it.
    pub folder: &'static str,
    /// The names of the file without its extension, of which each will do.
    pub names: &'static [&'static str],
}

/// The VAE's second name is that of ComfyUI's official template and of RunPod's image for Z-Image-Turbo.
pub const MODELS: [Model; 3] = [
    Model { folder: "diffusion_models", names: &["z_image_turbo_bf16"] },
    Model { folder: "text_encoders", names: &["qwen_3_4b"] },
    Model { folder: "vae", names: &["z-image-turbo-vae", "ae"] },
];

impl Model {
    /// Whether a file is this model, by its name in whatever subfolder.
    #[must_use]
    pub fn is(&self, file: &str) -> bool {
        is_model(file) && self.names.contains(&stem(file))
    }
}

/// A node of a workflow that loads a required model.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Load<'a> {
    /// The model.
    pub model: &'static Model,
    /// The node.
    pub node: &'a Node,
    /// The node's class.
    pub class: &'a str,
    /// The node's input.
    pub input: &'a str,
    /// The file as the node names it.
    pub file: &'a str,
}

/// The nodes that load required models and whose output is used, in order of the requirements and of the workflow.
#[must_use]
pub fn loads(workflow: &Workflow) -> Vec<Load<'_>> {
    let used = used(workflow);
    let mut loads = Vec::new();
    for model in &MODELS {
        for node in workflow.nodes().filter(|node| used.contains(node.id.as_str())) {
            let Some(class) = node.class.as_deref() else { continue };
            // A loader that is not known may read any folder.
            if folder_of(class).is_some_and(|folder| folder != model.folder) {
                continue;
            }
            let texts = node.inputs.iter().filter_map(|(input, value)| Some((input, value.as_str()?)));
            let files = texts.filter(|(_, file)| model.is(file));
            loads.extend(files.map(|(input, file)| Load { model, node, class, input, file }));
        }
    }
    loads
}

/// What a workflow does not use of the requirements, in words, in their order.
#[must_use]
pub fn unmet(workflow: &Workflow) -> Vec<String> {
    let used = used(workflow);
    let has = |class: &&str| {
        workflow.nodes().any(|node| node.class.as_deref() == Some(*class) && used.contains(node.id.as_str()))
    };
    let loads = loads(workflow);
    let loaded = |model: &&Model| loads.iter().any(|load| load.model == *model);
    let nodes = NODES.iter().filter(|class| !has(class)).map(|class| format!("the node {}", quote(class)));
    let models = MODELS.iter().filter(|model| !loaded(model));
    let name = |model: &Model| model.names.iter().map(|name| quote(name)).collect::<Vec<_>>().join(" or ");
    nodes.chain(models.map(|model| format!("the model {}", name(model)))).collect()
}

/// The ids of the nodes whose outputs other nodes take.
fn used(workflow: &Workflow) -> BTreeSet<&str> {
    workflow.nodes().flat_map(Node::links).collect()
}

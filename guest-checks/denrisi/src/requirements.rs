//! The requirements of the Denrisi workflow.

use comfycheck_check_models::rules::folders::folder_of;
use comfycheck_check_models::rules::near_miss::stem;
use comfycheck_sdk::wording::{names_with, quote};
use comfycheck_sdk::{Node, Workflow, is_model};
use std::collections::BTreeSet;

/// The node classes: two of the pack RES4LYF, and one of ComfyUI.
pub const NODES: [&str; 3] = ["ClownsharKSampler_Beta", "Sigmas Rescale", "BetaSamplingScheduler"];

/// The pack that the samplers come from.
pub const PACK: &str = "RES4LYF";

/// How many samples must have a result.
pub const MIN_SAMPLES: u32 = 10;
/// How many of them must succeed, in percent.
pub const MIN_SUCCESS_RATE: f64 = 100.0;
/// The limit of the longest cold start, in seconds.
pub const MAX_COLD_START_S: f64 = 60.0;
/// The limit of the mean generation time of an image, in seconds.
pub const MAX_GENERATION_S: f64 = 30.0;

/// A model that the workflow loads.
#[derive(Debug, PartialEq)]
pub struct Model {
    /// The folder, under ComfyUI's name.
    pub folder: &'static str,
    /// Names of the file without its extension. Any of them will do.
    pub names: &'static [&'static str],
}

/// The VAE's second name is that of ComfyUI's official template and of RunPod's image for Z-Image-Turbo.
pub const MODELS: [Model; 3] = [
    Model { folder: "diffusion_models", names: &["z_image_turbo_bf16"] },
    Model { folder: "text_encoders", names: &["qwen_3_4b"] },
    Model { folder: "vae", names: &["z-image-turbo-vae", "ae"] },
];

impl Model {
    /// Whether a file is this model, by its name. Its subfolder does not count.
    #[must_use]
    pub fn is(&self, file: &str) -> bool {
        is_model(file) && self.names.contains(&stem(file))
    }
}

/// A node of a workflow that loads a required model.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Load<'a> {
    pub model: &'static Model,
    pub node: &'a Node,
    pub class: &'a str,
    pub input: &'a str,
    /// As the node names it.
    pub file: &'a str,
}

/// The nodes that load required models and whose output is used, in the order of the requirements.
#[must_use]
pub fn loads(workflow: &Workflow) -> Vec<Load<'_>> {
    let used = used(workflow);
    let mut loads = Vec::new();
    for model in &MODELS {
        for node in workflow.nodes().filter(|node| used.contains(node.id.as_str())) {
            let Some(class) = node.class.as_deref() else { continue };
            // An unknown loader may read any folder.
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

/// The requirements that a workflow does not use, in the words of a message.
#[must_use]
pub fn unmet(workflow: &Workflow) -> Vec<String> {
    let used = used(workflow);
    let has = |class: &&str| {
        workflow.nodes().any(|node| node.class.as_deref() == Some(*class) && used.contains(node.id.as_str()))
    };
    let loads = loads(workflow);
    let loaded = |model: &&Model| loads.iter().any(|load| load.model == *model);
    let nodes = NODES.iter().filter(|class| !has(class)).map(|class| format!("node {}", quote(class)));
    let models = MODELS.iter().filter(|model| !loaded(model));
    let name = |model: &Model| format!("model {}", names_with(model.names.iter().copied(), "or"));
    nodes.chain(models.map(name)).collect()
}

/// The ids of the nodes that other nodes link to.
fn used(workflow: &Workflow) -> BTreeSet<&str> {
    workflow.nodes().flat_map(Node::links).collect()
}

//! How many 3D models a node saves: one of each mesh in its batch (`comfy_extras/nodes_hunyuan3d.py`: `SaveGLB`).

use comfycheck_check_image::expected::{link, number};
use comfycheck_sdk::{Node, Workflow};

/// How many links are followed.
const MAX_STEPS: usize = 256;

/// The least number of files of a node whose `input` brings meshes.
pub(super) fn files(workflow: &Workflow, saver: &Node, input: &str) -> u32 {
    let (mut node, mut input) = (saver, input);
    for _ in 0..MAX_STEPS {
        let Some(source) = link(node, input).and_then(|id| workflow.node(id)) else { break };
        node = source;
        input = match node.class.as_deref().unwrap_or_default() {
            "VoxelToMesh" | "VoxelToMeshBasic" => "voxel",
            "VAEDecodeHunyuan3D" => "samples",
            "KSampler" | "KSamplerAdvanced" | "SamplerCustom" | "SamplerCustomAdvanced" => "latent_image",
            "EmptyLatentHunyuan3Dv2" => return number(workflow, node, "batch_size").unwrap_or(1).max(1),
            _ => break,
        };
    }
    1
}

//! How long the audio is that a node saves.

use super::{Content, real};
use comfycheck_check_image::expected::{link, number};
use comfycheck_sdk::{Node, Workflow};

/// How many links are followed.
const MAX_STEPS: usize = 256;

/// What reaches the input of a node that saves audio, and in how many files.
pub(super) fn content(workflow: &Workflow, saver: &Node, input: &str) -> (Content, u32) {
    let (mut node, mut input) = (saver, input);
    for _ in 0..MAX_STEPS {
        let Some(source) = link(node, input).and_then(|id| workflow.node(id)) else { break };
        node = source;
        input = match node.class.as_deref().unwrap_or_default() {
            "VAEDecodeAudio" | "VAEDecodeAudioTiled" => "samples",
            "KSampler" | "KSamplerAdvanced" | "SamplerCustom" | "SamplerCustomAdvanced" => "latent_image",
            "EmptyLatentAudio" | "EmptyAceStepLatentAudio" | "EmptyAceStep1.5LatentAudio" => {
                let files = number(workflow, node, "batch_size").unwrap_or(1).max(1);
                return (Content { seconds: real(workflow, node, "seconds"), ..Content::default() }, files);
            }
            "EmptyAudio" => {
                let seconds = real(workflow, node, "duration");
                return (Content { seconds, is_silent: true, ..Content::default() }, 1);
            }
            _ => break,
        };
    }
    (Content::default(), 1)
}

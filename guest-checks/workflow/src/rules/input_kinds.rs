//! What inputs take by their type: values, links or both.

use crate::class::Spec;
use crate::json::Value;

/// Whether the editor shows a widget for an input.
pub(super) fn has_widget(spec: &Spec) -> bool {
    spec.choices().is_some() || matches!(spec.kind.text(), Some("INT" | "FLOAT" | "STRING" | "BOOLEAN"))
}

/// Whether inputs of a type take only links. Types of packs are left out: they can have their own widgets.
pub(super) fn is_for_links(kind: &Value) -> bool {
    const LINKED: [&str; 30] = [
        "AUDIO",
        "AUDIO_ENCODER_OUTPUT",
        "CLIP",
        "CLIP_VISION",
        "CLIP_VISION_OUTPUT",
        "CONDITIONING",
        "CONTROL_NET",
        "FILE_3D",
        "GLIGEN",
        "GUIDER",
        "HOOKS",
        "HOOK_KEYFRAMES",
        "IMAGE",
        "LATENT",
        "LATENT_OPERATION",
        "LATENT_UPSCALE_MODEL",
        "MASK",
        "MESH",
        "MODEL",
        "MODEL_PATCH",
        "NOISE",
        "SAMPLER",
        "SIGMAS",
        "SPLAT",
        "STYLE_MODEL",
        "SVG",
        "UPSCALE_MODEL",
        "VAE",
        "VIDEO",
        "VOXEL",
    ];
    let is_linked = |kind: &str| LINKED.contains(&kind) || kind.starts_with("FILE_3D_");
    kind.text().is_some_and(|kinds| kinds.split(',').map(str::trim).all(is_linked))
}

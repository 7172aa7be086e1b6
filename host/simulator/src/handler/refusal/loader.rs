//! Loaders whose file is not in ComfyUI's folder `input`.

use crate::handler::Place;
use crate::handler::graph::Node;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Classes with a validator that looks for their file, the input that names it, and what their message calls it. Those of
/// ComfyUI, and of the pack Video Helper Suite.
const LOADERS: [(&str, &str, &str); 7] = [
    ("LoadImage", "image", "image"),
    ("LoadImageMask", "image", "image"),
    ("LoadAudio", "audio", "audio"),
    ("LoadVideo", "file", "video"),
    ("LoadLatent", "latent", "latent"),
    ("VHS_LoadVideo", "video", "video"),
    ("VHS_LoadAudioUpload", "audio", "audio"),
];

/// The error of a loader whose file neither a job sent nor the scenario has.
pub(super) fn missing_file(place: &Place<'_>, node: Node<'_>, sent: &BTreeSet<String>) -> Option<Value> {
    let (_, input, kind) = LOADERS.iter().find(|(class, ..)| node.class() == Some(*class))?;
    let file = node.input(input)?.as_str()?;
    let name = file.strip_suffix(" [input]").unwrap_or(file);
    if sent.contains(name) || place.scenario.comfyui.inputs.iter().any(|known| known == name) {
        return None;
    }
    Some(json!({
        "type": "custom_validation_failed", "message": "Custom validation failed for node",
        "details": format!("{input} - Invalid {kind} file: {file}"), "extra_info": {"input_name": input},
    }))
}

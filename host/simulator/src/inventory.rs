//! The classes and models that the scenario's ComfyUI has installed.

use crate::scenario::{Models, Nodes, Scenario, Volume, VolumeFile};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

/// Every class that comes with ComfyUI 0.33.0.
static CORE: LazyLock<BTreeSet<&'static str>> =
    LazyLock::new(|| include_str!("inventory/core-classes.txt").lines().collect());

/// Classes whose inputs are known, in the format of `/object_info`; `@vae` stands for the files of a folder.
static DESCRIBED: LazyLock<Map<String, Value>> = LazyLock::new(|| {
    // A test parses it, so that it is never empty by mistake.
    serde_json::from_str(include_str!("inventory/classes.json")).unwrap_or_default()
});

/// The folders of ComfyUI 0.33.0 that hold models, in its order.
pub(crate) const FOLDERS: [&str; 14] = [
    "checkpoints",
    "configs",
    "loras",
    "vae",
    "text_encoders",
    "diffusion_models",
    "clip_vision",
    "style_models",
    "embeddings",
    "controlnet",
    "gligen",
    "upscale_models",
    "model_patches",
    "audio_encoders",
];

/// The folders of a volume that worker-comfyui maps: the folder below `models/`, and ComfyUI's folder.
const MAPPED: [(&str, &str); 10] = [
    ("checkpoints", "checkpoints"),
    ("clip", "text_encoders"),
    ("clip_vision", "clip_vision"),
    ("configs", "configs"),
    ("controlnet", "controlnet"),
    ("embeddings", "embeddings"),
    ("loras", "loras"),
    ("upscale_models", "upscale_models"),
    ("vae", "vae"),
    ("unet", "diffusion_models"),
];

/// The endings of model files.
const ENDINGS: [&str; 8] = [".ckpt", ".pt", ".pt2", ".bin", ".pth", ".safetensors", ".pkl", ".sft"];

/// The prefix of names that no ComfyUI has, even if a scenario has everything that a workflow names. A dry run uses such
/// names to be refused.
pub const NOWHERE: &str = "comfycheck-dry-run";

pub(crate) fn is_core(class: &str) -> bool {
    CORE.contains(class)
}

pub(crate) fn has_class(scenario: &Scenario, class: &str) -> bool {
    match scenario.comfyui.nodes {
        Nodes::Any => !class.starts_with(NOWHERE),
        Nodes::Core => is_core(class),
    }
}

/// The installed classes whose inputs are known, in the format of `/object_info`.
pub(crate) fn described(scenario: &Scenario) -> impl Iterator<Item = (&'static str, &'static Value)> {
    DESCRIBED.iter().map(|(name, class)| (name.as_str(), class)).filter(|(name, _)| has_class(scenario, name))
}

/// The known inputs of a class.
pub(crate) fn description(class: &str) -> Option<&'static Value> {
    DESCRIBED.get(class)
}

/// The files in a folder of ComfyUI, sorted; none where the scenario has every model that a workflow names.
pub(crate) fn models(scenario: &Scenario, folder: &str) -> Option<Vec<String>> {
    let Models::Baked(baked) = &scenario.comfyui.models else { return None };
    let baked = baked.get(folder).into_iter().flatten().cloned();
    let on_volume = scenario.attached().take(1).flat_map(|volume| visible(volume, folder));
    let files: BTreeSet<String> = baked.chain(on_volume.map(|(name, _)| name.to_owned())).collect();
    Some(files.into_iter().collect())
}

/// The files on a volume that worker-comfyui maps to a folder of ComfyUI, each with its name there.
fn visible<'a>(volume: &'a Volume, folder: &str) -> impl Iterator<Item = (&'a str, &'a VolumeFile)> {
    let is_model = |name: &str| ENDINGS.iter().any(|ending| name.to_ascii_lowercase().ends_with(ending));
    let below = |there: &'static str| {
        let name = move |path: &'a str| path.strip_prefix("models/")?.strip_prefix(there)?.strip_prefix('/');
        volume.files.iter().filter_map(move |(path, file)| Some((name(path)?, file)))
    };
    let places = MAPPED.iter().filter(move |(_, of)| *of == folder);
    places.flat_map(move |(there, _)| below(there)).filter(move |(name, _)| is_model(name))
}

/// The values that an input accepts, in its specification: a list, or `@` and a folder.
fn accepted(spec: &Value) -> &Value {
    if spec[0] == "COMBO" { &spec[1]["options"] } else { &spec[0] }
}

/// The folder whose files an input accepts.
pub(crate) fn folder_of(spec: &Value) -> Option<&str> {
    accepted(spec).as_str()?.strip_prefix('@')
}

/// A value that the inputs of a class accept besides files.
pub(crate) fn extra(class: &str) -> Option<&'static str> {
    (class == "VAELoader").then_some("pixel_space")
}

/// The options of an input: its list, or the files of its folder and the class's extra value. None if it has no options, or
/// if every name is one.
pub(crate) fn options(scenario: &Scenario, class: &str, spec: &Value) -> Option<Vec<Value>> {
    let Some(folder) = folder_of(spec) else { return accepted(spec).as_array().cloned() };
    let files = models(scenario, folder)?.into_iter().map(Value::String);
    Some(files.chain(extra(class).map(Value::from)).collect())
}

/// The sizes of those files in a folder that are on a volume.
pub(crate) fn sizes<'a>(scenario: &'a Scenario, folder: &str) -> BTreeMap<&'a str, u64> {
    let on_volume = scenario.attached().take(1).flat_map(|volume| visible(volume, folder));
    on_volume.map(|(name, file)| (name, file.bytes)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_described_class_is_an_object_with_inputs() {
        assert!(DESCRIBED.len() >= 30);
        for (name, class) in DESCRIBED.iter() {
            assert!(class["input"].is_object() && class["output"].is_array(), "{name}");
        }
    }

    #[test]
    fn a_folder_that_the_stock_worker_does_not_map_is_not_listed() {
        let text = r#"
            [comfyui.models]
            baked = { vae = ["ae.safetensors"] }

            [[volumes]]
            id = "v"
            data-center = "EU-RO-1"
            files = { "models/unet/a.safetensors" = { bytes = 1 }, "models/diffusion_models/b.safetensors" = { bytes = 1 }, "models/vae/readme.txt" = { bytes = 1 }, "vae/c.safetensors" = { bytes = 1 }, "models/clip/d.sft" = { bytes = 1 } }
        "#;
        let scenario: Scenario = toml::from_str(text).unwrap();
        let listed = |folder: &str| models(&scenario, folder).unwrap();
        assert_eq!(listed("diffusion_models"), ["a.safetensors"]);
        assert_eq!(listed("vae"), ["ae.safetensors"]);
        assert_eq!(listed("text_encoders"), ["d.sft"]);
        assert_eq!(models(&Scenario::default(), "vae"), None);
    }
}

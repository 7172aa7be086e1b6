//! Classes that are known by name: where they come from, and which of them ComfyUI replaces.

use super::packs;
use comfycheck_sdk::inventory::Pack;

/// Whether it is known where a class comes from. Then one with a similar name is not what was meant.
#[must_use]
pub fn has_origin(class: &str) -> bool {
    PROVIDERS.iter().any(|(known, _)| *known == class)
}

/// Whether ComfyUI 0.33.0 lacks a class and replaces it.
#[must_use]
pub fn is_replaced(class: &str) -> bool {
    REPLACED.contains(&class)
}

/// What the reader can do about a class that is not installed. `packs` are those that are installed; none if they were
/// not asked for.
#[must_use]
pub fn how_to_install(class: &str, packs: Option<&[Pack]>) -> String {
    let Some((_, provider)) = PROVIDERS.iter().find(|(known, _)| *known == class) else {
        return "install the node pack that provides it and rebuild the worker's image, or correct the class in the \
                workflow"
            .to_owned();
    };
    let Some(pack) = provider else {
        return "update ComfyUI in the worker's image: the class is part of ComfyUI itself".to_owned();
    };
    let listed = packs.into_iter().flatten().find(|listed| packs::is_called(listed, pack));
    match listed {
        Some(Pack { enabled: false, .. }) => format!("enable the pack `{pack}`, which provides it"),
        Some(_) => format!(
            "look for `IMPORT FAILED` in the worker's start-up log: the pack `{pack}`, which provides it, is installed \
             but was not loaded, or is too old"
        ),
        None => format!("install the pack `{pack}`, which provides it, and rebuild the worker's image"),
    }
}

/// Classes whose origin is known: a pack, or ComfyUI itself (none). Those of ComfyUI 0.33.0 and RES4LYF 1.1.0 are from
/// `/object_info`; the others are common classes with the pack that is generally known to provide them.
const PROVIDERS: [(&str, Option<&str>); 24] = [
    ("BetaSamplingScheduler", None),
    ("EmptySD3LatentImage", None),
    ("ModelSamplingAuraFlow", None),
    ("ConditioningZeroOut", None),
    ("ClownsharKSampler_Beta", Some("RES4LYF")),
    ("ClownsharkChainsampler_Beta", Some("RES4LYF")),
    ("SharkSampler_Beta", Some("RES4LYF")),
    ("ClownSampler_Beta", Some("RES4LYF")),
    ("ClownOptions_SDE_Beta", Some("RES4LYF")),
    ("Sigmas Rescale", Some("RES4LYF")),
    ("UnetLoaderGGUF", Some("ComfyUI-GGUF")),
    ("CLIPLoaderGGUF", Some("ComfyUI-GGUF")),
    ("DualCLIPLoaderGGUF", Some("ComfyUI-GGUF")),
    ("IPAdapterAdvanced", Some("ComfyUI_IPAdapter_plus")),
    ("IPAdapterUnifiedLoader", Some("ComfyUI_IPAdapter_plus")),
    ("FaceDetailer", Some("ComfyUI-Impact-Pack")),
    ("UltralyticsDetectorProvider", Some("ComfyUI-Impact-Subpack")),
    ("Power Lora Loader (rgthree)", Some("rgthree-comfy")),
    ("Seed (rgthree)", Some("rgthree-comfy")),
    ("VHS_VideoCombine", Some("ComfyUI-VideoHelperSuite")),
    ("VHS_LoadVideo", Some("ComfyUI-VideoHelperSuite")),
    ("UltimateSDUpscale", Some("ComfyUI_UltimateSDUpscale")),
    ("ImageResizeKJ", Some("ComfyUI-KJNodes")),
    ("WanVideoSampler", Some("ComfyUI-WanVideoWrapper")),
];

/// Classes that ComfyUI 0.33.0 does not have and replaces.
const REPLACED: [&str; 5] =
    ["ConditioningAverage ", "Load3DAnimation", "Preview3DAnimation", "SDV_img2vid_Conditioning", "T2IAdapterLoader"];

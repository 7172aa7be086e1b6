//! Classes that are known by name: their packs, and which of them ComfyUI replaces.

use super::packs;
use comfycheck_sdk::inventory::Pack;

/// Help for a class whose pack is unknown.
pub(crate) const INSTALL_ITS_PACK: &str = "install the node pack that provides it and rebuild the worker image";

/// Whether the origin of a class is known. A class with a known origin is not a typo.
#[must_use]
pub fn has_origin(class: &str) -> bool {
    PROVIDERS.iter().any(|(known, _)| *known == class)
}

/// Whether ComfyUI 0.33.0 replaces a class, which it does not have.
#[must_use]
pub fn is_replaced(class: &str) -> bool {
    REPLACED.contains(&class)
}

/// Help for a class that is not installed. `packs` are the installed ones; none if they are unknown.
#[must_use]
pub fn how_to_install(class: &str, packs: Option<&[Pack]>) -> String {
    let Some((_, provider)) = PROVIDERS.iter().find(|(known, _)| *known == class) else {
        return format!("{INSTALL_ITS_PACK}, or correct the class in the workflow");
    };
    let Some(pack) = provider else {
        return "update ComfyUI in the worker image: the class is part of ComfyUI".to_owned();
    };
    let listed = packs.into_iter().flatten().find(|listed| packs::is_called(listed, pack));
    match listed {
        Some(Pack { enabled: false, .. }) => format!("enable the pack `{pack}`"),
        Some(_) => format!(
            "search the worker's startup log for `IMPORT FAILED`: the pack `{pack}` is installed, but did not load or is \
             too old"
        ),
        None => format!("install the pack `{pack}` and rebuild the worker image"),
    }
}

/// Classes and their packs; none for ComfyUI's own. Those of ComfyUI 0.33.0 and RES4LYF 1.1.0 are from `/object_info`. The
/// others are common classes.
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

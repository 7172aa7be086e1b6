//! Lines that look like errors and explain none, or show that something works.

use crate::evidence::family::{Family, Weight};

pub(super) const HARMLESS: &[Family] = &[
    Family {
        name: "optional-part",
        rule: "failed-job",
        meaning: "an optional part of ComfyUI or a pack is not there",
        help: "install it only if the workflow needs it",
        marks: &[
            "Could not load sageattention",
            "fp8 and fp4 support will not be available",
            "comfy-aimdo failed to load",
            "from LD_PRELOAD cannot be preloaded",
            "Failed to load library * libonnxruntime_providers",
            "Failed to load library libonnxruntime_providers",
            "Cannot connect to host api.comfy.org",
            "Found comfy_kitchen backend",
            "Failed to initialize database. Please ensure",
            "fatal: destination path * already exists",
            "Failed to perform initial fetching",
            "raw.githubusercontent.com * custom-node-list.json",
            "raw.githubusercontent.com * extension-node-map.json",
            "raw.githubusercontent.com * model-list.json",
            "raw.githubusercontent.com * github-stats.json",
            "raw.githubusercontent.com * alter-list.json",
            "'hf_xet' package is not installed",
            "Failed to load image Python extension",
            "Could not load dynamic library",
            "A matching Triton is not available",
            "Cannot write to closing transport",
            "Failed to import flash_attn:",
        ],
        exits: &[],
        weight: Weight::Consequence,
        source: "ComfyUI 0.9 and later, ComfyUI-Manager, ONNX Runtime, TensorFlow, torchvision, xFormers, aiohttp, huggingface_hub, node packs",
    },
    Family {
        name: "ignored-lora",
        rule: "mismatched-models",
        meaning: "ComfyUI ignores parts of a LoRA that do not fit the model",
        help: "use a LoRA that was made for the base model of the workflow",
        marks: &["^ERROR lora ", "^ERROR loha ", "^ERROR lokr ", "^lora key not loaded"],
        exits: &[],
        weight: Weight::Consequence,
        source: "ComfyUI",
    },
    Family {
        name: "comfyui-started",
        rule: "comfyui-down",
        meaning: "ComfyUI listens for requests",
        help: "let the handler wait until ComfyUI listens",
        marks: &[
            "To see the GUI go to: http",
            "Uvicorn running on http * 8188",
            "^ComfyUI is ready",
            "] ComfyUI is ready",
            ": ComfyUI is ready",
            "- ComfyUI is ready",
            "- API is reachable",
        ],
        exits: &[],
        weight: Weight::Consequence,
        source: "ComfyUI, handlers",
    },
];

/// The same, behind the families of the machine: a full disk is why.
pub(super) const RETRIED: &[Family] = &[Family {
    name: "retried-download",
    rule: "hub-access",
    meaning: "a download broke off and was tried again",
    help: "bake the files into the image or put them on a network volume",
    marks: &[
        "Error while downloading from http",
        "Trying to resume download",
        "after connection broken by",
        "Retrying (Retry(",
    ],
    exits: &[],
    weight: Weight::Consequence,
    source: "huggingface_hub, pip, urllib3",
}];

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
        ],
        exits: &[],
        weight: Weight::Consequence,
        source: "ComfyUI 0.15 and later, ComfyUI-Manager, ONNX Runtime, the dynamic linker, node packs",
    },
    Family {
        name: "comfyui-started",
        rule: "comfyui-down",
        meaning: "ComfyUI listens for requests",
        help: "let the handler wait until ComfyUI listens",
        marks: &["To see the GUI go to: http", "Uvicorn running on http * 8188", "ComfyUI is ready"],
        exits: &[],
        weight: Weight::Consequence,
        source: "ComfyUI, handlers",
    },
];

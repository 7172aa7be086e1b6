//! Files that nodes need, and models that do not fit together.

use crate::evidence::family::{Family, Weight};
use comfycheck_sdk::worker_error::{BROKEN_MODEL, PICKLED_MODEL, PICKLED_MODEL_HELP};

/// The texts of the table that the check `models` shares.
const BROKEN: [&str; BROKEN_MODEL.len()] = {
    let mut marks = [""; BROKEN_MODEL.len()];
    let mut index = 0;
    while index < marks.len() {
        marks[index] = BROKEN_MODEL[index].0;
        index += 1;
    }
    marks
};

pub(super) const FILES: &[Family] = &[
    Family {
        name: "pickled-model",
        rule: "broken-file",
        meaning: "a model file holds Python objects that PyTorch does not load",
        help: PICKLED_MODEL_HELP,
        marks: PICKLED_MODEL,
        exits: &[],
        weight: Weight::Raised,
        source: "torch.load",
    },
    Family {
        name: "broken-model",
        rule: "broken-file",
        meaning: "a model file is cut off or not a model",
        help: "download the file again, and compare its size and checksum with the source",
        marks: &BROKEN,
        exits: &[],
        weight: Weight::Raised,
        source: "safetensors, PyTorch, Python's pickle and zipfile, gguf, ONNX Runtime, huggingface_hub, ComfyUI",
    },
    Family {
        name: "missing-input",
        rule: "missing-input",
        meaning: "an input file of the workflow is not on the worker",
        help: "send the file with the job as an input image, or add it to ComfyUI's `input` folder in the image",
        marks: &[
            "No such file or directory: * /input/",
            "/input/ * No such file or directory",
            "/input/ * does not exist",
            "/input/ * not found",
            "Invalid image file",
            "Invalid audio file",
            "Invalid video file",
            "input image * not found",
            "image * not found in input",
            "input file * does not exist",
        ],
        exits: &[],
        weight: Weight::Raised,
        source: "Python, ComfyUI",
    },
    Family {
        name: "unusable-input",
        rule: "missing-input",
        meaning: "an input image could not be used",
        help: "send input images as base64 of a complete PNG, JPEG or WebP file, not as URLs",
        marks: &[
            "Failed to upload one or more input images",
            "cannot identify image file",
            "UnidentifiedImageError",
            "image file is truncated",
            "Incorrect padding",
            "Invalid base64",
            "decoding base64 image",
            "broken data stream",
            "DecompressionBombError",
            "Failed to download image from",
            "Failed to download input image",
        ],
        exits: &[],
        weight: Weight::Raised,
        source: "worker-comfyui, Pillow, Python's base64",
    },
    Family {
        name: "missing-file",
        rule: "missing-file",
        meaning: "a node needs a file that is not on the worker",
        help: "put the file at the path that the error names: bake it into the image, or keep it on the network volume",
        marks: &[
            "No such file or directory",
            "FileNotFoundError",
            "NO_SUCHFILE",
            "does not appear to have a file named",
            "model file * not found",
        ],
        exits: &[],
        weight: Weight::Raised,
        source: "Python, ONNX Runtime, transformers",
    },
    Family {
        name: "mismatched-models",
        rule: "mismatched-models",
        meaning: "models of the workflow do not fit together (model, text encoder, VAE, LoRA or ControlNet)",
        help: "use files of one model family: the text encoder, VAE, LoRA and ControlNet that belong to the base model",
        marks: &[
            "shapes cannot be multiplied",
            "size mismatch for",
            "size of tensor a * must match the size of tensor b",
            "Sizes of tensors must match except in dimension",
            "Given groups= * expected input",
            "Given normalized_shape",
            "clip input is invalid: None",
            "VAE is invalid: None",
            "does not contain a valid clip or text encoder",
            "Error(s) in loading state_dict",
            "'NoneType' object has no attribute 'tokenize'",
            "'NoneType' object has no attribute 'encode'",
            "'NoneType' object has no attribute 'decode'",
            "expanded size of the tensor * must match",
            "is invalid for input of size",
            "to have * channels, but got",
            "Error while processing rearrange-reduction pattern",
            "shape in current model is",
            "stack expects each tensor to be equal size",
            "Trying to set a tensor of shape",
            "KeyError: 'clip_",
            "Unexpected architecture type in GGUF",
            "Unexpected text model architecture type in GGUF",
        ],
        exits: &[],
        weight: Weight::Raised,
        source: "PyTorch, ComfyUI, einops, diffusers",
    },
    Family {
        name: "mismatched-types",
        rule: "mismatched-models",
        meaning: "tensors of different number formats or devices meet in a node",
        help: "load the models of the workflow with the same number format (`weight_dtype`), and update ComfyUI and the node's pack",
        marks: &[
            "Expected all tensors to be on the same device",
            "Input type * should be the same",
            "must have the same dtype",
            "expected scalar type",
            "to be the same dtype",
            "Expected attn_mask dtype",
        ],
        exits: &[],
        weight: Weight::Raised,
        source: "PyTorch",
    },
];

//! Files that nodes need.

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
            "Is a directory: * /input/",
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
            "Invalid data found when processing input",
            "moov atom not found",
        ],
        exits: &[],
        weight: Weight::Raised,
        source: "worker-comfyui, Pillow, Python's base64",
    },
    Family {
        name: "no-face",
        rule: "missing-input",
        meaning: "a node finds no face in an input image",
        help: "send an input image with a clear face, or lower the detection threshold of the node",
        marks: &[
            "No face detected",
            "No faces detected",
            "No face found",
            "No faces found",
            "Face not detected",
            "InsightFace: No face",
        ],
        exits: &[],
        weight: Weight::Raised,
        source: "InsightFace nodes, face packs",
    },
    Family {
        name: "no-permission",
        rule: "failed-job",
        meaning: "a process of the worker may not write to a folder, or read a file",
        help: "run the image as root, or give its user the folder with `chown` when the image is built; a network volume belongs to root",
        marks: &[
            "Errno 13",
            "PermissionError",
            "mkdir: cannot create directory * Permission denied",
            "Errno 30",
            "Read-only file system",
            "no locator available for file",
            "unable to open database file",
        ],
        exits: &[],
        weight: Weight::Raised,
        source: "Python, Linux, numba, SQLite",
    },
    Family {
        name: "insightface-models",
        rule: "missing-file",
        meaning: "the models of InsightFace are not on the worker",
        help: "put them into `models/insightface`: `inswapper_128.onnx` there, and the files of `antelopev2` in `models/antelopev2`, not one folder deeper",
        marks: &[
            "assert 'detection' in self.models",
            "inswapper_128.onnx should exist",
            "inswapper_128.onnx * failed",
            "No such file or directory: * antelopev2",
            "antelopev2 * failed",
        ],
        exits: &[],
        weight: Weight::Raised,
        source: "InsightFace, ReActor",
    },
    Family {
        name: "incomplete-folder",
        rule: "missing-file",
        meaning: "the folder of a model in Hugging Face's layout is missing or incomplete",
        help: "download the whole repository into the folder that the error names: `config.json`, the tokenizer and every part of \
               the weights",
        marks: &[
            "Error no file named",
            "does not appear to have a file named",
            "Repo id must * : '/",
            "Repo id must * : './",
            "Repo id must * : 'models/",
            "Should have a `model_type` key in its config.json",
            "no safetensors files found in",
        ],
        exits: &[],
        weight: Weight::Raised,
        source: "transformers, diffusers, huggingface_hub",
    },
    Family {
        name: "ipadapter-models",
        rule: "missing-file",
        meaning: "the models of IPAdapter are not on the worker under the names that its loader expects",
        help: "put the files into `models/ipadapter` and `models/clip_vision` under the names of the pack's README, such as \
               `CLIP-ViT-H-14-laion2B-s32B-b79K.safetensors`",
        marks: &[
            "IPAdapter model not found",
            "ClipVision model not found",
            "Clip Vision model not found",
            "Missing CLIPVision model",
            "LoRA model not found * IPAdapter",
        ],
        exits: &[],
        weight: Weight::Raised,
        source: "ComfyUI_IPAdapter_plus",
    },
    Family {
        name: "missing-font",
        rule: "missing-file",
        meaning: "a font that a node uses is not on the worker",
        help: "install fonts into the image, such as `apt-get install fonts-dejavu-core`, or copy the `.ttf` file to the path that the \
               node names",
        marks: &[
            "cannot open resource",
            "Cannot find a valid font for",
            "unable to read font",
            "Cannot load default config file",
        ],
        exits: &[],
        weight: Weight::Raised,
        source: "Pillow, ffmpeg, ImageMagick, fontconfig",
    },
    Family {
        name: "no-model-path",
        rule: "missing-file",
        meaning: "a loader found no file under the name in the workflow",
        help: "put the model file that the node names into its folder on the worker, or correct its name in the workflow",
        marks: &[
            "expected str, bytes or os.PathLike object, not NoneType",
            "'NoneType' object has no attribute 'lower'",
            "'NoneType' object has no attribute 'endswith'",
            "stat: path should be string, bytes, os.PathLike or integer, not NoneType",
            "argument should be a str or an os.PathLike object * not 'NoneType'",
        ],
        exits: &[],
        weight: Weight::Raised,
        source: "Python",
    },
    Family {
        name: "missing-file",
        rule: "missing-file",
        meaning: "a node needs a file that is not on the worker",
        help: "put the file at the path that the error names: bake it into the image, or keep it on the network volume",
        marks: &["No such file or directory", "FileNotFoundError", "NO_SUCHFILE", "model file * not found"],
        exits: &[],
        weight: Weight::Raised,
        source: "Python, ONNX Runtime, transformers",
    },
];

//! Errors about model files that cannot be read.

use crate::model::is_model;
use crate::node_failure::NodeFailure;

/// A text of an exception, and what it says about the file.
///
/// The texts are those of `safetensors`, of `torch.load` (zip and pickle), of Python's `pickle` and `zipfile`, of
/// `gguf`, of ONNX Runtime, of `huggingface_hub`, and of ComfyUI's loaders. They are compared without regard to case.
pub const BROKEN_MODEL: &[(&str, &str)] = &[
    ("invalid load key, 'v'", "it is a Git LFS pointer, not the file itself"),
    ("git-lfs.github.com/spec", "it is a Git LFS pointer, not the file itself"),
    ("invalid load key, '<'", "it is a web page, not a model"),
    ("MetadataIncompleteBuffer", "it is cut off"),
    ("incomplete metadata, file not fully covered", "it is cut off"),
    ("The safetensors file is incomplete", "it is cut off"),
    ("safetensors file is corrupt/incomplete", "it is cut off"),
    ("file should be of size", "its size is not that of the source"),
    ("checksum mismatch for", "its checksum is not that of the source"),
    ("offsets are out of range", "it is cut off"),
    ("failed finding central directory", "it is cut off or not a PyTorch file"),
    ("pickle data was truncated", "it is cut off"),
    ("File is not a zip file", "it is cut off or not a PyTorch file"),
    ("Ran out of input", "it is empty or cut off"),
    ("unexpected EOF, expected", "it is cut off"),
    ("Error while deserializing header", "it is not a valid safetensors file"),
    ("HeaderTooLarge", "it is not a valid safetensors file"),
    ("HeaderTooSmall", "it is not a valid safetensors file"),
    ("InvalidHeaderDeserialization", "it is not a valid safetensors file"),
    ("safetensors file is corrupt", "it is not a valid safetensors file"),
    ("SafetensorError", "it is not a valid safetensors file"),
    ("PytorchStreamReader failed", "it is not a valid PyTorch file"),
    ("BadZipFile", "it is not a valid PyTorch file"),
    ("invalid load key", "it is not a valid PyTorch file"),
    ("UnpicklingError", "it is not a valid PyTorch file"),
    ("invalid magic number; corrupt file", "it is not a valid PyTorch file"),
    ("GGUF magic invalid", "it is not a valid GGUF file"),
    ("not a GGUF model", "it is not a valid GGUF file"),
    ("INVALID_PROTOBUF", "it is not a valid ONNX file"),
    ("Protobuf parsing failed", "it is not a valid ONNX file"),
    ("Could not detect model type of", "ComfyUI does not recognize the type of the model"),
];

/// Texts of `torch.load` about a file with Python objects that it does not load, since they could run code. The file is complete.
pub const PICKLED_MODEL: &[&str] = &[
    "Weights only load failed. This file can still be loaded",
    "was not an allowed global by default",
    "WeightsUnpickler error: Unsupported",
    "Weights only load failed. In PyTorch 2.6",
];

/// What the reader can do about such a file.
pub const PICKLED_MODEL_HELP: &str =
    "use the model's `.safetensors` file: PyTorch 2.6 and later load no Python objects from a model file";

/// A model file that a loader could not read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BrokenModel {
    /// What is wrong with the file.
    pub why: &'static str,
    /// Whether the file is complete, and holds Python objects that `PyTorch` does not load.
    pub is_pickled: bool,
    /// The path on the worker; none if the text does not name it.
    pub path: Option<String>,
}

/// A tensor is smaller than the header of its file says. Other nodes than loaders raise the same for models that do not fit.
const SHORT_TENSOR: &str = "is invalid for input of size";

impl BrokenModel {
    /// Of a node that failed. None if it failed for another reason.
    #[must_use]
    pub fn of(node: &NodeFailure) -> Option<Self> {
        let is_loader = node.class.as_deref().is_some_and(|class| class.contains("Loader"));
        let is_short = || is_loader && node.message.contains(SHORT_TENSOR);
        let short = || is_short().then(|| Self { why: "it is cut off", is_pickled: false, path: path(&node.message) });
        Self::parse(&node.message).or_else(short)
    }

    /// None if the text is about something else.
    fn parse(text: &str) -> Option<Self> {
        let lower = text.to_ascii_lowercase();
        let says = |mark: &str| lower.contains(&mark.to_ascii_lowercase());
        let is_pickled = PICKLED_MODEL.iter().any(|mark| says(mark));
        let why = if is_pickled {
            "it holds Python objects that PyTorch does not load"
        } else {
            BROKEN_MODEL.iter().find(|(mark, _)| says(mark))?.1
        };
        Some(Self { why, is_pickled, path: path(text) })
    }
}

/// The first path of a model file in a text.
fn path(text: &str) -> Option<String> {
    let ends = |char: char| matches!(char, '\'' | '"' | '`' | '\n' | '\r' | ',');
    // A path can hold spaces. So it reaches from its first slash to a quote or the end of the line.
    text.split(ends).find_map(|part| {
        let path = part[part.find('/')?..].trim_end_matches(['.', ')', ' ']);
        is_model(path).then(|| path.to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_is_found_in_each_form() {
        for (text, expected) in [
            (
                "x: MetadataIncompleteBuffer\n\nFile path: /models/my file.safetensors\n\nThe file",
                Some("/models/my file.safetensors"),
            ),
            ("ERROR: Could not detect model type of: /models/a.safetensors\n", Some("/models/a.safetensors")),
            ("UnpicklingError in '/models/a.pt', sorry", Some("/models/a.pt")),
            ("PytorchStreamReader failed reading zip archive: failed finding central directory", None),
        ] {
            let broken = BrokenModel::parse(text).expect("a broken model");
            assert_eq!(broken.path.as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn a_file_with_python_objects_is_not_damaged() {
        let refused = "_pickle.UnpicklingError: Weights only load failed. This file can still be loaded, to do so you have two \
                       options.\nWeightsUnpickler error: Unsupported global: GLOBAL pathlib.PosixPath";
        let damaged = "_pickle.UnpicklingError: Weights only load failed. Re-running `torch.load` with `weights_only` set to \
                       `False` will likely succeed. invalid load key, '<'.";
        for (text, expected) in [(refused, true), (damaged, false)] {
            assert_eq!(BrokenModel::parse(text).map(|broken| broken.is_pickled), Some(expected), "{text}");
        }
    }

    #[test]
    fn a_tensor_that_a_loader_finds_too_small_is_cut_off() {
        let message = "shape '[9728, 2560]' is invalid for input of size 10971515";
        let of = |class: &str| {
            let node = NodeFailure { class: Some(class.into()), message: message.into(), ..NodeFailure::default() };
            BrokenModel::of(&node).map(|broken| broken.why)
        };
        assert_eq!(of("CLIPLoader"), Some("it is cut off"));
        assert_eq!(of("UnetLoaderGGUF"), Some("it is cut off"));
        assert_eq!(of("KSampler"), None);
    }

    #[test]
    fn other_errors_are_not_about_a_model_file() {
        for text in ["", "CUDA out of memory", "No such file: /models/a.safetensors", "KeyError: 'model'"] {
            assert_eq!(BrokenModel::parse(text), None, "{text}");
        }
    }
}

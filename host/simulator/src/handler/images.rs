//! The images that a job returns.

use super::graph::{Graph, Node};
use serde_json::Value;

/// The images of an output, before their bytes are made.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Images {
    pub(crate) shape: Shape,
    pub(crate) pictures: Vec<Picture>,
    /// What went wrong with others.
    pub(crate) errors: Vec<String>,
}

/// How an output holds its images.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// `{"images": [{"filename", "type", "data"}]}`, since worker-comfyui 4.1.0.
    List,
    /// `{"status": "success", "message": "…"}`, with the first image, before.
    Message,
}

/// An image, before its bytes are made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Picture {
    pub(crate) filename: String,
    pub(crate) width: u32,
    pub(crate) height: u32,
    /// Of what it shows.
    pub(crate) seed: u64,
    pub(crate) kind: PictureKind,
    /// In bytes; what is missing is filled up.
    pub(crate) at_least: u32,
    /// The name under which it was to be uploaded and was not.
    pub(crate) lost_as: Option<String>,
}

/// What an image is like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PictureKind {
    /// It shows something.
    Good,
    /// It shows nothing.
    Black,
    /// It is damaged inside.
    Corrupt,
    /// It ends early.
    Truncated,
}

/// The size of the images that an output node saves, and how many they are: those of the nearest node upstream that has a
/// width and a height, else one of 1024 × 1024.
pub(super) fn dimensions(graph: Graph<'_>, output: Node<'_>) -> (u32, u32, u32) {
    /// As large as ComfyUI's own nodes allow.
    const LARGEST: u64 = 16_384;
    /// No more than would ever be returned, so that a job cannot ask for all memory.
    const MOST: u64 = 64;
    let number = |node: Node<'_>, name: &str| node.input(name).and_then(Value::as_u64).filter(|number| *number > 0);
    let small = |number: u64, most: u64| u32::try_from(number.min(most)).unwrap_or(u32::MAX);
    let upstream = graph.upstream(output);
    let sized = upstream.iter().find_map(|node| Some((number(*node, "width")?, number(*node, "height")?)));
    let batch = upstream.iter().find_map(|node| number(*node, "batch_size")).unwrap_or(1);
    match sized {
        Some((width, height)) => (small(width, LARGEST), small(height, LARGEST), small(batch, MOST)),
        None => (1024, 1024, small(batch, MOST)),
    }
}

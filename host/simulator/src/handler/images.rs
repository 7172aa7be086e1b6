//! The images that a job returns.

use super::graph::{Graph, Node};
use serde_json::Value;

/// The images of an output, before their bytes exist.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Images {
    pub(crate) shape: Shape,
    pub(crate) pictures: Vec<Picture>,
    /// Errors of other images.
    pub(crate) errors: Vec<String>,
}

/// The shape of an output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// `{"images": [{"filename", "type", "data"}]}`, since worker-comfyui 4.1.0.
    List,
    /// `{"status": "success", "message": "…"}`, with the first image, before.
    Message,
}

/// An image, before its bytes exist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Picture {
    pub(crate) filename: String,
    pub(crate) width: u32,
    pub(crate) height: u32,
    /// Determines its content.
    pub(crate) seed: u64,
    pub(crate) kind: PictureKind,
    /// In bytes; a smaller file is filled up.
    pub(crate) at_least: u32,
    /// The name of an upload that did not happen.
    pub(crate) lost_as: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PictureKind {
    Good,
    Black,
    /// Damaged inside.
    Corrupt,
    /// Ends early.
    Truncated,
}

/// Width, height and number of the images that an output node saves. They are those of the nearest upstream node with a
/// width and a height, else one of 1024 × 1024.
pub(super) fn dimensions(graph: Graph<'_>, output: Node<'_>) -> (u32, u32, u32) {
    /// The limit of ComfyUI's own nodes.
    const LARGEST: u64 = 16_384;
    /// No more than would ever be returned, so that no job takes all memory.
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

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

/// An image or a video, before its bytes exist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Picture {
    pub(crate) filename: String,
    pub(crate) format: Format,
    pub(crate) width: u32,
    pub(crate) height: u32,
    /// 1 for a still image.
    pub(crate) frames: u32,
    /// How many frames 1,000 seconds have.
    pub(crate) frames_in_1000_s: u32,
    /// Determines its content.
    pub(crate) seed: u64,
    pub(crate) kind: PictureKind,
    /// In bytes; a smaller PNG is filled up.
    pub(crate) at_least: u32,
    /// The name of an upload that did not happen.
    pub(crate) lost_as: Option<String>,
}

/// What nodes save, as worker-comfyui returns it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    Png,
    AnimatedPng,
    AnimatedWebP,
    Mp4,
    WebM,
}

impl Format {
    /// The ending of a file's name.
    pub(crate) fn ending(self) -> &'static str {
        match self {
            Self::Png | Self::AnimatedPng => "png",
            Self::AnimatedWebP => "webp",
            Self::Mp4 => "mp4",
            Self::WebM => "webm",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PictureKind {
    Good,
    Black,
    /// With other colors and less contrast.
    AnotherStyle,
    /// Damaged inside.
    Corrupt,
    /// Ends early.
    Truncated,
}

/// What an output node saves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Dimensions {
    pub(super) width: u32,
    pub(super) height: u32,
    /// The number of files.
    pub(super) files: u32,
    /// In each file.
    pub(super) frames: u32,
    pub(super) frames_in_1000_s: u32,
}

/// What an output node saves. The size is that of the nearest upstream node with a width and a height, else 1024 × 1024. Each of the
/// images that reach it is a file, or a frame of the only file.
pub(super) fn dimensions(graph: Graph<'_>, output: Node<'_>, format: Format, images: u64) -> Dimensions {
    /// The limit of ComfyUI's own nodes.
    const LARGEST: u64 = 16_384;
    /// Animations are made in memory.
    const LARGEST_ANIMATION: u64 = 4_096;
    /// No more than would ever be returned, so that no job takes all memory.
    const MOST: u64 = 128;
    const MOST_FRAMES: u64 = 4_096;
    let number = |node: Node<'_>, name: &str| node.input(name).and_then(Value::as_u64).filter(|number| *number > 0);
    let small = |number: u64, most: u64| u32::try_from(number.min(most)).unwrap_or(u32::MAX);
    let upstream = graph.upstream(output);
    let (width, height) = upstream
        .iter()
        .find_map(|node| Some((number(*node, "width")?, number(*node, "height")?)))
        .unwrap_or((1024, 1024));
    if format == Format::Png {
        let (width, height) = (small(width, LARGEST), small(height, LARGEST));
        return Dimensions { width, height, files: small(images, MOST), frames: 1, frames_in_1000_s: 1_000 };
    }
    let rate = upstream.iter().find_map(|node| node.input("fps")?.as_f64().filter(|rate| *rate > 0.0)).unwrap_or(24.0);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a conversion of floats saturates")]
    let frames_in_1000_s = (rate.min(1_000.0) * 1_000.0).round() as u32;
    Dimensions {
        width: small(width, LARGEST_ANIMATION),
        height: small(height, LARGEST_ANIMATION),
        files: 1,
        frames: small(images, MOST_FRAMES),
        frames_in_1000_s,
    }
}

#[cfg(test)]
impl Picture {
    /// A good picture of 64 × 48 with nine frames.
    pub(crate) fn of_tests(format: Format) -> Self {
        Self {
            filename: "x.png".to_owned(),
            format,
            width: 64,
            height: 48,
            frames: 9,
            frames_in_1000_s: 16_000,
            seed: 7,
            kind: PictureKind::Good,
            at_least: 0,
            lost_as: None,
        }
    }
}

//! Which files a workflow saves, and what they should hold.
//!
//! From each node that saves files, the links are followed back to the node that made the empty latent. What a node on
//! the way is not known to keep is not expected.

mod audio;
mod model;

use crate::format::Kind;
use comfycheck_check_image::expected::{Size, link, number, origin};
use comfycheck_sdk::{Input, Node, Workflow};
use serde_json::Value;

/// A node that saves files.
#[derive(Clone, Debug, PartialEq)]
pub struct Saver {
    /// Its id.
    pub node: String,
    pub class: String,
    /// What it saves.
    pub kind: Kind,
    /// How the names of its files begin, without folders. None if that depends on the date or on other nodes.
    pub prefix: Option<String>,
    /// The least number of files.
    pub files: u32,
    /// Whether worker-comfyui returns them: it returns what a node lists under `images`.
    pub is_returned: bool,
    pub content: Content,
}

/// What a file should hold, as far as known.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Content {
    pub frames: Option<u64>,
    /// Frames in a second.
    pub rate: Option<f64>,
    pub size: Option<Size>,
    /// Of audio, in seconds.
    pub seconds: Option<f64>,
    /// Whether the workflow makes silence.
    pub is_silent: bool,
}

/// Classes that save files which are not images, what they save, and the input that brings it. Those of ComfyUI, and of
/// the pack Video Helper Suite.
const SAVERS: [(&str, Kind, &str); 10] = [
    ("SaveVideo", Kind::Video, "video"),
    ("SaveWEBM", Kind::Video, "images"),
    ("SaveAnimatedWEBP", Kind::Image, "images"),
    ("SaveAnimatedPNG", Kind::Image, "images"),
    ("VHS_VideoCombine", Kind::Video, "images"),
    ("SaveAudio", Kind::Audio, "audio"),
    ("SaveAudioMP3", Kind::Audio, "audio"),
    ("SaveAudioOpus", Kind::Audio, "audio"),
    ("SaveAudioAdvanced", Kind::Audio, "audio"),
    ("SaveGLB", Kind::Model, "mesh"),
];

/// The nodes of a workflow that save files, in its order.
#[must_use]
pub fn savers(workflow: &Workflow) -> Vec<Saver> {
    workflow.nodes().filter_map(|node| saver(workflow, node)).collect()
}

fn saver(workflow: &Workflow, node: &Node) -> Option<Saver> {
    let class = node.class.as_deref()?;
    let (_, kind, input) = SAVERS.iter().find(|(known, ..)| *known == class)?;
    let mut saver = Saver {
        node: node.id.clone(),
        class: class.to_owned(),
        kind: *kind,
        prefix: node.text("filename_prefix").and_then(prefix),
        files: 1,
        is_returned: matches!(class, "SaveVideo" | "SaveWEBM" | "SaveAnimatedWEBP" | "SaveAnimatedPNG"),
        content: Content::default(),
    };
    match kind {
        Kind::Audio => {
            let (content, files) = audio::content(workflow, node, input);
            saver.content = content;
            saver.files = files;
        }
        Kind::Video | Kind::Image => saver.content = video(workflow, node, input),
        Kind::Model => saver.files = model::files(workflow, node, input),
        Kind::Text => {}
    }
    if class == "VHS_VideoCombine" {
        combine(node, &mut saver);
    }
    Some(saver)
}

/// The frames that reach a node which saves a video.
fn video(workflow: &Workflow, node: &Node, input: &str) -> Content {
    let mut node = node;
    if input == "video" {
        let source = link(node, input).and_then(|id| workflow.node(id));
        let Some(source) = source.filter(|source| source.class.as_deref() == Some("CreateVideo")) else {
            return Content::default();
        };
        node = source;
    }
    let origin = origin(workflow, node, "images");
    let rate = |name: &str| real(workflow, node, name).filter(|rate| *rate > 0.0);
    Content {
        frames: origin.is_exact.then_some(origin.count.into()),
        rate: rate("fps").or_else(|| rate("frame_rate")),
        size: origin.size.ok(),
        ..Content::default()
    }
}

/// What Video Helper Suite does besides.
fn combine(node: &Node, saver: &mut Saver) {
    let is = |name: &str| node.inputs.get(name).and_then(Value::as_bool);
    if is("pingpong") == Some(true) {
        // Back again, without the two ends.
        saver.content.frames = saver.content.frames.map(|frames| (2 * frames).saturating_sub(2).max(frames));
    }
    // An animation has the number in its header, a video is repeated (videohelpersuite/nodes.py: loop_args).
    if !node.text("format").is_some_and(|format| format.starts_with("image/")) {
        let loops = node.inputs.get("loop_count").map_or(Some(0), Value::as_u64);
        saver.content.frames = saver.content.frames.zip(loops).map(|(frames, loops)| frames.saturating_mul(loops + 1));
    }
    // It pads pictures to whole blocks, and works on a long video in parts.
    saver.content.size = saver.content.size.take().filter(|size| size.width % 8 == 0 && size.height % 8 == 0);
    if link(node, "meta_batch").is_some() {
        saver.content.frames = None;
    }
    if is("save_output") == Some(false) {
        saver.files = 0;
    }
    if node.text("format") == Some("image/webp") {
        saver.kind = Kind::Image;
    }
}

/// The number of an input, also one with a fraction.
fn real(workflow: &Workflow, node: &Node, input: &str) -> Option<f64> {
    match node.input(input)? {
        Input::Literal(value) => value.as_f64(),
        Input::Link { .. } => number(workflow, node, input).map(f64::from),
    }
}

/// How names of files begin.
fn prefix(written: &str) -> Option<String> {
    let name = written.rsplit(['/', '\\']).next().unwrap_or_default();
    (!name.is_empty() && !name.contains('%')).then(|| name.to_owned())
}

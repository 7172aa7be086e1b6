//! What the check reads from files that are made here, and what it answers: facts in the tests, words in snapshots.

mod expected;
mod facts;
mod hostile;
mod readme;
mod rules;

use comfycheck_check_media::facts::Media;
use comfycheck_check_media::fault::Fault;
use comfycheck_check_media::format::Format;
use comfycheck_check_media::inspect::inspect;

/// The files of `tests/media`, by name.
macro_rules! files {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_bytes!(concat!("../media/", $name)).as_slice())),*]
    };
}

/// Every file of `tests/media`, with its bytes.
const FILES: &[(&str, &[u8])] = files![
    "h264.mp4",
    "faststart.mp4",
    "fragmented.mp4",
    "sound.mp4",
    "black.mp4",
    "vp9.webm",
    "black.webm",
    "animated.gif",
    "animated.webp",
    "animated.png",
    "tone.wav",
    "clipped.wav",
    "tone.flac",
    "silent.flac",
    "tone.mp3",
    "silent.mp3",
    "tone.ogg",
    "tone.opus",
    "silent.opus",
    "tone.m4a",
    "sphere.glb",
    "sphere.obj",
    "sphere.ply",
    "text.ply",
    "sphere.stl",
    "text.stl",
];

/// The bytes of a file.
#[track_caller]
fn file(name: &str) -> Vec<u8> {
    FILES.iter().find(|(known, _)| *known == name).unwrap_or_else(|| panic!("no file {name}")).1.to_vec()
}

/// What is read from bytes, under a name.
fn read(name: &str, bytes: &[u8]) -> Result<Media, Fault> {
    let declared = name.rsplit_once('.').and_then(|(_, ending)| Format::declared(ending));
    inspect(&bytes.to_vec(), declared, LIMIT)
}

/// The most bytes of a file that are in memory at once.
const LIMIT: u64 = 64 << 20;

/// A workflow of nodes as `id: Class {inputs}`, a line each.
fn workflow(nodes: &str) -> String {
    let node = |line: &str| {
        let (id, rest) = line.trim().split_once(": ").expect("an id");
        let (class, inputs) = rest.split_once(" {").expect("inputs");
        format!(r#""{id}": {{"class_type": "{class}", "inputs": {{{inputs}}}"#)
    };
    let nodes: Vec<String> = nodes.trim().lines().map(node).collect();
    format!("{{{}}}", nodes.join(","))
}

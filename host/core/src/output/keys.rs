//! What the names of an output's members say of the texts below them. Pure data.

use crate::media::FileKind;

/// What a name says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// Files of this kind: `video`, `audio_base64`, `output_images`.
    Of(FileKind),
    /// Files, or more members: `files`, `result`, `data`.
    Files,
    /// A text that a node wrote: `text`, `captions`.
    Text,
    /// What the job was sent, or notes on the run. No files.
    Nothing,
    /// Anything.
    Unknown,
}

/// Words that name a kind.
const KINDS: [(FileKind, &[&str]); 4] = [
    (
        FileKind::Image,
        &["image", "images", "img", "imgs", "picture", "pictures", "photo", "photos", "png", "jpg", "jpeg", "webp"],
    ),
    (
        FileKind::Video,
        &["video", "videos", "movie", "clip", "clips", "mp4", "webm", "gif", "gifs", "animation", "animations"],
    ),
    (FileKind::Audio, &["audio", "audios", "sound", "music", "speech", "song", "wav", "mp3", "flac"]),
    (FileKind::Model, &["mesh", "meshes", "glb", "gltf", "3d"]),
];

/// Words for anything that a job returns, and for how it is returned.
const FILES: [&str; 27] = [
    "file",
    "files",
    "artifact",
    "artifacts",
    "media",
    "output",
    "outputs",
    "result",
    "results",
    "data",
    "content",
    "asset",
    "assets",
    "base64",
    "b64",
    "json",
    "uri",
    "uris",
    "url",
    "urls",
    "link",
    "path",
    "paths",
    "generated",
    "download",
    "s3",
    "final",
];

const TEXTS: [&str; 8] = ["text", "texts", "string", "strings", "caption", "captions", "transcript", "transcription"];

/// The job's input, and notes on the run.
const NOTHING: [&str; 18] = [
    "workflow",
    "prompt",
    "input",
    "inputs",
    "echo",
    "request",
    "extra_pnginfo",
    "metadata",
    "meta",
    "params",
    "parameters",
    "settings",
    "config",
    "log",
    "logs",
    "error",
    "errors",
    "traceback",
];

/// What a member's name says. `videoUrl`, `video-url` and `video_url` are the same.
pub(super) fn role(key: &str) -> Role {
    if NOTHING.contains(&key) {
        return Role::Nothing;
    }
    if TEXTS.contains(&key) {
        return Role::Text;
    }
    let mut kind = None;
    let mut words = words(key).peekable();
    if words.peek().is_none() {
        return Role::Unknown;
    }
    for word in words {
        match KINDS.iter().find(|(_, known)| known.contains(&word.as_str())) {
            Some((of, _)) => kind = kind.or(Some(*of)),
            None if FILES.contains(&word.as_str()) => {}
            // A count, a size or a prompt of such files.
            None => return Role::Unknown,
        }
    }
    kind.map_or(Role::Files, Role::Of)
}

/// Whether a name is the id of a node: `9`, or `57:3` in a subgraph.
pub(super) fn is_node_id(key: &str) -> bool {
    let is_number = |part: &str| (1..=9).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
    key.split(':').all(is_number) && key.len() <= 64
}

/// The words of a name, in lower case.
fn words(key: &str) -> impl Iterator<Item = String> {
    /// Longer names are no names of files.
    const LONGEST: usize = 40;
    let mut words: Vec<String> = Vec::new();
    let mut was_lower = false;
    for c in key.chars().take(if key.len() <= LONGEST { LONGEST } else { 0 }) {
        let begins = matches!(c, '_' | '-' | ' ' | '.') || (was_lower && c.is_ascii_uppercase());
        if begins || words.is_empty() {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut().filter(|_| c.is_alphanumeric()) {
            word.push(c.to_ascii_lowercase());
        }
        was_lower = c.is_ascii_lowercase();
    }
    words.into_iter().filter(|word| !word.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_says_what_its_texts_are() {
        for (key, expected) in [
            ("images", Role::Of(FileKind::Image)),
            ("image_base64", Role::Of(FileKind::Image)),
            ("imageUrl", Role::Of(FileKind::Image)),
            ("output-video", Role::Of(FileKind::Video)),
            ("gifs", Role::Of(FileKind::Video)),
            ("audio", Role::Of(FileKind::Audio)),
            ("3d", Role::Of(FileKind::Model)),
            ("b64_json", Role::Files),
            ("download_url", Role::Files),
            ("result", Role::Files),
            ("text", Role::Text),
            ("workflow", Role::Nothing),
            ("image_count", Role::Unknown),
            ("video_duration", Role::Unknown),
            ("model_path", Role::Unknown),
            ("status", Role::Unknown),
            ("", Role::Unknown),
            ("_", Role::Unknown),
        ] {
            assert_eq!(role(key), expected, "{key}");
        }
        assert_eq!(role(&"image_".repeat(50)), Role::Unknown);
    }

    #[test]
    fn ids_of_nodes_are_numbers() {
        for (key, expected) in [("9", true), ("57:3", true), ("", false), ("9:", false), ("a", false), ("-1", false)] {
            assert_eq!(is_node_id(key), expected, "{key}");
        }
    }
}

//! What a file is, by its first bytes.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a file is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum FileKind {
    #[default]
    Image,
    Video,
    Audio,
    /// A 3D model.
    Model,
    Text,
    /// None of these, or unknown.
    Other,
}

impl FileKind {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it")]
    pub(crate) fn is_image(&self) -> bool {
        *self == Self::Image
    }

    /// What a file is by its bytes. If they have no known signature: what it is declared as, else a text if it is one.
    pub fn of(bytes: &[u8], declared: Option<Self>) -> Self {
        let by_content = MediaType::of(bytes).map(|media| media.kind);
        // A model of lines has no signature, and an error page in place of a video is still that video.
        by_content.or(declared).unwrap_or_else(|| if is_text(bytes) { Self::Text } else { Self::Other })
    }

    /// What a media type stands for. None for `application/octet-stream` and others of no single kind.
    pub fn of_media_type(name: &str) -> Option<Self> {
        match name.trim().to_ascii_lowercase().split('/').next()? {
            "image" => Some(Self::Image),
            "video" => Some(Self::Video),
            "audio" => Some(Self::Audio),
            "model" => Some(Self::Model),
            "text" => Some(Self::Text),
            _ => None,
        }
    }
}

/// Whether a file is text: UTF-8 without control characters, as far as its start shows.
fn is_text(bytes: &[u8]) -> bool {
    const START: usize = 4096;
    let start = &bytes[..bytes.len().min(START)];
    let valid = match std::str::from_utf8(start) {
        Ok(_) => start,
        // The start can end within a character.
        Err(error) if error.error_len().is_none() && start.len() < bytes.len() => &start[..error.valid_up_to()],
        Err(_) => return false,
    };
    let is_control = |byte: &u8| *byte < 0x20 && !matches!(byte, b'\n' | b'\r' | b'\t' | 0x0c | 0x1b);
    !valid.is_empty() && !valid.iter().any(is_control)
}

/// The media type of a file's content; none if it is unknown.
pub fn content_type(bytes: &[u8]) -> Option<&'static str> {
    if let Some(media) = MediaType::of(bytes) {
        return Some(media.name);
    }
    let is_json = || {
        let start = bytes.trim_ascii_start().first();
        matches!(start, Some(b'{' | b'[')) && serde_json::from_slice::<serde::de::IgnoredAny>(bytes).is_ok()
    };
    is_text(bytes).then(|| if is_json() { "application/json" } else { "text/plain" })
}

/// The media types that endings of names stand for. Of several endings, the usual one comes first.
const ENDINGS: [(&str, &str); 33] = [
    ("png", "image/png"),
    ("apng", "image/apng"),
    ("jpg", "image/jpeg"),
    ("jpeg", "image/jpeg"),
    ("webp", "image/webp"),
    ("gif", "image/gif"),
    ("avif", "image/avif"),
    ("bmp", "image/bmp"),
    ("tiff", "image/tiff"),
    ("tif", "image/tiff"),
    ("exr", "image/x-exr"),
    ("heic", "image/heic"),
    ("mp4", "video/mp4"),
    ("m4v", "video/mp4"),
    ("webm", "video/webm"),
    ("mkv", "video/x-matroska"),
    ("mov", "video/quicktime"),
    ("avi", "video/x-msvideo"),
    ("flac", "audio/flac"),
    ("mp3", "audio/mpeg"),
    ("wav", "audio/wav"),
    ("ogg", "audio/ogg"),
    ("opus", "audio/ogg"),
    ("m4a", "audio/mp4"),
    ("aac", "audio/aac"),
    ("glb", "model/gltf-binary"),
    ("gltf", "model/gltf+json"),
    ("obj", "model/obj"),
    ("ply", "model/ply"),
    ("stl", "model/stl"),
    ("fbx", "model/fbx"),
    ("txt", "text/plain"),
    ("srt", "text/plain"),
];

/// The media type that the ending of a name stands for.
pub fn declared_type(name: &str) -> Option<&'static str> {
    let (_, ending) = name.rsplit_once('.')?;
    ENDINGS.iter().find(|(known, _)| known.eq_ignore_ascii_case(ending)).map(|(_, media_type)| *media_type)
}

/// The usual ending of a media type.
pub fn ending_of(media_type: &str) -> Option<&'static str> {
    ENDINGS.iter().find(|(_, known)| *known == media_type).map(|(ending, _)| *ending)
}

/// A format of media.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MediaType {
    pub kind: FileKind,
    /// Such as `image/png`.
    pub name: &'static str,
}

/// A place and the bytes there.
type Magic = (usize, &'static [u8]);

const fn media(kind: FileKind, name: &'static str) -> MediaType {
    MediaType { kind, name }
}

/// The formats by their first bytes. The first row that fits counts, so longer magic precedes shorter.
///
/// Sources: the formats' own specifications, and <https://en.wikipedia.org/wiki/List_of_file_signatures>.
const FORMATS: [(&[Magic], MediaType); 32] = {
    use FileKind::{Audio, Image, Model, Video};
    [
        (&[(0, b"\x89PNG\r\n\x1a\n")], media(Image, "image/png")),
        (&[(0, b"\xff\xd8\xff")], media(Image, "image/jpeg")),
        (&[(0, b"RIFF"), (8, b"WEBP")], media(Image, "image/webp")),
        (&[(0, b"GIF87a")], media(Image, "image/gif")),
        (&[(0, b"GIF89a")], media(Image, "image/gif")),
        (&[(0, b"II*\0")], media(Image, "image/tiff")),
        (&[(0, b"MM\0*")], media(Image, "image/tiff")),
        (&[(0, b"v/1\x01")], media(Image, "image/x-exr")),
        (&[(0, b"#?RADIANCE")], media(Image, "image/vnd.radiance")),
        (&[(0, b"8BPS")], media(Image, "image/vnd.adobe.photoshop")),
        (&[(0, b"BM"), (6, b"\0\0\0\0")], media(Image, "image/bmp")),
        (&[(4, b"ftypavif")], media(Image, "image/avif")),
        (&[(4, b"ftypavis")], media(Image, "image/avif")),
        (&[(4, b"ftyphei")], media(Image, "image/heic")),
        (&[(4, b"ftypM4A")], media(Audio, "audio/mp4")),
        (&[(4, b"ftypqt")], media(Video, "video/quicktime")),
        (&[(4, b"ftyp")], media(Video, "video/mp4")),
        (&[(0, b"\x1a\x45\xdf\xa3")], media(Video, "video/webm")),
        (&[(0, b"RIFF"), (8, b"AVI ")], media(Video, "video/x-msvideo")),
        (&[(0, b"RIFF"), (8, b"WAVE")], media(Audio, "audio/wav")),
        (&[(0, b"RF64"), (8, b"WAVE")], media(Audio, "audio/wav")),
        (&[(0, b"fLaC")], media(Audio, "audio/flac")),
        (&[(0, b"OggS")], media(Audio, "audio/ogg")),
        (&[(0, b"ID3")], media(Audio, "audio/mpeg")),
        (&[(0, b"\xff\xfb")], media(Audio, "audio/mpeg")),
        (&[(0, b"\xff\xf3")], media(Audio, "audio/mpeg")),
        (&[(0, b"\xff\xf2")], media(Audio, "audio/mpeg")),
        (&[(0, b"glTF")], media(Model, "model/gltf-binary")),
        (&[(0, b"ply\n")], media(Model, "model/ply")),
        (&[(0, b"ply\r\n")], media(Model, "model/ply")),
        (&[(0, b"solid ")], media(Model, "model/stl")),
        (&[(0, b"Kaydara FBX Binary")], media(Model, "model/fbx")),
    ]
};

impl MediaType {
    /// The format of a file. None if its first bytes are not those of a known format.
    pub fn of(bytes: &[u8]) -> Option<Self> {
        let fits = |&(at, magic): &Magic| bytes.get(at..at + magic.len()) == Some(magic);
        FORMATS.iter().find(|(magic, _)| magic.iter().all(fits)).map(|&(_, media)| media)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_format_is_known_by_its_first_bytes() {
        for (bytes, expected) in [
            (b"\x89PNG\r\n\x1a\n....".as_slice(), Some("image/png")),
            (b"RIFF....WEBPVP8X", Some("image/webp")),
            (b"RIFF....WAVEfmt ", Some("audio/wav")),
            (b"\0\0\0\x20ftypavif", Some("image/avif")),
            (b"\0\0\0\x20ftypisom", Some("video/mp4")),
            (b"glTF\x02\0\0\0", Some("model/gltf-binary")),
            (b"BMxxxx\0\0\0\0", Some("image/bmp")),
            (b"BMW is a car", None),
            (b"\x89PNG", None),
            (b"RIFF", None),
            (b"{\"3\": {}}", None),
            (b"", None),
        ] {
            assert_eq!(MediaType::of(bytes).map(|media| media.name), expected, "{bytes:?}");
        }
    }

    #[test]
    fn the_kind_of_a_file_is_that_of_its_content_and_else_as_declared() {
        let declared = |name| declared_type(name).and_then(FileKind::of_media_type);
        for (name, bytes, expected) in [
            ("a.png", b"\0\0\0\x20ftypisom".as_slice(), FileKind::Video),
            ("a.mp4", b"<html>502</html>", FileKind::Video),
            ("a.OBJ", b"v 0 0 0\n", FileKind::Model),
            ("a.txt", b"a caption", FileKind::Text),
            ("a.bin", b"a caption", FileKind::Text),
            ("a.json", b"{\"a\": 1}", FileKind::Text),
            ("a", b"\0\x01\x02", FileKind::Other),
            ("", b"", FileKind::Other),
        ] {
            assert_eq!(FileKind::of(bytes, declared(name)), expected, "{name}");
        }
        assert_eq!(FileKind::of_media_type("application/octet-stream"), None);
    }

    #[test]
    fn the_type_of_a_text_is_that_of_its_content() {
        let long = format!("{}\u{e9}", "a".repeat(4095));
        for (bytes, expected) in [
            (b"{\"a\": 1}".as_slice(), Some("application/json")),
            (b"{not json", Some("text/plain")),
            (long.as_bytes(), Some("text/plain")),
            (b"a\0b", None),
            (b"\xff\xfe\xfd", None),
            (b"", None),
            (b"\x89PNG\r\n\x1a\n", Some("image/png")),
        ] {
            assert_eq!(content_type(bytes), expected, "{bytes:?}");
        }
    }
}

//! What a file is, by its first bytes.

/// A kind of media.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MediaKind {
    Image,
    Audio,
    Video,
    /// A 3D model.
    Model3d,
}

impl MediaKind {
    pub fn word(self) -> &'static str {
        match self {
            Self::Image => "image",
            Self::Audio => "audio",
            Self::Video => "video",
            Self::Model3d => "3d",
        }
    }
}

/// A format of media.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MediaType {
    pub kind: MediaKind,
    /// Such as `image/png`.
    pub name: &'static str,
}

/// A place and the bytes there.
type Magic = (usize, &'static [u8]);

const fn media(kind: MediaKind, name: &'static str) -> MediaType {
    MediaType { kind, name }
}

/// The formats by their first bytes. The first row that fits counts, so longer magic precedes shorter.
///
/// Sources: the formats' own specifications, and <https://en.wikipedia.org/wiki/List_of_file_signatures>.
const FORMATS: [(&[Magic], MediaType); 32] = {
    use MediaKind::{Audio, Image, Model3d, Video};
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
        (&[(0, b"glTF")], media(Model3d, "model/gltf-binary")),
        (&[(0, b"ply\n")], media(Model3d, "model/ply")),
        (&[(0, b"ply\r\n")], media(Model3d, "model/ply")),
        (&[(0, b"solid ")], media(Model3d, "model/stl")),
        (&[(0, b"Kaydara FBX Binary")], media(Model3d, "model/fbx")),
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
}

//! The format of a file, by its bytes. Its name counts only for formats without a signature.

use crate::fault::Fault;
use crate::mp3_frame::Frame;
use comfycheck_check_image::format::{Format as ImageFormat, Kind as ImageKind};

/// A format that this check reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Also `QuickTime`, and MP4 with sound only.
    Mp4,
    /// Also `WebM`.
    Matroska,
    Gif,
    Webp,
    Png,
    Wav,
    Flac,
    Mp3,
    Ogg,
    Glb,
    Obj,
    Ply,
    Stl,
    Text,
    /// A still image of any other format.
    Still,
}

/// What a file is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    Video,
    Audio,
    Model,
    Text,
    Image,
}

/// The formats, with their name, the media types and endings that stand for them, and what they are for.
const FORMATS: [(Format, &str, &[&str], Kind); 15] = [
    (Format::Mp4, "MP4", &["mp4", "m4v", "mov", "quicktime", "m4a", "x-m4a"], Kind::Video),
    (Format::Matroska, "WebM or Matroska", &["webm", "mkv", "x-matroska", "matroska"], Kind::Video),
    (Format::Gif, "GIF", &["gif"], Kind::Video),
    (Format::Webp, "WebP", &["webp"], Kind::Image),
    (Format::Png, "PNG", &["png", "apng"], Kind::Image),
    (Format::Wav, "WAV", &["wav", "x-wav", "wave", "vnd.wave"], Kind::Audio),
    (Format::Flac, "FLAC", &["flac", "x-flac"], Kind::Audio),
    (Format::Mp3, "MP3", &["mp3", "mpeg"], Kind::Audio),
    (Format::Ogg, "Ogg", &["ogg", "opus", "oga"], Kind::Audio),
    (Format::Glb, "GLB", &["glb", "gltf-binary"], Kind::Model),
    (Format::Obj, "OBJ", &["obj"], Kind::Model),
    (Format::Ply, "PLY", &["ply"], Kind::Model),
    (Format::Stl, "STL", &["stl"], Kind::Model),
    (Format::Text, "text", &["txt", "plain", "json", "csv", "srt", "md"], Kind::Text),
    (
        Format::Still,
        "an image",
        &["jpg", "jpeg", "bmp", "tif", "tiff", "avif", "heic", "heif", "svg", "exr"],
        Kind::Image,
    ),
];

impl Format {
    #[must_use]
    pub fn name(self) -> &'static str {
        self.row().1
    }

    /// What a file of this format is for. An MP4 may hold sound only, and a WebP or PNG an animation.
    #[must_use]
    pub fn kind(self) -> Kind {
        self.row().3
    }

    fn row(self) -> &'static (Self, &'static str, &'static [&'static str], Kind) {
        FORMATS.iter().find(|row| row.0 == self).unwrap_or(&FORMATS[0])
    }

    /// The format that a media type or the ending of a file's name stands for: `video/mp4`, `mp4`. None for any other
    /// text.
    #[must_use]
    pub fn declared(text: &str) -> Option<Self> {
        let text = text.to_ascii_lowercase();
        let text = text.split(';').next().unwrap_or_default().trim();
        // `audio/mpeg` is MP3, `video/mpeg` another format.
        if text == "video/mpeg" {
            return None;
        }
        let short = text.rsplit_once('/').map_or(text, |(_, short)| short);
        FORMATS.iter().find(|row| row.2.contains(&short)).map(|row| row.0)
    }

    /// The format of a file that begins with `start` and has `size` bytes. `declared` decides where bytes do not.
    ///
    /// A fault says what the file is instead.
    pub fn of(start: &[u8], size: u64, declared: Option<Self>) -> Result<Self, Fault> {
        let at = |offset: usize, tag: &[u8]| start.get(offset..).is_some_and(|rest| rest.starts_with(tag));
        let signed = [
            (Self::Matroska, at(0, b"\x1a\x45\xdf\xa3")),
            (Self::Gif, at(0, b"GIF8")),
            (Self::Webp, at(0, b"RIFF") && at(8, b"WEBP")),
            (Self::Wav, (at(0, b"RIFF") || at(0, b"RF64")) && at(8, b"WAVE")),
            (Self::Png, at(0, b"\x89PNG\r\n\x1a\n")),
            (Self::Still, is_still(start)),
            (Self::Flac, at(0, b"fLaC")),
            (Self::Ogg, at(0, b"OggS")),
            (Self::Glb, at(0, b"glTF")),
            (Self::Ply, at(0, b"ply\n") || at(0, b"ply\r")),
            (Self::Mp4, [b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip"].iter().any(|name| at(4, *name))),
            (Self::Mp3, at(0, b"ID3") || start.first_chunk().is_some_and(|head| Frame::of(*head).is_some())),
        ];
        if let Some((format, _)) = signed.into_iter().find(|(_, is_it)| *is_it) {
            return Ok(format);
        }
        if declared == Some(Self::Stl) || is_binary_stl(start, size) {
            return Ok(Self::Stl);
        }
        if !is_text(start) {
            let start: Vec<String> = start.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
            return Err(Fault::Unknown(start.join(" ")));
        }
        match declared {
            Some(Self::Obj) => Ok(Self::Obj),
            None | Some(Self::Text) => Ok(Self::Text),
            Some(_) => Err(Fault::Text(match ImageKind::of(start) {
                ImageKind::Text(text) => text.name().to_owned(),
                _ => "text".to_owned(),
            })),
        }
    }
}

/// Whether the check `image` knows it as an image, and this check does not know it as something else.
fn is_still(start: &[u8]) -> bool {
    matches!(ImageKind::of(start), ImageKind::Image(ImageFormat::Jpeg) | ImageKind::Foreign(_))
}

/// A binary STL has no signature, but a size that follows from its count of triangles.
fn is_binary_stl(start: &[u8], size: u64) -> bool {
    let count = start.get(80..84).and_then(|count| count.try_into().ok()).map(u32::from_le_bytes);
    count.is_some_and(|count| count > 0 && size == 84 + 50 * u64::from(count))
}

/// Whether the start of a file is UTF-8 without control characters. Its last character may be cut.
fn is_text(start: &[u8]) -> bool {
    let valid = match std::str::from_utf8(start) {
        Ok(text) => text,
        Err(err) if err.error_len().is_none() => std::str::from_utf8(&start[..err.valid_up_to()]).unwrap_or_default(),
        Err(_) => return false,
    };
    !valid.chars().any(|char| char.is_control() && !matches!(char, '\n' | '\r' | '\t'))
}

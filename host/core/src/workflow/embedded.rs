//! The workflow that ComfyUI writes into the media that it saves.
//!
//! Reads metadata only, never pixels or samples. Every length in a file is hostile: a read beyond the end is "broken".

mod exif;
mod flac;
mod mp4;
mod png;

use super::LARGEST;
use super::encoding::is_binary;
use crate::media::MediaType;
use std::fmt;

/// The most bytes of a media file that holds a workflow.
pub(super) const LARGEST_MEDIA: usize = 256 * 1024 * 1024;

/// A format of media that can hold a workflow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Container {
    Png,
    WebP,
    Jpeg,
    Flac,
    Mp4,
}

/// What a file is that is neither text nor media with a workflow.
pub(super) fn unreadable(bytes: &[u8]) -> Option<String> {
    if let Some(media) = MediaType::of(bytes).filter(|media| is_media(media.name)) {
        return Some(format!("a file of type `{}`", media.name));
    }
    let kind = match bytes {
        [0x1f, 0x8b, ..] | [b'P', b'K', 3, 4, ..] | [0x28, 0xb5, 0x2f, 0xfd, ..] => "a compressed file",
        _ if is_tensors(bytes) => "a file of tensors",
        _ if is_binary(bytes) => "a binary file",
        _ => return None,
    };
    Some(kind.to_owned())
}

/// Latents and models: the length of a header of JSON comes first. Text has no zeros.
fn is_tensors(bytes: &[u8]) -> bool {
    let Some((length, rest)) = bytes.split_first_chunk::<8>() else { return false };
    rest.first() == Some(&b'{') && u32::try_from(u64::from_le_bytes(*length)).is_ok()
}

fn is_media(media: &str) -> bool {
    ["image/", "video/", "audio/"].iter().any(|kind| media.starts_with(kind)) && media != "image/svg+xml"
}

/// Why a media file has no workflow.
#[derive(Debug, thiserror::Error)]
pub enum EmbeddedError {
    /// Its metadata cannot be read to the end.
    #[error("the {0} is broken")]
    Broken(Container),
    #[error("the {0} has no text `prompt` or `workflow`: ComfyUI omits them with `--disable-metadata`")]
    NoWorkflow(Container),
    #[error("the workflow in the {0} is larger than {megabytes} MiB", megabytes = LARGEST >> 20)]
    TooLarge(Container),
}

/// The texts of a media file that hold workflows.
#[derive(Debug, Default, PartialEq, Eq)]
struct Texts {
    /// The workflow that ran, in API format.
    prompt: Option<String>,
    /// The editor's workflow.
    workflow: Option<String>,
}

/// A file whose metadata ends early or contradicts itself.
#[derive(Debug, PartialEq, Eq)]
struct Broken;

impl Container {
    /// The format, by the first bytes of a file. None for any other file, such as JSON.
    pub fn of(bytes: &[u8]) -> Option<Self> {
        Some(match MediaType::of(bytes)?.name {
            "image/png" => Self::Png,
            "image/webp" => Self::WebP,
            "image/jpeg" => Self::Jpeg,
            "audio/flac" => Self::Flac,
            // Whatever begins with a box `ftyp`.
            "video/mp4" | "video/quicktime" | "audio/mp4" | "image/avif" | "image/heic" => Self::Mp4,
            _ => return None,
        })
    }

    /// The workflow in a file of this format: the one that ran, in API format (the text `prompt`), else the editor's
    /// (`workflow`).
    pub fn workflow(self, bytes: &[u8]) -> Result<String, EmbeddedError> {
        let texts = match self {
            Self::Png => png::texts(bytes),
            Self::WebP => exif::of_webp(bytes),
            Self::Jpeg => exif::of_jpeg(bytes),
            Self::Flac => flac::texts(bytes),
            Self::Mp4 => mp4::texts(bytes),
        };
        let texts = texts.map_err(|Broken| EmbeddedError::Broken(self))?;
        match texts.prompt.or(texts.workflow) {
            Some(text) if text.len() > LARGEST => Err(EmbeddedError::TooLarge(self)),
            Some(text) => Ok(text),
            None => Err(EmbeddedError::NoWorkflow(self)),
        }
    }
}

impl fmt::Display for Container {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Png => "PNG image",
            Self::WebP => "WebP image",
            Self::Jpeg => "JPEG image",
            Self::Flac => "FLAC audio",
            Self::Mp4 => "MP4 video",
        })
    }
}

impl Texts {
    /// Keeps a text under one of the two names, in any case. The first of a name counts.
    fn add(&mut self, name: &str, text: &str) {
        let slot = match name.trim().to_ascii_lowercase().as_str() {
            "prompt" => &mut self.prompt,
            "workflow" => &mut self.workflow,
            _ => return,
        };
        slot.get_or_insert_with(|| text.to_owned());
    }

    fn is_empty(&self) -> bool {
        self.prompt.is_none() && self.workflow.is_none()
    }
}

/// The four bytes at a place, the most significant first.
fn u32_be(bytes: &[u8], at: usize) -> Result<usize, Broken> {
    let four = at.checked_add(4).and_then(|end| bytes.get(at..end)).and_then(|four| four.try_into().ok());
    four.and_then(|four| usize::try_from(u32::from_be_bytes(four)).ok()).ok_or(Broken)
}

/// The bytes of a part of a file.
fn part(bytes: &[u8], at: usize, length: usize) -> Result<&[u8], Broken> {
    at.checked_add(length).and_then(|end| bytes.get(at..end)).ok_or(Broken)
}

#[cfg(test)]
mod tests;

//! Decodes images in full: their headers and their pixels.
//!
//! This crate reads the header first. Nothing is allocated by its claims before they were compared with [`Limits`]. The
//! same code runs natively and in the sandbox.

mod jpeg;
mod observer;
mod png;
mod webp;

use crate::format::{Format, Kind};
use crate::pixels::Extremes;
use comfycheck_likeness::Sketch;

/// What decoding may cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Of an animation, of all its frames together.
    pub pixels: u64,
    /// In bytes, with the file.
    pub memory: u64,
}

/// The claims of an image's header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// By the bytes, not by the name.
    pub format: Format,
    /// In pixels; at least 1.
    pub width: u32,
    /// In pixels; at least 1.
    pub height: u32,
    /// An upper estimate of the bytes that decoding takes, besides the file, for an image as programs write it.
    pub memory: u64,
}

/// A decoded image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    pub header: Header,
    /// How many frames were decoded: 1 for a still image.
    pub frames: u32,
    pub frames_in_all: u32,
    /// Of all decoded frames.
    pub extremes: Extremes,
    /// A small copy of the first frame, if it was requested. None of an interlaced PNG, whose rows do not come in order.
    pub sketch: Option<Sketch>,
}

/// How far decoding came: whole rows, of how many. None where the decoder does not say.
pub type Progress = Option<(u32, u32)>;

/// Why an image was not decoded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Not an image that this check decodes.
    NotDecoded(Kind),
    /// The file ends before the image does.
    Cut(Progress),
    /// The file contradicts itself.
    Corrupt {
        /// Where that was found.
        progress: Progress,
        /// In the decoder's words.
        reason: String,
    },
    /// The header claims more pixels than the limit. Nothing was decoded.
    Oversized(Header),
    /// Decoding needs more memory than the limit. Nothing was decoded.
    Costly(Header),
}

impl Default for Limits {
    /// 128 Mi pixels, such as 145 frames of 1280 × 720, and 336 MiB: what is left of the 384 MiB that a check has by
    /// default.
    fn default() -> Self {
        Self { pixels: 128 << 20, memory: 336 << 20 }
    }
}

impl Header {
    #[must_use]
    pub fn pixels(&self) -> u64 {
        u64::from(self.width) * u64::from(self.height)
    }
}

/// Reads an image's header. Costs next to nothing, whatever it claims.
pub fn header(bytes: &[u8]) -> Result<Header, Fault> {
    let header = match Kind::of(bytes) {
        Kind::Image(Format::Png) => png::header(bytes),
        Kind::Image(Format::Jpeg) => jpeg::header(bytes),
        Kind::Image(Format::Webp) => webp::header(bytes),
        kind => return Err(Fault::NotDecoded(kind)),
    }?;
    if header.pixels() == 0 {
        return Err(Fault::corrupt(format!("its header claims {} × {} pixels", header.width, header.height)));
    }
    Ok(header)
}

/// The width and height that an image claims, by its first bytes. None if it is not an image, or if they hold no size.
#[must_use]
pub fn size(start: &[u8]) -> Option<(u32, u32)> {
    let header = match Kind::of(start) {
        Kind::Image(Format::Png) => png::header(start),
        Kind::Image(Format::Jpeg) => jpeg::header(start),
        Kind::Image(Format::Webp) => webp::header_of_start(start),
        _ => return None,
    };
    header.ok().map(|header| (header.width, header.height))
}

/// Decodes an image to its last byte.
pub fn decode(bytes: &[u8], limits: &Limits) -> Result<Picture, Fault> {
    decode_as(bytes, limits, false)
}

/// Decodes an image to its last byte, and makes a small copy in the same pass.
pub fn decode_sketched(bytes: &[u8], limits: &Limits) -> Result<Picture, Fault> {
    decode_as(bytes, limits, true)
}

fn decode_as(bytes: &[u8], limits: &Limits, with_sketch: bool) -> Result<Picture, Fault> {
    let header = header(bytes)?;
    if header.pixels() > limits.pixels {
        return Err(Fault::Oversized(header));
    }
    if header.memory.saturating_add(bytes.len() as u64) > limits.memory {
        return Err(Fault::Costly(header));
    }
    match header.format {
        Format::Png => png::decode(bytes, header, limits, with_sketch),
        Format::Jpeg => jpeg::decode(bytes, header, with_sketch),
        Format::Webp => webp::decode(bytes, header, limits, with_sketch),
    }
}

impl Fault {
    /// A contradiction before the first row.
    fn corrupt(reason: impl Into<String>) -> Self {
        Self::Corrupt { progress: None, reason: reason.into() }
    }
}

//! Images, decoded in full: what their headers claim, and what their pixels hold.
//!
//! The header is read first, by this crate, and nothing is allocated by what it claims before that was held against
//! [`Limits`]. The same code runs natively and in the sandbox.

mod jpeg;
mod png;
mod webp;

use crate::format::{Format, Kind};
use crate::pixels::Extremes;

/// What decoding may cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Pixels of an image; of an animation, pixels of all its frames together.
    pub pixels: u64,
    /// Bytes of memory, those of the file among them.
    pub memory: u64,
}

/// What the header of an image claims.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// As the bytes say, not the name.
    pub format: Format,
    /// In pixels; at least 1.
    pub width: u32,
    /// In pixels; at least 1.
    pub height: u32,
    /// How many bytes it takes to decode it, besides the file: an estimate from above for an image as programs write
    /// it.
    pub memory: u64,
}

/// An image that was decoded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// What its header claims.
    pub header: Header,
    /// How many frames were decoded: 1 for a still image.
    pub frames: u32,
    /// How many frames there are.
    pub frames_in_all: u32,
    /// Of all frames that were decoded.
    pub extremes: Extremes,
}

/// How far decoding came: whole rows, of how many. None where the decoder does not tell.
pub type Progress = Option<(u32, u32)>;

/// Why an image was not decoded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It is nothing that this check decodes.
    NotDecoded(Kind),
    /// The file ends before the image does.
    Cut(Progress),
    /// The file contradicts itself.
    Corrupt {
        /// Where.
        progress: Progress,
        /// How, in the decoder's words.
        reason: String,
    },
    /// The header claims more pixels than the limit. Nothing was decoded.
    Oversized(Header),
    /// More memory would be needed than the limit, so that nothing can be said. Nothing was decoded.
    Costly(Header),
}

impl Default for Limits {
    /// 64 Mi pixels, such as 8192 × 8192, and 192 MiB: what is left of the 256 MiB that a check has by default.
    fn default() -> Self {
        Self { pixels: 64 << 20, memory: 192 << 20 }
    }
}

impl Header {
    /// In pixels.
    #[must_use]
    pub fn pixels(&self) -> u64 {
        u64::from(self.width) * u64::from(self.height)
    }
}

/// Reads what an image's header claims. Costs next to nothing, whatever it claims.
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

/// Decodes an image to its last byte.
pub fn decode(bytes: &[u8], limits: &Limits) -> Result<Picture, Fault> {
    let header = header(bytes)?;
    if header.pixels() > limits.pixels {
        return Err(Fault::Oversized(header));
    }
    if header.memory.saturating_add(bytes.len() as u64) > limits.memory {
        return Err(Fault::Costly(header));
    }
    match header.format {
        Format::Png => png::decode(bytes, header, limits),
        Format::Jpeg => jpeg::decode(bytes, header),
        Format::Webp => webp::decode(bytes, header, limits),
    }
}

impl Fault {
    /// A contradiction that was found before the first row.
    fn corrupt(reason: impl Into<String>) -> Self {
        Self::Corrupt { progress: None, reason: reason.into() }
    }
}

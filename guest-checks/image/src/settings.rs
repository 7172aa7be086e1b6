//! What a suite says about the images that it expects.

use crate::decode::Limits;
use crate::format::Format;
use serde::Deserialize;

/// The settings of the check; their schema is `schema.json`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Settings {
    /// The formats that an image may have.
    pub formats: Vec<Format>,
    /// The width of every image, in pixels, instead of what the workflow says.
    pub width: Option<u32>,
    /// The height of every image, in pixels, instead of what the workflow says.
    pub height: Option<u32>,
    /// How many images a sample has at least, instead of what the workflow says.
    pub images_per_sample: Option<u32>,
    /// How many pixels an image may have; of an animation, all its frames together.
    pub max_pixels: u64,
    /// By how much a channel may vary, of 255, in an image that counts as one colour.
    pub blank_tolerance: u8,
    /// How much memory a JPEG or WebP may take to be decoded, in MiB.
    pub decode_memory_mib: u32,
}

impl Default for Settings {
    fn default() -> Self {
        let Limits { pixels, memory } = Limits::default();
        Self {
            formats: vec![Format::Png, Format::Jpeg, Format::Webp],
            width: None,
            height: None,
            images_per_sample: None,
            max_pixels: pixels,
            blank_tolerance: 2,
            decode_memory_mib: u32::try_from(memory >> 20).unwrap_or(u32::MAX),
        }
    }
}

impl Settings {
    /// What decoding may cost.
    #[must_use]
    pub fn limits(&self) -> Limits {
        Limits { pixels: self.max_pixels, memory: u64::from(self.decode_memory_mib) << 20 }
    }
}

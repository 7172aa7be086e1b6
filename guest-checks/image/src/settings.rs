//! What a suite expects of images.

use crate::decode::Limits;
use crate::format::Format;
use serde::Deserialize;

/// The settings of the check; their schema is `schema.json`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Settings {
    /// The allowed formats.
    pub formats: Vec<Format>,
    /// The width of every image in pixels, instead of that in the workflow.
    pub width: Option<u32>,
    /// The height of every image in pixels, instead of that in the workflow.
    pub height: Option<u32>,
    /// The least number of images of a sample, instead of that in the workflow.
    pub images_per_sample: Option<u32>,
    /// The most pixels of an image; of an animation, of all its frames together.
    pub max_pixels: u64,
    /// By how much a channel may vary, of 255, in an image that counts as a single color.
    pub blank_tolerance: u8,
    /// The most memory that decoding an image may take, in MiB.
    pub decode_memory_mib: u32,
    /// The folder of golden images, relative to the suite's folder.
    pub golden: Option<String>,
    /// The least structural similarity to a golden image, instead of that from other seeds.
    pub golden_similarity: Option<f64>,
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
            golden: None,
            golden_similarity: None,
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

    /// The size that images must have, in words: `512 × any`. None if neither side is set.
    pub(crate) fn size(&self) -> Option<String> {
        let side = |set: Option<u32>| set.map_or_else(|| "any".to_owned(), |set| set.to_string());
        let is_set = self.width.is_some() || self.height.is_some();
        is_set.then(|| format!("{} × {}", side(self.width), side(self.height)))
    }
}

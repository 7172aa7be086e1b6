//! Samples whose images are almost the same, though their seeds differ.

use crate::decode::{Limits, decode_sketched};
use comfycheck_likeness::golden::Source;
use comfycheck_likeness::{PerceptualHash, Sketch, ssim};
use comfycheck_sdk::Workflow;

/// How many samples are compared: each is decoded again, and with the same fault all are alike.
pub const MOST_SAMPLES: usize = 4;
/// The most pixels that are decoded for it.
const MOST_PIXELS: u64 = 32 << 20;
/// Copies differ by less, other images by more.
const BITS: u32 = 4;
const SSIM: f64 = 0.98;

/// A sample with the first of its images.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// The sample's index.
    pub sample: u32,
    pub source: Source,
    hash: PerceptualHash,
    sketch: Sketch,
}

impl Candidate {
    /// None if the image cannot be decoded, shows nothing, or is too large. `pixels` counts those that were decoded.
    #[must_use]
    pub fn of(sample: u32, source: Source, bytes: &[u8], tolerance: u8, pixels: &mut u64) -> Option<Self> {
        let limits = Limits { pixels: MOST_PIXELS.saturating_sub(*pixels), ..Limits::default() };
        let picture = decode_sketched(bytes, &limits).ok()?;
        *pixels = pixels.saturating_add(picture.header.pixels().saturating_mul(picture.frames.into()));
        let shown = picture.extremes.blank(tolerance).is_none() && picture.extremes.texture.featureless().is_none();
        let sketch = picture.sketch.filter(|_| shown)?;
        Some(Self { sample, source, hash: PerceptualHash::of(&sketch), sketch })
    }

    /// Whether another seed made almost the same image.
    fn resembles(&self, other: &Self) -> bool {
        self.source.seeds != other.source.seeds
            && self.hash.distance(other.hash) <= BITS
            && ssim(&self.sketch, &other.sketch).is_some_and(|ssim| ssim >= SSIM)
    }
}

/// Whether a workflow makes its images of noise alone. One that starts from an image may make almost the same for every seed.
#[must_use]
pub fn starts_from_noise(workflow: &Workflow) -> bool {
    let mut classes = workflow.nodes().filter_map(|node| node.class.as_deref());
    !classes.any(|class| class.contains("LoadImage") || class.contains("VAEEncode"))
}

/// Groups of samples, each almost the same as the first of its group.
#[must_use]
pub fn groups(candidates: &[Candidate]) -> Vec<Vec<u32>> {
    let mut groups: Vec<Vec<&Candidate>> = Vec::new();
    for candidate in candidates {
        match groups.iter_mut().find(|group| group[0].resembles(candidate)) {
            Some(group) => group.push(candidate),
            None => groups.push(vec![candidate]),
        }
    }
    let several = groups.into_iter().filter(|group| group.len() > 1);
    several.map(|group| group.iter().map(|candidate| candidate.sample).collect()).collect()
}

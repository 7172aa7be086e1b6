//! What only all samples together show.

use crate::expected::{Expected, Sizes};
use crate::settings::Settings;
use crate::wording::{list, size_in_pixels};
use comfycheck_sdk::wording::count;
use comfycheck_sdk::{Finding, Subject};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

/// Width and height, in pixels.
pub type Size = (u32, u32);

/// The images of one sample.
#[derive(Clone, Debug)]
pub struct SampleImages<'a> {
    /// The sample's index.
    pub sample: u32,
    /// What made them: equal for equal images.
    pub workflow: Cow<'a, str>,
    /// SHA-256 of each image.
    pub hashes: Vec<String>,
    /// The size of each image; none where it is unknown.
    pub sizes: Vec<Option<Size>>,
}

/// The headline: how many images there are, of how many expected ones, and their size.
#[must_use]
pub fn images(samples: &[SampleImages<'_>], workflows: &[Expected], settings: &Settings) -> Finding {
    let returned: usize = samples.iter().map(|sample| sample.hashes.len()).sum();
    let least = |expected: &Expected| settings.images_per_sample.unwrap_or(expected.count) as usize;
    let expected: usize = workflows.iter().map(least).sum();
    let number = if expected < returned {
        // More than expected is right.
        count(returned, "image")
    } else {
        format!("{returned} of {}", count(expected, "image"))
    };
    let sizes = samples.iter().flat_map(|sample| &sample.sizes).copied().collect::<Option<BTreeSet<Size>>>();
    let size = match sizes.unwrap_or_default().into_iter().collect::<Vec<_>>().as_slice() {
        [] => String::new(),
        [(width, height)] => format!(", {}", size_in_pixels(*width, *height)),
        sizes => format!(", {}", count(sizes.len(), "size")),
    };
    Finding::new("images", format!("{number}{size}"))
}

/// The groups of samples with the same images, byte for byte, though their workflows differ: their indices, ascending;
/// in the order of the first of each.
///
/// All images of the samples are the same, not only some: a branch of the workflow that does not depend on the seed
/// makes the same image every time, which is right.
#[must_use]
pub fn repeats(samples: &[SampleImages<'_>]) -> Vec<Vec<u32>> {
    let mut alike: BTreeMap<Vec<&str>, Vec<&SampleImages<'_>>> = BTreeMap::new();
    for sample in samples.iter().filter(|sample| !sample.hashes.is_empty()) {
        let mut hashes: Vec<&str> = sample.hashes.iter().map(String::as_str).collect();
        hashes.sort_unstable();
        alike.entry(hashes).or_default().push(sample);
    }
    let differ = |group: &[&SampleImages<'_>]| group.iter().any(|sample| sample.workflow != group[0].workflow);
    let mut groups: Vec<Vec<u32>> = alike
        .into_values()
        .filter(|group| differ(group))
        .map(|group| group.iter().map(|sample| sample.sample).collect())
        .collect();
    groups.sort_unstable();
    groups
}

/// Samples with the same images from different workflows.
#[must_use]
pub fn identical(repeat: &[u32]) -> Finding {
    let message = format!("{} returned identical images for different workflows", count(repeat.len(), "sample"));
    let help = "vary the seed of the node that samples, and check whether the worker answers from a cache or ignores \
                the submitted workflow";
    let samples = repeat.iter().copied().map(Subject::Sample);
    Finding::new("identical-images", message).help(help).about_all(samples)
}

/// Samples with almost the same images for different seeds.
#[must_use]
pub fn similar(samples: &[u32]) -> Finding {
    let message = format!("{} returned almost the same image for different seeds", count(samples.len(), "sample"));
    let help = "check that the seed reaches the node that samples, and that the worker does not replace it";
    Finding::new("similar-images", message).help(help).about_all(samples.iter().copied().map(Subject::Sample))
}

/// The expectation that images are compared with.
#[must_use]
pub fn expectation(workflows: &[Expected], settings: &Settings) -> Finding {
    let counts = || workflows.iter().map(|expected| settings.images_per_sample.unwrap_or(expected.count));
    let (least, most) = (counts().min().unwrap_or_default(), counts().max().unwrap_or_default());
    if most == 0 && settings.images_per_sample.is_none() {
        return Finding::new("expected-images", "expected per sample: no image, as no node is known to save one")
            .help("set `images-per-sample` in the settings of this check");
    }
    let images = if least == most { count(least, "image") } else { format!("{least} to {most} images") };
    let note =
        |size: String| Finding::new("expected-images", format!("expected per sample: at least {images}, {size}"));
    if let Some(size) = settings.size() {
        return note(size);
    }
    match known_sizes(workflows) {
        Ok(sizes) => note(sizes),
        Err(reason) => note(format!("any size: {reason}"))
            .help("set `width` and `height` in the settings of this check to have sizes checked"),
    }
}

/// The sizes that the workflows save, in words; or why the size of one is unknown.
fn known_sizes(workflows: &[Expected]) -> Result<String, &str> {
    const NAMED: usize = 5;
    let mut names: Vec<String> = Vec::new();
    for expected in workflows {
        match &expected.sizes {
            Sizes::Unknown(reason) => return Err(reason),
            Sizes::Known(sizes) => names.extend(sizes.iter().map(|size| size_in_pixels(size.width, size.height))),
        }
    }
    let mut seen = BTreeSet::new();
    names.retain(|name| seen.insert(name.clone()));
    if names.len() > NAMED {
        let more = names.split_off(NAMED).len();
        return Ok(format!("{} or {}", names.join(", "), count(more, "more size")));
    }
    Ok(list(&names, "or"))
}

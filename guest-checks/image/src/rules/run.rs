//! What shows only over all samples.

use crate::expected::{Expected, Sizes};
use crate::settings::Settings;
use crate::wording::list;
use comfycheck_sdk::{Finding, Subject, count, quote_samples};
use std::collections::{BTreeMap, BTreeSet};

/// What became of one sample.
#[derive(Clone, Debug)]
pub struct Outcome<'a> {
    /// The sample's index.
    pub sample: u32,
    /// The workflow as it was submitted.
    pub workflow: &'a str,
    /// SHA-256 of its images.
    pub images: Vec<String>,
}

/// The groups of samples that gave the same images, byte for byte, though they were asked for different ones: their
/// indices, ascending; in the order of the first of each.
///
/// All images of the samples are the same, not only some: a branch of the workflow that does not depend on the seed
/// gives the same image every time, and rightly so.
#[must_use]
pub fn repeats(outcomes: &[Outcome<'_>]) -> Vec<Vec<u32>> {
    let mut alike: BTreeMap<Vec<&str>, Vec<&Outcome<'_>>> = BTreeMap::new();
    for outcome in outcomes.iter().filter(|outcome| !outcome.images.is_empty()) {
        let mut images: Vec<&str> = outcome.images.iter().map(String::as_str).collect();
        images.sort_unstable();
        alike.entry(images).or_default().push(outcome);
    }
    let asked = |group: &[&Outcome<'_>]| group.iter().map(|outcome| outcome.workflow).collect::<BTreeSet<_>>().len();
    let mut groups: Vec<Vec<u32>> = alike
        .into_values()
        .filter(|group| asked(group) > 1)
        .map(|group| group.iter().map(|outcome| outcome.sample).collect())
        .collect();
    groups.sort_unstable();
    groups
}

/// Samples that gave the same images under different seeds.
#[must_use]
pub fn identical(repeat: &[u32]) -> Finding {
    let message = format!("{} gave identical images, though they were asked for different ones", quote_samples(repeat));
    let help = "let the suite vary the seed of the node that samples, and look whether the worker answers from a cache \
                or ignores the workflow that it is sent";
    let samples = repeat.iter().copied().map(Subject::Sample);
    Finding::new("identical-images", message).help(help).about_all(samples)
}

/// What was expected of the images, so that a reader knows what they were held against.
#[must_use]
pub fn expectation(workflows: &[Expected], settings: &Settings) -> Finding {
    let counts = || workflows.iter().map(|expected| settings.images_per_sample.unwrap_or(expected.count));
    let (least, most) = (counts().min().unwrap_or_default(), counts().max().unwrap_or_default());
    if most == 0 && settings.images_per_sample.is_none() {
        return Finding::new("expected-images", "no image is expected: no node of the workflow is known to save one")
            .help("set `images-per-sample` in the settings of this check");
    }
    let images = if least == most { count(least, "image") } else { format!("{least} to {most} images") };
    let verb = if most == 1 { "is" } else { "are" };
    let note = |size: String| {
        Finding::new("expected-images", format!("at least {images} of {size} {verb} expected of each sample"))
    };
    if settings.width.is_some() || settings.height.is_some() {
        let side = |set: Option<u32>| set.map_or_else(|| "any".to_owned(), |set| set.to_string());
        return note(format!("{} × {} pixels", side(settings.width), side(settings.height)));
    }
    match known_sizes(workflows) {
        Ok(sizes) => note(sizes),
        Err(reason) => note(format!("any size, since {reason},"))
            .help("set `width` and `height` in the settings of this check to have sizes compared"),
    }
}

/// The sizes that the workflows ask for, in words; or why one of them does not say.
fn known_sizes(workflows: &[Expected]) -> Result<String, &str> {
    const NAMED: usize = 5;
    let mut names: Vec<String> = Vec::new();
    for expected in workflows {
        match &expected.sizes {
            Sizes::Unknown(reason) => return Err(reason),
            Sizes::Known(sizes) => names.extend(sizes.iter().map(|size| format!("{} × {}", size.width, size.height))),
        }
    }
    let mut seen = BTreeSet::new();
    names.retain(|name| seen.insert(name.clone()));
    if names.len() > NAMED {
        let more = names.split_off(NAMED).len();
        return Ok(format!("{} or {more} more sizes", names.join(", ")));
    }
    Ok(format!("{} pixels", list(&names, "or")))
}

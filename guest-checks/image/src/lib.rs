//! The `image` check: the images are there, can be decoded, and show something.
//!
//! This file reads samples and images; [`rules`] judges them.

pub mod decode;
pub mod expected;
pub mod format;
mod gather;
pub mod makes;
pub mod pixels;
pub mod rules;
pub mod settings;
mod wording;

use comfycheck_sdk::outputs::{self, Kind};
use comfycheck_sdk::samples::{self, Ending, Sample};
use comfycheck_sdk::{Answer, Check, Error, Manifest, Scope, Workflow};
use expected::Expected;
use rules::image::OutputImage;
use rules::run::{SampleImages, Size};
use settings::Settings;
use std::borrow::Cow;

/// Checks the images of each sample, and those of all samples together.
#[derive(Debug)]
pub struct Image;

impl Check for Image {
    type Settings = Settings;

    fn manifest() -> Manifest {
        rules::manifest()
    }

    fn run(scope: Scope, settings: Settings) -> Result<Answer, Error> {
        match scope {
            Scope::Deployment => Err(Error::NotApplicable("no images before the samples".into())),
            Scope::Sample => {
                let sample = samples::samples().into_iter().next();
                one(&sample.ok_or_else(|| Error::Inconclusive("there is no sample".into()))?, &settings)
            }
            Scope::Run => all(&samples::samples(), &settings),
        }
    }
}

/// An image in a sample's list.
struct ListedImage {
    index: u32,
    image: samples::Image,
    /// Whether it is in base64 that strict decoders refuse.
    is_lenient: bool,
}

/// The images of a sample. Lists of images can hold videos, audio and 3D models, which the check `media` judges.
fn images(sample: u32) -> Vec<ListedImage> {
    let listed = (0..).zip(samples::images(sample)).zip(outputs::files(sample));
    let is_image = |file: &outputs::File| !matches!(file.kind(), Kind::Video | Kind::Audio | Kind::Model);
    listed
        .filter(|(_, file)| is_image(file))
        .map(|((index, image), file)| ListedImage { index, image, is_lenient: file.is_lenient() })
        .collect()
}

/// Judges the images of one sample.
fn one(sample: &Sample, settings: &Settings) -> Result<Answer, Error> {
    if sample.ending != Ending::Succeeded && sample.output.is_none() && sample.image_count == 0 {
        return Err(Error::NotApplicable("no result to check".into()));
    }
    let expected = expectation(Workflow::parse(&sample.workflow).ok().as_ref());
    let images = images(sample.index);
    let count = u32::try_from(images.len()).unwrap_or(u32::MAX);
    let mut answer = rules::output::judge(sample, count, &expected, settings);
    // The output of a failed job can hold the details of its error, and nothing for this check.
    let is_empty = images.is_empty() && answer.findings.is_empty() && answer.open.is_empty();
    if sample.ending != Ending::Succeeded && is_empty {
        return Err(Error::NotApplicable("no result to check".into()));
    }
    for ListedImage { index, image, is_lenient } in images {
        let (name, media_type) = (image.name(), image.media_type());
        let given =
            OutputImage { sample: sample.index, index, name: &name, media_type: media_type.as_deref(), bytes: &[] };
        answer.findings.extend(is_lenient.then(|| rules::image::lenient(&given)));
        let size = image.size();
        if size > settings.limits().memory {
            answer.open.push(rules::image::unread(size, settings));
            continue;
        }
        let bytes = read(&image, size);
        let judged = rules::image::judge(&OutputImage { bytes: &bytes, ..given }, &expected, settings);
        answer.findings.extend(judged.findings);
        answer.open.extend(judged.open);
    }
    Ok(answer)
}

/// Judges the images of all samples together.
fn all(taken: &[Sample], settings: &Settings) -> Result<Answer, Error> {
    let workflows: Vec<_> = taken.iter().map(|sample| Workflow::parse(&sample.workflow).ok()).collect();
    let expected: Vec<Expected> = workflows.iter().map(|workflow| expectation(workflow.as_ref())).collect();
    let images: Vec<SampleImages<'_>> = taken
        .iter()
        .zip(workflows.iter().zip(&expected))
        .map(|(sample, (workflow, expected))| {
            let images = images(sample.index);
            SampleImages {
                sample: sample.index,
                workflow: maker(sample, workflow.as_ref(), expected),
                hashes: images.iter().map(|listed| listed.image.sha256()).collect(),
                sizes: images.iter().map(|listed| claimed_size(&listed.image)).collect(),
            }
        })
        .collect();
    if images.iter().all(|sample| sample.hashes.is_empty()) {
        let is_left = |sample: &Sample| sample.ending == Ending::NotSubmitted;
        let reason = if taken.iter().all(is_left) { "no sample was submitted" } else { "no sample returned an image" };
        return Err(Error::NotApplicable(reason.into()));
    }
    let mut answer: Answer = rules::run::images(&images, &expected, settings).into();
    let repeats = rules::run::repeats(&images);
    let shown = repeats.iter().filter(|repeat| repeat.first().is_some_and(|&sample| shows_something(sample, settings)));
    answer.findings.extend(shown.map(|repeat| rules::run::identical(repeat)));
    answer.findings.push(rules::run::expectation(&expected, settings));
    Ok(answer)
}

/// The size in the header of an image; none where its first bytes do not hold it.
fn claimed_size(image: &samples::Image) -> Option<Size> {
    /// Headers come first. Only a JPEG may have more metadata before its own.
    const START: u32 = 64 << 10;
    decode::size(&image.read(0, START))
}

/// Whether a sample has an image that shows something. Undecodable and blank images are findings of their sample.
fn shows_something(sample: u32, settings: &Settings) -> bool {
    let limits = settings.limits();
    images(sample).iter().map(|listed| &listed.image).filter(|image| image.size() <= limits.memory).any(|image| {
        let picture = decode::decode(&read(image, image.size()), &limits);
        picture.is_ok_and(|picture| picture.extremes.blank(settings.blank_tolerance).is_none())
    })
}

/// What a workflow saves; nothing if it is not in API format.
fn expectation(workflow: Option<&Workflow>) -> Expected {
    workflow.map(expected::expected).unwrap_or_default()
}

/// What makes the images of a sample: its whole workflow if that is not in API format.
fn maker<'s>(sample: &'s Sample, workflow: Option<&Workflow>, expected: &Expected) -> Cow<'s, str> {
    let part = workflow.and_then(|workflow| serde_json::to_string(&makes::makes_images(workflow, expected)).ok());
    part.map_or(Cow::Borrowed(&sample.workflow), Cow::Owned)
}

/// All bytes of an image.
fn read(image: &samples::Image, size: u64) -> Vec<u8> {
    gather::gather(size, |offset, length| image.read(offset, length))
}

#[cfg(feature = "component")]
comfycheck_sdk::export_check!(Image);

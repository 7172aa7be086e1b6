//! The `image` check: the images are there, can be decoded, and show something.
//!
//! This file reads samples and images; [`rules`] judges them.

pub mod decode;
pub mod expected;
pub mod format;
mod gather;
mod golden;
pub mod lent;
pub mod makes;
pub mod metadata;
pub mod pixels;
pub mod rules;
pub mod settings;
pub mod similar;
pub mod source;
mod wording;

use comfycheck_likeness::golden::Source;
use comfycheck_sdk::outputs::{self, Kind};
use comfycheck_sdk::samples::{self, Ending, Sample};
use comfycheck_sdk::{Answer, Check, Error, Finding, Manifest, OpenQuestion, Scope, Workflow};
use expected::Expected;
use rules::golden::Comparison;
use rules::image::OutputImage;
use rules::run::{SampleImages, Size};
use settings::Settings;
use source::Listed;
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
    /// The node that saved it, if the output names it.
    node: Option<String>,
    /// Whether it is in base64 that strict decoders refuse.
    is_lenient: bool,
}

/// The images of a sample. Lists of images can hold videos, audio and 3D models, which the check `media` judges.
fn images(sample: u32) -> Vec<ListedImage> {
    let listed = (0..).zip(samples::images(sample)).zip(outputs::files(sample));
    let is_image = |file: &outputs::File| !matches!(file.kind(), Kind::Video | Kind::Audio | Kind::Model);
    listed
        .filter(|(_, file)| is_image(file))
        .map(|((index, image), file)| ListedImage { index, image, node: file.node(), is_lenient: file.is_lenient() })
        .collect()
}

/// Judges the images of one sample.
fn one(sample: &Sample, settings: &Settings) -> Result<Answer, Error> {
    if sample.ending != Ending::Succeeded && sample.output.is_none() && sample.image_count == 0 {
        return Err(Error::NotApplicable("no result to check".into()));
    }
    let workflow = Workflow::parse(&sample.workflow).ok();
    let expected = expectation(workflow.as_ref());
    let images = images(sample.index);
    // Why it cannot be used, the check says once for the run.
    let folder = settings.golden.as_deref().map(golden::Folder::open);
    let known = workflow.as_ref().filter(|_| folder.is_some());
    let sources = known.map(|workflow| sources(workflow, &expected, &images)).unwrap_or_default();
    let count = u32::try_from(images.len()).unwrap_or(u32::MAX);
    let mut answer = rules::output::judge(sample, count, &expected, settings);
    // The output of a failed job can hold the details of its error, and nothing for this check.
    let is_empty = images.is_empty() && answer.findings.is_empty() && answer.open.is_empty();
    if is_empty {
        let is_done = sample.ending == Ending::Succeeded;
        let reason = if is_done { "the workflow saves no image" } else { "no result to check" };
        return Err(Error::NotApplicable(reason.into()));
    }
    for (at, ListedImage { index, image, node, is_lenient }) in images.into_iter().enumerate() {
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
        let output = OutputImage { bytes: &bytes, ..given };
        let judged = rules::image::judge(&output, &expected, settings);
        let is_whole = !judged.answer.findings.iter().any(|finding| finding.rule == "undecodable-image");
        add(&mut answer, judged.answer);
        let listed = Listed { name: name.clone(), node };
        let saver = workflow.as_ref().and_then(|workflow| workflow.node(&source::node(workflow, &expected, &listed)?));
        answer.findings.extend(saver.and_then(|saver| rules::format::of_saver(&output, saver)));
        if let Some((workflow, embedded)) = workflow.as_ref().zip(metadata::embedded(&bytes)) {
            let differences = metadata::differences(workflow, &embedded);
            answer.findings.extend(rules::metadata::judge(&output, &differences));
        }
        if let (Some(folder), Some(source), true) = (&folder, sources.get(at), is_whole) {
            let (sha256, sketch) = (image.sha256(), judged.sketch.as_ref());
            let comparison = match folder {
                Ok(Some(folder)) => folder.compare(source, &sha256, sketch, &settings.limits()),
                Ok(None) => Comparison::Missing { other_seeds: 0 },
                Err(_) => Comparison::Unusable,
            };
            add(&mut answer, rules::golden::judge(&output, source, &sha256, &comparison, settings));
        }
    }
    Ok(answer)
}

fn add(answer: &mut Answer, other: Answer) {
    answer.findings.extend(other.findings);
    answer.open.extend(other.open);
}

/// What made the images of a sample, in their order.
fn sources(workflow: &Workflow, expected: &Expected, images: &[ListedImage]) -> Vec<Source> {
    let listed: Vec<Listed> =
        images.iter().map(|listed| Listed { name: listed.image.name(), node: listed.node.clone() }).collect();
    source::sources(workflow, expected, &listed)
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
    answer.findings.extend(similar(taken, &workflows, &expected, &repeats, settings));
    answer.findings.push(rules::run::expectation(&expected, settings));
    answer.open.extend(no_golden_image(taken, &workflows, &expected, settings));
    Ok(answer)
}

/// Samples whose images are almost the same. Those that are the same byte for byte have a finding of their own.
fn similar(
    taken: &[Sample],
    workflows: &[Option<Workflow>],
    expected: &[Expected],
    repeats: &[Vec<u32>],
    settings: &Settings,
) -> Vec<Finding> {
    let all = taken.iter().zip(workflows.iter().zip(expected));
    let noise = all.filter_map(|(sample, (workflow, expected))| {
        let workflow = workflow.as_ref().filter(|workflow| similar::starts_from_noise(workflow))?;
        let is_repeat = repeats.iter().flatten().any(|repeat| *repeat == sample.index);
        (sample.ending == Ending::Succeeded && !is_repeat).then_some((sample.index, workflow, expected))
    });
    let noise: Vec<_> = noise.collect();
    let step = noise.len().div_ceil(similar::MOST_SAMPLES).max(1);
    let mut pixels = 0;
    let candidates = noise.into_iter().step_by(step).filter_map(|(sample, workflow, expected)| {
        let images = images(sample);
        let (listed, source) = images.first().zip(sources(workflow, expected, &images).into_iter().next())?;
        let size = listed.image.size();
        if size > settings.limits().memory {
            return None;
        }
        let bytes = read(&listed.image, size);
        similar::Candidate::of(sample, source, &bytes, settings.blank_tolerance, &mut pixels)
    });
    let candidates: Vec<_> = candidates.collect();
    similar::groups(&candidates).iter().map(|group| rules::run::similar(group)).collect()
}

/// If the settings name golden images, and none of them is of these samples.
fn no_golden_image(
    taken: &[Sample],
    workflows: &[Option<Workflow>],
    expected: &[Expected],
    settings: &Settings,
) -> Option<OpenQuestion> {
    let folder = match golden::Folder::open(settings.golden.as_deref()?) {
        Ok(folder) => folder,
        Err(reason) => return Some(rules::golden::none_compared(0, Some(&reason))),
    };
    let mut number = 0;
    for (sample, (workflow, expected)) in taken.iter().zip(workflows.iter().zip(expected)) {
        let Some(workflow) = workflow else { continue };
        let images = images(sample.index);
        number += images.len();
        let sources = sources(workflow, expected, &images);
        if folder.as_ref().is_some_and(|folder| sources.iter().any(|source| folder.has(source))) {
            return None;
        }
    }
    Some(rules::golden::none_compared(number, None))
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

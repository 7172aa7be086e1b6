//! What is wrong with the files of one sample.

use super::file::{self, OutputFile};
use super::{output, run};
use crate::expected::{Saver, savers};
use crate::facts::Media;
use crate::format::Kind;
use crate::inspect::inspect;
use crate::settings::Settings;
use crate::source::Source;
use comfycheck_sdk::samples::{Ending, LostImage, Sample};
use comfycheck_sdk::{Answer, Error, Workflow};

/// A file with its bytes.
pub type Returned<'a> = (OutputFile, Box<dyn Source + 'a>);

/// Everything that is wrong with the files of a sample, and what is unknown.
pub fn judge(sample: &Sample, files: &[Returned<'_>], settings: &Settings) -> Result<Answer, Error> {
    let savers = saving(sample);
    let kinds = kinds(files);
    if is_image_only(&kinds, &savers) && !sample.lost_images.iter().any(LostImage::is_media) {
        return Err(not_applicable());
    }
    if sample.ending != Ending::Succeeded && files.is_empty() {
        return Err(Error::NotApplicable("no result to check".into()));
    }
    let listed: Vec<(&OutputFile, Option<Kind>)> = files.iter().map(|(file, _)| file).zip(kinds).collect();
    let nodes = output::attribute(&listed, &savers);
    let judged = files.iter().zip(&nodes).map(|((file, source), node)| {
        file::judge(file, source.as_ref(), node.and_then(|node| savers.get(node)), settings).1
    });
    let mut answer: Answer = judged.collect();
    if sample.ending == Ending::Succeeded {
        answer.findings.extend(output::missing(sample, &listed, &nodes, &savers));
    }
    let lost = sample.lost_images.iter().filter(|lost| lost.is_media());
    answer.findings.extend(lost.map(|lost| lost.finding("lost-file", sample)));
    Ok(answer)
}

/// What all samples together hold.
pub fn judge_all(samples: &[(Sample, Vec<Returned<'_>>)]) -> Result<Answer, Error> {
    let savers: Vec<Vec<Saver>> = samples.iter().map(|(sample, _)| saving(sample)).collect();
    let files = || samples.iter().flat_map(|(_, files)| files);
    let kinds: Vec<Option<Kind>> = files().map(|(file, source)| file.kind(source.as_ref())).collect();
    let is_image_only = savers.iter().all(|savers| is_image_only(&[], savers)) && is_image_only(&kinds, &[]);
    if is_image_only && !samples.is_empty() {
        return Err(not_applicable());
    }
    if samples.iter().all(|(sample, _)| sample.ending == Ending::NotSubmitted) {
        return Err(Error::NotApplicable("no sample was submitted".into()));
    }
    // Without a decoder: levels are findings of the samples.
    let read = |(file, source): &Returned<'_>| inspect(source.as_ref(), file.declared(), 0).ok();
    let media: Vec<Option<Media>> = files().map(read).collect();
    let formats: Vec<_> =
        files().map(|(file, source)| file.format(source.as_ref()).ok().or_else(|| file.declared())).collect();
    let headline = run::headline(&media, &formats, &savers);
    let headline = headline.ok_or_else(|| Error::NotApplicable("no sample returned such a file".into()))?;
    Ok([headline, run::expectation(&savers)].into_iter().collect())
}

/// The nodes of a sample's workflow that save files; none if it is not in API format.
fn saving(sample: &Sample) -> Vec<Saver> {
    Workflow::parse(&sample.workflow).map(|workflow| savers(&workflow)).unwrap_or_default()
}

fn kinds(files: &[Returned<'_>]) -> Vec<Option<Kind>> {
    files.iter().map(|(file, source)| file.kind(source.as_ref())).collect()
}

/// Whether there is nothing for this check: no node saves, and no file is, anything but an image.
fn is_image_only(kinds: &[Option<Kind>], savers: &[Saver]) -> bool {
    let is_image = |kind: Option<Kind>| kind.is_none_or(|kind| kind == Kind::Image);
    kinds.iter().all(|kind| is_image(*kind))
        && savers.iter().all(|saver| saver.content.frames.is_none() && is_image(Some(saver.kind)))
}

fn not_applicable() -> Error {
    Error::NotApplicable("the workflow saves no video, audio, 3D model or text".into())
}

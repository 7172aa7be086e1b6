//! The images of a report that can be accepted as golden images, and how they compare with those that were.
//!
//! The check `image` identifies each image, and writes that into the data of its findings.

use crate::execution::Execution;
use crate::finding::{Finding, Measurement, Subject};
use crate::report::Report;
use comfycheck_likeness::golden::Source;
use serde::Deserialize;

pub use comfycheck_likeness::golden::{GoldenImage, INDEX, INDEX_BYTES, Index, MOST_IMAGES};

/// An image of a report.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    /// The index of its sample.
    pub sample: u32,
    /// Its index among the images of the sample.
    pub image: u32,
    pub source: Source,
    /// Of its file, in lower-case hex.
    pub sha256: String,
    /// The file of the golden image that it was compared with.
    pub golden: Option<String>,
    /// The structural similarity to it.
    pub ssim: Option<f64>,
    /// The distance of its look from that of the golden image, or of the nearest one.
    pub look: Option<f64>,
    /// What decided.
    pub measurement: Option<Measurement>,
    pub differs: bool,
    /// Why it was not compared. None if it was.
    pub not_compared: Option<String>,
    /// The rule of another error about this image: it should not be accepted.
    pub error: Option<String>,
}

/// The member `golden` of a finding's data.
#[derive(Deserialize)]
struct Facts {
    source: Source,
    sha256: String,
    file: Option<String>,
    ssim: Option<f64>,
    look: Option<f64>,
}

/// The images of a report, by sample and image. Empty if the suite names no golden images.
pub fn candidates(report: &Report) -> Vec<Candidate> {
    let findings = || report.executions.iter().flat_map(Execution::findings);
    let mut candidates: Vec<Candidate> = findings().filter_map(candidate).collect();
    for finding in findings().filter(|finding| finding.is_error() && !is_comparison(finding)) {
        for candidate in &mut candidates {
            if finding.subjects.contains(&Subject::Image(candidate.sample, candidate.image)) {
                candidate.error.get_or_insert_with(|| finding.rule.clone());
            }
        }
    }
    candidates.sort_by_key(|candidate| (candidate.sample, candidate.image));
    candidates.dedup_by_key(|candidate| (candidate.sample, candidate.image));
    candidates
}

/// An image that no check identified: it can be neither compared nor accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnidentifiedImage {
    /// The index of its sample.
    pub sample: u32,
    /// Its index among the images of the sample.
    pub image: u32,
    /// The rule of an error about it; none if there is none.
    pub error: Option<String>,
}

impl UnidentifiedImage {
    /// Why it was not identified: a rule, or words.
    pub fn why(&self) -> &str {
        self.error.as_deref().unwrap_or("it was not decoded")
    }
}

/// The images of a report that are not among the candidates, by sample and image.
pub fn unidentified(report: &Report, candidates: &[Candidate]) -> Vec<UnidentifiedImage> {
    let is_known = |sample, image| candidates.iter().any(|known| (known.sample, known.image) == (sample, image));
    let errors = || report.executions.iter().flat_map(Execution::findings).filter(|finding| finding.is_error());
    let of_sample = report.samples.iter().flat_map(|sample| {
        let images = (0_u32..).zip(&sample.images).filter(|(_, facts)| facts.kind.is_image());
        images.map(move |(image, _)| (sample.index, image))
    });
    let mut images: Vec<_> = of_sample
        .filter(|(sample, image)| !is_known(*sample, *image))
        .map(|(sample, image)| {
            let error = errors().find(|finding| finding.subjects.contains(&Subject::Image(sample, image)));
            UnidentifiedImage { sample, image, error: error.map(|finding| finding.rule.clone()) }
        })
        .collect();
    images.sort_by_key(|image| (image.sample, image.image));
    images
}

fn is_comparison(finding: &Finding) -> bool {
    finding.rule == "golden-differs"
}

fn candidate(finding: &Finding) -> Option<Candidate> {
    let facts = Facts::deserialize(finding.data.as_ref()?.get("golden")?).ok()?;
    let (sample, image) = finding.subjects.iter().find_map(|subject| match subject {
        Subject::Image(sample, image) => Some((*sample, *image)),
        _ => None,
    })?;
    let Facts { source, sha256, file, ssim, look } = facts;
    let differs = is_comparison(finding);
    let is_compared = differs || ssim.is_some() || look.is_some();
    Some(Candidate {
        sample,
        image,
        source,
        sha256,
        golden: file,
        ssim,
        look,
        measurement: finding.measurement.clone(),
        differs,
        not_compared: (!is_compared).then(|| finding.message.clone()),
        error: None,
    })
}

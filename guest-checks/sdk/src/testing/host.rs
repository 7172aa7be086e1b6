//! A host in memory, for the tests of checks.

use crate::bindings::comfycheck::comfyui::{http, inventory as installed};
use crate::bindings::comfycheck::runpod::{dry_run, endpoint as runpod, inputs, outputs, pictures, samples};
use std::collections::BTreeMap;

/// What the host answers to a check in a test. Set what the check asks for: everything else is empty, or not offered.
///
/// ```
/// # use comfycheck_sdk::{Workflow, testing::Host};
/// let host = Host { workflow: Some(r#"{"3": {"class_type": "KSampler"}}"#.into()), ..Host::default() };
/// let classes = host.run(|| Workflow::of_suite().unwrap().nodes().count());
/// assert_eq!(classes, 1);
/// ```
#[derive(Clone, Debug, Default)]
pub struct Host {
    /// The suite's workflow in API format, as JSON. None: it is not in API format.
    pub workflow: Option<String>,
    /// The samples of the instance: none in scope `deployment`, one in scope `sample`.
    pub samples: Vec<samples::Sample>,
    /// The files of all samples, each with the index of its sample.
    pub files: Vec<SampleFile>,
    /// The decoded images, by the index of the sample and of its image. Any other is `not-found`.
    pub pictures: BTreeMap<(u32, u32), Result<SamplePicture, pictures::Error>>,
    pub price: Option<samples::PriceFacts>,
    /// By the index of the sample.
    pub attempts: BTreeMap<u32, Vec<samples::Attempt>>,
    /// By the index of the sample.
    pub submissions: BTreeMap<u32, samples::SubmissionFacts>,
    /// The files that are sent with every job.
    pub inputs: Vec<inputs::InputFile>,
    /// The files of the suite's folder, by the path that the settings name.
    pub suite_files: BTreeMap<String, Vec<SuiteFile>>,
    /// The responses of the ComfyUI server, by the path with its query.
    pub responses: BTreeMap<String, Result<http::Response, http::Error>>,
    pub inventory_sources: Vec<installed::Source>,
    pub system: Option<installed::SystemFacts>,
    /// The entry in `/object_info`, as JSON, by class.
    pub node_classes: Option<BTreeMap<String, String>>,
    pub node_replacements: Option<String>,
    /// The files by folder.
    pub models: Option<BTreeMap<String, Vec<installed::ModelFile>>>,
    pub packs: Option<Vec<installed::Pack>>,
    pub endpoint: Endpoint,
    /// The files by path, by the id of the volume.
    pub volumes: BTreeMap<String, BTreeMap<String, Vec<u8>>>,
    pub dry_run: Option<dry_run::Verdict>,
}

/// What the host answers about an endpoint.
#[derive(Clone, Debug, Default)]
pub struct Endpoint {
    pub reach: Option<runpod::ReachFacts>,
    pub health: Option<runpod::HealthFacts>,
    pub observations: Vec<runpod::Observation>,
    pub configuration: Option<runpod::ConfigurationFacts>,
    pub workers: Option<Vec<runpod::Worker>>,
    pub stock: Option<Vec<runpod::GpuStock>>,
    /// The names of the variables.
    pub environment: Option<Vec<String>>,
    pub network_volumes: Option<Vec<runpod::NetworkVolume>>,
    pub releases: Option<runpod::ReleaseFacts>,
    /// By the id of the worker.
    pub logs: BTreeMap<String, Vec<runpod::LogLine>>,
    pub builds: Option<Vec<runpod::Build>>,
}

/// A file of a sample.
#[derive(Clone, Debug)]
pub struct SampleFile {
    /// The index of the sample.
    pub sample: u32,
    pub name: String,
    pub kind: outputs::Kind,
    /// The node that saved it.
    pub node: Option<String>,
    pub media_type: Option<String>,
    pub bytes: Vec<u8>,
    /// As the check is to see it: nothing computes it here.
    pub sha256: String,
}

/// A decoded image of a sample.
#[derive(Clone, Debug)]
pub struct SamplePicture {
    /// In pixels.
    pub width: u32,
    /// In pixels.
    pub height: u32,
    /// The red, green and blue of every pixel of its thumbnails.
    pub color: [u8; 3],
    /// As the check is to see it: nothing computes it here.
    pub hash: u64,
}

/// A file of the suite's folder.
#[derive(Clone, Debug)]
pub struct SuiteFile {
    /// Below the named path.
    pub path: String,
    pub bytes: Vec<u8>,
    /// As the check is to see it: nothing computes it here.
    pub sha256: String,
}

impl Host {
    /// Calls a function of the check, whose calls this host answers.
    pub fn run<T>(self, check: impl FnOnce() -> T) -> T {
        crate::native::with_host(self, check)
    }
}

impl SampleFile {
    /// A PNG of a sample.
    #[must_use]
    pub fn png(sample: u32, name: &str, bytes: Vec<u8>) -> Self {
        Self {
            sample,
            name: name.to_owned(),
            kind: outputs::Kind::Image,
            node: None,
            media_type: Some("image/png".to_owned()),
            bytes,
            sha256: String::new(),
        }
    }

    pub(crate) fn is_image(&self) -> bool {
        self.kind == outputs::Kind::Image
    }

    pub(crate) fn part(&self, offset: u64, length: u32) -> Vec<u8> {
        part(&self.bytes, offset, length)
    }
}

/// The bytes from an offset: fewer at the end, none beyond it.
pub(crate) fn part(bytes: &[u8], offset: u64, length: u32) -> Vec<u8> {
    let start = usize::try_from(offset).unwrap_or(usize::MAX);
    bytes.iter().skip(start).take(length as usize).copied().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::Ending;

    #[test]
    fn a_check_gets_the_answers_of_the_tests_host() {
        let sample = samples::Sample { image_count: 1, ..samples::Sample::new(0, Ending::Succeeded) };
        let files = vec![SampleFile::png(0, "a.png", vec![1, 2, 3])];
        let volumes = [("v".to_owned(), [("models/a".to_owned(), vec![7]), ("models/b/c".to_owned(), vec![])].into())];
        let host = Host { samples: vec![sample], files, volumes: volumes.into(), ..Host::default() };
        host.run(|| {
            assert_eq!(crate::samples::samples().len(), 1);
            let image = &crate::samples::images(0)[0];
            assert_eq!((image.size(), image.read(1, 9), image.read(7, 1)), (3, vec![2, 3], vec![]));
            assert_eq!(crate::outputs::files(1).len(), 0);
            let names = crate::volume::list("v", "models").unwrap();
            assert_eq!(names.len(), 2, "{names:?}");
            assert!(crate::endpoint::health().is_err() && crate::inventory::node_classes().is_err());
            crate::log::info("dropped");
        });
    }

    #[test]
    fn pictures_and_responses_are_those_of_the_test() {
        let red = SamplePicture { width: 4, height: 2, color: [255, 0, 0], hash: 7 };
        let response = http::Response { status: 200, content_type: None, body: b"{}".to_vec() };
        let pictures =
            [((0, 0), Ok(red)), ((0, 1), Err(pictures::Error::Corrupt("the image is cut off".into())))].into();
        let host = Host { pictures, responses: [("/queue".to_owned(), Ok(response))].into(), ..Host::default() };
        host.run(|| {
            let picture = crate::pictures::decode(0, 0).unwrap();
            assert_eq!((picture.width(), picture.height(), picture.perceptual_hash()), (4, 2, 7));
            assert_eq!(picture.thumbnail(2, 1), Ok(vec![255, 0, 0, 255, 0, 0]));
            assert!(picture.thumbnail(0, 1).is_err() && picture.thumbnail(1, 257).is_err());
            assert!(matches!(crate::pictures::decode(0, 1), Err(pictures::Error::Corrupt(_))));
            assert!(matches!(crate::pictures::decode(1, 0), Err(pictures::Error::NotFound)));
            assert_eq!(crate::http::get("/queue").unwrap().status, 200);
            assert!(crate::http::get("/other").is_err());
        });
    }

    #[test]
    #[should_panic(expected = "`samples.samples`")]
    fn a_call_without_a_host_is_a_panic_that_names_it() {
        let _ = crate::samples::samples();
    }

    #[test]
    fn hosts_do_not_outlive_their_call() {
        let outer = Host { workflow: Some("{}".into()), ..Host::default() };
        outer.run(|| {
            let _ = std::panic::catch_unwind(|| Host::default().run(|| panic!("in the check")));
            assert_eq!(crate::workflow_source::api_json().as_deref(), Some("{}"));
        });
        assert!(std::panic::catch_unwind(crate::workflow_source::source).is_err());
    }
}

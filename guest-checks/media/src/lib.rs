//! The `media` check: video, audio, 3D models and texts are there, complete, and not empty.
//!
//! This file asks the host. [`inspect`](inspect::inspect) reads a file, and [`rules`] judges it.

pub mod audio;
pub mod expected;
pub mod facts;
pub mod fault;
pub mod format;
pub mod inspect;
pub mod model;
pub mod mp3_frame;
pub mod rules;
pub mod settings;
pub mod source;
pub mod text;
pub mod video;

use comfycheck_sdk::samples::{self, Sample};
use comfycheck_sdk::{Answer, Check, Error, Manifest, Scope, outputs};
use format::Kind;
use rules::file::OutputFile;
use rules::sample::Returned;
use settings::Settings;
use source::Source;

/// Checks the files of each sample that are not images, and counts those of all samples.
#[derive(Debug)]
pub struct MediaCheck;

impl Check for MediaCheck {
    type Settings = Settings;

    fn manifest() -> Manifest {
        rules::manifest()
    }

    fn run(scope: Scope, settings: Settings) -> Result<Answer, Error> {
        match scope {
            Scope::Deployment => Err(Error::NotApplicable("no files before the samples".into())),
            Scope::Sample => {
                let sample = samples::samples().into_iter().next();
                let sample = sample.ok_or_else(|| Error::Inconclusive("there is no sample".into()))?;
                rules::sample::judge(&sample, &files(&sample), &settings)
            }
            Scope::Run => {
                let samples = samples::samples().into_iter();
                let all: Vec<_> = samples.map(|sample| (sample.clone(), files(&sample))).collect();
                rules::sample::judge_all(&all)
            }
        }
    }
}

/// The files that a sample returned.
fn files(sample: &Sample) -> Vec<Returned<'static>> {
    let returned = |file: outputs::File| {
        let described = OutputFile {
            sample: sample.index,
            name: file.name(),
            node: file.node(),
            kind: kind(file.kind()),
            media_type: file.declared_type(),
            is_lenient: file.is_lenient(),
        };
        (described, Box::new(HostFile(file)) as Box<dyn Source>)
    };
    outputs::files(sample.index).into_iter().map(returned).collect()
}

fn kind(kind: outputs::Kind) -> Option<Kind> {
    match kind {
        outputs::Kind::Image => Some(Kind::Image),
        outputs::Kind::Video => Some(Kind::Video),
        outputs::Kind::Audio => Some(Kind::Audio),
        outputs::Kind::Model => Some(Kind::Model),
        outputs::Kind::Text => Some(Kind::Text),
        outputs::Kind::Other => None,
    }
}

/// A file that the host holds.
struct HostFile(outputs::File);

impl Source for HostFile {
    fn size(&self) -> u64 {
        self.0.size()
    }

    fn read(&self, offset: u64, length: u32) -> Vec<u8> {
        self.0.read(offset, length)
    }
}

#[cfg(feature = "component")]
comfycheck_sdk::export_check!(MediaCheck);

//! The recordings inside comfycheck, and their suite. `build.rs` writes the table.

use crate::args::DemoRecording;
use crate::failure::{Failure, chain};
use crate::prepare::{ParsedSuite, bundled_checks};
use comfycheck_core::suite::{
    FileRequest, InventoryReadError, Needs, Overrides, ReadError, Suite, Surroundings, UnsetVariables,
};
use comfycheck_core::text::TextFile;
use comfycheck_runtime::transport::cassette::Cassette;
use std::path::PathBuf;

/// A recording without its bodies.
struct Recording {
    name: &'static str,
    cassette: &'static [u8],
}

include!(concat!(env!("OUT_DIR"), "/recordings.rs"));

/// The files of the suite, by their paths in the repository's `fixtures`.
const SUITE: (&str, &str) = ("suites/denrisi.toml", include_str!("../../../demo/denrisi.toml"));
const WORKFLOW: (&str, &str) = ("../workflows/denrisi.json", include_str!("../../../demo/denrisi.json"));

/// The cassette of a recording.
pub(crate) fn bundled(recording: DemoRecording) -> Result<Cassette, Failure> {
    let name = match recording {
        DemoRecording::Healthy => "denrisi-healthy",
        DemoRecording::Missing => "denrisi-missing",
        DemoRecording::NoWorker => "denrisi-no-worker",
        DemoRecording::CorruptImage => "denrisi-corrupt-image",
        DemoRecording::WrongHandler => "denrisi-wrong-handler",
        DemoRecording::Unavailable => "denrisi-unavailable",
    };
    let body = |hash: &str| {
        let index = BODIES.binary_search_by_key(&hash, |(known, _)| *known).ok()?;
        Some(BODIES[index].1)
    };
    let cassette = RECORDINGS.iter().find(|recording| recording.name == name).map(|recording| recording.cassette);
    Cassette::of_files(name, cassette.unwrap_or_default(), &body)
        .map_err(|error| chain(format!("the bundled recording `{name}` is not valid"), Some(&error)).into())
}

/// The suite of the recordings.
pub(crate) fn suite() -> Result<ParsedSuite, Failure> {
    let read = |request: &FileRequest<'_>| {
        if request.path == WORKFLOW.0 { Ok(WORKFLOW.1.into()) } else { Err(ReadError::Missing) }
    };
    let surroundings = Surroundings {
        environment: &|_| None,
        read: &read,
        read_inventory: &|_| Err(InventoryReadError::File(ReadError::Missing)),
        unset: UnsetVariables::Tolerated,
        needs: Needs::NoJobs,
        bundled: &bundled_checks(),
    };
    let file = TextFile { path: SUITE.0.to_owned(), text: SUITE.1.to_owned() };
    let (suite, warnings) = Suite::parse(file, &surroundings, &Overrides::default())?;
    Ok(ParsedSuite { suite, folder: PathBuf::new(), warnings })
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::ValueEnum;

    #[test]
    fn every_recording_is_whole() {
        for recording in DemoRecording::value_variants() {
            let cassette = bundled(*recording).unwrap_or_else(|failure| panic!("{failure:?}"));
            assert!(cassette.has_jobs() || cassette.server, "{recording:?}");
        }
        assert_eq!(suite().map_err(|failure| failure.line()).unwrap().suite.sampling.samples, 12);
    }
}

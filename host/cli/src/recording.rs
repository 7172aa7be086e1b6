//! `run --record`: starts a cassette before the first request and completes it after the last.

use crate::failure::{Failure, chain};
use crate::terminal::Terminal;
use comfycheck_core::diagnostic::inert;
use comfycheck_core::report::Signal;
use comfycheck_core::suite::Suite;
use comfycheck_core::wording::count;
use comfycheck_runtime::transport::Transport;
use comfycheck_runtime::transport::cassette_v1::{INTERRUPTED, VolumeV1};
use comfycheck_runtime::transport::live::Live;
use comfycheck_runtime::transport::record::{CassetteHead, Record, RecordError, Recorder};
use std::path::Path;

/// A live transport that records to a folder.
pub(crate) fn begin(folder: &Path, suite: &Suite, seed: u64, date: &str, live: Live) -> Result<Record, Failure> {
    let deployment = &suite.deployment;
    let head = CassetteHead {
        recorded: date.to_owned(),
        seed,
        server: deployment.comfyui.is_some(),
        local_worker: deployment.local_worker,
        base_url: deployment.base_url.clone(),
        volumes: deployment
            .volumes
            .iter()
            .map(|volume| VolumeV1 { id: volume.id.clone(), data_center: volume.data_center.clone() })
            .collect(),
        inputs: suite.request.inputs.iter().map(|input| input.facts().into()).collect(),
        secrets: suite.secrets.clone(),
    };
    let recorder = Recorder::create(folder, head).map_err(|error| {
        let diagnostic = chain(format!("cannot record to `{}`", folder.display()), Some(&error));
        match error {
            RecordError::NotEmpty { .. } => diagnostic.help("name a folder that does not exist yet").into(),
            RecordError::Write { .. } | RecordError::Ended => Failure::Machine(diagnostic.into()),
        }
    })?;
    Ok(Record::new(live, recorder))
}

/// Completes the cassette, if one is recorded.
pub(crate) fn end(
    transport: &Transport,
    folder: Option<&Path>,
    interrupted: Option<Signal>,
    terminal: Terminal,
) -> Result<(), Failure> {
    let (Transport::Record(record), Some(folder)) = (transport, folder) else { return Ok(()) };
    let note = interrupted.map(|_| INTERRUPTED.to_owned());
    let folder = inert(&folder.display().to_string());
    let exchanges = record
        .recorder()
        .finish(note)
        .map_err(|error| Failure::machine(format!("the recording in `{folder}` is incomplete"), &error))?;
    terminal.say(format!("recorded {folder}: {}", count(exchanges, "exchange")));
    Ok(())
}

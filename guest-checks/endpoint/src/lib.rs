//! The `endpoint` check: the endpoint can be reached, and its workers take jobs and finish them.
//!
//! This file asks; [`rules`] concludes.

mod configured;
mod evidence;
mod jobs;
mod logs;
mod management;
mod not_started;
mod placement;
mod queue;
mod reach;
pub mod rules;
mod signature;
mod starts;
mod wording;
mod workers;

pub use management::{Management, WorkerLog};

use comfycheck_sdk::bindings::comfycheck::check::workflow;
use comfycheck_sdk::endpoint::{
    configuration, environment, health, network_volumes, observations, reach, releases, stock, worker_logs, workers,
};
use comfycheck_sdk::samples::{Sample, images, price, samples};
use comfycheck_sdk::{Answer, Check, Error, Manifest, Scope};
use rules::{After, Before, LARGEST_JOB, Settings};

/// Looks at the endpoint before the samples, and at what became of them after.
#[derive(Debug)]
pub struct Endpoint;

impl Check for Endpoint {
    type Settings = Settings;

    fn manifest() -> Manifest {
        rules::manifest()
    }

    fn run(scope: Scope, settings: Settings) -> Result<Answer, Error> {
        match scope {
            Scope::Deployment => {
                let (reach, health) = (reach(), health());
                let management = if health.is_ok() { asked_before() } else { Management::unasked() };
                rules::before(&Before { reach, health, management, job_bytes: job_bytes() }, &settings)
            }
            Scope::Run => {
                let samples = samples();
                rules::any_submitted(&samples)?;
                let largest_result = samples.iter().filter_map(result_bytes).max();
                let management = asked(&samples);
                let (reach, observations, price) = (reach(), observations(), price());
                rules::after(&After { reach, samples, observations, management, largest_result, price }, &settings)
            }
            Scope::Sample => Err(Error::NotApplicable("the endpoint is judged once, not for each sample".into())),
        }
    }
}

/// How many lines of a log are read.
const TAIL: u32 = 100;

/// Asks the management API before the samples, also for what the configuration alone is judged by.
fn asked_before() -> Management {
    let management = asked(&[]);
    if management.configuration.is_err() {
        return management;
    }
    Management { environment: environment(), releases: releases(), ..management }
}

/// Asks the management API. It allows few requests: the stock of GPUs is asked where jobs wait, and logs where they may
/// tell a cause.
fn asked(samples: &[Sample]) -> Management {
    let configuration = configuration();
    if configuration.is_err() {
        return Management { configuration, ..Management::unasked() };
    }
    let mounts = configuration.as_ref().is_ok_and(|configuration| !configuration.volumes.is_empty());
    let waits = samples.iter().any(not_started::is_stuck);
    let none = Management::unasked();
    let workers = workers();
    let wanted = logs::wanted(samples, workers.as_deref().unwrap_or_default());
    let sources = wanted.iter().flat_map(|worker| [(worker, "container"), (worker, "system")]);
    let logs = sources.filter_map(|(worker, source)| {
        let lines = worker_logs(worker, source, TAIL).ok()?;
        Some(WorkerLog { worker: worker.clone(), source, lines })
    });
    Management {
        volumes: if mounts { network_volumes() } else { none.volumes },
        stock: if waits { stock() } else { none.stock },
        logs: logs.collect(),
        configuration,
        workers,
        ..none
    }
}

/// The size of a job that submits the workflow as it is, in bytes.
fn job_bytes() -> Option<u64> {
    const AROUND: usize = r#"{"input":{"workflow":}}"#.len();
    let text = workflow::api_json()?;
    // Without its white space it is no longer than this.
    let whole = || serde_json::from_str::<serde_json::Value>(&text).map_or(text.len(), |json| json.to_string().len());
    let length = if text.len() as u64 > LARGEST_JOB { whole() } else { text.len() };
    Some((length + AROUND) as u64)
}

/// The size of a sample's images in its result: as base64, a third more.
fn result_bytes(sample: &Sample) -> Option<u64> {
    let images = images(sample.index);
    (!images.is_empty())
        .then(|| images.iter().map(|image| image.size().div_ceil(3).saturating_mul(4)).fold(0, u64::saturating_add))
}

#[cfg(feature = "component")]
comfycheck_sdk::export_check!(Endpoint);

//! The `endpoint` check: the endpoint can be reached, and its workers take jobs and finish them.
//!
//! This file requests the facts; [`rules`] judges them.

mod comfyui;
mod compare;
mod configured;
pub mod evidence;
mod help;
mod imports;
mod jobs;
mod logs;
mod management;
mod message;
mod not_started;
mod placement;
mod queue;
mod reach;
mod retries;
pub mod rules;
mod sample;
mod settings;
mod spending;
mod starts;
mod workers;

pub use evidence::WorkerLog;
pub use management::Management;
pub use settings::Settings;

use comfycheck_sdk::bindings::comfycheck::check::workflow;
use comfycheck_sdk::endpoint::{
    configuration, environment, health, network_volumes, observations, reach, releases, stock, worker_logs, workers,
};
use comfycheck_sdk::samples::{Sample, images, price, samples};
use comfycheck_sdk::{Answer, Check, Error, Manifest, Scope};
use rules::{DeploymentFacts, LARGEST_JOB, RunFacts};

/// The check as the host runs it.
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
                let management = if health.is_ok() { before_samples() } else { Management::not_requested() };
                rules::judge_deployment(
                    &DeploymentFacts { reach, health, management, job_bytes: job_bytes(), price: price() },
                    &settings,
                )
            }
            Scope::Run => {
                let samples = samples();
                rules::require_submission(&samples)?;
                let largest_result = samples.iter().filter_map(result_bytes).max();
                let management = management(&samples);
                let (reach, observations, price) = (reach(), observations(), price());
                let facts = RunFacts { reach, samples, observations, management, largest_result, price };
                rules::judge_run(&facts, &settings)
            }
            Scope::Sample => Err(Error::NotApplicable("the endpoint is checked once, not for each sample".into())),
        }
    }
}

/// How many lines of a log are read.
const TAIL: u32 = 500;

/// The management API before the samples, with everything that only the configuration is judged by.
fn before_samples() -> Management {
    let management = management(&[]);
    if management.configuration.is_err() {
        return management;
    }
    Management { environment: environment(), releases: releases(), ..management }
}

/// The management API allows few requests. So the stock is requested only where jobs waited, and a log only where it can
/// name a cause.
fn management(samples: &[Sample]) -> Management {
    let configuration = configuration();
    if configuration.is_err() {
        return Management { configuration, ..Management::not_requested() };
    }
    let mounts = configuration.as_ref().is_ok_and(|configuration| !configuration.volumes.is_empty());
    let waits = samples.iter().any(sample::never_started);
    let none = Management::not_requested();
    let workers = workers();
    let relevant = logs::relevant_workers(samples, workers.as_deref().unwrap_or_default());
    let sources = relevant.iter().flat_map(|worker| [(worker, "container"), (worker, "system")]);
    let logs = sources.filter_map(|(worker, source)| {
        let lines = worker_logs(worker, source, TAIL).ok()?;
        // Only the lines that explain something are kept: a log has megabytes.
        Some(WorkerLog::of(worker, source, &lines))
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

/// The size of a job with the unchanged workflow, in bytes.
fn job_bytes() -> Option<u64> {
    const AROUND: usize = r#"{"input":{"workflow":}}"#.len();
    let text = workflow::api_json()?;
    // The job is sent without the white space of the file.
    let whole = || serde_json::from_str::<serde_json::Value>(&text).map_or(text.len(), |json| json.to_string().len());
    let length = if text.len() as u64 > LARGEST_JOB { whole() } else { text.len() };
    Some((length + AROUND) as u64)
}

/// The size of a sample's images in its result, in bytes: base64 takes a third more.
fn result_bytes(sample: &Sample) -> Option<u64> {
    let images = images(sample.index);
    (!images.is_empty())
        .then(|| images.iter().map(|image| image.size().div_ceil(3).saturating_mul(4)).fold(0, u64::saturating_add))
}

#[cfg(feature = "component")]
comfycheck_sdk::export_check!(Endpoint);

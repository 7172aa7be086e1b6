//! The `endpoint` check: the endpoint can be reached, and its workers take jobs and finish them.
//!
//! This file requests the facts; [`rules`] judges them.

mod comfyui;
mod compare;
mod configured;
mod downloads;
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
mod run_evidence;
mod sample;
mod settings;
mod spending;
mod starts;
pub mod watch;
mod worker_price;
mod workers;

pub use evidence::WorkerLog;
pub use management::Management;
pub use settings::Settings;

use comfycheck_sdk::endpoint::{
    builds, configuration, environment, health, network_volumes, observations, reach, releases, stock, whole_log,
    workers,
};
use comfycheck_sdk::samples::{Sample, attempts, images, price, samples};
use comfycheck_sdk::workflow_source as workflow;
use comfycheck_sdk::{Answer, Check, Error, Finding, Manifest, Scope, WaitingSample};
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
                let mut facts = DeploymentFacts { reach, health, management, job_bytes: job_bytes(), price: price() };
                if rules::needs_catalog(&facts) {
                    facts.management.stock = stock();
                }
                rules::judge_deployment(&facts, &settings)
            }
            Scope::Run => {
                let samples = samples();
                rules::require_submission(&samples)?;
                let largest_result = samples.iter().filter_map(result_bytes).max();
                let management = management(&samples);
                let (reach, observations, price) = (reach(), observations(), price());
                let attempts = samples.iter().map(|sample| (sample.index, attempts(sample.index))).collect();
                let facts = RunFacts { reach, samples, attempts, observations, management, largest_result, price };
                rules::judge_run(&facts, &settings)
            }
            Scope::Sample => Err(Error::NotApplicable("the endpoint is checked once, not for each sample".into())),
        }
    }

    fn watch(_: Settings, _: u64, waiting: &[WaitingSample]) -> Option<Finding> {
        // A job that runs shows that workers start.
        if waiting.iter().any(|sample| sample.first_running.is_some()) {
            return None;
        }
        let (configuration, workers) = (configuration(), workers());
        let listed = workers.as_deref().unwrap_or_default();
        let logs = logs::not_up(listed).take(logs::WORKERS).filter_map(|worker| log(worker, "system")).collect();
        let management = Management { configuration, workers, logs, ..Management::not_requested() };
        watch::judge(&management, waiting)
    }
}

/// The management API before the samples, with everything that only the configuration is judged by.
fn before_samples() -> Management {
    let management = management(&[]);
    if management.configuration.is_err() {
        return management;
    }
    Management { environment: environment(), releases: releases(), builds: builds(), ..management }
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
    let relevant = logs::relevant_workers(samples, &attempted(samples), workers.as_deref().unwrap_or_default());
    let sources = relevant.iter().flat_map(|worker| [(worker, "container"), (worker, "system")]);
    let logs = sources.filter_map(|(worker, source)| log(worker, source));
    Management {
        volumes: if mounts { network_volumes() } else { none.volumes },
        stock: if waits { stock() } else { none.stock },
        logs: logs.collect(),
        configuration,
        workers,
        ..none
    }
}

/// The workers that died while they ran a job that RunPod ran again.
fn attempted(samples: &[Sample]) -> Vec<String> {
    let retried = samples.iter().filter(|sample| sample.retries > 0);
    retried.flat_map(|sample| attempts(sample.index)).map(|attempt| attempt.worker).collect()
}

/// A log, reduced to the lines that explain something: it has megabytes.
fn log(worker: &str, source: &'static str) -> Option<WorkerLog> {
    Some(WorkerLog::of(worker, source, &whole_log(worker, source).ok()?))
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

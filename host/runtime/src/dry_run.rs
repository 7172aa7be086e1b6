//! The dry run: jobs that ComfyUI must refuse, so the refusal shows which nodes and models a worker
//! has, without GPU work.
//! The first job checks the values of loaders, the next one the classes of all nodes. Each missing
//! class takes one more job.
//!
//! A check requests it and waits. The run submits the jobs, once for all checks and on its own time.
//! Each job runs like a sample: with the suite's patience, within its budget, redacted, and
//! cancelled on an interruption. A check that is stopped meanwhile leaves no job unwatched.
//!
//! - A job holds names of the workflow and nothing else of it (`probe.rs`). It is not the suite's
//!   workflow with an error added: ComfyUI executes every output that is valid.
//! - A refusal lists at most 20 names, so it is not an inventory. It has an interface of its own,
//!   `runpod/dry-run`.
//! - It shows whether names exist. It does not show whether the workflow is valid as a whole.
//! - In a simulation it advances the endpoint. Queries of its phase see the state before it.
//! - A run with a dry run cannot be split into shards.
//!
//! **Invariant:** a submission of a dry run whose response was lost is never repeated.

mod probe;
mod refusal;
#[cfg(test)]
mod tests;

use crate::capabilities::DryRun;
use crate::event::{Listener, RunEvent};
use crate::facts::{DryRunFacts, LoaderValues, MissingClass, QueryError};
use crate::interruption::Interruption;
use crate::sampler::{SamplingRequest, run_samples_on};
use crate::sandbox::places;
use crate::transport::Transport;
use crate::transport::exchange::Phase;
use crate::transport::timeline::SharedClock;
use comfycheck_core::cost::Price;
use comfycheck_core::plan::PlannedSample;
use comfycheck_core::request::JobRequest;
use comfycheck_core::sample::{Ending, Sample};
use comfycheck_core::secret::Secrets;
use comfycheck_core::suite::{Sampling, Submit, Suite};
use comfycheck_core::wording::count;
use comfycheck_worker_error::WorkerError;
use probe::Probe;
use serde_json::{Map, Value};
use std::num::NonZeroU32;
use std::sync::Arc;

pub(crate) struct DryRunRequest<'a> {
    pub(crate) transport: &'a Arc<Transport>,
    /// Of the suite's workflow.
    pub(crate) workflow: &'a str,
    pub(crate) job: &'a JobRequest,
    /// The most jobs that can be submitted.
    pub(crate) most: u32,
    pub(crate) sampling: &'a Sampling,
    pub(crate) price: Option<&'a Price>,
    pub(crate) secrets: &'a Secrets,
    pub(crate) interruption: &'a Interruption,
    pub(crate) listener: Listener<'a>,
}

/// The dry run of a run, or why there is none. In replay, that does not depend on this machine.
pub(crate) fn offer(transport: &Transport, suite: &Suite) -> DryRun {
    let deployment = &suite.deployment;
    let has_endpoint = match transport {
        Transport::Simulate(_) => true,
        Transport::Replay(replay) => replay.cassette().has_jobs() || deployment.endpoint.is_some(),
        Transport::Live(_) | Transport::Record(_) => deployment.endpoint.is_some() || deployment.local_worker,
    };
    if deployment.dry_run == 0 {
        return DryRun::not_offered("the suite allows no dry run");
    }
    if !has_endpoint {
        return DryRun::not_offered("the suite names no endpoint for a dry run");
    }
    let Some(workflow) = &suite.workflow else { return DryRun::not_offered("no workflow for a dry run") };
    if probe::classes(&nodes(&workflow.text)).next().is_none() {
        return DryRun::not_offered("the workflow has no node class to check");
    }
    match transport {
        Transport::Replay(replay) if !replay.cassette().has_dry_run() => {
            DryRun::not_offered("the recording has no dry run")
        }
        _ => DryRun::open(places()),
    }
}

/// The nodes of a workflow in API format.
fn nodes(workflow: &str) -> Map<String, Value> {
    serde_json::from_str(workflow).unwrap_or_default()
}

/// Runs the dry run. Returns its result, and the jobs that were submitted, or may have been.
pub(crate) async fn run(request: DryRunRequest<'_>) -> (Result<DryRunFacts, QueryError>, Vec<Sample>) {
    let clock = SharedClock::start(request.transport, Phase::Deployment);
    let workflow = nodes(request.workflow);
    let mut runner = DryRunner { request, workflow, clock, jobs: Vec::new(), missing: Vec::new() };
    let values = runner.values().await;
    let classes = match &values {
        Ok(_) => runner.classes().await,
        Err(err) => Err(err.clone()),
    };
    let DryRunner { jobs, missing, .. } = runner;
    let answer = match (values, classes) {
        (Err(err), Err(_)) if missing.is_empty() => Err(err),
        (values, classes) => Ok(DryRunFacts {
            jobs: u32::try_from(jobs.len()).unwrap_or(u32::MAX),
            missing,
            classes: classes.map_err(|err| err.to_string()),
            values: values.map_err(|err| err.to_string()),
        }),
    };
    (answer, jobs)
}

struct DryRunner<'a> {
    request: DryRunRequest<'a>,
    workflow: Map<String, Value>,
    clock: SharedClock,
    jobs: Vec<Sample>,
    missing: Vec<MissingClass>,
}

impl DryRunner<'_> {
    /// Checks the values of loaders.
    async fn values(&mut self) -> Result<LoaderValues, QueryError> {
        loop {
            let Some(probe) = Probe::of_values(&self.workflow, &self.missing(), self.jobs.len()) else {
                return Ok(LoaderValues::default());
            };
            match self.submit(&probe).await? {
                (WorkerError::MissingNode { class: Some(class), .. }, worker) => self.is_missing(class, worker)?,
                (WorkerError::InvalidInputs(nodes), worker) => {
                    return refusal::values(&probe, &nodes, worker).map_err(QueryError::Other);
                }
                _ => return Err(QueryError::Other(OTHER_REASON.to_owned())),
            }
        }
    }

    /// Finds a worker that has all classes not yet known to be missing.
    async fn classes(&mut self) -> Result<Option<String>, QueryError> {
        loop {
            let probe = Probe::of_classes(&self.workflow, &self.missing(), self.jobs.len());
            match self.submit(&probe).await? {
                (WorkerError::MissingNode { class: Some(class), .. }, worker) if class == probe.nowhere => {
                    return Ok(worker);
                }
                (WorkerError::MissingNode { class: Some(class), .. }, worker) => self.is_missing(class, worker)?,
                _ => return Err(QueryError::Other(OTHER_REASON.to_owned())),
            }
        }
    }

    fn missing(&self) -> Vec<&str> {
        self.missing.iter().map(|missing| missing.class.as_str()).collect()
    }

    fn is_missing(&mut self, class: String, worker: Option<String>) -> Result<(), QueryError> {
        let is_ours = probe::classes(&self.workflow).any(|ours| ours == class);
        if !is_ours || self.missing().contains(&class.as_str()) {
            let class = refusal::shortened(&class);
            return Err(QueryError::Other(format!(
                "ComfyUI reports class `{class}` as missing, which is not in the workflow"
            )));
        }
        self.missing.push(MissingClass { class, worker });
        Ok(())
    }

    /// Submits a probe and watches it until it ends or times out. Returns ComfyUI's response, and
    /// the worker.
    async fn submit(&mut self, probe: &Probe) -> Result<(WorkerError, Option<String>), QueryError> {
        let most = self.request.most;
        if self.jobs.len() >= most as usize {
            return Err(QueryError::NotOffered(format!("`dry-run` in the suite allows {}", count(most, "job"))));
        }
        let job = submit(&self.request, &mut self.clock, probe, &self.jobs).await;
        let (refusal, worker) = (refusal::of_job(&job), job.worker.clone());
        if job.ending != Ending::NotSubmitted {
            self.jobs.push(job);
        }
        Ok((refusal?, worker))
    }
}

const OTHER_REASON: &str = "ComfyUI refused the job for another reason";

/// `before` are the earlier jobs.
async fn submit(request: &DryRunRequest<'_>, clock: &mut SharedClock, probe: &Probe, before: &[Sample]) -> Sample {
    let sampling =
        Sampling { samples: 1, concurrency: NonZeroU32::MIN, submit: Submit::Run, ..request.sampling.clone() };
    let index = u32::try_from(before.len()).unwrap_or(u32::MAX);
    let planned = PlannedSample { index, seed: None, workflow: Value::Object(probe.nodes.clone()).to_string().into() };
    let one = SamplingRequest {
        samples: std::slice::from_ref(&planned),
        job: request.job,
        sampling: &sampling,
        image_hosts: &[],
        output_path: None,
        secrets: request.secrets,
        price: request.price,
        before,
        watcher: None,
        load: None,
    };
    let report = |event| match event {
        RunEvent::SampleSeen { index, at, state, status } => {
            (request.listener)(RunEvent::DryRunSeen { job: index, at, state, status });
        }
        event => (request.listener)(event),
    };
    let run = run_samples_on(clock, one, request.interruption, &report).await;
    // Not the machine's clock: a recording cannot reproduce how late this process is.
    clock.go_on(run.traces.iter().filter_map(|trace| trace.left).max().unwrap_or_default());
    let none = || Sample::not_submitted(index, None, String::new(), "the sampling returned no sample");
    run.samples.into_iter().next().unwrap_or_else(none)
}

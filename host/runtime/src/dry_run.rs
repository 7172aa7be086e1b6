//! The dry run: jobs that ComfyUI must refuse, so that a worker tells which nodes and models it has, without GPU work. First
//! the values of loaders are asked, then the classes of all nodes; each class that is missing takes a job more.
//!
//! A check asks, and waits; the run makes it, once, on its own time: a check that is stopped meanwhile leaves no job that
//! nobody watches, and none is submitted twice. Each job is taken as a sample is, with the suite's patience and within its
//! budget.

mod probe;
mod refusal;
#[cfg(test)]
mod tests;

use crate::capabilities::{AskError, DryRunFacts, MissingClass, ToldValues};
use crate::event::{Listener, RunEvent};
use crate::interruption::Interruption;
use crate::sampler::{Wanted, take_on};
use crate::transport::Transport;
use crate::transport::exchange::Phase;
use crate::transport::timeline::SharedClock;
use comfycheck_core::cost::Price;
use comfycheck_core::plan::PlannedSample;
use comfycheck_core::render::count;
use comfycheck_core::sample::{Ending, Sample};
use comfycheck_core::secret::Secret;
use comfycheck_core::suite::{Sampling, Submit, Suite};
use comfycheck_worker_error::WorkerError;
use probe::Probe;
use serde_json::{Map, Value};
use std::num::NonZeroU32;
use std::sync::Arc;
use tokio::sync::watch;

/// The one dry run of a run, which its checks ask for.
#[derive(Debug)]
pub struct DryRun(watch::Sender<State>);

#[derive(Clone, Debug)]
enum State {
    Unasked,
    Asked,
    Answered(Result<Arc<DryRunFacts>, AskError>),
}

impl Default for DryRun {
    /// Where none may be made.
    fn default() -> Self {
        Self::not_offered("this run makes no dry run")
    }
}

impl DryRun {
    fn not_offered(reason: impl Into<String>) -> Self {
        Self(watch::Sender::new(State::Answered(Err(AskError::NotOffered(reason.into())))))
    }

    /// Waits for its answer, which the first that asks brings about.
    pub(crate) async fn ask(&self) -> Result<Arc<DryRunFacts>, AskError> {
        self.0.send_if_modified(|state| {
            let is_first = matches!(state, State::Unasked);
            if is_first {
                *state = State::Asked;
            }
            is_first
        });
        let mut seen = self.0.subscribe();
        let state = seen.wait_for(|state| matches!(state, State::Answered(_))).await.map(|state| state.clone());
        match state {
            Ok(State::Answered(answer)) => answer,
            // Its sender is ours.
            Ok(State::Unasked | State::Asked) | Err(_) => Err(AskError::Other("the dry run was not ended".to_owned())),
        }
    }

    /// Waits until somebody asks; for ever if nobody does.
    pub(crate) async fn asked(&self) {
        let asked = self.0.subscribe().wait_for(|state| matches!(state, State::Asked)).await.is_ok();
        if !asked {
            std::future::pending::<()>().await;
        }
    }

    /// Says what came of it.
    pub(crate) fn answer(&self, answer: Result<DryRunFacts, AskError>) {
        self.0.send_replace(State::Answered(answer.map(Arc::new)));
    }

    /// From now on none is made. False if one is asked for.
    pub(crate) fn end(&self) -> bool {
        self.0.send_if_modified(|state| {
            let is_unasked = matches!(state, State::Unasked);
            if is_unasked {
                let reason = "a dry run is made before the samples, and nobody asked for one then";
                *state = State::Answered(Err(AskError::NotOffered(reason.to_owned())));
            }
            is_unasked
        }) || !matches!(*self.0.borrow(), State::Asked)
    }
}

/// What a dry run is made of.
pub(crate) struct Order<'a> {
    pub(crate) transport: &'a Arc<Transport>,
    /// The text of the suite's workflow.
    pub(crate) workflow: &'a str,
    /// How many jobs may be submitted.
    pub(crate) most: u32,
    pub(crate) sampling: &'a Sampling,
    /// What one second of a worker costs; none if it is not known.
    pub(crate) price: Option<&'a Price>,
    pub(crate) secrets: &'a [Secret],
    pub(crate) interruption: &'a Interruption,
    pub(crate) listener: Listener<'a>,
}

/// The dry run of a run, or that there is none to be had. What is told does not depend on this machine in replay.
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
    let Some(workflow) = &suite.workflow else { return DryRun::not_offered("there is no workflow for a dry run") };
    if probe::classes(&nodes(&workflow.text)).next().is_none() {
        return DryRun::not_offered("the workflow has no class for a dry run");
    }
    match transport {
        Transport::Replay(replay) if !replay.cassette().has_dry_run() => {
            DryRun::not_offered("the recorded run made no dry run")
        }
        _ => DryRun(watch::Sender::new(State::Unasked)),
    }
}

/// The nodes of a workflow in API format, as every suite's is.
fn nodes(workflow: &str) -> Map<String, Value> {
    serde_json::from_str(workflow).unwrap_or_default()
}

/// Makes the dry run. Returns what it came to, and the jobs that were submitted for it, or may have been.
pub(crate) async fn carry_out(order: Order<'_>) -> (Result<DryRunFacts, AskError>, Vec<Sample>) {
    let clock = SharedClock::start(order.transport, Phase::Deployment);
    let workflow = nodes(order.workflow);
    let mut asking = Asking { order, workflow, clock, jobs: Vec::new(), missing: Vec::new() };
    let values = asking.values().await;
    let classes = match &values {
        Ok(_) => asking.classes().await,
        Err(err) => Err(err.clone()),
    };
    let Asking { jobs, missing, .. } = asking;
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

/// A dry run that is being made.
struct Asking<'a> {
    order: Order<'a>,
    workflow: Map<String, Value>,
    clock: SharedClock,
    jobs: Vec<Sample>,
    missing: Vec<MissingClass>,
}

impl Asking<'_> {
    /// What ComfyUI says of the values of loaders.
    async fn values(&mut self) -> Result<ToldValues, AskError> {
        loop {
            let Some(probe) = Probe::of_values(&self.workflow, &self.missing(), self.jobs.len()) else {
                return Ok(ToldValues::default());
            };
            match self.ask(&probe).await? {
                (WorkerError::MissingNode { class: Some(class), .. }, worker) => self.is_missing(class, worker)?,
                (WorkerError::InvalidInputs(nodes), worker) => {
                    return refusal::values(&probe, &nodes, worker).map_err(AskError::Other);
                }
                _ => return Err(AskError::Other(SOMETHING_ELSE.to_owned())),
            }
        }
    }

    /// Which worker has all classes that are not known to be missing.
    async fn classes(&mut self) -> Result<Option<String>, AskError> {
        loop {
            let probe = Probe::of_classes(&self.workflow, &self.missing(), self.jobs.len());
            match self.ask(&probe).await? {
                (WorkerError::MissingNode { class: Some(class), .. }, worker) if class == probe.nowhere => {
                    return Ok(worker);
                }
                (WorkerError::MissingNode { class: Some(class), .. }, worker) => self.is_missing(class, worker)?,
                _ => return Err(AskError::Other(SOMETHING_ELSE.to_owned())),
            }
        }
    }

    fn missing(&self) -> Vec<&str> {
        self.missing.iter().map(|missing| missing.class.as_str()).collect()
    }

    fn is_missing(&mut self, class: String, worker: Option<String>) -> Result<(), AskError> {
        let is_asked = probe::classes(&self.workflow).any(|asked| asked == class);
        if !is_asked || self.missing().contains(&class.as_str()) {
            let class = refusal::shortened(&class);
            return Err(AskError::Other(format!(
                "ComfyUI says that class `{class}` is missing, which was not asked for"
            )));
        }
        self.missing.push(MissingClass { class, worker });
        Ok(())
    }

    /// Submits a probe, and watches it until it ends or the patience does. Returns what ComfyUI said, and on which worker.
    async fn ask(&mut self, probe: &Probe) -> Result<(WorkerError, Option<String>), AskError> {
        let most = self.order.most;
        if self.jobs.len() >= most as usize {
            return Err(AskError::NotOffered(format!("the suite's `dry-run` allows {}", count(most, "job"))));
        }
        let job = submit(&self.order, &mut self.clock, probe, &self.jobs).await;
        let (refusal, worker) = (refusal::of_job(&job), job.worker.clone());
        if job.ending != Ending::NotSubmitted {
            self.jobs.push(job);
        }
        Ok((refusal?, worker))
    }
}

const SOMETHING_ELSE: &str = "ComfyUI refused the job for something else";

/// `before` are the jobs that were made before.
async fn submit(order: &Order<'_>, clock: &mut SharedClock, probe: &Probe, before: &[Sample]) -> Sample {
    let sampling = Sampling { samples: 1, concurrency: NonZeroU32::MIN, submit: Submit::Run, ..order.sampling.clone() };
    let index = u32::try_from(before.len()).unwrap_or(u32::MAX);
    let planned = PlannedSample { index, seed: None, workflow: Value::Object(probe.nodes.clone()).to_string() };
    let wanted = Wanted {
        samples: std::slice::from_ref(&planned),
        sampling: &sampling,
        image_hosts: &[],
        secrets: order.secrets,
        price: order.price,
        before,
    };
    let tell = |event| match event {
        RunEvent::SampleSeen { index, at, state, status } => {
            (order.listener)(RunEvent::DryRunSeen { job: index, at, state, status });
        }
        event => (order.listener)(event),
    };
    let taken = take_on(clock, wanted, order.interruption, &tell).await;
    // Not the present: how late we are is nothing that a recording could tell.
    clock.go_on(taken.seen.iter().filter_map(|seen| seen.left).max().unwrap_or_default());
    let none = || Sample::not_submitted(index, None, String::new(), "the sampling gave none");
    taken.samples.into_iter().next().unwrap_or_else(none)
}

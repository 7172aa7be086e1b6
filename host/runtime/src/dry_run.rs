//! The dry run: jobs that ComfyUI must refuse, so that a worker tells which nodes and models it has, without GPU work.
//!
//! A check asks, and waits; the run makes it, once, on its own time: a check that is stopped meanwhile leaves no job that
//! nobody watches, and none is submitted twice. Each job is taken as a sample is, with the suite's patience and within its
//! budget.

mod probe;
mod refusal;
#[cfg(test)]
mod tests;

use crate::capabilities::{AskError, DryRunFacts, MissingClass};
use crate::event::{Listener, RunEvent};
use crate::interruption::Interruption;
use crate::sampler::{Wanted, take_on};
use crate::transport::Transport;
use crate::transport::exchange::Phase;
use crate::transport::timeline::SharedClock;
use comfycheck_core::cost::Price;
use comfycheck_core::plan::PlannedSample;
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
    if let Err(reason) = Probe::of(&nodes(&workflow.text), &[]) {
        return DryRun::not_offered(format!("no dry run can be made: {reason}"));
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
    let workflow = nodes(order.workflow);
    let mut clock = SharedClock::start(order.transport, Phase::Deployment);
    let mut jobs = Vec::new();
    let mut facts = DryRunFacts::default();
    let ended = loop {
        let missing: Vec<&str> = facts.missing.iter().map(|missing| missing.class.as_str()).collect();
        let probe = match Probe::of(&workflow, &missing) {
            Ok(probe) => probe,
            Err(reason) => break Err(AskError::NotOffered(reason)),
        };
        if jobs.len() >= order.most as usize {
            let most = order.most;
            let plural = if most == 1 { "" } else { "s" };
            let reason =
                format!("the suite's `dry-run` allows {most} job{plural}, each of which names one missing class");
            break Err(AskError::NotOffered(reason));
        }
        let job = submit(&order, &mut clock, &probe, &jobs).await;
        let refusal = refusal::of_job(&job);
        let worker = job.worker.clone();
        if job.ending != Ending::NotSubmitted {
            jobs.push(job);
        }
        match refusal {
            Err(err) => break Err(err),
            Ok(WorkerError::MissingNode { id: node, class: Some(class), .. }) if !missing.contains(&class.as_str()) => {
                facts.missing.push(MissingClass { class, node, worker });
            }
            Ok(WorkerError::InvalidInputs(nodes)) => break refusal::verdict(&probe, &nodes).map_err(AskError::Other),
            Ok(_) => break Err(AskError::Other("ComfyUI refused the job for something else".to_owned())),
        }
    };
    facts.jobs = u32::try_from(jobs.len()).unwrap_or(u32::MAX);
    for worker in jobs.iter().filter_map(|job| job.worker.as_ref()) {
        if !facts.workers.contains(worker) {
            facts.workers.push(worker.clone());
        }
    }
    let answer = match ended {
        Ok((refused, validated)) => Ok(DryRunFacts { refused, validated, ..facts }),
        // What is known to be missing is worth telling.
        Err(err) if !facts.missing.is_empty() => Ok(DryRunFacts { incomplete: Some(err.to_string()), ..facts }),
        Err(err) => Err(err),
    };
    (answer, jobs)
}

/// Submits a probe, and watches it until it ends or the patience does. `before` are the jobs that were made before.
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
    clock.go_on();
    let none = || Sample::not_submitted(index, None, String::new(), "the sampling gave none");
    taken.samples.into_iter().next().unwrap_or_else(none)
}

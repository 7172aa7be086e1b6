//! How a worker runs a job.

mod batch;
mod comfyui;
mod foreign;
mod graph;
mod images;
mod memory;
mod python;
mod refusal;
mod version;

use crate::chance::{Chance, digest, nth};
use crate::scenario::{First, HandlerKind, JobBehavior, JobRule, Kind, Scenario};
use serde_json::{Value, json};
use std::time::Duration;

pub(crate) use images::{Format, Images, Picture, PictureKind, Shape};
pub(crate) use memory::Memory;

/// Where a job runs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place<'a> {
    pub(crate) scenario: &'a Scenario,
    pub(crate) chance: Chance,
    pub(crate) kind: &'a Kind,
    /// The worker's id.
    pub(crate) worker: &'a str,
    /// The worker's number.
    pub(crate) number: u32,
    /// How often RunPod has retried the job.
    pub(crate) retries: u32,
}

impl Place<'_> {
    /// The version of worker-comfyui, as numbers.
    fn version(&self) -> [u32; 3] {
        version::numbers(self.kind.version.as_deref().unwrap_or(&self.scenario.handler.version))
    }
}

/// The run of a job.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Work {
    /// None if it does not end by itself.
    pub(crate) took: Option<Duration>,
    pub(crate) ending: Ending,
}

/// How a job's run ends.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Ending {
    /// The handler returned, or raised an exception.
    Returned(HandlerResult),
    /// The handler is done, and RunPod does not know. Holds the last progress.
    Frozen(Value),
    /// It hit the execution timeout.
    TookTooLong,
    /// RunPod never learns how it ended.
    NotReported {
        /// Whether the worker can take the next job.
        worker_lives: bool,
    },
}

/// The result that the worker posts to RunPod.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct HandlerResult {
    pub(crate) output: Output,
    /// With an error the job ends as FAILED.
    pub(crate) error: Option<String>,
}

/// The output of a job.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Output {
    Nothing,
    Json(Value),
    Images(Images),
}

impl Work {
    fn output(took: Duration, output: Output) -> Self {
        Self { took: Some(took), ending: Ending::Returned(HandlerResult { output, error: None }) }
    }

    fn error(took: Duration, error: impl Into<String>) -> Self {
        Self::error_with(took, error, Output::Nothing)
    }

    fn error_with(took: Duration, error: impl Into<String>, output: Output) -> Self {
        Self { took: Some(took), ending: Ending::Returned(HandlerResult { output, error: Some(error.into()) }) }
    }

    /// An exception that the handler did not catch, as RunPod's SDK reports it: JSON as text.
    fn exception(took: Duration, place: &Place<'_>, kind: &str, message: &str) -> Self {
        let error = json!({
            "error_type": format!("<class '{kind}'>"),
            "error_message": message,
            "error_traceback": format!("Traceback (most recent call last):\n  File \"/handler.py\", line 1, in handler\n{kind}: {message}\n"),
            "hostname": format!("{}-{:08x}", place.worker, digest(&[place.worker.as_bytes()]) & 0xffff_ffff),
            "worker_id": place.worker,
            "runpod_version": "1.12.0",
        });
        Self::error(took, error.to_string())
    }
}

/// Runs a job on a worker. Its draws are keyed by `key`.
pub(crate) fn work(place: &Place<'_>, key: u64, input: &[u8], memory: &mut Memory) -> Work {
    /// Half the time of such a job on RunPod, which gave it to two workers before it gave up.
    const EMPTY_INPUT: Duration = Duration::from_secs(20);
    let input: Value = serde_json::from_slice(input).unwrap_or_default();
    // RunPod drops an empty object, and its SDK refuses a job without input.
    if input.as_object().is_some_and(serde_json::Map::is_empty) {
        return Work { took: Some(EMPTY_INPUT), ending: Ending::NotReported { worker_lives: true } };
    }
    let behavior = behavior(place, key, memory.warm);
    match behavior {
        Some(JobBehavior::Raises) => {
            Work::exception(Duration::from_millis(40), place, "RuntimeError", "the handler was made to fail")
        }
        Some(JobBehavior::ReturnsNothing) => Work::output(execution(place, key), Output::Nothing),
        Some(JobBehavior::Hangs) => Work { took: None, ending: Ending::TookTooLong },
        Some(JobBehavior::KillsWorker) => {
            Work { took: Some(execution(place, key)), ending: Ending::NotReported { worker_lives: false } }
        }
        Some(JobBehavior::StaysInProgress) => {
            Work { took: Some(execution(place, key)), ending: Ending::Frozen(json!("step 7 of 8")) }
        }
        _ => match place.scenario.handler.kind {
            HandlerKind::WorkerComfyui => comfyui::work(place, key, &input, memory, behavior),
            other => foreign::work(place, other, &input),
        },
    }
}

/// How the scenario makes this job behave; none if it goes well.
/// `warm` is whether ComfyUI has run on the worker.
fn behavior(place: &Place<'_>, key: u64, warm: bool) -> Option<JobBehavior> {
    let is_first = |of: First| match of {
        First::OfWorker => !warm,
        First::OfJob => place.retries == 0,
    };
    let fits = |(number, rule): &(u64, &JobRule)| {
        rule.gpu.as_ref().is_none_or(|gpu| *gpu == place.kind.gpu)
            && rule.worker.is_none_or(|worker| worker == place.number)
            && rule.first.is_none_or(is_first)
            && place.chance.unit("deed", nth(key, *number)) < rule.share
    };
    (0..).zip(&place.scenario.jobs).find(fits).map(|(_, rule)| rule.behavior)
}

/// How long the workflow executes on a warm worker.
fn execution(place: &Place<'_>, key: u64) -> Duration {
    let span = place.scenario.handler.execution_s.at(place.chance.unit("execution", key));
    let slow = span.as_secs_f64() * place.kind.slowness;
    Duration::try_from_secs_f64((slow * 1000.0).round() / 1000.0).unwrap_or(Duration::MAX)
}

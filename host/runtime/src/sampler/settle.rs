//! What depends on all samples of a run: cold starts and costs.

use super::start::classify;
use crate::capabilities::AttemptFacts;
use comfycheck_core::cost::{Price, cost, cost_when_cut_off};
use comfycheck_core::sample::Sample;
use std::time::Duration;

/// What was observed of a job, beside what reports show.
///
/// Times count from the start of the first sample.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct JobTrace {
    /// The queue when the job was submitted; none if unknown.
    pub queue: Option<Queue>,
    /// Only for a job that was seen running and whose execution time RunPod does not report.
    pub cut_off: Option<CutOff>,
    /// When it last counted among the jobs of the run; none if it never did.
    pub left: Option<Duration>,
    /// The workers that polls saw it on, in order of time.
    pub attempts: Vec<AttemptFacts>,
}

/// The queue at the time of a submission.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Queue {
    /// Workers that are ready or idle.
    pub workers: u32,
    /// Jobs of the run that wait for one of them.
    pub waiting: u32,
    /// None in results that an earlier version stored.
    pub busy: Option<Busy>,
}

/// Who else may take or occupy a worker at the time of a submission.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Busy {
    /// Running workers.
    pub running: u32,
    /// Initializing workers.
    pub initializing: u32,
    /// Jobs of other clients in the queue or in progress.
    pub other_jobs: u32,
}

/// The end of watching a running job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CutOff {
    /// When it was last seen running.
    pub seen: Duration,
    /// When watching ended, after cancelling it.
    pub until: Duration,
}

/// Sets the start (cold or warm) and the cost of each sample. `traces` is in the order of the
/// samples; `before` are the jobs of dry runs.
pub fn settle(samples: &mut [Sample], traces: &[JobTrace], price: Option<&Price>, before: &[Sample]) {
    let queues: Vec<_> = traces.iter().map(|trace| trace.queue).collect();
    classify(samples, &queues, before);
    for (sample, trace) in samples.iter_mut().zip(traces) {
        sample.cost = price.and_then(|price| match trace.cut_off {
            Some(CutOff { seen, until }) => cost_when_cut_off(sample, seen, until, price),
            None => cost(sample, price),
        });
    }
}

//! What can be told of a sample only once all samples of the run are known: whether it met a cold worker, and what it cost.

use super::start::classify;
use comfycheck_core::cost::{Price, cost, cost_when_cut_off};
use comfycheck_core::sample::Sample;
use std::time::Duration;

/// What was seen of a sample, beside what reports tell.
///
/// Durations count from the start of the sampling.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Seen {
    /// The queue when it was submitted; none if that could not be told.
    pub queue: Option<Queue>,
    /// None unless it was seen running and RunPod does not say for how long it ran in the end.
    pub cut_off: Option<CutOff>,
    /// When it was last counted among the jobs of the run; none if it never was.
    pub left: Option<Duration>,
}

/// The queue as a job meets it that is submitted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Queue {
    /// Workers that are ready or idle.
    pub workers: u32,
    /// Jobs of the run that wait for one of them.
    pub waiting: u32,
}

/// Until when a job was watched that ran.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CutOff {
    /// When it was last seen running.
    pub seen: Duration,
    /// When nobody looked any longer, after it was cancelled.
    pub until: Duration,
}

/// Says of each sample of a run whether it met a cold worker, and what it cost. `seen` is in the order of the samples;
/// `before` are the jobs of dry runs.
pub fn settle(samples: &mut [Sample], seen: &[Seen], price: Option<&Price>, before: &[Sample]) {
    let free: Vec<_> = seen.iter().map(|seen| seen.queue.map(|queue| queue.workers > queue.waiting)).collect();
    classify(samples, &free, before);
    for (sample, seen) in samples.iter_mut().zip(seen) {
        sample.cost = price.and_then(|price| match seen.cut_off {
            Some(CutOff { seen, until }) => cost_when_cut_off(sample, seen, until, price),
            None => cost(sample, price),
        });
    }
}

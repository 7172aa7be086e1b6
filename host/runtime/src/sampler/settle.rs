//! What depends on all samples of a run: cold starts and costs.

use super::start::classify;
use crate::facts::{CutOff, JobTrace};
use comfycheck_core::cost::{Price, cost, cost_when_cut_off};
use comfycheck_core::sample::Sample;

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

//! The shards of a live run: each ran its own samples, on its own clock, with its own price.

use crate::facts::{Queue, Samples};
use crate::run::{HopelessWait, ShardedSampling};
use crate::sampler::settle;
use crate::transport::simulate::ScenarioClock;
use comfycheck_core::cost::Price;
use comfycheck_core::sample::Sample;
use std::collections::BTreeSet;
use std::time::Duration;

/// Puts all samples and readings of `/health` on one clock, which starts with the earliest shard.
/// Counts waiting and running jobs again, and determines cold starts and costs again.
pub(super) fn on_one_clock(shards: Vec<ShardedSampling>) -> ShardedSampling {
    let price = price(shards.iter().filter_map(|shard| shard.price.as_ref()));
    let earliest = shards.iter().filter_map(|shard| shard.samples.began).min();
    let (mut shards, hopeless): (Vec<_>, Vec<_>) =
        shards.into_iter().map(|shard| (shard.samples, shard.hopeless)).unzip();
    for shard in &mut shards {
        let began = shard.began.or(earliest).unwrap_or_default();
        shift(shard, began.saturating_sub(earliest.unwrap_or_default()));
    }
    let jobs: Vec<Job> = shards
        .iter()
        .zip(0..)
        .flat_map(|(shard, number)| {
            shard
                .samples
                .iter()
                .enumerate()
                .filter_map(move |(at, sample)| Job::of(number, sample, shard.traces[at].left))
        })
        .collect();
    for (shard, number) in shards.iter_mut().zip(0..) {
        let others: Vec<_> = jobs.iter().filter(|job| job.shard != number).collect();
        count_others(shard, &others);
    }
    let mut whole = Samples { began: earliest, ..Samples::default() };
    for Samples { samples, files, observations, traces, began: _, stopped: _ } in shards {
        whole.samples.extend(samples);
        whole.files.extend(files);
        whole.observations.extend(observations);
        whole.traces.extend(traces);
    }
    whole.observations.sort_by_key(|observation| observation.at);
    let mut whole = in_order(whole);
    settle(&mut whole.samples, &whole.traces, price.as_ref(), &[]);
    let (clock, hopeless) = (ScenarioClock::default(), each_once(hopeless.concat()));
    ShardedSampling { samples: whole, price, clock, hopeless, lost: BTreeSet::new() }
}

/// Findings of one check and rule are one, about the samples of all shards that have it.
fn each_once(all: Vec<HopelessWait>) -> Vec<HopelessWait> {
    let mut whole: Vec<HopelessWait> = Vec::new();
    for found in all {
        let is_same =
            |known: &&mut HopelessWait| (&known.check, &known.finding.rule) == (&found.check, &found.finding.rule);
        match whole.iter_mut().find(is_same) {
            Some(known) => {
                let subjects = &mut known.finding.subjects;
                let new: Vec<_> =
                    found.finding.subjects.into_iter().filter(|subject| !subjects.contains(subject)).collect();
                subjects.extend(new);
            }
            None => whole.push(found),
        }
    }
    whole
}

/// Samples in order of their index.
pub(super) fn in_order(whole: Samples) -> Samples {
    let mut all: Vec<_> = whole.samples.into_iter().zip(whole.files).zip(whole.traces).collect();
    all.sort_by_key(|((sample, _), _)| sample.index);
    let (both, traces): (Vec<_>, Vec<_>) = all.into_iter().unzip();
    let (samples, files) = both.into_iter().unzip();
    Samples { samples, files, traces, ..whole }
}

/// The price of the best source. A range if shards disagree.
fn price<'a>(known: impl Iterator<Item = &'a Price> + Clone) -> Option<Price> {
    let source = known.clone().map(|price| price.source).min()?;
    known.filter(|price| price.source == source).cloned().reduce(|one, other| {
        let lowest = |price: &Price| price.lowest.unwrap_or(price.per_second);
        let (per_second, lowest) = (one.per_second.max(other.per_second), lowest(&one).min(lowest(&other)));
        let date = one.date.clone().max(other.date);
        Price { per_second, lowest: Some(lowest).filter(|lowest| *lowest < per_second), date, ..one }
    })
}

/// Some thousand years. It bounds the times of a shard, so sums cannot overflow.
const FAR: Duration = Duration::from_secs(1 << 36);

/// Moves all times to a clock that started earlier.
fn shift(shard: &mut Samples, by: Duration) {
    let later = |at: &mut Duration| *at = at.saturating_add(by).min(FAR);
    for sample in &mut shard.samples {
        let Sample { submitted, first_running, finished, .. } = sample;
        [submitted, first_running, finished].into_iter().flatten().for_each(later);
    }
    for trace in &mut shard.traces {
        trace.left.iter_mut().for_each(later);
        for attempt in &mut trace.attempts {
            later(&mut attempt.first_seen);
            later(&mut attempt.last_seen);
        }
        if let Some(cut_off) = &mut trace.cut_off {
            later(&mut cut_off.seen);
            later(&mut cut_off.until);
        }
    }
    shard.observations.iter_mut().for_each(|observation| later(&mut observation.at));
}

/// A job of the run.
struct Job {
    /// The position of its shard.
    shard: usize,
    index: u32,
    submitted: Duration,
    taken: Duration,
    left: Duration,
}

impl Job {
    /// None if the sample was not submitted.
    fn of(shard: usize, sample: &Sample, left: Option<Duration>) -> Option<Self> {
        let (submitted, left) = (sample.submitted?, left?);
        Some(Self {
            shard,
            index: sample.index,
            submitted,
            taken: sample.first_running.unwrap_or(left).min(left),
            left,
        })
    }
}

/// Adds the jobs of other shards to the counts of a shard.
fn count_others(shard: &mut Samples, others: &[&Job]) {
    let counted =
        |are: &dyn Fn(&Job) -> bool| u32::try_from(others.iter().filter(|job| are(job)).count()).unwrap_or(u32::MAX);
    for (sample, trace) in shard.samples.iter().zip(&mut shard.traces) {
        let (Some(at), Some(Queue { waiting, busy, .. })) = (sample.submitted, &mut trace.queue) else { continue };
        // Of jobs that were submitted at the same time, that of the first sample comes first.
        let before = |job: &Job| (job.submitted, job.index) < (at, sample.index);
        *waiting = waiting.saturating_add(counted(&|job| before(job) && at < job.taken));
        if let Some(busy) = busy {
            // The shard took these for jobs of other clients.
            busy.other_jobs = busy.other_jobs.saturating_sub(counted(&|job| before(job) && at < job.left));
        }
    }
    for observation in &mut shard.observations {
        let at = observation.at;
        let waiting = counted(&|job| job.submitted <= at && at < job.taken);
        let running = counted(&|job| job.taken <= at && at < job.left);
        observation.waiting = observation.waiting.saturating_add(waiting);
        observation.running = observation.running.saturating_add(running);
    }
}

#[cfg(test)]
mod tests;

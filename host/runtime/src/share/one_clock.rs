//! The shares of a live run: each took its own samples, on its own clock, with its own price.

use crate::run::Shared;
use crate::sampler::{Queue, Samples, settle};
use crate::transport::simulate::ScenarioClock;
use comfycheck_core::cost::Price;
use comfycheck_core::sample::Sample;
use std::time::Duration;

/// Puts all samples and readings of `/health` on one clock, which begins with the earliest sampling by the machines' own
/// clocks; counts anew who waited and who ran; and says anew which samples met a cold worker, and what they cost.
pub(super) fn on_one_clock(shares: Vec<Shared>) -> Shared {
    let price = price(shares.iter().filter_map(|share| share.price.as_ref()));
    let earliest = shares.iter().filter_map(|share| share.samples.began).min();
    let mut shares: Vec<Samples> = shares.into_iter().map(|share| share.samples).collect();
    for share in &mut shares {
        let began = share.began.or(earliest).unwrap_or_default();
        shift(share, began.saturating_sub(earliest.unwrap_or_default()));
    }
    let jobs: Vec<Job> = shares
        .iter()
        .zip(0..)
        .flat_map(|(share, number)| {
            share
                .samples
                .iter()
                .enumerate()
                .filter_map(move |(at, sample)| Job::of(number, sample, share.seen[at].left))
        })
        .collect();
    for (share, number) in shares.iter_mut().zip(0..) {
        let others: Vec<_> = jobs.iter().filter(|job| job.share != number).collect();
        count_others(share, &others);
    }
    let mut whole = Samples { began: earliest, ..Samples::default() };
    for Samples { samples, images, observations, seen, began: _ } in shares {
        whole.samples.extend(samples);
        whole.images.extend(images);
        whole.observations.extend(observations);
        whole.seen.extend(seen);
    }
    whole.observations.sort_by_key(|observation| observation.at);
    let mut whole = in_order(whole);
    settle(&mut whole.samples, &whole.seen, price.as_ref(), &[]);
    Shared { samples: whole, price, clock: ScenarioClock::default() }
}

/// Samples in order of their index.
pub(super) fn in_order(whole: Samples) -> Samples {
    let mut all: Vec<_> = whole.samples.into_iter().zip(whole.images).zip(whole.seen).collect();
    all.sort_by_key(|((sample, _), _)| sample.index);
    let (both, seen): (Vec<_>, Vec<_>) = all.into_iter().unzip();
    let (samples, images) = both.into_iter().unzip();
    Samples { samples, images, seen, ..whole }
}

/// Of what the shares know, the price of the best source. Where it is not the same everywhere, it is a range.
fn price<'a>(known: impl Iterator<Item = &'a Price> + Clone) -> Option<Price> {
    let source = known.clone().map(|price| price.source).min()?;
    known.filter(|price| price.source == source).cloned().reduce(|one, other| {
        let lowest = |price: &Price| price.lowest.unwrap_or(price.per_second);
        let (per_second, lowest) = (one.per_second.max(other.per_second), lowest(&one).min(lowest(&other)));
        let date = one.date.clone().max(other.date);
        Price { per_second, lowest: Some(lowest).filter(|lowest| *lowest < per_second), date, ..one }
    })
}

/// Nothing happens after that, in some thousand years: what a share says of its times can be added to others.
const FAR: Duration = Duration::from_secs(1 << 36);

/// Moves all that happened in a sampling to when it happened on a clock that began so much earlier.
fn shift(share: &mut Samples, by: Duration) {
    let later = |at: &mut Duration| *at = at.saturating_add(by).min(FAR);
    for sample in &mut share.samples {
        let Sample { submitted, first_running, finished, .. } = sample;
        [submitted, first_running, finished].into_iter().flatten().for_each(later);
    }
    for seen in &mut share.seen {
        seen.left.iter_mut().for_each(later);
        if let Some(cut_off) = &mut seen.cut_off {
            later(&mut cut_off.seen);
            later(&mut cut_off.until);
        }
    }
    share.observations.iter_mut().for_each(|observation| later(&mut observation.at));
}

/// A job of the run.
struct Job {
    /// The position of its share.
    share: usize,
    index: u32,
    submitted: Duration,
    taken: Duration,
    left: Duration,
}

impl Job {
    /// None if the sample was not submitted.
    fn of(share: usize, sample: &Sample, left: Option<Duration>) -> Option<Self> {
        let (submitted, left) = (sample.submitted?, left?);
        Some(Self {
            share,
            index: sample.index,
            submitted,
            taken: sample.first_running.unwrap_or(left).min(left),
            left,
        })
    }
}

/// Adds the jobs of the other shares to those that a share knew of.
fn count_others(share: &mut Samples, others: &[&Job]) {
    let counted =
        |are: &dyn Fn(&Job) -> bool| u32::try_from(others.iter().filter(|job| are(job)).count()).unwrap_or(u32::MAX);
    for (sample, seen) in share.samples.iter().zip(&mut share.seen) {
        let (Some(at), Some(Queue { waiting, .. })) = (sample.submitted, &mut seen.queue) else { continue };
        // Of jobs that are submitted at once, that of the first sample is there first.
        let before = |job: &Job| (job.submitted, job.index) < (at, sample.index);
        *waiting = waiting.saturating_add(counted(&|job| before(job) && at < job.taken));
    }
    for observation in &mut share.observations {
        let at = observation.at;
        let waiting = counted(&|job| job.submitted <= at && at < job.taken);
        let running = counted(&|job| job.taken <= at && at < job.left);
        observation.waiting = observation.waiting.saturating_add(waiting);
        observation.running = observation.running.saturating_add(running);
    }
}

#[cfg(test)]
mod tests;

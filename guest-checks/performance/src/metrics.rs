//! The metrics, computed from the samples. What they mean stands in the README; here is how they are got.
//!
//! Times are computed in milliseconds, as they are given: a sum in seconds would miss a limit by a rounding error.

use comfycheck_sdk::samples::{Ending, Sample, Start};

/// How the samples ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// RunPod completed them.
    pub succeeded: u32,
    /// The indices of those that came to another end: failed, expired, never started, not finished.
    pub lost: Vec<u32>,
    /// Those of them that never started.
    pub never_started: u32,
    /// Their submission was not answered or they were cancelled, so that they say nothing of the deployment.
    pub untold: u32,
    /// They were not submitted.
    pub not_submitted: u32,
}

/// A time of one sample.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Time {
    /// The sample's index.
    pub sample: u32,
    /// In milliseconds.
    pub ms: f64,
    /// Whether it is only known that the time was no longer.
    pub upper_bound: bool,
}

/// A cold start.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ColdStart {
    /// How long it took.
    pub took: Time,
    /// How much of it passed before a worker took the job, in milliseconds.
    pub delay_ms: f64,
}

/// What all images together cost.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bill {
    /// USD, the least that it may be.
    pub low: f64,
    /// USD, the most that it may be.
    pub high: f64,
    /// Images of the samples whose cost is known.
    pub images: u32,
    /// How many those samples are.
    pub samples: u32,
    /// How many samples succeeded, or were taken by a worker, and have no cost that is known.
    pub unpriced: u32,
}

/// How long a sample waited and how long it was executed, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Times {
    delay: Option<f64>,
    execution: Option<f64>,
}

impl Tally {
    /// How the samples ended.
    #[must_use]
    pub fn of(samples: &[Sample]) -> Self {
        let mut tally = Self::default();
        for sample in samples {
            match sample.ending {
                Ending::Succeeded => tally.succeeded += 1,
                Ending::Failed | Ending::Expired | Ending::NotFinished => tally.lost.push(sample.index),
                Ending::NeverStarted => {
                    tally.lost.push(sample.index);
                    tally.never_started += 1;
                }
                Ending::Cancelled | Ending::Unknown => tally.untold += 1,
                Ending::NotSubmitted => tally.not_submitted += 1,
            }
        }
        tally
    }

    /// How many came to an end that says something.
    #[must_use]
    pub fn settled(&self) -> u32 {
        self.succeeded.saturating_add(u32::try_from(self.lost.len()).unwrap_or(u32::MAX))
    }
}

impl Times {
    /// With a second dispatch RunPod's times count from there, and ours are taken.
    fn of(sample: &Sample) -> Self {
        let span = |from: Option<u64>, to: Option<u64>| Some(exact(to?.saturating_sub(from?)));
        if sample.retries > 0 {
            Self {
                delay: span(sample.submitted, sample.first_running),
                execution: span(sample.first_running, sample.finished),
            }
        } else {
            Self { delay: sample.delay.map(exact), execution: sample.execution.map(exact) }
        }
    }
}

/// How long each sample waited for a worker that was running already, in order of the samples.
///
/// Of a sample that may have met a cold worker, its wait is an upper bound.
#[must_use]
pub fn queue_times(samples: &[Sample]) -> Vec<Time> {
    let running = samples.iter().filter(|sample| sample.start != Start::Cold);
    let wait = |sample: &Sample| {
        let upper_bound = sample.start != Start::Warm;
        Some(Time { sample: sample.index, ms: Times::of(sample).delay?, upper_bound })
    };
    running.filter_map(wait).collect()
}

/// The cold starts of the samples that succeeded, in their order.
#[must_use]
pub fn cold_starts(samples: &[Sample]) -> Vec<ColdStart> {
    let warm = warm_execution(samples);
    let cold = |(sample, execution): (&Sample, f64)| {
        let delay = Times::of(sample).delay?;
        let ms = delay + longer_than(warm, execution);
        Some(ColdStart { took: Time { sample: sample.index, ms, upper_bound: warm.is_none() }, delay_ms: delay })
    };
    executions(samples, Start::Cold).filter_map(cold).collect()
}

/// How long the start of a worker took at most, for each sample that a worker took and that may have met a cold one or
/// not, in their order. Of one that did not succeed, its wait alone.
#[must_use]
pub fn unclear_starts(samples: &[Sample]) -> Vec<Time> {
    let warm = warm_execution(samples);
    let unclear = samples.iter().filter(|sample| sample.start == Start::Unclear);
    let start = |sample: &Sample| {
        let Times { delay, execution } = Times::of(sample);
        let execution = execution.filter(|_| sample.ending == Ending::Succeeded);
        let ms = delay? + execution.map_or(0.0, |execution| longer_than(warm, execution));
        Some(Time { sample: sample.index, ms, upper_bound: true })
    };
    unclear.filter_map(start).collect()
}

/// The median of the warm executions; none without a warm sample that succeeded.
fn warm_execution(samples: &[Sample]) -> Option<f64> {
    median(executions(samples, Start::Warm).map(|(_, execution)| execution).collect())
}

/// By how much an execution exceeds a warm one; all of it where none is known.
fn longer_than(warm: Option<f64>, execution: f64) -> f64 {
    (execution - warm.unwrap_or_default()).max(0.0)
}

/// How long one image took, for each warm sample that succeeded and made one.
#[must_use]
pub fn generation_times(samples: &[Sample]) -> Vec<Time> {
    let each = |(sample, execution): (&Sample, f64)| {
        let images = images(sample);
        let ms = execution / f64::from(images);
        (images > 0).then_some(Time { sample: sample.index, ms, upper_bound: false })
    };
    executions(samples, Start::Warm).filter_map(each).collect()
}

/// What the images cost, the failed and the cold samples included.
#[must_use]
pub fn bill(samples: &[Sample]) -> Bill {
    let mut bill = Bill { low: 0.0, high: 0.0, images: 0, samples: 0, unpriced: 0 };
    for sample in samples {
        if let Some(cost) = &sample.cost {
            bill.low += cost.low;
            bill.high += cost.high;
            bill.images = bill.images.saturating_add(images(sample));
            bill.samples += 1;
        } else if sample.ending == Ending::Succeeded || sample.first_running.is_some() {
            bill.unpriced += 1;
        }
    }
    bill
}

/// The arithmetic mean in milliseconds; none of no times.
#[must_use]
pub fn mean(times: &[Time]) -> Option<f64> {
    #[expect(clippy::cast_precision_loss, reason = "there are never 2^52 samples")]
    let number = times.len() as f64;
    (!times.is_empty()).then(|| times.iter().map(|time| time.ms).sum::<f64>() / number)
}

/// What 95 % of the times do not exceed, in milliseconds; none of fewer than 20, where it would be the longest.
#[must_use]
pub fn p95(times: &[Time]) -> Option<f64> {
    let mut sorted: Vec<f64> = times.iter().map(|time| time.ms).collect();
    sorted.sort_by(f64::total_cmp);
    let rank = (sorted.len() * 95).div_ceil(100);
    (sorted.len() >= 20).then(|| sorted.get(rank - 1).copied()).flatten()
}

/// The longest; the first of several. None of no times.
#[must_use]
pub fn longest(times: &[Time]) -> Option<Time> {
    times.iter().copied().reduce(|a, b| if b.ms > a.ms { b } else { a })
}

/// The shortest, in milliseconds; none of no times.
#[must_use]
pub fn shortest(times: &[Time]) -> Option<f64> {
    times.iter().map(|time| time.ms).reduce(f64::min)
}

/// The samples of one kind that succeeded and were timed, with how long they were executed.
fn executions(samples: &[Sample], start: Start) -> impl Iterator<Item = (&Sample, f64)> {
    let succeeded = samples.iter().filter(move |sample| sample.ending == Ending::Succeeded && sample.start == start);
    succeeded.filter_map(|sample| Some((sample, Times::of(sample).execution?)))
}

/// How many images a job made. One that was lost on the way was made, too.
fn images(sample: &Sample) -> u32 {
    sample.image_count.saturating_add(u32::try_from(sample.lost_images.len()).unwrap_or(u32::MAX))
}

/// The middle value, or the mean of the two in the middle.
fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    let upper = *values.get(middle)?;
    Some(if values.len() % 2 == 1 { upper } else { f64::midpoint(values[middle - 1], upper) })
}

/// A number of milliseconds below 2^53, which is 285,000 years.
#[expect(clippy::cast_precision_loss, reason = "no sample takes that long")]
fn exact(milliseconds: u64) -> f64 {
    milliseconds as f64
}

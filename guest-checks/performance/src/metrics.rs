//! The metrics, computed from the samples. The README explains them.
//!
//! Times are computed in milliseconds, as the host reports them: a sum in seconds would miss a limit by a rounding error.

use crate::distribution::Distribution;
use crate::repeated::repeated;
use comfycheck_sdk::samples::{Ending, Sample, Start};
use std::collections::BTreeMap;

/// The results of the samples.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    pub succeeded: u32,
    /// The indices of those that failed, expired, never started or did not finish.
    pub not_succeeded: Vec<u32>,
    /// How many of those never started.
    pub never_started: u32,
    /// These say nothing about the deployment.
    pub cancelled: u32,
    /// These say nothing about the deployment either.
    pub unknown: u32,
    pub not_submitted: u32,
}

/// A time of one sample.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Time {
    /// The sample's index.
    pub sample: u32,
    pub ms: f64,
    /// Whether the time may have been shorter.
    pub upper_bound: bool,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ColdStart {
    pub took: Time,
    /// The part of it before a worker took the job, in milliseconds.
    pub delay_ms: f64,
}

/// The cost of all images together.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bill {
    /// The lower end of the range, in USD.
    pub low: f64,
    /// The upper end of the range, in USD.
    pub high: f64,
    /// Images of the samples whose cost is known.
    pub images: u32,
    /// The number of those samples.
    pub samples: u32,
    /// How many samples succeeded, or were taken by a worker, without a known cost.
    pub unpriced: u32,
}

/// How long a sample waited and how long it was executed, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq)]
struct SampleTimes {
    delay: Option<f64>,
    execution: Option<f64>,
}

impl Tally {
    #[must_use]
    pub fn of(samples: &[Sample]) -> Self {
        let mut tally = Self::default();
        for sample in samples {
            match sample.ending {
                Ending::Succeeded => tally.succeeded += 1,
                Ending::Failed | Ending::Expired | Ending::NotFinished => tally.not_succeeded.push(sample.index),
                Ending::NeverStarted => {
                    tally.not_succeeded.push(sample.index);
                    tally.never_started += 1;
                }
                Ending::Cancelled => tally.cancelled += 1,
                Ending::Unknown => tally.unknown += 1,
                Ending::NotSubmitted => tally.not_submitted += 1,
            }
        }
        tally
    }

    /// How many have a result that says something about the deployment.
    #[must_use]
    pub fn ended(&self) -> u32 {
        self.succeeded.saturating_add(u32::try_from(self.not_succeeded.len()).unwrap_or(u32::MAX))
    }

    /// How many the plan has.
    #[must_use]
    pub fn all(&self) -> u32 {
        [self.cancelled, self.unknown, self.not_submitted].into_iter().fold(self.ended(), u32::saturating_add)
    }
}

impl SampleTimes {
    /// After a second dispatch RunPod's times count from there, so that the host's clock is used.
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

/// How long each sample waited for a worker that was already running, in order of the samples.
///
/// The wait of a sample that may have hit a cold start is an upper bound. So is that of a sample which
/// was submitted before its worker took its first job: it includes the same start.
#[must_use]
pub fn queue_times(samples: &[Sample]) -> Vec<Time> {
    let first_jobs = first_jobs(samples);
    let running = samples.iter().filter(|sample| sample.start != Start::Cold);
    let wait = |sample: &Sample| {
        let first_job = sample.worker.as_deref().and_then(|worker| first_jobs.get(worker));
        let waited_for_start = first_job.zip(sample.submitted).is_some_and(|(taken, submitted)| submitted < *taken);
        let upper_bound = sample.start != Start::Warm || waited_for_start;
        Some(Time { sample: sample.index, ms: SampleTimes::of(sample).delay?, upper_bound })
    };
    running.filter_map(wait).collect()
}

/// When each worker took its first job of this run.
fn first_jobs(samples: &[Sample]) -> BTreeMap<&str, u64> {
    let mut first = BTreeMap::new();
    for sample in samples.iter().filter(|sample| sample.start != Start::Warm) {
        let taken = match (sample.submitted, sample.delay) {
            (Some(submitted), Some(delay)) if sample.retries == 0 => Some(submitted.saturating_add(delay)),
            _ => sample.first_running,
        };
        if let (Some(worker), Some(taken)) = (sample.worker.as_deref(), taken) {
            first.insert(worker, taken);
        }
    }
    first
}

/// The cold starts of the samples that succeeded, in their order.
#[must_use]
pub fn cold_starts(samples: &[Sample]) -> Vec<ColdStart> {
    let warm = warm_execution(samples);
    let cold = |(sample, execution): (&Sample, f64)| {
        let delay = SampleTimes::of(sample).delay?;
        let ms = delay + longer_than(warm, execution);
        Some(ColdStart { took: Time { sample: sample.index, ms, upper_bound: warm.is_none() }, delay_ms: delay })
    };
    executions(samples, Start::Cold).filter_map(cold).collect()
}

/// The longest possible start of a worker, for each sample that a worker took and that may have been cold, in their
/// order. For one that did not succeed, its wait alone.
#[must_use]
pub fn unclear_starts(samples: &[Sample]) -> Vec<Time> {
    let warm = warm_execution(samples);
    let unclear = samples.iter().filter(|sample| sample.start == Start::Unclear);
    let start = |sample: &Sample| {
        let SampleTimes { delay, execution } = SampleTimes::of(sample);
        let execution = execution.filter(|_| sample.ending == Ending::Succeeded);
        let ms = delay? + execution.map_or(0.0, |execution| longer_than(warm, execution));
        Some(Time { sample: sample.index, ms, upper_bound: true })
    };
    unclear.filter_map(start).collect()
}

/// The median of the warm executions; none without a warm sample that succeeded.
fn warm_execution(samples: &[Sample]) -> Option<f64> {
    executions(samples, Start::Warm).map(|(_, execution)| execution).collect::<Distribution>().median()
}

/// By how much an execution exceeds a warm one; all of it where none is known.
fn longer_than(warm: Option<f64>, execution: f64) -> f64 {
    (execution - warm.unwrap_or_default()).max(0.0)
}

/// How long one image took, for each warm sample that succeeded and made one. A repeated job made none:
/// it got the image of the job before.
#[must_use]
pub fn generation_times(samples: &[Sample]) -> Vec<Time> {
    let each = |(sample, execution): (&Sample, f64)| {
        let images = images(sample);
        let ms = execution / f64::from(images);
        (images > 0).then_some(Time { sample: sample.index, ms, upper_bound: false })
    };
    executions(samples, Start::Warm).filter_map(each).collect()
}

/// The cost of the images, with the failed and the cold samples.
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

/// The upper end of each image's cost: that of its sample, split evenly among the sample's images.
pub(crate) fn image_costs(samples: &[Sample]) -> Distribution {
    let of_sample = |sample: &Sample| {
        let images = images(sample);
        let each = sample.cost.as_ref().map(|cost| cost.high / f64::from(images.max(1)));
        each.into_iter().flat_map(move |each| std::iter::repeat_n(each, images as usize)).collect::<Vec<_>>()
    };
    samples.iter().flat_map(of_sample).collect()
}

/// The arithmetic mean in milliseconds; none of no times.
#[must_use]
pub fn mean(times: &[Time]) -> Option<f64> {
    #[expect(clippy::cast_precision_loss, reason = "there are never 2^52 samples")]
    let number = times.len() as f64;
    (!times.is_empty()).then(|| times.iter().map(|time| time.ms).sum::<f64>() / number)
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

/// The samples of one kind that succeeded and were timed, with how long they were executed. Without
/// repeated jobs.
fn executions(samples: &[Sample], start: Start) -> impl Iterator<Item = (&Sample, f64)> {
    let repeated = repeated(samples);
    let succeeded = samples.iter().filter(move |sample| {
        sample.ending == Ending::Succeeded && sample.start == start && !repeated.contains(&sample.index)
    });
    succeeded.filter_map(|sample| Some((sample, SampleTimes::of(sample).execution?)))
}

/// How many images a job made, with those that were lost afterwards.
fn images(sample: &Sample) -> u32 {
    sample.image_count.saturating_add(u32::try_from(sample.lost_images.len()).unwrap_or(u32::MAX))
}

/// Milliseconds below 2^53, which is 285,000 years.
#[expect(clippy::cast_precision_loss, reason = "no sample takes that long")]
fn exact(milliseconds: u64) -> f64 {
    milliseconds as f64
}

//! The metrics, computed from the samples. The README explains them.
//!
//! Times are computed in milliseconds, as the host reports them: a sum in seconds would miss a limit by a rounding error.

use crate::repeated::repeated;
use comfycheck_sdk::samples::{Ending, Sample, Start};
use comfycheck_statistics::distribution::Distribution;
use comfycheck_statistics::times::{self, Outcome, TimedSample};

pub use comfycheck_statistics::times::{ColdStart, Time};

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

/// The cost of all images together.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bill {
    /// The lower end of the range, in USD.
    pub low: f64,
    /// The upper end of the range, in USD.
    pub high: f64,
    /// Images that the samples returned whose cost is known. A lost image is of no use, and makes the others more expensive.
    pub images: u32,
    /// The number of those samples.
    pub samples: u32,
    /// How many samples succeeded, or were taken by a worker, without a known cost.
    pub unpriced: u32,
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

/// The samples as the statistics take them.
#[must_use]
pub fn timed(samples: &[Sample]) -> Vec<TimedSample<'_>> {
    let repeated = repeated(samples);
    samples.iter().map(|sample| timed_sample(sample, repeated.contains(&sample.index))).collect()
}

fn timed_sample(sample: &Sample, cached: bool) -> TimedSample<'_> {
    TimedSample {
        sample: sample.index,
        result: match sample.ending {
            Ending::Succeeded => Outcome::Succeeded,
            Ending::Failed | Ending::Expired | Ending::NeverStarted | Ending::NotFinished => Outcome::Failed,
            Ending::Cancelled | Ending::Unknown | Ending::NotSubmitted => Outcome::Uncounted,
        },
        start: match sample.start {
            Start::Cold => times::Start::Cold,
            Start::Warm => times::Start::Warm,
            Start::Unclear => times::Start::Unclear,
        },
        worker: sample.worker.as_deref(),
        retries: sample.retries,
        delay: sample.delay,
        execution: sample.execution,
        due: None,
        submitted: sample.submitted,
        first_running: sample.first_running,
        finished: sample.finished,
        images: images(sample),
        lost: lost(sample),
        cached,
        cost: sample.cost.as_ref().map(|cost| (cost.low, cost.high)),
    }
}

/// See [`times::queue_times`].
#[must_use]
pub fn queue_times(samples: &[Sample]) -> Vec<Time> {
    // Whether the answer came from the cache does not change the wait.
    times::queue_times(&samples.iter().map(|sample| timed_sample(sample, false)).collect::<Vec<_>>())
}

/// See [`times::cold_starts`].
#[must_use]
pub fn cold_starts(samples: &[Sample]) -> Vec<ColdStart> {
    times::cold_starts(&timed(samples))
}

/// See [`times::unclear_starts`].
#[must_use]
pub fn unclear_starts(samples: &[Sample]) -> Vec<Time> {
    times::unclear_starts(&timed(samples))
}

/// See [`times::generation_times`].
#[must_use]
pub fn generation_times(samples: &[Sample]) -> Vec<Time> {
    times::generation_times(&timed(samples))
}

/// The cost of the images, with the failed and the cold samples.
#[must_use]
pub fn bill(samples: &[Sample]) -> Bill {
    let mut bill = Bill { low: 0.0, high: 0.0, images: 0, samples: 0, unpriced: 0 };
    for sample in samples {
        if let Some(cost) = &sample.cost {
            bill.low += cost.low;
            bill.high += cost.high;
            bill.images = bill.images.saturating_add(sample.image_count);
            bill.samples += 1;
        } else if sample.ending == Ending::Succeeded || sample.first_running.is_some() {
            bill.unpriced += 1;
        }
    }
    bill
}

/// The upper end of each returned image's cost: that of its sample, split evenly among them.
pub(crate) fn image_costs(samples: &[Sample]) -> Distribution {
    let of_sample = |sample: &Sample| {
        let images = sample.image_count;
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

/// How many images a job made, with those that were lost afterwards.
fn images(sample: &Sample) -> u32 {
    sample.image_count.saturating_add(lost(sample))
}

fn lost(sample: &Sample) -> u32 {
    u32::try_from(sample.lost_images.len()).unwrap_or(u32::MAX)
}

//! The times of samples: in the queue, of a cold start, of generating an image, and from end to end.
//!
//! RunPod's times (`delayTime`, `executionTime`) and the host's own clock stay apart: queue, cold start and generation are
//! RunPod's, end to end is the host's. Only where RunPod dispatched a job again the host's clock replaces RunPod's, which then
//! counts from the last dispatch.

use std::collections::BTreeMap;

/// What is known of a sample. Times are in milliseconds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TimedSample<'a> {
    /// The sample's index.
    pub sample: u32,
    pub result: Outcome,
    pub start: Start,
    pub worker: Option<&'a str>,
    pub retries: u32,
    /// RunPod's `delayTime`.
    pub delay: Option<u64>,
    /// RunPod's `executionTime`.
    pub execution: Option<u64>,
    /// When it was due, on the host's clock: earlier than `submitted` if the sender was late.
    pub due: Option<u64>,
    /// When it was submitted, on the host's clock.
    pub submitted: Option<u64>,
    /// When it was first seen running.
    pub first_running: Option<u64>,
    /// When it was seen finished.
    pub finished: Option<u64>,
    /// How many images it made.
    pub images: u32,
    /// How many of them were lost afterwards.
    pub lost: u32,
    /// Whether ComfyUI may have answered from its cache.
    pub cached: bool,
    /// What it cost at least and at most, in USD.
    pub cost: Option<(f64, f64)>,
}

/// What the result of a sample says about the deployment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Outcome {
    Succeeded,
    /// It failed, expired, never started or did not finish.
    Failed,
    /// It was cancelled or not submitted, or its result is unknown.
    #[default]
    Uncounted,
}

/// Whether a sample hit a cold start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Start {
    Cold,
    Warm,
    #[default]
    Unclear,
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

impl TimedSample<'_> {
    /// How long it waited for a worker, in milliseconds.
    fn waited(&self) -> Option<f64> {
        if self.retries > 0 { span(self.submitted, self.first_running) } else { self.delay.map(exact) }
    }

    /// How long it ran, in milliseconds.
    fn ran(&self) -> Option<f64> {
        if self.retries > 0 { span(self.first_running, self.finished) } else { self.execution.map(exact) }
    }

    fn generated(&self) -> bool {
        self.result == Outcome::Succeeded && !self.cached
    }
}

/// How long each sample waited for a worker that was already running, in order of the samples.
///
/// The wait of a sample that may have hit a cold start is an upper bound. So is that of a sample which was submitted before
/// its worker took its first job: it includes the same start.
#[must_use]
pub fn queue_times(samples: &[TimedSample<'_>]) -> Vec<Time> {
    let first_jobs = first_jobs(samples);
    let wait = |sample: &TimedSample<'_>| {
        let first_job = sample.worker.and_then(|worker| first_jobs.get(worker));
        let waited_for_start = first_job.zip(sample.submitted).is_some_and(|(taken, submitted)| submitted < *taken);
        let upper_bound = sample.start != Start::Warm || waited_for_start;
        Some(Time { sample: sample.sample, ms: sample.waited()?, upper_bound })
    };
    samples.iter().filter(|sample| sample.start != Start::Cold).filter_map(wait).collect()
}

/// When each worker took its first job of this run.
fn first_jobs<'a>(samples: &[TimedSample<'a>]) -> BTreeMap<&'a str, u64> {
    let mut first = BTreeMap::new();
    for sample in samples.iter().filter(|sample| sample.start != Start::Warm) {
        let taken = match (sample.submitted, sample.delay) {
            (Some(submitted), Some(delay)) if sample.retries == 0 => Some(submitted.saturating_add(delay)),
            _ => sample.first_running,
        };
        if let (Some(worker), Some(taken)) = (sample.worker, taken) {
            first.insert(worker, taken);
        }
    }
    first
}

/// The cold starts of the samples that succeeded, in their order: the wait, and by how much the execution exceeds the median
/// of the warm ones. Without a warm one the whole execution counts, and the time is an upper bound.
#[must_use]
pub fn cold_starts(samples: &[TimedSample<'_>]) -> Vec<ColdStart> {
    cold_starts_beside(samples, warm_execution(samples))
}

/// The same beside a known median of warm executions, in milliseconds.
#[must_use]
pub fn cold_starts_beside(samples: &[TimedSample<'_>], warm: Option<f64>) -> Vec<ColdStart> {
    let cold = samples.iter().filter(|sample| sample.start == Start::Cold && sample.generated());
    let start = |sample: &TimedSample<'_>| {
        let (delay, execution) = (sample.waited()?, sample.ran()?);
        let ms = delay + longer_than(warm, execution);
        Some(ColdStart { took: Time { sample: sample.sample, ms, upper_bound: warm.is_none() }, delay_ms: delay })
    };
    cold.filter_map(start).collect()
}

/// The longest possible start of a worker, for each sample that a worker took and that may have been cold, in their order. For
/// one that did not succeed, its wait alone.
#[must_use]
pub fn unclear_starts(samples: &[TimedSample<'_>]) -> Vec<Time> {
    let warm = warm_execution(samples);
    let start = |sample: &TimedSample<'_>| {
        let execution = sample.ran().filter(|_| sample.result == Outcome::Succeeded);
        let ms = sample.waited()? + execution.map_or(0.0, |execution| longer_than(warm, execution));
        Some(Time { sample: sample.sample, ms, upper_bound: true })
    };
    samples.iter().filter(|sample| sample.start == Start::Unclear).filter_map(start).collect()
}

/// The median of the warm executions, in milliseconds; none without a warm sample that succeeded.
#[must_use]
pub fn warm_execution(samples: &[TimedSample<'_>]) -> Option<f64> {
    let warm = samples.iter().filter(|sample| sample.start == Start::Warm && sample.generated());
    warm.filter_map(TimedSample::ran).collect::<crate::distribution::Distribution>().median()
}

/// By how much an execution exceeds a warm one; all of it where none is known.
fn longer_than(warm: Option<f64>, execution: f64) -> f64 {
    (execution - warm.unwrap_or_default()).max(0.0)
}

/// How long one image took, for each warm sample that succeeded and made one. A job that ComfyUI may have answered from its
/// cache made none: it got the image of the job before.
#[must_use]
pub fn generation_times(samples: &[TimedSample<'_>]) -> Vec<Time> {
    let warm = samples.iter().filter(|sample| sample.start == Start::Warm && sample.generated() && sample.images > 0);
    let each = |sample: &TimedSample<'_>| {
        let ms = sample.ran()? / f64::from(sample.images);
        Some(Time { sample: sample.sample, ms, upper_bound: false })
    };
    warm.filter_map(each).collect()
}

/// How long each sample that succeeded took from when it was due until it was seen finished, on the host's clock. Late by up
/// to one poll. A sample that was submitted late has waited since it was due: without that, a slow endpoint would slow down
/// its own measurement and hide it (*coordinated omission*).
#[must_use]
pub fn end_to_end(samples: &[TimedSample<'_>]) -> Vec<Time> {
    let whole = |sample: &TimedSample<'_>| {
        let ms = span(sample.due.or(sample.submitted), sample.finished)?;
        Some(Time { sample: sample.sample, ms, upper_bound: false })
    };
    samples.iter().filter(|sample| sample.generated()).filter_map(whole).collect()
}

fn span(from: Option<u64>, to: Option<u64>) -> Option<f64> {
    Some(exact(to?.saturating_sub(from?)))
}

/// Milliseconds below 2^53, which is 285,000 years.
#[expect(clippy::cast_precision_loss, reason = "no sample takes that long")]
fn exact(milliseconds: u64) -> f64 {
    milliseconds as f64
}

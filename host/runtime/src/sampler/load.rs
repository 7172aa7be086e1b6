//! The load of a benchmark: how many samples are in flight, or when each is due.

use comfycheck_core::bench::EqualFailures;
use comfycheck_core::plan::PlannedSample;
use comfycheck_core::sample::Sample;
use std::fmt::Debug;
use std::num::NonZeroU32;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// A load on the endpoint. The lanes of the sampler carry it: each runs one sample after the other.
#[derive(Debug)]
pub struct Load<'a> {
    /// Makes the samples one by one: a hundred thousand workflows would not fit in memory.
    pub source: &'a dyn SampleSource,
    /// The index of the first sample.
    pub first: u32,
    /// The most samples.
    pub samples: u32,
    /// The most samples in flight.
    pub concurrency: NonZeroU32,
    /// When each sample is due, from the start of the load and in order. If it is empty, a sample
    /// is due as soon as a lane is free.
    pub arrivals: &'a [Duration],
    /// No sample begins after this time.
    pub duration: Option<Duration>,
    /// Those of the level so far.
    pub failures: &'a Mutex<EqualFailures>,
}

/// Makes samples.
pub trait SampleSource: Debug + Sync {
    /// The sample with this index.
    fn sample(&self, index: u32) -> PlannedSample;
}

impl Load<'_> {
    pub(super) fn sample(&self, position: usize) -> PlannedSample {
        self.source.sample(self.first.saturating_add(u32::try_from(position).unwrap_or(u32::MAX)))
    }

    /// When the sample at a position is due; none if it is due at once.
    pub(super) fn due(&self, position: usize) -> Option<Duration> {
        self.arrivals.get(position).copied()
    }

    /// Counts the result of a sample. Returns why no further one begins, if that is so.
    pub(super) fn count(&self, sample: &Sample) -> Option<String> {
        self.failures.lock().unwrap_or_else(PoisonError::into_inner).count(sample)
    }

    /// Whether no sample begins any more.
    pub(super) fn is_over(&self, elapsed: Duration) -> bool {
        self.duration.is_some_and(|duration| elapsed >= duration)
    }
}

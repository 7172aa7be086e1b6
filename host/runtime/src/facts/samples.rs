//! What is known of samples, beside what reports show.

use super::{AttemptFacts, Observation};
use bytes::Bytes;
use comfycheck_core::sample::Sample;
use std::time::Duration;

/// The results of samples.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Samples {
    /// Every planned sample, in order of its index, submitted or not.
    pub samples: Vec<Sample>,
    /// The bytes of the files of each sample, in the order of [`Sample::all_files`].
    pub files: Vec<Vec<Bytes>>,
    /// Every reading of `/health`, in order of time.
    pub observations: Vec<Observation>,
    /// In the order of the samples.
    pub traces: Vec<JobTrace>,
    /// When the first sample started, since 1970 (UTC); live only.
    pub began: Option<Duration>,
    /// Why no further sample was submitted, if some were left.
    pub stopped: Option<String>,
}

impl Samples {
    /// A copy without the samples for which `keeps`, in their order, is false.
    pub(crate) fn some(&self, keeps: &[bool]) -> Self {
        fn some<T: Clone>(items: &[T], keeps: &[bool]) -> Vec<T> {
            items.iter().zip(keeps).filter(|(_, keeps)| **keeps).map(|(item, _)| item.clone()).collect()
        }
        Self {
            samples: some(&self.samples, keeps),
            files: some(&self.files, keeps),
            traces: some(&self.traces, keeps),
            observations: self.observations.clone(),
            began: self.began,
            stopped: self.stopped.clone(),
        }
    }
}

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

/// A sample that was submitted and has not ended. Times count from the start of the first sample.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WaitingSample {
    pub index: u32,
    /// RunPod's last status; none before the first poll.
    pub status: Option<String>,
    pub submitted: Duration,
    pub first_running: Option<Duration>,
}

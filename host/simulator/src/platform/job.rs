//! A job on RunPod.

use crate::handler::Ending;
use bytes::Bytes;
use std::sync::Arc;
use std::time::Duration;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum JobState {
    InQueue,
    InProgress,
    Completed,
    Failed,
    Cancelled,
    TimedOut,
}

impl JobState {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::InQueue => "IN_QUEUE",
            Self::InProgress => "IN_PROGRESS",
            Self::Completed => "COMPLETED",
            Self::Failed => "FAILED",
            Self::Cancelled => "CANCELLED",
            Self::TimedOut => "TIMED_OUT",
        }
    }

    pub(crate) fn is_ended(self) -> bool {
        !matches!(self, Self::InQueue | Self::InProgress)
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Submission {
    /// Unique.
    pub(crate) id: Arc<str>,
    /// Of its draws.
    pub(crate) key: u64,
    /// The value of `input` as JSON text.
    pub(crate) input: Bytes,
    /// Whether it came by `/runsync`.
    pub(crate) sync: bool,
    pub(crate) low_priority: bool,
    pub(crate) ttl: Duration,
    pub(crate) execution_timeout: Duration,
}

#[derive(Clone, Debug)]
pub(crate) struct Job {
    pub(crate) id: Arc<str>,
    pub(crate) key: u64,
    pub(crate) input: Bytes,
    pub(crate) sync: bool,
    pub(crate) low_priority: bool,
    pub(super) ttl: Duration,
    pub(super) execution_timeout: Duration,
    pub(crate) state: JobState,
    /// When it was last queued.
    pub(super) queued: Duration,
    /// Whether it has waited for the scaling delay.
    pub(super) overdue: bool,
    /// Changes with every dispatch and every retry.
    pub(super) attempt: u32,
    /// How often RunPod retried it on another worker.
    pub(crate) retries: u32,
    /// Its last worker.
    pub(crate) worker: Option<Arc<str>>,
    /// The number of the worker, while it runs.
    pub(super) runs_on: Option<u32>,
    pub(super) started: Duration,
    /// When it ends, while it runs.
    pub(super) done_at: Option<Duration>,
    /// How long it waited for its last dispatch.
    pub(crate) delay: Option<Duration>,
    /// How long it ran.
    pub(crate) execution: Option<Duration>,
    /// How it ends or ended.
    pub(crate) ending: Option<Arc<Ending>>,
}

impl Job {
    pub(super) fn new(submission: Submission, now: Duration) -> Self {
        let Submission { id, key, input, sync, low_priority, ttl, execution_timeout } = submission;
        Self {
            id,
            key,
            input,
            sync,
            low_priority,
            ttl,
            execution_timeout,
            state: JobState::InQueue,
            queued: now,
            overdue: false,
            attempt: 0,
            retries: 0,
            worker: None,
            runs_on: None,
            started: now,
            done_at: None,
            delay: None,
            execution: None,
            ending: None,
        }
    }

    /// Resets it to its submission, with the same id.
    pub(super) fn reset(&mut self, now: Duration) {
        self.state = JobState::InQueue;
        self.queued = now;
        self.attempt += 1;
        self.retries = 0;
        (self.worker, self.runs_on, self.done_at) = (None, None, None);
        (self.delay, self.execution, self.ending) = (None, None, None);
    }
}

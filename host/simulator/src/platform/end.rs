//! The end of jobs.

use super::agenda::Event;
use super::{JobState, Platform, WorkerState};
use crate::handler::Ending;
use std::sync::Arc;

/// How often RunPod retries a job on another worker.
pub(crate) const MOST_RETRIES: u32 = 1;

impl Platform {
    /// The run of a job ends.
    pub(super) fn done(&mut self, serial: u64, attempt: u32) {
        let now = self.now;
        let Some(job) = self.jobs.get_mut(&serial).filter(|job| job.attempt == attempt && job.runs_on.is_some()) else {
            return;
        };
        job.execution = Some(now.saturating_sub(job.started));
        let number = job.runs_on.take();
        job.done_at = None;
        let retries = job.retries;
        let Some(ending) = job.ending.clone() else { return };
        match *ending {
            Ending::Returned(ref returned) => {
                let failed = returned.error.is_some();
                self.end(serial, if failed { JobState::Failed } else { JobState::Completed });
                self.release(number);
            }
            // Only the worker is done with it.
            Ending::Frozen(_) => self.release(number),
            Ending::TookTooLong => {
                self.end(serial, JobState::Failed);
                self.lose(number);
            }
            Ending::NotReported { worker_lives } => {
                if retries < MOST_RETRIES {
                    self.tally.retried += 1;
                    self.tally.in_progress -= 1;
                    if let Some(job) = self.jobs.get_mut(&serial) {
                        job.retries += 1;
                        job.attempt += 1;
                        job.execution = None;
                    }
                } else {
                    self.end(serial, JobState::Failed);
                }
                if worker_lives {
                    self.release(number);
                } else {
                    self.lose(number);
                }
                if retries < MOST_RETRIES {
                    self.enqueue(serial);
                }
            }
        }
    }

    /// Counts a job as ended, and plans the deletion of its result.
    pub(super) fn end(&mut self, serial: u64, state: JobState) {
        let queue = &self.scenario.queue;
        let Some(job) = self.jobs.get_mut(&serial) else { return };
        if job.state == JobState::InProgress {
            self.tally.in_progress -= 1;
        }
        match state {
            JobState::Completed => self.tally.completed += 1,
            JobState::Failed => self.tally.failed += 1,
            JobState::Cancelled | JobState::TimedOut | JobState::InQueue | JobState::InProgress => {}
        }
        job.state = state;
        self.scaled_for -= usize::from(!job.low_priority);
        let kept = if job.sync { queue.sync_result_s } else { queue.result_s };
        let event = Event::Forgotten(serial, job.attempt);
        self.agenda.add(self.now + kept, event);
    }

    /// Removes a job from the queue, or stops it on its worker.
    pub(super) fn withdraw(&mut self, serial: u64) {
        self.dequeue(serial);
        let now = self.now;
        let Some(job) = self.jobs.get_mut(&serial) else { return };
        job.done_at = None;
        let Some(number) = job.runs_on.take() else { return };
        job.execution = Some(now.saturating_sub(job.started));
        job.ending = None;
        self.set_state(number, WorkerState::Idle);
        if self.replace_if_outdated(number) {
            return;
        }
        // The caller dispatches, once this job has ended.
        self.idle.insert((now, number));
        self.plan_idle(number);
    }

    /// A worker is done with its job.
    fn release(&mut self, number: Option<u32>) {
        if let Some(number) = number {
            self.set_state(number, WorkerState::Idle);
            if !self.replace_if_outdated(number) {
                self.is_idle(number);
            }
        }
    }

    /// A worker died with its job.
    fn lose(&mut self, number: Option<u32>) {
        if let Some(number) = number {
            self.stop_worker(number);
            self.scale();
        }
    }
}

/// The error of a job after its last retry.
pub(crate) fn gave_up() -> Arc<str> {
    format!("job timed out after {MOST_RETRIES} retries").into()
}

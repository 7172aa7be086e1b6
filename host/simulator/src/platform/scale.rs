//! Scaling: the number of workers.

use super::agenda::Event;
use super::{Platform, WorkerState};
use crate::scenario::Scaling;
use std::time::Duration;

impl Platform {
    /// A job has waited for the scaling delay.
    pub(super) fn overdue(&mut self, serial: u64, attempt: u32) {
        let Some(job) = self.jobs.get_mut(&serial) else { return };
        if job.attempt != attempt || job.overdue || job.low_priority || !self.queue.contains(&(job.queued, serial)) {
            return;
        }
        job.overdue = true;
        self.overdue += 1;
        self.scale();
    }

    /// Adds the missing workers, up to the endpoint's limit.
    pub(super) fn scale(&mut self) {
        let endpoint = &self.scenario.endpoint;
        let all = self.workers.len();
        let wanted = match endpoint.scaling {
            Scaling::QueueDelay => {
                let starting = [WorkerState::Initializing, WorkerState::Throttled, WorkerState::Unhealthy];
                let starting: u32 = starting.into_iter().map(|state| self.tally.workers(state)).sum();
                all + self.overdue.saturating_sub(starting as usize)
            }
            Scaling::RequestCount => self.scaled_for.div_ceil(endpoint.scaling_value.get() as usize),
        };
        let wanted = wanted.max(endpoint.workers_min as usize).min(endpoint.workers_max as usize);
        for _ in all..wanted {
            self.add_worker();
        }
    }

    /// Whether there are more workers than the endpoint keeps alive.
    pub(super) fn may_stop(&self) -> bool {
        self.workers.len() > self.scenario.endpoint.workers_min as usize
    }

    /// Plans when scaling checks a job that was queued.
    pub(super) fn plan_scaling(&mut self, serial: u64, attempt: u32) {
        let endpoint = &self.scenario.endpoint;
        match endpoint.scaling {
            Scaling::QueueDelay => {
                let delay = Duration::from_secs(endpoint.scaling_value.get().into());
                self.agenda.add(self.now + delay, Event::Overdue(serial, attempt));
            }
            Scaling::RequestCount => self.scale(),
        }
    }
}

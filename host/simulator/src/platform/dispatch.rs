//! How jobs go to workers.

use super::agenda::Event;
use super::{JobState, Platform, WorkerState};
use crate::handler::{self, Ending, Place, Work};
use crate::scenario::Dispatch;
use std::sync::Arc;

impl Platform {
    /// Queues a job.
    pub(super) fn enqueue(&mut self, serial: u64) {
        let now = self.now;
        let Some(job) = self.jobs.get_mut(&serial) else { return };
        job.state = JobState::InQueue;
        job.queued = now;
        job.overdue = false;
        let attempt = job.attempt;
        self.queue.insert((now, serial));
        self.dispatch();
        if self.queue.contains(&(now, serial)) {
            self.plan_scaling(serial, attempt);
        }
    }

    /// Removes a job from the queue.
    pub(super) fn dequeue(&mut self, serial: u64) {
        let Some(job) = self.jobs.get_mut(&serial) else { return };
        self.queue.remove(&(job.queued, serial));
        if std::mem::take(&mut job.overdue) {
            self.overdue -= 1;
        }
    }

    /// Gives queued jobs to idle workers.
    pub(super) fn dispatch(&mut self) {
        while let Some(&(_, serial)) = self.queue.first() {
            let free = match self.scenario.workers.dispatch {
                Dispatch::Spread => self.idle.first().copied(),
                // The first worker gets all.
                Dispatch::Funnel => {
                    let first = self.workers.first_key_value();
                    let first = first.filter(|(_, worker)| worker.state == WorkerState::Idle);
                    first.map(|(number, worker)| (worker.since, *number))
                }
            };
            let Some((since, number)) = free else { return };
            self.idle.remove(&(since, number));
            self.dequeue(serial);
            self.start_job(serial, number);
        }
    }

    /// A worker is idle: it takes the next job, or waits for its idle timeout.
    pub(super) fn is_idle(&mut self, number: u32) {
        self.idle.insert((self.now, number));
        self.dispatch();
        self.plan_idle(number);
    }

    /// Plans the idle timeout of a worker that is still idle.
    pub(super) fn plan_idle(&mut self, number: u32) {
        let idle_timeout = self.scenario.endpoint.idle_timeout_s;
        if let Some(worker) = self.workers.get(&number).filter(|worker| worker.state == WorkerState::Idle) {
            self.agenda.add(self.now + idle_timeout, Event::WorkerChanges(number, worker.epoch));
        }
    }

    fn start_job(&mut self, serial: u64, number: u32) {
        self.set_state(number, WorkerState::Running);
        let (Some(job), Some(worker)) = (self.jobs.get_mut(&serial), self.workers.get_mut(&number)) else { return };
        job.state = JobState::InProgress;
        job.attempt += 1;
        job.worker = Some(Arc::clone(&worker.id));
        job.runs_on = Some(number);
        job.started = self.now;
        job.delay = Some(self.now.saturating_sub(job.queued));
        let place = Place {
            scenario: &self.scenario,
            chance: self.chance,
            kind: &worker.kind,
            worker: &worker.id,
            number,
            retries: job.retries,
        };
        let Work { took, ending } = handler::work(&place, job.key, &job.input, &mut worker.memory);
        let (took, ending) = match took {
            Some(took) if took <= job.execution_timeout => (took, ending),
            _ => (job.execution_timeout, Ending::TookTooLong),
        };
        let done = self.now + took;
        job.done_at = Some(done);
        job.ending = Some(Arc::new(ending));
        let attempt = job.attempt;
        self.tally.in_progress += 1;
        self.agenda.add(done, Event::Done(serial, attempt));
    }
}

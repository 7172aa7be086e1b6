//! The endpoint: its jobs and workers over time.
//!
//! A discrete-event machine. Its state changes only when [`Platform::advance`] reaches the time of an event, and when the
//! job API changes it. A change takes time that grows with the logarithm of the jobs and workers.

mod agenda;
mod dispatch;
mod end;
mod job;
mod rollout;
mod scale;
mod worker;

pub(crate) use end::gave_up;
pub(crate) use job::{Job, JobState, Submission};
pub(crate) use worker::{Worker, WorkerState};

use crate::chance::Chance;
use crate::scenario::{Fate, Scenario, TtlEnd};
use agenda::{Agenda, Event};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

/// The endpoint at one instant.
#[derive(Clone, Debug)]
pub(crate) struct Platform {
    pub(crate) scenario: Arc<Scenario>,
    pub(crate) chance: Chance,
    now: Duration,
    agenda: Agenda,
    /// By serial number, in order of submission.
    jobs: BTreeMap<u64, Job>,
    serials: BTreeMap<Arc<str>, u64>,
    submitted: u64,
    /// When it was queued, and the serial number.
    queue: BTreeSet<(Duration, u64)>,
    /// How many queued jobs have waited for the scaling delay.
    overdue: usize,
    /// How many queued or running jobs count for scaling.
    scaled_for: usize,
    workers: BTreeMap<u32, Worker>,
    /// Since when a worker is idle, and its number.
    idle: BTreeSet<(Duration, u32)>,
    /// Stopped workers that `FlashBoot` can bring back.
    parked: Vec<Worker>,
    /// The number of workers so far.
    added: u32,
    /// How long stopped workers ran.
    billed: Duration,
    tally: Tally,
}

/// The numbers in `/health`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) completed: u64,
    pub(crate) failed: u64,
    pub(crate) in_progress: u64,
    pub(crate) retried: u64,
    /// Workers by state, in the order of [`WorkerState`].
    workers: [u32; 5],
}

impl Tally {
    pub(crate) fn workers(&self, state: WorkerState) -> u32 {
        self.workers[state as usize]
    }
}

impl Platform {
    /// The endpoint at the start, with its ready workers.
    pub(crate) fn new(scenario: Arc<Scenario>) -> Self {
        let mut platform = Self {
            chance: Chance::new(scenario.seed),
            now: Duration::ZERO,
            agenda: Agenda::default(),
            jobs: BTreeMap::new(),
            serials: BTreeMap::new(),
            submitted: 0,
            queue: BTreeSet::new(),
            overdue: 0,
            scaled_for: 0,
            workers: BTreeMap::new(),
            idle: BTreeSet::new(),
            parked: Vec::new(),
            added: 0,
            billed: Duration::ZERO,
            tally: Tally { completed: scenario.queue.completed_before, ..Tally::default() },
            scenario,
        };
        let workers = &platform.scenario.workers;
        let ready = match workers.fate {
            Fate::Starts => workers.ready.max(platform.scenario.endpoint.workers_min),
            Fate::NoMachine | Fate::Throttled | Fate::Crashes | Fate::NeverReady | Fate::TakesNothing => workers.ready,
        };
        if let Some(until) = workers.fate_until_s {
            platform.agenda.add(until, Event::FateEnds);
        }
        for until in workers.kinds.iter().filter_map(|kind| kind.stale_until_s) {
            platform.agenda.add(until, Event::ReleaseGoesOn);
        }
        for _ in 0..ready {
            platform.add_ready_worker();
        }
        platform.scale();
        platform
    }

    /// Counted from the start.
    pub(crate) fn now(&self) -> Duration {
        self.now
    }

    /// The time of the next event; none if there is none.
    pub(crate) fn next_event(&self) -> Option<Duration> {
        self.agenda.next()
    }

    /// Processes all events until `to`. An instant in the past is now.
    pub(crate) fn advance(&mut self, to: Duration) {
        while let Some((at, event)) = self.agenda.pop(to) {
            self.now = at;
            self.process(event);
        }
        self.now = self.now.max(to);
    }

    fn process(&mut self, event: Event) {
        match event {
            Event::Overdue(serial, attempt) => self.overdue(serial, attempt),
            Event::Done(serial, attempt) => self.done(serial, attempt),
            Event::Expired(serial) => self.expire(serial),
            Event::Forgotten(serial, attempt) => {
                if self.jobs.get(&serial).is_some_and(|job| job.attempt == attempt && job.state.is_ended()) {
                    self.forget(serial);
                }
            }
            Event::WorkerChanges(number, epoch) => {
                if self.workers.get(&number).is_some_and(|worker| worker.epoch == epoch) {
                    self.worker_changes(number);
                }
            }
            Event::FateEnds => self.fate_ends(),
            Event::ReleaseGoesOn => self.replace_outdated(),
        }
    }

    pub(crate) fn tally(&self) -> Tally {
        self.tally
    }

    pub(crate) fn in_queue(&self) -> usize {
        self.queue.len()
    }

    /// The workers, in the order in which they were added.
    pub(crate) fn workers(&self) -> impl Iterator<Item = &Worker> {
        self.workers.values()
    }

    /// How long all workers have run, stopped ones included, each from its start to its end.
    pub(crate) fn billed(&self) -> Duration {
        let running = self.workers.values().filter(|worker| worker.is_billed());
        self.billed + running.map(|worker| self.now.saturating_sub(worker.started)).sum::<Duration>()
    }

    /// None if there is no such job, or its result has expired.
    pub(crate) fn job(&self, id: &str) -> Option<&Job> {
        self.jobs.get(self.serials.get(id)?)
    }

    /// When the running attempt of a job ends by itself; none if it does not run.
    pub(crate) fn done_at(&self, id: &str) -> Option<Duration> {
        self.job(id).and_then(|job| job.done_at)
    }

    /// Queues a job, and returns its id.
    pub(crate) fn submit(&mut self, submission: Submission) -> Arc<str> {
        let serial = self.submitted;
        self.submitted += 1;
        let id = Arc::clone(&submission.id);
        let job = Job::new(submission, self.now);
        self.agenda.add(self.now + job.ttl, Event::Expired(serial));
        self.scaled_for += usize::from(!job.low_priority);
        self.serials.insert(Arc::clone(&id), serial);
        self.jobs.insert(serial, job);
        self.enqueue(serial);
        id
    }

    /// Cancels a job that has not ended. None if there is no such job.
    pub(crate) fn cancel(&mut self, id: &str) -> Option<JobState> {
        let serial = *self.serials.get(id)?;
        let job = self.jobs.get(&serial)?;
        if !job.state.is_ended() {
            self.withdraw(serial);
            self.end(serial, JobState::Cancelled);
            self.dispatch();
        }
        Some(self.jobs.get(&serial)?.state)
    }

    /// Cancels all queued jobs, and returns their number.
    pub(crate) fn purge(&mut self) -> usize {
        let waiting: Vec<u64> = self.queue.iter().map(|(_, serial)| *serial).collect();
        for serial in &waiting {
            self.withdraw(*serial);
            self.end(*serial, JobState::Cancelled);
        }
        waiting.len()
    }

    /// Queues a failed job again. False if it did not fail; none if there is no such job.
    pub(crate) fn retry(&mut self, id: &str) -> Option<bool> {
        let serial = *self.serials.get(id)?;
        let now = self.now;
        let job = self.jobs.get_mut(&serial)?;
        if !matches!(job.state, JobState::Failed | JobState::TimedOut) {
            return Some(false);
        }
        job.reset(now);
        self.scaled_for += usize::from(!job.low_priority);
        self.enqueue(serial);
        Some(true)
    }

    fn expire(&mut self, serial: u64) {
        if self.jobs.get(&serial).is_none_or(|job| job.state.is_ended()) {
            return;
        }
        self.withdraw(serial);
        self.end(serial, JobState::TimedOut);
        if self.scenario.queue.ttl_end == TtlEnd::Gone {
            self.forget(serial);
        }
        self.dispatch();
    }

    fn forget(&mut self, serial: u64) {
        if let Some(job) = self.jobs.remove(&serial) {
            self.serials.remove(&job.id);
        }
    }
}

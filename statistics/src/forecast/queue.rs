//! One simulated day of an endpoint.

use super::{Measured, Settings};
use crate::distribution::nearest_rank;
use crate::random::Random;
use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

/// What happened on a day. Times are in seconds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Day {
    /// From arrival until a worker took the job, sorted.
    pub waits: Vec<f64>,
    /// Jobs that waited until a worker had started.
    pub cold: u32,
    /// Of all workers within the day, after their starts.
    pub running: f64,
    /// Of the starts of workers within the day.
    pub starting: f64,
}

impl Day {
    /// What so many thousandths of the waits do not exceed; 0 without jobs.
    #[must_use]
    pub fn wait(&self, thousandths: usize) -> f64 {
        nearest_rank(&self.waits, thousandths).unwrap_or_default()
    }

    #[expect(clippy::cast_precision_loss, reason = "fewer than 2^53 jobs")]
    pub(super) fn cold_share(&self) -> f64 {
        f64::from(self.cold) / self.waits.len().max(1) as f64
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    /// A worker has done its job.
    Done(usize),
    /// A worker can take its first job.
    Ready(usize),
    Arrival,
    /// The job with this number has waited long enough for another worker.
    Overdue(u64),
    /// A worker had no job since it became idle for this time.
    Idle(usize, u64),
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum State {
    Starting,
    /// Since how many changes.
    Idle(u64),
    Busy,
    Stopped,
}

#[derive(Clone, Copy, Debug)]
struct Worker {
    state: State,
    /// When it could take its first job.
    ready: f64,
}

/// A time, ordered. No time is NaN.
#[derive(Clone, Copy, Debug, PartialEq)]
struct At(f64);

impl Eq for At {}

impl PartialOrd for At {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for At {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.total_cmp(&other.0)
    }
}

struct Endpoint<'a> {
    measured: &'a Measured,
    settings: &'a Settings,
    random: &'a mut Random,
    events: BinaryHeap<Reverse<(At, Event)>>,
    workers: Vec<Worker>,
    /// The number and the arrival of each job that waits.
    queue: VecDeque<(u64, f64)>,
    changes: u64,
    /// When the day ends. Jobs that wait are still done; their time does not belong to the day.
    length: f64,
    day: Day,
}

/// Simulates arrivals for `length` seconds, and everything that follows from them.
#[must_use]
pub fn simulate(measured: &Measured, settings: &Settings, per_hour: f64, length: f64, random: &mut Random) -> Day {
    let between = 3600.0 / per_hour;
    let always = Worker { state: State::Idle(0), ready: 0.0 };
    let mut endpoint = Endpoint {
        measured,
        settings,
        random,
        events: BinaryHeap::new(),
        workers: vec![always; settings.workers_min.min(settings.workers_max) as usize],
        queue: VecDeque::new(),
        changes: 0,
        length,
        day: Day::default(),
    };
    let mut jobs = 0;
    let first = endpoint.random.exponential(between);
    endpoint.plan(first, Event::Arrival);
    while let Some(Reverse((At(now), event))) = endpoint.events.pop() {
        match event {
            Event::Arrival if now >= length => {}
            Event::Arrival => {
                endpoint.arrive(jobs, now);
                jobs += 1;
                let next = now + endpoint.random.exponential(between);
                endpoint.plan(next, Event::Arrival);
            }
            Event::Overdue(job) => endpoint.overdue(job, now),
            Event::Ready(worker) | Event::Done(worker) => endpoint.become_idle(worker, now),
            Event::Idle(worker, since) => endpoint.stop(worker, since, now),
        }
    }
    let last = endpoint.workers.iter().filter(|worker| worker.state != State::Stopped);
    endpoint.day.running += last.map(|worker| (length - worker.ready).max(0.0)).sum::<f64>();
    endpoint.day.waits.sort_by(f64::total_cmp);
    endpoint.day
}

impl Endpoint<'_> {
    fn plan(&mut self, at: f64, event: Event) {
        self.events.push(Reverse((At(at), event)));
    }

    /// The part of a time that belongs to the day.
    fn within(&self, from: f64, to: f64) -> f64 {
        (to.min(self.length) - from).max(0.0)
    }

    fn count(&self, is: impl Fn(&State) -> bool) -> usize {
        self.workers.iter().filter(|worker| is(&worker.state)).count()
    }

    fn arrive(&mut self, job: u64, now: f64) {
        self.queue.push_back((job, now));
        self.dispatch(now);
        if self.queue.is_empty() {
            return;
        }
        if self.count(|state| *state != State::Stopped) == 0 {
            self.start(now);
        } else {
            self.plan(now + self.settings.scale_after, Event::Overdue(job));
        }
    }

    /// Another worker starts for a job that still waits, unless one already does.
    fn overdue(&mut self, job: u64, now: f64) {
        // Jobs leave the queue in the order of their numbers.
        let waits = self.queue.front().is_some_and(|(first, _)| *first <= job);
        if waits && self.count(|state| *state == State::Starting) < self.queue.len() {
            self.start(now);
        }
    }

    fn start(&mut self, now: f64) {
        if self.count(|state| *state != State::Stopped) >= self.settings.workers_max as usize {
            return;
        }
        let took = self.random.choose(&self.measured.starts);
        self.day.starting += self.within(now, now + took);
        let worker = Worker { state: State::Starting, ready: now + took };
        // Places of stopped workers are used again, so a long day takes no more memory.
        let place = self.workers.iter().position(|worker| worker.state == State::Stopped);
        let place = place.unwrap_or(self.workers.len());
        if place == self.workers.len() {
            self.workers.push(worker);
        } else {
            self.workers[place] = worker;
        }
        self.plan(now + took, Event::Ready(place));
    }

    fn become_idle(&mut self, worker: usize, now: f64) {
        self.changes += 1;
        let since = self.changes;
        self.workers[worker].state = State::Idle(since);
        self.dispatch(now);
        if self.workers[worker].state == State::Idle(since) {
            self.plan(now + self.settings.idle_timeout, Event::Idle(worker, since));
        }
    }

    fn stop(&mut self, worker: usize, since: u64, now: f64) {
        let others = self.count(|state| !matches!(state, State::Stopped | State::Starting));
        if self.workers[worker].state == State::Idle(since) && others > self.settings.workers_min as usize {
            self.workers[worker].state = State::Stopped;
            self.day.running += self.within(self.workers[worker].ready, now);
        }
    }

    /// Gives waiting jobs to idle workers.
    fn dispatch(&mut self, now: f64) {
        while let Some(place) = self.workers.iter().position(|worker| matches!(worker.state, State::Idle(_))) {
            let Some((_, arrived)) = self.queue.pop_front() else { return };
            self.day.waits.push(now - arrived);
            self.day.cold += u32::from(arrived < self.workers[place].ready);
            self.workers[place].state = State::Busy;
            let took = self.random.choose(&self.measured.executions);
            self.plan(now + took, Event::Done(place));
        }
    }
}

//! A worker, and how its state changes by itself.

use super::Platform;
use super::agenda::Event;
use crate::chance::{digest, nth};
use crate::handler::Memory;
use crate::scenario::{Fate, Kind};
use std::sync::Arc;
use std::time::Duration;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WorkerState {
    Throttled,
    Initializing,
    Idle,
    Running,
    Unhealthy,
}

impl WorkerState {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Throttled => "THROTTLED",
            Self::Initializing => "INITIALIZING",
            Self::Idle => "IDLE",
            Self::Running => "RUNNING",
            Self::Unhealthy => "UNHEALTHY",
        }
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Worker {
    pub(crate) id: Arc<str>,
    pub(crate) kind: Kind,
    pub(crate) state: WorkerState,
    /// Changes with every state: an event that was planned for an earlier one is ignored.
    pub(super) epoch: u32,
    /// Counted from 0.
    pub(super) number: u32,
    /// When its state began.
    pub(super) since: Duration,
    /// When its container started.
    pub(crate) started: Duration,
    pub(crate) starts: u32,
    pub(crate) memory: Memory,
}

impl Worker {
    /// Whether its time is billed. RunPod's documents contradict each other on starting workers; here they are billed.
    pub(super) fn is_billed(&self) -> bool {
        !matches!(self.state, WorkerState::Throttled | WorkerState::Unhealthy)
    }
}

impl Platform {
    /// Adds a worker that is ready immediately.
    pub(super) fn add_ready_worker(&mut self) {
        let number = self.make_worker(WorkerState::Idle);
        if let Some(worker) = self.workers.get_mut(&number) {
            worker.memory.warm = true;
        }
        self.is_idle(number);
    }

    /// Adds a worker with the scenario's fate.
    pub(super) fn add_worker(&mut self) {
        let number = match self.fate() {
            Fate::NoMachine => return,
            Fate::Throttled => {
                self.make_worker(WorkerState::Throttled);
                return;
            }
            Fate::Starts | Fate::Crashes | Fate::NeverReady | Fate::TakesNothing => match self.parked.pop() {
                Some(parked) => self.bring_back(parked),
                None => self.make_worker(WorkerState::Initializing),
            },
        };
        self.starts(number);
    }

    /// The fate of workers now.
    pub(super) fn fate(&self) -> Fate {
        let workers = &self.scenario.workers;
        match workers.fate_until_s {
            Some(until) if self.now >= until => Fate::Starts,
            _ => workers.fate,
        }
    }

    fn make_worker(&mut self, state: WorkerState) -> u32 {
        let number = self.added;
        self.added += 1;
        let worker = Worker {
            id: worker_id(self.chance.bits("worker", number.into())),
            kind: self.scenario.workers.kind(number).at(self.now),
            state,
            epoch: 0,
            number,
            since: self.now,
            started: self.now,
            starts: 0,
            memory: Memory::default(),
        };
        self.tally.workers[state as usize] += 1;
        self.workers.insert(number, worker);
        number
    }

    fn bring_back(&mut self, mut parked: Worker) -> u32 {
        let number = parked.number;
        parked.state = WorkerState::Initializing;
        parked.since = self.now;
        parked.epoch += 1;
        self.tally.workers[WorkerState::Initializing as usize] += 1;
        self.workers.insert(number, parked);
        number
    }

    /// Starts a worker, and plans the end of its start.
    fn starts(&mut self, number: u32) {
        let (now, fate) = (self.now, self.fate());
        let Some(worker) = self.workers.get_mut(&number) else { return };
        worker.started = now;
        worker.starts += 1;
        let workers = &self.scenario.workers;
        let spread = if worker.memory.warm { workers.flashboot_start_s } else { workers.start_s };
        let key = nth(digest(&[worker.id.as_bytes()]), worker.starts.into());
        let takes = match fate {
            Fate::NeverReady => workers.init_timeout_s,
            _ => spread.at(self.chance.unit("start", key)).min(workers.init_timeout_s),
        };
        let event = Event::WorkerChanges(number, worker.epoch);
        self.agenda.add(now + takes, event);
    }

    /// A worker's state ends.
    pub(super) fn worker_changes(&mut self, number: u32) {
        let (now, fate) = (self.now, self.fate());
        let Some(worker) = self.workers.get(&number) else { return };
        match worker.state {
            WorkerState::Initializing => {
                let too_long = now.saturating_sub(worker.started) >= self.scenario.workers.init_timeout_s;
                if too_long || matches!(fate, Fate::Crashes | Fate::NeverReady) {
                    let epoch = self.set_state(number, WorkerState::Unhealthy);
                    self.agenda.add(now + self.scenario.workers.restart_s, Event::WorkerChanges(number, epoch));
                } else if fate == Fate::TakesNothing {
                    self.set_state(number, WorkerState::Running);
                } else {
                    self.set_state(number, WorkerState::Idle);
                    self.is_idle(number);
                }
            }
            WorkerState::Unhealthy => {
                self.set_state(number, WorkerState::Initializing);
                self.starts(number);
            }
            WorkerState::Idle if self.may_stop() => self.stop_worker(number),
            // A throttled worker waits for its machine, a running one for its job.
            WorkerState::Idle | WorkerState::Throttled | WorkerState::Running => {}
        }
    }

    /// From now on workers start, the throttled ones immediately.
    pub(super) fn fate_ends(&mut self) {
        let throttled = |worker: &&Worker| worker.state == WorkerState::Throttled;
        let numbers: Vec<u32> = self.workers.values().filter(throttled).map(|worker| worker.number).collect();
        for number in numbers {
            self.set_state(number, WorkerState::Initializing);
            self.starts(number);
        }
        self.scale();
    }

    /// Changes a worker's state, and returns its new epoch.
    pub(super) fn set_state(&mut self, number: u32, state: WorkerState) -> u32 {
        let Some(worker) = self.workers.get_mut(&number) else { return 0 };
        self.tally.workers[worker.state as usize] -= 1;
        self.tally.workers[state as usize] += 1;
        worker.state = state;
        worker.since = self.now;
        worker.epoch += 1;
        worker.epoch
    }

    /// Stops a worker. `FlashBoot` keeps it.
    pub(super) fn stop_worker(&mut self, number: u32) {
        let Some(worker) = self.workers.remove(&number) else { return };
        self.tally.workers[worker.state as usize] -= 1;
        self.idle.remove(&(worker.since, number));
        if worker.is_billed() {
            self.billed += self.now.saturating_sub(worker.started);
        }
        if self.scenario.endpoint.flashboot && worker.state == WorkerState::Idle {
            self.parked.push(worker);
        }
    }
}

/// Fourteen letters and digits, like RunPod's ids.
fn worker_id(mut bits: u64) -> Arc<str> {
    const LETTERS: &[u8; 32] = b"abcdefghijkmnopqrstuvwxyz0123456";
    let mut id = String::with_capacity(14);
    for _ in 0..14 {
        id.push(char::from(LETTERS[usize::from(bits.to_le_bytes()[0] % 32)]));
        bits = bits.rotate_right(9);
    }
    id.into()
}

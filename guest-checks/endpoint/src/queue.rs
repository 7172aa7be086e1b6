//! Why a queue does not move, told by the readings of `/health` while jobs waited.
//!
//! The order of the tests is that of RunPod's own advice: workers that crash are never taken for a lack of capacity,
//! and a state counts only once it has lasted.

use crate::rules::Settings;
use comfycheck_sdk::endpoint::{HealthFacts, Observation, WorkerCounts};

/// What kept the queue from moving.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cause {
    /// No reading could be had while samples waited.
    Unseen,
    /// No state lasted long enough to be told as the cause.
    Unsettled,
    /// Workers were unhealthy, and none stayed up.
    CrashLoop,
    /// There was no worker of any kind.
    NoWorker,
    /// There were workers, and then there were none.
    Vanished,
    /// Workers were throttled: RunPod had no free GPU for them.
    NoCapacity,
    /// A worker was starting when the readings ended.
    StillInitializing,
    /// Workers were starting for longer than RunPod allows.
    StuckInitializing,
    /// Workers were free and took no job.
    StuckQueue,
    /// Every worker ran other jobs.
    Busy,
}

/// What the workers of one reading were up to, by the most able of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    Free,
    Busy,
    Unhealthy,
    Initializing,
    Throttled,
    Absent,
}

impl State {
    fn of(workers: &WorkerCounts) -> Self {
        // `ready` alone can be 1 while a worker still boots.
        if workers.idle > 0 || (workers.ready > 0 && workers.initializing == 0) {
            Self::Free
        } else if workers.running > 0 {
            Self::Busy
        } else if workers.unhealthy > 0 {
            Self::Unhealthy
        } else if workers.initializing > 0 {
            Self::Initializing
        } else if workers.throttled > 0 {
            Self::Throttled
        } else {
            Self::Absent
        }
    }

    /// Whether a worker is up.
    fn is_up(self) -> bool {
        matches!(self, Self::Free | Self::Busy)
    }
}

/// A reading of `/health` that succeeded, while samples of ours waited.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reading {
    /// In milliseconds from the start of the sampling.
    pub(crate) at: u64,
    pub(crate) health: HealthFacts,
    pub(crate) state: State,
    /// How many of our own samples were seen running.
    pub(crate) ours_running: u32,
    /// How many of our own samples waited.
    pub(crate) ours_waiting: u32,
}

/// The readings of a wait, in order of time.
#[derive(Debug)]
pub(crate) struct Wait {
    pub(crate) readings: Vec<Reading>,
    /// How many requests in the same time failed.
    pub(crate) failed: usize,
    /// Whether a worker was up or starting in any reading before, or during, the wait.
    had_worker: bool,
}

impl Wait {
    /// The wait since the last time when a worker took one of our samples, or since `submitted` if nothing was read
    /// since then. Both in milliseconds from the start of the sampling.
    pub(crate) fn of(observations: &[Observation], submitted: u64, last_taken: Option<u64>) -> Self {
        let since = |start: u64| observations.iter().filter(move |seen| seen.waiting > 0 && seen.at >= start);
        let start = last_taken.unwrap_or(0).max(submitted);
        let start = if since(start).any(|seen| seen.health.is_some()) { start } else { submitted };
        let readings = since(start).filter_map(|seen| {
            let health = seen.health?;
            let state = State::of(&health.workers);
            Some(Reading { at: seen.at, health, state, ours_running: seen.running, ours_waiting: seen.waiting })
        });
        let had_worker = observations.iter().filter_map(|seen| seen.health).any(|health| {
            let workers = health.workers;
            [workers.idle, workers.ready, workers.running, workers.initializing].iter().any(|&count| count > 0)
        });
        Self {
            readings: readings.collect(),
            failed: since(start).filter(|seen| seen.health.is_none()).count(),
            had_worker,
        }
    }

    /// What kept the queue from moving.
    pub(crate) fn cause(&self, settings: &Settings) -> Cause {
        let persist = settings.persist_s.saturating_mul(1000);
        let lasted = |readings: &[Reading]| span(readings) >= persist;
        if self.readings.is_empty() {
            return Cause::Unseen;
        }
        let up = self.tail(State::is_up);
        if lasted(up) {
            return if time_in(up, State::Busy) > time_in(up, State::Free) { Cause::Busy } else { Cause::StuckQueue };
        }
        if self.readings.iter().any(|reading| reading.health.workers.unhealthy > 0) {
            return Cause::CrashLoop;
        }
        let unplaced = self.tail(|state| matches!(state, State::Throttled | State::Absent));
        let judged = if lasted(unplaced) { unplaced } else { &self.readings };
        // On a tie, the more telling state, which stands first.
        let states = [State::Throttled, State::Absent, State::Initializing, State::Free, State::Busy];
        let (mut state, mut longest) = (State::Throttled, 0);
        for candidate in states {
            let time = time_in(judged, candidate);
            if time > longest {
                (state, longest) = (candidate, time);
            }
        }
        if longest < persist && !lasted(unplaced) {
            return Cause::Unsettled;
        }
        match state {
            State::Throttled => Cause::NoCapacity,
            State::Absent if self.had_worker => Cause::Vanished,
            State::Absent => Cause::NoWorker,
            State::Initializing if longest >= settings.stuck_initializing_s.saturating_mul(1000) => {
                Cause::StuckInitializing
            }
            State::Initializing => Cause::StillInitializing,
            State::Busy => Cause::Busy,
            State::Free | State::Unhealthy => Cause::StuckQueue,
        }
    }

    /// The time between the first and the last reading, in milliseconds.
    pub(crate) fn span(&self) -> u64 {
        span(&self.readings)
    }

    /// For how long the workers were in a state, in milliseconds. A reading holds until the next one.
    pub(crate) fn time_in(&self, state: State) -> u64 {
        time_in(&self.readings, state)
    }

    /// The most workers that any reading counts.
    pub(crate) fn most(&self, count: impl Fn(&WorkerCounts) -> u32) -> u32 {
        self.readings.iter().map(|reading| count(&reading.health.workers)).max().unwrap_or(0)
    }

    /// The readings at the end that are all in one of some states.
    fn tail(&self, among: impl Fn(State) -> bool) -> &[Reading] {
        let others = self.readings.iter().rposition(|reading| !among(reading.state)).map_or(0, |last| last + 1);
        &self.readings[others..]
    }
}

/// The longest time that observations show workers throttled and none up or starting, in milliseconds.
pub(crate) fn longest_throttling(observations: &[Observation]) -> u64 {
    let readings = Wait::of(observations, 0, None).readings;
    let stretches = readings.chunk_by(|a, b| a.state == b.state);
    stretches.filter(|stretch| stretch[0].state == State::Throttled).map(span).max().unwrap_or(0)
}

fn span(readings: &[Reading]) -> u64 {
    match readings {
        [first, .., last] => last.at.saturating_sub(first.at),
        _ => 0,
    }
}

fn time_in(readings: &[Reading], state: State) -> u64 {
    let pairs = readings.windows(2).filter(|pair| pair[0].state == state);
    pairs.fold(0, |time, pair| time.saturating_add(pair[1].at.saturating_sub(pair[0].at)))
}

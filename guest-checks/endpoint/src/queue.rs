//! Why a queue does not move, by the readings of `/health` while jobs waited.
//!
//! The tests stand in the order of RunPod's own advice: crashing workers are never mistaken for a lack of capacity, and
//! a state counts only once it has lasted.

use crate::settings::Settings;
use comfycheck_sdk::endpoint::{HealthFacts, Observation, WorkerCounts};

/// What kept the queue from moving.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cause {
    /// No reading succeeded while jobs waited.
    NoReading,
    /// No state of the workers lasted long enough.
    NoLastingState,
    /// Workers were unhealthy, and none stayed up.
    CrashLoop,
    /// There was never a worker in any state.
    NoWorker,
    /// There were workers before, and none at the end.
    Vanished,
    /// Workers were throttled: RunPod had no free GPU.
    NoCapacity,
    /// Workers were still starting at the end.
    StillInitializing,
    /// Workers were starting for longer than the limit.
    StuckInitializing,
    /// Workers were free, or ran without a job, and took none.
    StuckQueue,
    /// Every worker ran other jobs.
    Busy,
}

/// The state of the workers in one reading: that of the most able worker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    Free,
    Busy,
    /// Workers run, and no job is in progress: they boot, or their handler does not listen.
    Silent,
    Unhealthy,
    Initializing,
    Throttled,
    Absent,
}

impl State {
    fn of(health: &HealthFacts, ours_running: u32) -> Self {
        let workers = &health.workers;
        // `ready` can be 1 while a worker still starts.
        if workers.idle > 0 || (workers.ready > 0 && workers.initializing == 0) {
            Self::Free
        } else if workers.running > 0 && (health.jobs.in_progress > 0 || ours_running > 0) {
            Self::Busy
        } else if workers.running > 0 {
            Self::Silent
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

    fn is_up(self) -> bool {
        matches!(self, Self::Free | Self::Busy | Self::Silent)
    }
}

/// A successful reading of `/health` while jobs of this run waited.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reading {
    /// In milliseconds from the start of the sampling.
    pub(crate) at: u64,
    pub(crate) health: HealthFacts,
    pub(crate) state: State,
    /// Jobs of this run that ran.
    pub(crate) ours_running: u32,
    /// Jobs of this run that waited.
    pub(crate) ours_waiting: u32,
}

/// The readings of a wait, in order of time.
#[derive(Debug)]
pub(crate) struct Wait {
    pub(crate) readings: Vec<Reading>,
    /// How many readings failed in the same time.
    pub(crate) failed: usize,
    /// Whether any reading, before or during the wait, shows a worker that was up or starting.
    had_worker: bool,
}

impl Wait {
    /// The wait since a worker last took a job of this run, or since `submitted` if no reading followed. Both in
    /// milliseconds from the start of the sampling.
    pub(crate) fn of(observations: &[Observation], submitted: u64, last_taken: Option<u64>) -> Self {
        let since = |start: u64| observations.iter().filter(move |seen| seen.waiting > 0 && seen.at >= start);
        let start = last_taken.unwrap_or(0).max(submitted);
        let start = if since(start).any(|seen| seen.health.is_some()) { start } else { submitted };
        let readings = since(start).filter_map(|seen| {
            let health = seen.health?;
            let state = State::of(&health, seen.running);
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

    pub(crate) fn cause(&self, settings: &Settings) -> Cause {
        let lasted = |readings: &[Reading]| span(readings) >= settings.persist_ms();
        if self.readings.is_empty() {
            return Cause::NoReading;
        }
        let up = self.tail(State::is_up);
        if lasted(up) {
            let taking_none = time_in(up, State::Free).saturating_add(time_in(up, State::Silent));
            return if time_in(up, State::Busy) > taking_none { Cause::Busy } else { Cause::StuckQueue };
        }
        if self.readings.iter().any(|reading| reading.health.workers.unhealthy > 0) {
            return Cause::CrashLoop;
        }
        let unplaced = self.tail(|state| matches!(state, State::Throttled | State::Absent));
        let judged = if lasted(unplaced) { unplaced } else { &self.readings };
        // On a tie, the first state wins: it says more about the cause.
        let states = [State::Throttled, State::Absent, State::Initializing, State::Free, State::Silent, State::Busy];
        let (mut state, mut longest) = (State::Throttled, 0);
        for candidate in states {
            let time = time_in(judged, candidate);
            if time > longest {
                (state, longest) = (candidate, time);
            }
        }
        if longest < settings.persist_ms() && !lasted(unplaced) {
            return Cause::NoLastingState;
        }
        match state {
            State::Throttled => Cause::NoCapacity,
            State::Absent if self.had_worker => Cause::Vanished,
            State::Absent => Cause::NoWorker,
            State::Initializing if longest >= settings.stuck_initializing_ms() => Cause::StuckInitializing,
            State::Initializing => Cause::StillInitializing,
            State::Busy => Cause::Busy,
            State::Free | State::Silent | State::Unhealthy => Cause::StuckQueue,
        }
    }

    /// From the first to the last reading, in milliseconds.
    pub(crate) fn span(&self) -> u64 {
        span(&self.readings)
    }

    /// How long the workers were in a state, in milliseconds. A reading holds until the next one.
    pub(crate) fn time_in(&self, state: State) -> u64 {
        time_in(&self.readings, state)
    }

    /// The highest count of any reading.
    pub(crate) fn most(&self, count: impl Fn(&WorkerCounts) -> u32) -> u32 {
        self.readings.iter().map(|reading| count(&reading.health.workers)).max().unwrap_or(0)
    }

    /// The readings at the end that are all in one of these states.
    fn tail(&self, among: impl Fn(State) -> bool) -> &[Reading] {
        let others = self.readings.iter().rposition(|reading| !among(reading.state)).map_or(0, |last| last + 1);
        &self.readings[others..]
    }
}

/// The longest time in which workers were throttled and none was up or starting, in milliseconds.
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

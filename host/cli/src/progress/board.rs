//! The state of a run, from its events, and the lines that a display prints of it.

use super::Lines;
use comfycheck_core::cost::{Price, per_hour};
use comfycheck_core::suite::Patience;
use comfycheck_core::wording::{clock, count, limit, money, seconds};
use comfycheck_runtime::event::{RunEvent, SampleState};
use comfycheck_runtime::facts::{Observation, WorkerCounts};
use comfycheck_runtime::transport::exchange::Phase;
use std::collections::BTreeMap;
use std::time::Duration;

pub(crate) struct Board {
    patience: Patience,
    /// In USD: what this run or shard can spend.
    max_cost: Option<f64>,
    phase: Option<(Phase, usize)>,
    /// How many check instances of the phase ended.
    ended: usize,
    samples: BTreeMap<u32, SampleState>,
    /// When each sample began to run, and when it ended.
    runs: BTreeMap<u32, (Duration, Option<Duration>)>,
    /// The latest job of the dry run.
    dry_run: Option<(u32, SampleState)>,
    price: Option<Price>,
    /// The latest reading of `/health`.
    health: Option<Observation>,
    /// The time of the latest event, on the transport's clock. It starts again in each phase.
    now: Duration,
    /// When a job last ended.
    progress: Duration,
    /// When the last line about waiting was written.
    heartbeat: Duration,
}

/// CI systems cancel jobs that print nothing for too long.
const HEARTBEAT: Duration = Duration::from_secs(30);

impl Board {
    pub(super) fn new(patience: &Patience, max_cost: Option<f64>) -> Self {
        Self {
            patience: patience.clone(),
            max_cost,
            phase: None,
            ended: 0,
            samples: BTreeMap::new(),
            runs: BTreeMap::new(),
            dry_run: None,
            price: None,
            health: None,
            now: Duration::ZERO,
            progress: Duration::ZERO,
            heartbeat: Duration::ZERO,
        }
    }

    /// Records an event. Returns a line for the log if the event is worth one.
    pub(super) fn update(&mut self, event: &RunEvent) -> Option<String> {
        match event {
            RunEvent::PhaseStarted { phase, parts } => {
                self.phase = Some((*phase, *parts));
                self.ended = 0;
                (self.now, self.progress, self.heartbeat) = Default::default();
                (*parts > 0).then(|| phase_line(*phase, *parts))
            }
            RunEvent::InstanceEnded { .. } => {
                self.ended += 1;
                None
            }
            RunEvent::Priced { price, estimate } => {
                self.price.clone_from(price);
                let (price, estimate) = (price.as_ref()?, estimate.as_ref()?);
                let (high, price_per_hour) = (money(estimate.high), per_hour(price.per_second));
                let (longest, source) = (limit(self.patience.in_progress.as_secs_f64(), "s"), price.source.words());
                if let Some(most) = self.max_cost.filter(|most| *most < estimate.high) {
                    let most = limit(most, "[USD]");
                    return Some(format!("cost: at most {most} (`max-cost`): jobs cost {price_per_hour} ({source})"));
                }
                Some(format!(
                    "cost: at most {high} if every job runs for {longest}, not counting worker startup ({price_per_hour}, \
                     {source})"
                ))
            }
            RunEvent::SampleSeen { index, at, state, status } => {
                self.sample(*index, *at, *state);
                Some(at_time(*at, &format!("sample {index}"), &result(*state, status.as_deref())?))
            }
            RunEvent::DryRunSeen { job, at, state, status } => {
                let is_new = self.dry_run.is_none_or(|(known, _)| known != *job);
                self.dry_run = Some((*job, *state));
                self.now = *at;
                let submitted = || is_new.then(|| "submitted (ComfyUI must refuse it)".to_owned());
                let what = result(*state, status.as_deref()).or_else(submitted)?;
                Some(at_time(*at, &format!("dry run, job {}", job + 1), &what))
            }
            RunEvent::HealthRead(observation) => self.health(observation),
            RunEvent::PhaseEnded { .. } | RunEvent::InstanceSkipped { .. } => None,
        }
    }

    fn sample(&mut self, index: u32, at: Duration, state: SampleState) {
        self.samples.insert(index, state);
        self.now = self.now.max(at);
        match state {
            SampleState::Waiting { .. } => {}
            SampleState::Running { since } => {
                self.runs.entry(index).or_insert((since, None));
                self.progress = self.progress.max(at);
            }
            SampleState::Ended(_) => {
                if let Some((_, ended)) = self.runs.get_mut(&index) {
                    *ended = Some(at);
                    self.progress = self.progress.max(at);
                }
            }
        }
    }

    fn health(&mut self, observation: &Observation) -> Option<String> {
        self.health = Some(*observation);
        self.now = self.now.max(observation.at);
        if observation.waiting == 0 || observation.at < self.heartbeat + HEARTBEAT {
            return None;
        }
        self.heartbeat = observation.at;
        let left = self.left(self.now).map(|left| format!("; gives up in {}", limit(left.as_secs_f64().floor(), "s")));
        let waiting = format!("{} in queue; {}{}", observation.waiting, self.workers(), left.unwrap_or_default());
        Some(format!("  {:>8}  {waiting}", seconds(observation.at.as_secs_f64())))
    }

    /// The first line of a live display: `0:42  samples: 1 of 3 finished, 1 running, 1 in queue`.
    pub(super) fn first_line(&self, elapsed: Duration) -> String {
        let elapsed = clock(elapsed.as_secs());
        let Some((phase, parts)) = self.phase else { return elapsed };
        if phase != Phase::Sampling {
            let dry_run = match self.dry_run {
                Some((job, SampleState::Waiting { .. })) => format!("; dry run: job {} in queue", job + 1),
                Some((job, SampleState::Running { .. })) => format!("; dry run: job {} running", job + 1),
                Some((_, SampleState::Ended(_))) | None => String::new(),
            };
            return format!("{elapsed}  {}: {} of {parts} checks{dry_run}", phase_name(phase), self.ended);
        }
        let count = |is: fn(&SampleState) -> bool| self.samples.values().filter(|state| is(state)).count();
        let done = count(|state| matches!(state, SampleState::Ended(_)));
        let running = count(|state| matches!(state, SampleState::Running { .. }));
        let waiting = count(|state| matches!(state, SampleState::Waiting { .. }));
        format!("{elapsed}  samples: {done} of {parts} finished, {running} running, {waiting} in queue")
    }

    /// The second line: the workers, the cost so far, and how long the run still waits. Empty unless samples run. `since` is
    /// the time since the latest event.
    pub(super) fn second_line(&self, since: Duration) -> String {
        if self.phase.is_none_or(|(phase, _)| phase != Phase::Sampling) {
            return String::new();
        }
        let now = self.now + since;
        let cost = self.cost(now).map(|cost| format!("{} so far", money(cost)));
        let left = self.left(now).map(|left| format!("gives up in {}", clock(left.as_secs())));
        let parts = [self.health.map(|_| self.workers()), cost, left];
        parts.into_iter().flatten().collect::<Vec<_>>().join(" · ")
    }

    fn workers(&self) -> String {
        let Some(health) = self.health.and_then(|reading| reading.health) else {
            return "/health did not respond".to_owned();
        };
        let WorkerCounts { idle, initializing, ready: _, running, throttled, unhealthy } = health.workers;
        let states = [
            (running, "running"),
            (idle, "idle"),
            (initializing, "initializing"),
            (throttled, "throttled"),
            (unhealthy, "unhealthy"),
        ];
        let states: Vec<_> = states
            .iter()
            .filter(|(number, _)| *number > 0)
            .map(|(number, state)| format!("{number} {state}"))
            .collect();
        if states.is_empty() { "no workers".to_owned() } else { format!("workers: {}", states.join(", ")) }
    }

    /// What the run time of the jobs costs so far, not counting worker startup. None if the price is unknown.
    fn cost(&self, now: Duration) -> Option<f64> {
        let ran = self.runs.values().map(|(began, ended)| ended.unwrap_or(now).saturating_sub(*began));
        Some(self.price.as_ref()?.per_second * ran.sum::<Duration>().as_secs_f64())
    }

    /// How long the run still waits for the job that it gives up first. None if no job waits or runs. The patience for the queue
    /// pauses while a job runs.
    fn left(&self, now: Duration) -> Option<Duration> {
        let deadline = |is_running: bool| {
            let deadlines = self.samples.values().filter_map(move |state| match state {
                SampleState::Running { since } if is_running => Some(*since + self.patience.in_progress),
                SampleState::Waiting { since } if !is_running => {
                    Some(self.progress.max(*since) + self.patience.in_queue)
                }
                _ => None,
            });
            deadlines.min()
        };
        let deadline = deadline(true).or_else(|| deadline(false))?;
        Some(deadline.saturating_sub(now))
    }
}

impl Lines for Board {
    fn update(&mut self, event: &RunEvent) -> Option<String> {
        Self::update(self, event)
    }

    fn first_line(&self, elapsed: Duration) -> String {
        Self::first_line(self, elapsed)
    }

    fn second_line(&self, since: Duration) -> String {
        Self::second_line(self, since)
    }
}

/// The result of a job. None while it is not over.
fn result(state: SampleState, status: Option<&str>) -> Option<String> {
    let SampleState::Ended(ending) = state else { return None };
    let status = status.map(|status| format!(" ({status})")).unwrap_or_default();
    Some(format!("{}{status}", ending.word().replace('-', " ")))
}

fn at_time(at: Duration, job: &str, what: &str) -> String {
    format!("  {:>8}  {job}: {what}", seconds(at.as_secs_f64()))
}

fn phase_name(phase: Phase) -> &'static str {
    match phase {
        Phase::Deployment => "checking the deployment",
        Phase::Sampling => "samples",
        Phase::Sample => "checking each sample",
        Phase::Run => "checking the run",
    }
}

fn phase_line(phase: Phase, parts: usize) -> String {
    match phase {
        Phase::Sampling => format!("running {}", count(parts, "sample")),
        Phase::Deployment | Phase::Sample | Phase::Run => format!("{}: {}", phase_name(phase), count(parts, "check")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use comfycheck_core::cost::PriceSource;
    use comfycheck_core::money::CostRange;
    use comfycheck_core::sample::Ending;
    use comfycheck_runtime::facts::HealthFacts;
    use std::fmt::Write;

    fn health(at: u64, waiting: u32, workers: WorkerCounts) -> RunEvent {
        let health = HealthFacts { workers, ..HealthFacts::default() };
        RunEvent::HealthRead(Observation { at: Duration::from_secs(at), health: Some(health), waiting, running: 0 })
    }

    fn sample(index: u32, at: u64, state: SampleState) -> RunEvent {
        RunEvent::SampleSeen { index, at: Duration::from_secs(at), state, status: None }
    }

    /// A run of two samples: the first hits a cold start, and the second waits behind it.
    fn events() -> Vec<(&'static str, RunEvent)> {
        let price = Price { per_second: 0.000_31, lowest: None, source: PriceSource::Table, date: None };
        let estimate = CostRange { low: 0.0, high: 0.372 };
        let since = Duration::from_secs;
        let initializing = WorkerCounts { initializing: 1, throttled: 2, ..WorkerCounts::default() };
        let running = WorkerCounts { running: 1, ..WorkerCounts::default() };
        vec![
            ("the first phase", RunEvent::PhaseStarted { phase: Phase::Deployment, parts: 4 }),
            ("a price", RunEvent::Priced { price: Some(price), estimate: Some(estimate) }),
            ("samples", RunEvent::PhaseStarted { phase: Phase::Sampling, parts: 2 }),
            ("one waits", sample(0, 1, SampleState::Waiting { since: since(1) })),
            ("two wait", sample(1, 2, SampleState::Waiting { since: since(2) })),
            ("no worker", health(5, 2, WorkerCounts::default())),
            ("half a minute", health(31, 2, initializing)),
            ("one runs", sample(0, 41, SampleState::Running { since: since(41) })),
            ("still", health(45, 1, running)),
            ("a minute", health(61, 1, running)),
            ("one ends", sample(0, 71, SampleState::Ended(Ending::Succeeded))),
            ("the other is given up", sample(1, 371, SampleState::Ended(Ending::NeverStarted))),
            ("the last phase", RunEvent::PhaseStarted { phase: Phase::Run, parts: 1 }),
        ]
    }

    #[test]
    fn a_log_has_a_line_for_each_step_and_each_half_minute_of_waiting() {
        let mut board = Board::new(&Patience::default(), None);
        let lines: Vec<_> = events().iter().filter_map(|(_, event)| board.update(event)).collect();
        insta::assert_snapshot!(lines.join("\n"));
    }

    #[test]
    fn the_cost_is_at_most_the_budget() {
        let price = Price { per_second: 0.000_31, lowest: None, source: PriceSource::Table, date: None };
        let estimate = Some(CostRange { low: 0.0, high: 0.372 });
        for (max_cost, expected) in [(None, "$0.372"), (Some(0.005), "$0.005 (`max-cost`)"), (Some(2.0), "$0.372")] {
            let mut board = Board::new(&Patience::default(), max_cost);
            let line = board.update(&RunEvent::Priced { price: Some(price.clone()), estimate });
            assert!(line.as_ref().is_some_and(|line| line.contains(&format!("at most {expected}"))), "{line:?}");
        }
    }

    #[test]
    fn a_live_display_has_two_lines_after_each_event() {
        let mut board = Board::new(&Patience::default(), None);
        let mut text = String::new();
        for (name, event) in events() {
            board.update(&event);
            let [first, second] = [board.first_line(board.now), board.second_line(Duration::from_secs(2))];
            // Writing to a string cannot fail.
            let _ = write!(text, "{name}, and 2 s later\n  {first}\n  {second}\n");
        }
        insta::assert_snapshot!(text);
    }

    #[test]
    fn the_patience_with_the_queue_starts_again_when_a_job_ends_and_stops_while_one_runs() {
        let mut board =
            Board::new(&Patience { in_queue: Duration::from_secs(100), in_progress: Duration::from_secs(50) }, None);
        let since = Duration::from_secs;
        let mut left = |events: &[RunEvent], now: u64| {
            for event in events {
                board.update(event);
            }
            board.left(since(now)).map(|left| left.as_secs())
        };
        assert_eq!(left(&[], 0), None);
        assert_eq!(left(&[sample(0, 10, SampleState::Waiting { since: since(10) })], 30), Some(80));
        assert_eq!(left(&[sample(1, 20, SampleState::Waiting { since: since(20) })], 30), Some(80));
        assert_eq!(left(&[sample(0, 40, SampleState::Running { since: since(40) })], 60), Some(30));
        assert_eq!(left(&[sample(0, 70, SampleState::Ended(Ending::Succeeded))], 80), Some(90));
        assert_eq!(left(&[], 200), Some(0), "never below zero");
    }
}

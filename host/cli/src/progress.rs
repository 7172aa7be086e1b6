//! Shows on stderr how a run goes on. What is shown decides nothing.

use crate::args::Progress;
use crate::terminal::Terminal;
use comfycheck_core::render::count;
use comfycheck_runtime::capabilities::Observation;
use comfycheck_runtime::event::{RunEvent, SampleState};
use comfycheck_runtime::transport::exchange::Phase;
use indicatif::{ProgressBar, ProgressStyle};
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// A display of a run.
pub(crate) struct Display {
    how: How,
    seen: Mutex<Seen>,
}

enum How {
    Live(ProgressBar),
    Plain(Terminal),
    None,
}

#[derive(Default)]
struct Seen {
    phase: Option<(Phase, usize)>,
    instances: usize,
    samples: BTreeMap<u32, SampleState>,
    /// The latest job of the dry run.
    dry_run: Option<(u32, SampleState)>,
    /// When the last line about waiting was written, on the transport's clock.
    told: Duration,
}

/// A CI system ends jobs that say nothing for long.
const HEARTBEAT: Duration = Duration::from_secs(30);

impl Display {
    pub(crate) fn new(how: Progress, terminal: Terminal) -> Self {
        let live = || {
            let bar = ProgressBar::new_spinner();
            // The template is a constant, and the default one is no worse.
            bar.set_style(
                ProgressStyle::with_template("{spinner} {msg}").unwrap_or_else(|_| ProgressStyle::default_spinner()),
            );
            bar.enable_steady_tick(Duration::from_millis(120));
            How::Live(bar)
        };
        let how = match how {
            Progress::None => How::None,
            Progress::Live => live(),
            Progress::Auto if terminal.is_watched() => live(),
            Progress::Auto | Progress::Plain => How::Plain(terminal),
        };
        Self { how, seen: Mutex::default() }
    }

    /// Takes an event of the run.
    pub(crate) fn listen(&self, event: &RunEvent) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let line = seen.take(event);
        match &self.how {
            How::None => {}
            How::Live(bar) => bar.set_message(seen.status()),
            How::Plain(terminal) => {
                if let Some(line) = line {
                    terminal.say(line);
                }
            }
        }
    }

    /// Leaves the terminal as it was.
    pub(crate) fn end(&self) {
        if let How::Live(bar) = &self.how {
            bar.finish_and_clear();
        }
    }
}

impl Seen {
    /// Takes an event, and says it in a line where somebody who reads a log wants to know.
    fn take(&mut self, event: &RunEvent) -> Option<String> {
        match event {
            RunEvent::PhaseStarted { phase, parts } => {
                self.phase = Some((*phase, *parts));
                self.instances = 0;
                // Each clock begins anew.
                self.told = Duration::ZERO;
                (*parts > 0).then(|| phase_line(*phase, *parts))
            }
            RunEvent::InstanceEnded { .. } => {
                self.instances += 1;
                None
            }
            RunEvent::Priced { price, estimate } => {
                let (price, estimate) = (price.as_ref()?, estimate.as_ref()?);
                let (high, second) = (estimate.high, price.per_second);
                let source = price.source.words();
                Some(format!("at most {high:.3} USD, worker starts aside, at {second:.6} USD a second ({source})"))
            }
            RunEvent::SampleSeen { index, at, state, status } => {
                self.samples.insert(*index, *state);
                Some(at_time(*at, &format!("sample {index}"), &how_it_ended(*state, status.as_deref())?))
            }
            RunEvent::DryRunSeen { job, at, state, status } => {
                let is_new = self.dry_run.is_none_or(|(known, _)| known != *job);
                self.dry_run = Some((*job, *state));
                let begun = || is_new.then(|| "submitted, to be refused".to_owned());
                let what = how_it_ended(*state, status.as_deref()).or_else(begun)?;
                Some(at_time(*at, &format!("dry run: job {}", job + 1), &what))
            }
            RunEvent::HealthRead(observation) => self.health(observation),
            RunEvent::PhaseEnded { .. } | RunEvent::InstanceSkipped { .. } => None,
        }
    }

    fn health(&mut self, observation: &Observation) -> Option<String> {
        if observation.waiting == 0 || observation.at < self.told + HEARTBEAT {
            return None;
        }
        self.told = observation.at;
        let workers = observation.health.map_or_else(
            || "/health does not answer".to_owned(),
            |health| {
                let workers = health.workers;
                format!(
                    "workers: {} ready, {} running, {} initializing, {} throttled, {} unhealthy",
                    workers.ready, workers.running, workers.initializing, workers.throttled, workers.unhealthy
                )
            },
        );
        let at = observation.at.as_secs_f64();
        Some(format!("  {at:>6.1} s  {} waiting; {workers}", observation.waiting))
    }

    /// All in one line.
    fn status(&self) -> String {
        let Some((phase, parts)) = self.phase else { return String::new() };
        let name = phase_name(phase);
        if phase != Phase::Sampling {
            let dry_run = match self.dry_run {
                Some((job, SampleState::Waiting { .. })) => format!("; dry run: job {} in queue", job + 1),
                Some((job, SampleState::Running { .. })) => format!("; dry run: job {} running", job + 1),
                Some((_, SampleState::Ended(_))) | None => String::new(),
            };
            return format!("{name}: {} of {parts} checks{dry_run}", self.instances);
        }
        let count = |is: fn(&SampleState) -> bool| self.samples.values().filter(|state| is(state)).count();
        let ended = count(|state| matches!(state, SampleState::Ended(_)));
        let running = count(|state| matches!(state, SampleState::Running { .. }));
        let waiting = count(|state| matches!(state, SampleState::Waiting { .. }));
        format!("{name}: {ended} of {parts} ended, {running} running, {waiting} in queue")
    }
}

/// How a job ended; none if it did not yet.
fn how_it_ended(state: SampleState, status: Option<&str>) -> Option<String> {
    let SampleState::Ended(ending) = state else { return None };
    let status = status.map(|status| format!(" ({status})")).unwrap_or_default();
    Some(format!("{}{status}", ending.word()))
}

fn at_time(at: Duration, job: &str, what: &str) -> String {
    format!("  {:>6.1} s  {job} {what}", at.as_secs_f64())
}

fn phase_name(phase: Phase) -> &'static str {
    match phase {
        Phase::Deployment => "deployment",
        Phase::Sampling => "sampling",
        Phase::Sample => "samples",
        Phase::Run => "run",
    }
}

fn phase_line(phase: Phase, parts: usize) -> String {
    match phase {
        Phase::Deployment => format!("looking at the deployment: {}", count(parts, "check")),
        Phase::Sampling => format!("taking {}", count(parts, "sample")),
        Phase::Sample => format!("looking at each sample: {}", count(parts, "check")),
        Phase::Run => format!("looking at the whole run: {}", count(parts, "check")),
    }
}

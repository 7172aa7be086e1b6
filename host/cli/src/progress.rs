//! Shows the progress of a run on stderr. It never affects the verdict.

use crate::args::Progress;
use crate::terminal::Terminal;
use comfycheck_core::wording::{count, money};
use comfycheck_runtime::capabilities::Observation;
use comfycheck_runtime::event::{RunEvent, SampleState};
use comfycheck_runtime::transport::exchange::Phase;
use indicatif::{ProgressBar, ProgressStyle};
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

pub(crate) struct Display {
    style: Style,
    state: Mutex<RunState>,
}

enum Style {
    Live(ProgressBar),
    Plain(Terminal),
    None,
}

#[derive(Default)]
struct RunState {
    phase: Option<(Phase, usize)>,
    instances: usize,
    samples: BTreeMap<u32, SampleState>,
    /// The latest job of the dry run.
    dry_run: Option<(u32, SampleState)>,
    /// When the last line about waiting was written, on the transport's clock.
    last_heartbeat: Duration,
}

/// CI systems cancel jobs that print nothing for too long.
const HEARTBEAT: Duration = Duration::from_secs(30);

impl Display {
    pub(crate) fn new(progress: Progress, terminal: Terminal) -> Self {
        let live = || {
            let bar = ProgressBar::new_spinner();
            // The template is a constant, and the default one is no worse.
            bar.set_style(
                ProgressStyle::with_template("{spinner} {msg}").unwrap_or_else(|_| ProgressStyle::default_spinner()),
            );
            bar.enable_steady_tick(Duration::from_millis(120));
            Style::Live(bar)
        };
        let style = match progress {
            Progress::None => Style::None,
            Progress::Live => live(),
            Progress::Auto if terminal.is_watched() => live(),
            Progress::Auto | Progress::Plain => Style::Plain(terminal),
        };
        Self { style, state: Mutex::default() }
    }

    /// Updates the display with an event of the run.
    pub(crate) fn listen(&self, event: &RunEvent) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let line = state.update(event);
        match &self.style {
            Style::None => {}
            Style::Live(bar) => bar.set_message(state.status()),
            Style::Plain(terminal) => {
                if let Some(line) = line {
                    terminal.say(line);
                }
            }
        }
    }

    /// Clears the display.
    pub(crate) fn end(&self) {
        if let Style::Live(bar) = &self.style {
            bar.finish_and_clear();
        }
    }
}

impl RunState {
    /// Records an event. Returns a line for the log if the event is worth one.
    fn update(&mut self, event: &RunEvent) -> Option<String> {
        match event {
            RunEvent::PhaseStarted { phase, parts } => {
                self.phase = Some((*phase, *parts));
                self.instances = 0;
                // Each phase has its own clock.
                self.last_heartbeat = Duration::ZERO;
                (*parts > 0).then(|| phase_line(*phase, *parts))
            }
            RunEvent::InstanceEnded { .. } => {
                self.instances += 1;
                None
            }
            RunEvent::Priced { price, estimate } => {
                let (price, estimate) = (price.as_ref()?, estimate.as_ref()?);
                let (high, per_second) = (money(estimate.high), money(price.per_second));
                let source = price.source.words();
                Some(format!("cost: at most {high}, not counting worker startup ({per_second}/s, {source})"))
            }
            RunEvent::SampleSeen { index, at, state, status } => {
                self.samples.insert(*index, *state);
                Some(at_time(*at, &format!("sample {index}"), &ending(*state, status.as_deref())?))
            }
            RunEvent::DryRunSeen { job, at, state, status } => {
                let is_new = self.dry_run.is_none_or(|(known, _)| known != *job);
                self.dry_run = Some((*job, *state));
                let submitted = || is_new.then(|| "submitted (ComfyUI must refuse it)".to_owned());
                let what = ending(*state, status.as_deref()).or_else(submitted)?;
                Some(at_time(*at, &format!("dry run: job {}", job + 1), &what))
            }
            RunEvent::HealthRead(observation) => self.health(observation),
            RunEvent::PhaseEnded { .. } | RunEvent::InstanceSkipped { .. } => None,
        }
    }

    fn health(&mut self, observation: &Observation) -> Option<String> {
        if observation.waiting == 0 || observation.at < self.last_heartbeat + HEARTBEAT {
            return None;
        }
        self.last_heartbeat = observation.at;
        let workers = observation.health.map_or_else(
            || "/health did not respond".to_owned(),
            |health| {
                let workers = health.workers;
                format!(
                    "workers: {} ready, {} running, {} initializing, {} throttled, {} unhealthy",
                    workers.ready, workers.running, workers.initializing, workers.throttled, workers.unhealthy
                )
            },
        );
        let at = observation.at.as_secs_f64();
        Some(format!("  {at:>6.1} s  {} in queue; {workers}", observation.waiting))
    }

    /// The status in one line.
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
        format!("{name}: {ended} of {parts} finished, {running} running, {waiting} in queue")
    }
}

/// The result of a job. None while it is not over.
fn ending(state: SampleState, status: Option<&str>) -> Option<String> {
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
        Phase::Sampling => "running samples",
        Phase::Sample => "samples",
        Phase::Run => "run",
    }
}

fn phase_line(phase: Phase, parts: usize) -> String {
    match phase {
        Phase::Deployment => format!("checking the deployment: {}", count(parts, "check")),
        Phase::Sampling => format!("running {}", count(parts, "sample")),
        Phase::Sample => format!("checking each sample: {}", count(parts, "check")),
        Phase::Run => format!("checking the run: {}", count(parts, "check")),
    }
}

//! Which notifications are due after a run, by what is known of the runs before it.

use crate::notification::Occasion;
use crate::render::Failures;
use crate::report::{History, Origin, Report, RunState, Verdict};
use crate::suite::SuiteNotification;
use jiff::{SignedDuration, Timestamp};

/// What makes two runs the same for a reader.
pub fn run_state(report: &Report) -> RunState {
    RunState { verdict: report.summary.verdict, failures: Failures::of(report).digest() }
}

/// The previous run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PreviousRun {
    pub state: RunState,
    /// None if its report stores none.
    pub history: Option<History>,
}

impl PreviousRun {
    pub fn of(report: &Report) -> Self {
        Self { state: run_state(report), history: report.history.clone() }
    }

    /// What a recipient was notified of last. Without a history, every run before counts as notified.
    fn notified(&self, to: &str) -> Option<(&RunState, Option<Timestamp>)> {
        let Some(history) = &self.history else { return Some((&self.state, None)) };
        let last = history.notified.iter().find(|last| last.to == to)?;
        Some((&last.state, last.at.parse().ok()))
    }
}

/// The history of a run, before its own notifications.
pub fn history(report: &Report, previous: Option<&PreviousRun>) -> History {
    let state = run_state(report);
    let before = previous.and_then(|previous| previous.history.as_ref());
    let failed_before = previous.is_some_and(|previous| previous.state.verdict != Verdict::Passed);
    let same = previous.is_some_and(|previous| previous.state == state);
    History {
        not_passed: match state.verdict {
            Verdict::Passed => 0,
            Verdict::Failed | Verdict::Inconclusive => {
                before.map_or(u32::from(failed_before), |before| before.not_passed).saturating_add(1)
            }
        },
        unchanged: if same { before.map_or(1, |before| before.unchanged).saturating_add(1) } else { 1 },
        notified: before.map(|before| before.notified.clone()).unwrap_or_default(),
    }
}

/// Whether a run is reported to a recipient. `now` is None in a replay, which has no clock.
///
/// An interrupted run is never reported: the person who interrupted it knows, and its answer is incomplete.
pub fn notification_is_due(
    notification: &SuiteNotification,
    report: &Report,
    previous: Option<&PreviousRun>,
    now: Option<Timestamp>,
) -> bool {
    if report.interrupted.is_some() {
        return false;
    }
    let SuiteNotification { on, after, remind, .. } = notification;
    let (state, runs) = (run_state(report), history(report, previous));
    let last = previous.and_then(|previous| previous.notified(&notification.recipient));
    let notified = last.map(|(state, _)| state.verdict);
    let failed_before = notified.is_some_and(|verdict| verdict != Verdict::Passed);
    if *on == Occasion::Always {
        return true;
    }
    if state.verdict == Verdict::Passed {
        return failed_before;
    }
    match on {
        Occasion::Always => true,
        Occasion::Failure => runs.not_passed >= after.get(),
        // The first failure must last, whatever it is. A later one must last as it is.
        Occasion::Change if !failed_before => runs.not_passed >= after.get(),
        Occasion::Change => {
            let is_new = last.is_some_and(|(last, _)| *last != state);
            let passed = last.and_then(|(_, at)| at).zip(now).map(|(at, now)| now.duration_since(at));
            let is_over = remind
                .zip(passed)
                .is_some_and(|(remind, passed)| passed >= SignedDuration::from_hours(remind.get().into()));
            (is_new && runs.unchanged >= after.get()) || (!is_new && is_over)
        }
    }
}

/// The previous run, or why its report does not count.
///
/// It must be the report of a live run of the same suite. If this run is live, it must have the same endpoint. An interrupted
/// run proves nothing about the deployment.
pub fn previous_run(previous: &Report, (suite, name): (&str, &str), now: &Origin) -> Result<PreviousRun, &'static str> {
    if previous.suite != suite {
        return Err("it is of another suite");
    }
    if previous.name != name {
        return Err("its run has another name");
    }
    if previous.interrupted.is_some() {
        return Err("its run was interrupted");
    }
    match (&previous.origin, now) {
        (Origin::Replay { .. }, _) => Err("it is of a replay"),
        (Origin::Simulation { .. }, _) => Err("it is of a simulation"),
        (Origin::Live { endpoint: before, .. }, Origin::Live { endpoint, .. }) if before != endpoint => {
            Err("it is of another endpoint")
        }
        (Origin::Live { .. }, _) => Ok(PreviousRun::of(previous)),
    }
}

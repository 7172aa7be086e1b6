//! What the report of the previous run decides: whether a notification is due.

use super::{Origin, Report, Verdict};
use crate::notification::Occasion;

/// Whether a run is reported. `before` is the verdict of the previous run, if it is known.
///
/// An interrupted run is never reported: the person who interrupted it knows, and its answer is incomplete.
pub fn notification_is_due(on: Occasion, report: &Report, before: Option<Verdict>) -> bool {
    let now = report.summary.verdict;
    let failed = |verdict: Verdict| verdict != Verdict::Passed;
    if report.interrupted.is_some() {
        return false;
    }
    match on {
        Occasion::Failure => failed(now) || before.is_some_and(failed),
        Occasion::Change => before.map_or(failed(now), |before| before != now),
        Occasion::Always => true,
    }
}

/// The verdict of the previous run, or why its report does not count.
///
/// It must be the report of a live run of the same suite. If this run is live, it must have the same endpoint. An interrupted
/// run proves nothing about the deployment.
pub fn verdict_before(previous: &Report, suite: &str, now: &Origin) -> Result<Verdict, &'static str> {
    if previous.suite != suite {
        return Err("it is of another suite");
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
        (Origin::Live { .. }, _) => Ok(previous.summary.verdict),
    }
}

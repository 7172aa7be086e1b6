//! Notifications: which runs are reported, and where. `runtime/transport/notify.rs` sends them.
//!
//! The previous run counts if it was live and of the same suite and endpoint. The report of an interrupted run never replaces it.
//! A replay reads no environment and prints whom a live run would have notified.

use crate::report::{Origin, Report, Verdict};

/// Where a notification goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Channel {
    /// A message to an incoming webhook of Slack.
    Slack,
    /// The JSON report to any webhook.
    Webhook,
}

impl Channel {
    /// The words for the recipient.
    pub fn words(self) -> &'static str {
        match self {
            Self::Slack => "Slack",
            Self::Webhook => "the webhook",
        }
    }

    /// The environment variable that holds the URL if the suite names none.
    pub fn default_variable(self) -> &'static str {
        match self {
            Self::Slack => "COMFYCHECK_SLACK_WEBHOOK",
            Self::Webhook => "COMFYCHECK_WEBHOOK",
        }
    }
}

/// Which runs are reported.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Occasion {
    /// Each run that does not pass, and the first that passes again.
    #[default]
    Failure,
    /// Each run whose verdict differs from the previous one. Without a previous one, each run that does not pass.
    Change,
    /// Every run.
    Always,
}

/// Whether a run is reported. `before` is the verdict of the previous run, if it is known.
///
/// An interrupted run is never reported: the person who interrupted it knows, and its answer is incomplete.
pub fn is_notified(on: Occasion, report: &Report, before: Option<Verdict>) -> bool {
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
        (Origin::Live { endpoint: before }, Origin::Live { endpoint }) if before != endpoint => {
            Err("it is of another endpoint")
        }
        (Origin::Live { .. }, _) => Ok(previous.summary.verdict),
    }
}

//! Who is told of a run, and when.

use crate::report::{Origin, Report, Verdict};

/// What a notification is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Channel {
    /// A message to an incoming webhook of Slack.
    Slack,
    /// The JSON report to any webhook.
    Webhook,
}

impl Channel {
    /// The words for who is told.
    pub fn words(self) -> &'static str {
        match self {
            Self::Slack => "Slack",
            Self::Webhook => "the webhook",
        }
    }

    /// The environment variable that holds the URL where the suite names none.
    pub fn default_variable(self) -> &'static str {
        match self {
            Self::Slack => "COMFYCHECK_SLACK_WEBHOOK",
            Self::Webhook => "COMFYCHECK_WEBHOOK",
        }
    }
}

/// Of which runs someone is told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Occasion {
    /// Each that does not pass, and the first that passes after one that did not.
    #[default]
    Failure,
    /// Each whose verdict is another than that of the run before; where that is not known, each that does not pass.
    Change,
    /// Each.
    Always,
}

/// Whether a run is one to tell of. `before` is the verdict of the run before, if it is known.
///
/// An interrupted run is told to nobody: whoever interrupted it knows, and what it says of the deployment is not whole.
pub fn is_told(on: Occasion, report: &Report, before: Option<Verdict>) -> bool {
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

/// What a stored report says of the run before this one, or why it does not count: it must be of a live run of the same
/// suite, and of the same endpoint where this one is live, too.
///
/// That an interrupted run proved nothing says nothing of the deployment.
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

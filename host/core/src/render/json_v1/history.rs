//! The runs before a live run, as the JSON report stores them.

use super::summary::VerdictV1;
use crate::report::{History, LastNotification, RunState};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// The runs before a live run.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(super) struct HistoryV1<'a> {
    /// How many runs in a row did not pass, up to this one.
    not_passed: u32,
    /// How many runs in a row had the verdict and the failures of this one, up to this one.
    unchanged: u32,
    /// The last notification of each recipient.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    notified: Vec<LastNotificationV1<'a>>,
}

/// The last notification of a recipient.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
struct LastNotificationV1<'a> {
    /// The channel, and the environment variable of its URL.
    to: Cow<'a, str>,
    /// The verdict of the run that it was about.
    verdict: VerdictV1,
    /// SHA-256 of the rules and subjects of its errors and unknown questions.
    failures: Cow<'a, str>,
    /// When it was sent, RFC 3339.
    at: Cow<'a, str>,
}

impl<'a> From<&'a History> for HistoryV1<'a> {
    fn from(History { not_passed, unchanged, notified }: &'a History) -> Self {
        let last = |LastNotification { to, state: RunState { verdict, failures }, at }: &'a LastNotification| {
            LastNotificationV1 { to: to.into(), verdict: (*verdict).into(), failures: failures.into(), at: at.into() }
        };
        Self { not_passed: *not_passed, unchanged: *unchanged, notified: notified.iter().map(last).collect() }
    }
}

impl From<HistoryV1<'_>> for History {
    fn from(HistoryV1 { not_passed, unchanged, notified }: HistoryV1<'_>) -> Self {
        let last = |LastNotificationV1 { to, verdict, failures, at }| LastNotification {
            to: Cow::into_owned(to),
            state: RunState { verdict: VerdictV1::into(verdict), failures: Cow::into_owned(failures) },
            at: Cow::into_owned(at),
        };
        Self { not_passed, unchanged, notified: notified.into_iter().map(last).collect() }
    }
}

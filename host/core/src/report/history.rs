//! What a run knows of the runs before it.
//!
//! The JSON report of a live run with `--previous` stores it, so it passes from run to run in one file. `due.rs` writes it.

use super::Verdict;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a run knows of the runs before it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct History {
    /// How many runs in a row did not pass, up to this one.
    pub not_passed: u32,
    /// How many runs in a row had the verdict and the failures of this one, up to this one.
    pub unchanged: u32,
    /// The last notification of each recipient.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notified: Vec<LastNotification>,
}

/// The last notification of a recipient.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct LastNotification {
    /// The recipient, as the suite identifies it.
    pub to: String,
    #[serde(flatten)]
    pub state: RunState,
    /// When, RFC 3339.
    pub at: String,
}

/// What makes two runs the same for a reader.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct RunState {
    /// The verdict of the run.
    pub verdict: Verdict,
    /// The digest of what keeps the run from passing.
    pub failures: String,
}

impl History {
    /// Stores that a recipient was notified of a run.
    pub fn notify(&mut self, to: &str, state: RunState, at: Timestamp) {
        self.notified.retain(|last| last.to != to);
        self.notified.push(LastNotification { to: to.to_owned(), state, at: at.to_string() });
    }
}

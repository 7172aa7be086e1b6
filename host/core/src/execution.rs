//! Check instances and their outcomes.

use crate::finding::{Finding, OpenQuestion};
use crate::manifest::Scope;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// One check with one set of settings, in one scope, and for `sample` on one sample.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct CheckInstance {
    /// The check's name in the suite.
    pub check: String,
    pub scope: Scope,
    /// The index of its sample, in scope `sample`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sample: Option<u32>,
}

/// The outcome of a check instance.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// It ran. Both lists empty: nothing is wrong.
    Completed {
        /// In the check's order.
        findings: Vec<Finding>,
        /// In the check's order.
        open: Vec<OpenQuestion>,
    },
    /// It did not run, and did not have to.
    Skipped {
        /// Why. One line.
        reason: String,
    },
    /// It did not run to its end, so its questions are open.
    Errored {
        kind: ErrorKind,
        /// What went wrong: names the limit, or what the guest was doing. One line.
        message: String,
    },
}

/// Why a check instance did not run to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ErrorKind {
    /// The check reports that it could not find out anything.
    Inconclusive,
    /// The check refuses its settings, though its schema allows them.
    InvalidSettings,
    /// It exceeded a limit of the sandbox: memory, CPU time, output, host calls, handles.
    Limit,
    /// It waited longer than the suite allows (`wall-s`): the server was slow.
    #[serde(rename = "limit", skip_deserializing)]
    #[schemars(skip)]
    Waiting,
    /// The check trapped: a bug in it.
    Trap,
    /// The check broke the contract: an undeclared rule, a number that is not finite, data that is not JSON.
    Contract,
    /// The cassette does not have one of its requests.
    Cassette,
}

impl ErrorKind {
    /// Whether the check itself is at fault, so a retry gives the same result.
    pub fn is_fault(self) -> bool {
        match self {
            Self::InvalidSettings | Self::Limit | Self::Trap | Self::Contract => true,
            Self::Inconclusive | Self::Waiting | Self::Cassette => false,
        }
    }

    /// The word for it in reports.
    pub fn word(self) -> &'static str {
        match self {
            Self::Inconclusive => "inconclusive",
            Self::InvalidSettings => "invalid-settings",
            Self::Limit | Self::Waiting => "limit",
            Self::Trap => "trap",
            Self::Contract => "contract",
            Self::Cassette => "cassette",
        }
    }
}

/// A check instance and its outcome.
#[derive(Clone, Debug, PartialEq)]
pub struct Execution {
    pub instance: CheckInstance,
    pub outcome: Outcome,
    /// The outcomes of earlier attempts, the first one first. An instance runs again if a request got no response.
    pub earlier: Vec<Outcome>,
    /// How long it waited for responses, on its own clock.
    pub waited: Duration,
}

impl Execution {
    /// Whether a later attempt answered what an earlier one could not, so no question is left.
    pub fn is_flaky(&self) -> bool {
        let open_before = match self.earlier.last() {
            Some(Outcome::Completed { open, .. }) => open.len(),
            Some(Outcome::Errored { .. }) => usize::MAX,
            Some(Outcome::Skipped { .. }) | None => 0,
        };
        let is_completed = matches!(self.outcome, Outcome::Completed { .. });
        is_completed && self.open().len() < open_before && self.still_open().next().is_none()
    }

    /// Whether the check crashed, broke the contract or exceeded a limit of its own.
    pub fn is_fault(&self) -> bool {
        matches!(self.outcome, Outcome::Errored { kind, .. } if kind.is_fault())
    }

    /// Its findings; none unless it completed.
    pub fn findings(&self) -> &[Finding] {
        match &self.outcome {
            Outcome::Completed { findings, .. } => findings,
            Outcome::Skipped { .. } | Outcome::Errored { .. } => &[],
        }
    }

    /// Its open questions, including those that a later instance closed; none unless it completed.
    pub fn open(&self) -> &[OpenQuestion] {
        match &self.outcome {
            Outcome::Completed { open, .. } => open,
            Outcome::Skipped { .. } | Outcome::Errored { .. } => &[],
        }
    }

    /// Its open questions that no later instance closed.
    pub fn still_open(&self) -> impl Iterator<Item = &OpenQuestion> {
        self.open().iter().filter(|question| !question.closed)
    }
}

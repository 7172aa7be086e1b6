//! What happened when a check instance was run.

use crate::finding::{Finding, OpenQuestion};
use crate::manifest::Scope;

/// One check with one set of settings, in one scope, and for `sample` on one sample.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct CheckInstance {
    /// The check's name in the suite.
    pub check: String,
    /// In which scope it is run.
    pub scope: Scope,
    /// The index of its sample, in scope `sample`.
    pub sample: Option<u32>,
}

/// What came of a check instance.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// It was carried out. Both lists empty: nothing is wrong.
    Completed {
        /// In the order in which the check gave them.
        findings: Vec<Finding>,
        /// In the order in which the check gave them.
        open: Vec<OpenQuestion>,
    },
    /// It was not carried out, and need not be.
    Skipped {
        /// Why. One line.
        reason: String,
    },
    /// It could not be carried out, so that its questions are open.
    Errored {
        /// What kind of error, such as `trap` or `limit`.
        kind: ErrorKind,
        /// What went wrong: names the limit, or what the guest was doing. One line.
        message: String,
    },
}

/// Why a check instance could not be carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// The check says that it could not find out anything.
    Inconclusive,
    /// The check refuses its settings, though its schema allows them.
    InvalidSettings,
    /// A limit of the sandbox was exceeded.
    Limit,
    /// The check trapped: a bug in it.
    Trap,
    /// The check broke the contract: an undeclared rule, a number that is not finite, data that is not JSON.
    Contract,
    /// A request is not in the cassette.
    Cassette,
}

impl ErrorKind {
    /// The word for it in reports.
    pub fn word(self) -> &'static str {
        match self {
            Self::Inconclusive => "inconclusive",
            Self::InvalidSettings => "invalid-settings",
            Self::Limit => "limit",
            Self::Trap => "trap",
            Self::Contract => "contract",
            Self::Cassette => "cassette",
        }
    }
}

/// A check instance and what came of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Execution {
    /// What was run.
    pub instance: CheckInstance,
    /// What came of it.
    pub outcome: Outcome,
    /// What came of it before, the first attempt first: it was carried out again since an answer had not come.
    pub earlier: Vec<Outcome>,
    /// How often a question that was asked of the endpoint or of ComfyUI had to be answered, and how long that took on
    /// the instance's own clock.
    pub waited: std::time::Duration,
}

impl Execution {
    /// Whether a further attempt told what the one before could not, so that no question is left.
    pub fn is_flaky(&self) -> bool {
        let untold = match self.earlier.last() {
            Some(Outcome::Completed { open, .. }) => open.len(),
            Some(Outcome::Errored { .. }) => usize::MAX,
            Some(Outcome::Skipped { .. }) | None => 0,
        };
        let is_completed = matches!(self.outcome, Outcome::Completed { .. });
        is_completed && self.open().len() < untold && self.still_open().next().is_none()
    }

    /// Its findings; none unless it was carried out.
    pub fn findings(&self) -> &[Finding] {
        match &self.outcome {
            Outcome::Completed { findings, .. } => findings,
            Outcome::Skipped { .. } | Outcome::Errored { .. } => &[],
        }
    }

    /// Its open questions, also those that a later instance closed; none unless it was carried out.
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

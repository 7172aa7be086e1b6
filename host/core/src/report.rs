//! All that a run found out, and its summary.

mod contradiction;
mod exit_code;
mod merge;
mod summarize;

pub use contradiction::Contradiction;
pub(crate) use contradiction::refuse_contradiction;
pub use exit_code::{ExitCode, exit_code};
pub use merge::{MergeError, merge};
pub use summarize::{Run, summarize};
pub(crate) use summarize::{nothing_worked, samples_failed, samples_waived};

use crate::cost::{CostRange, Price};
use crate::execution::Execution;
use crate::plan::PlannedCheck;
use crate::sample::Sample;
use crate::suite::TextFile;
use std::time::Duration;

/// All executions of one run, the samples, and their summary. Made by [`summarize`], by [`merge`], or read from where
/// it was stored.
#[derive(Clone, Debug)]
pub struct Report {
    /// The version of comfycheck that made it, such as `0.1.0`.
    pub version: String,
    /// The suite's name.
    pub suite: String,
    /// The workflow's file, for the places of nodes.
    pub workflow: Option<TextFile>,
    /// Where the responses came from.
    pub origin: Origin,
    /// The date of the run, `YYYY-MM-DD`: today live, the recording's in replay.
    pub date: String,
    /// The checks of the plan, in report order.
    pub checks: Vec<PlannedCheck>,
    /// What happened, in report order.
    pub executions: Vec<Execution>,
    /// The samples, in order of their index.
    pub samples: Vec<Sample>,
    /// The jobs of the dry run, as samples are told, in the order of their submission; none of them is a sample.
    pub dry_run: Vec<Sample>,
    /// The price that costs were computed with.
    pub price: Option<Price>,
    /// Whether the run was interrupted, and by what.
    pub interrupted: Option<Signal>,
    /// What it all comes to.
    pub summary: Summary,
    /// What was measured on this machine: live runs only.
    pub machine: Option<Machine>,
}

/// Where the responses of a run came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The network.
    Live {
        /// The id of the endpoint, or `local worker at` and its address.
        endpoint: Option<String>,
    },
    /// A cassette.
    Replay {
        /// The name of the cassette's folder.
        cassette: String,
        /// What the cassette says of itself, such as that it is synthetic.
        note: Option<String>,
    },
    /// A simulated endpoint.
    Simulation {
        /// The scenario's name.
        scenario: String,
        /// What happens in it, in one line.
        about: String,
    },
}

/// A signal that interrupted a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// Ctrl-C.
    Interrupt,
    /// SIGTERM.
    Terminate,
}

impl Signal {
    /// What it did to a run or to a share of it, after their names.
    pub fn words(self) -> &'static str {
        match self {
            Self::Interrupt => "was interrupted by Ctrl-C",
            Self::Terminate => "was terminated by SIGTERM",
        }
    }

    /// What it did to the run, as a sentence without a period.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::Interrupt => "the run was interrupted by Ctrl-C",
            Self::Terminate => "the run was terminated by SIGTERM",
        }
    }
}

/// What was measured on this machine. Not reproducible, hence apart.
#[derive(Clone, Debug, PartialEq)]
pub struct Machine {
    /// When the run began, RFC 3339.
    pub started: String,
    /// How long it took.
    pub elapsed: Duration,
}

impl Machine {
    /// Of two parts of one run: from the earlier start, and as long as the longer of the two.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self { started: self.started.min(other.started), elapsed: self.elapsed.max(other.elapsed) }
    }
}

/// What a run comes to.
#[derive(Clone, Debug, PartialEq)]
pub struct Summary {
    /// The verdict.
    pub verdict: Verdict,
    /// Findings of severity error.
    pub errors: u32,
    /// Findings of severity warning.
    pub warnings: u32,
    /// Findings of severity note.
    pub notes: u32,
    /// Findings of any severity that the suite waives. None of them is among the others.
    pub waived: u32,
    /// Open questions that were not closed.
    pub open: u32,
    /// Check instances that were carried out.
    pub completed: u32,
    /// Check instances that were skipped.
    pub skipped: u32,
    /// Check instances that could not be carried out.
    pub errored: u32,
    /// Check instances whose questions only a further attempt answered. They are among those that were carried out.
    pub flaky: u32,
    /// Samples that the plan asked for.
    pub samples: u32,
    /// Samples that succeeded.
    pub succeeded: u32,
    /// What the samples and the dry run cost together, as far as it is known.
    pub cost: Option<CostRange>,
    /// That the jobs may have cost more than the suite's `max-cost`, in one line. It changes no verdict.
    pub over_budget: Option<String>,
    /// Why the run proves nothing where no finding says so, one line each.
    pub inconclusive: Vec<String>,
}

/// What a run proves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Every question was answered, and nothing is wrong.
    Passed,
    /// Something is wrong.
    Failed,
    /// Nothing was proven wrong, and something could not be told.
    Inconclusive,
}

impl Verdict {
    /// The word for it in reports.
    pub fn word(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::Inconclusive => "inconclusive",
        }
    }
}

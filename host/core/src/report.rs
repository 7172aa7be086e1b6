//! The report of a run: everything that it found out, and its summary.

mod contradiction;
mod exit_code;
mod history;
mod merge;
mod prompts;
mod summarize;
mod workflow_file;

pub use contradiction::Contradiction;
pub(crate) use contradiction::refuse_contradiction;
pub use exit_code::{ExitCode, exit_code};
pub use history::{History, LastNotification, RunState};
pub use merge::{MergeError, merge};
pub use prompts::PromptMask;
pub(crate) use summarize::{NOTHING_WORKED, nothing_worked, samples_waived, unexplained_samples};
pub use summarize::{RunResult, summarize};
pub use workflow_file::WorkflowFile;

use crate::cost::Price;
use crate::execution::Execution;
use crate::money::CostRange;
use crate::plan::PlannedCheck;
use crate::sample::Sample;
use crate::waiver::UnusedWaiver;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// All executions of one run, the samples, and their summary. Made by [`summarize`] or [`merge`], or read from a file.
#[derive(Clone, Debug)]
pub struct Report {
    /// The version of comfycheck that made it, such as `0.1.0`.
    pub version: String,
    /// The suite's name.
    pub suite: String,
    /// The name of the run. It keeps the reports of several runs of one suite apart.
    pub name: String,
    /// The workflow's file, for the places of nodes.
    pub workflow: Option<WorkflowFile>,
    /// Where the responses came from.
    pub origin: Origin,
    /// The date of the run, `YYYY-MM-DD`: today live, the recording's in replay.
    pub date: String,
    /// The checks of the plan, in report order.
    pub checks: Vec<PlannedCheck>,
    /// The check instances and their outcomes, in report order.
    pub executions: Vec<Execution>,
    /// The samples, in the order of their index.
    pub samples: Vec<Sample>,
    /// The jobs of the dry run, in the order of their submission. None of them is a sample.
    pub dry_run: Vec<Sample>,
    /// The price that costs were computed with.
    pub price: Option<Price>,
    /// The signal that interrupted the run.
    pub interrupted: Option<Signal>,
    /// Waivers of the suite that apply to no finding.
    pub unused_waivers: Vec<UnusedWaiver>,
    pub summary: Summary,
    /// The machine's own times: live runs only.
    pub machine: Option<Machine>,
    /// The runs before: live runs with a previous report only.
    pub history: Option<History>,
}

/// Where the responses of a run came from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "kebab-case")]
pub enum Origin {
    /// The network.
    Live {
        /// The id of the endpoint, or `local worker at` and its address.
        #[serde(skip_serializing_if = "Option::is_none")]
        endpoint: Option<String>,
        /// The address of the endpoint's API, if it is not RunPod's.
        #[serde(skip_serializing_if = "Option::is_none")]
        server: Option<String>,
        /// The address of the ComfyUI server that checks read.
        #[serde(skip_serializing_if = "Option::is_none")]
        comfyui: Option<String>,
    },
    /// A cassette.
    Replay {
        /// The name of the cassette's folder.
        cassette: String,
        /// The cassette's own note, such as that it is synthetic.
        #[serde(skip_serializing_if = "Option::is_none")]
        note: Option<String>,
    },
    /// A simulated endpoint.
    Simulation {
        /// The scenario's name.
        scenario: String,
        /// What happens in it. One line.
        about: String,
    },
}

/// A signal that interrupted a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Signal {
    /// Ctrl-C.
    Interrupt,
    /// SIGTERM.
    Terminate,
}

impl Signal {
    /// What it did to a run or to a shard of it, after their names.
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

/// Times of this machine. They are not reproducible, so they stand apart.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Machine {
    /// When the run began, RFC 3339.
    pub started: String,
    /// How long it took.
    #[serde(rename = "elapsed-ms", with = "crate::milliseconds")]
    #[schemars(with = "u64")]
    pub elapsed: Duration,
}

impl Machine {
    /// Of two parts of one run: the earlier start, and the longer time.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        let elapsed = self.elapsed.max(other.elapsed);
        // As text, `10:00:00.5Z` is before `10:00:00Z`.
        let [one, other] = [self.started, other.started].map(|text| (text.parse::<Timestamp>().ok(), text));
        Self { started: one.min(other).1, elapsed }
    }
}

/// The summary of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Summary {
    pub verdict: Verdict,
    /// Findings of severity error.
    pub errors: u32,
    /// Findings of severity warning.
    pub warnings: u32,
    /// Findings of severity note.
    pub notes: u32,
    /// Findings of any severity that the suite waives. The other numbers do not include them.
    #[serde(default)]
    pub waived: u32,
    /// Open questions that were not closed.
    pub open: u32,
    /// Check instances that ran to their end.
    pub completed: u32,
    /// Check instances that were skipped.
    pub skipped: u32,
    /// Check instances that did not run to their end.
    pub errored: u32,
    /// Check instances that only a later attempt answered. `completed` includes them.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub flaky: u32,
    /// Samples that the plan has.
    pub samples: u32,
    /// Samples that succeeded.
    pub succeeded: u32,
    /// The known cost of the samples and the dry run together.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cost: Option<CostRange>,
    /// A warning that the jobs may have cost more than the suite's `max-cost`. One line. It changes no verdict.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub over_budget: Option<String>,
    /// Why the run is inconclusive if it has no errors, one line each.
    pub inconclusive: Vec<String>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it")]
fn is_zero(number: &u32) -> bool {
    *number == 0
}

/// The verdict of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Every question was answered, and there is no error.
    Passed,
    /// There is an error.
    Failed,
    /// There is no error, and something is unknown.
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

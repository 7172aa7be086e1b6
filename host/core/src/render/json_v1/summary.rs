//! The summary of a run, in JSON.

use super::CostRangeV1;
use crate::report::{Summary, Verdict};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// The summary of a run.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(super) struct SummaryV1<'a> {
    verdict: VerdictV1,
    /// Findings of severity error.
    errors: u32,
    /// Findings of severity warning.
    warnings: u32,
    /// Findings of severity note.
    notes: u32,
    /// Findings of any severity that the suite waives. The other numbers do not include them.
    #[serde(default)]
    waived: u32,
    /// Open questions that were not closed.
    open: u32,
    /// Check instances that ran to their end.
    completed: u32,
    /// Check instances that were skipped.
    skipped: u32,
    /// Check instances that did not run to their end.
    errored: u32,
    /// Check instances that only a later attempt answered. `completed` includes them.
    #[serde(default, skip_serializing_if = "is_zero")]
    flaky: u32,
    /// Samples that the plan has.
    samples: u32,
    /// Samples that succeeded.
    succeeded: u32,
    /// The known cost of the samples and the dry run together.
    #[serde(skip_serializing_if = "Option::is_none")]
    cost: Option<CostRangeV1>,
    /// A warning that the jobs may have cost more than the suite's `max-cost`. One line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    over_budget: Option<Cow<'a, str>>,
    /// Why the run is inconclusive if it has no errors, one line each.
    inconclusive: Cow<'a, [String]>,
}

impl<'a> From<&'a Summary> for SummaryV1<'a> {
    fn from(summary: &'a Summary) -> Self {
        let Summary {
            verdict,
            errors,
            warnings,
            notes,
            waived,
            open,
            completed,
            skipped,
            errored,
            flaky,
            samples,
            succeeded,
            cost,
            over_budget,
            inconclusive,
        } = summary;
        Self {
            verdict: (*verdict).into(),
            errors: *errors,
            warnings: *warnings,
            notes: *notes,
            waived: *waived,
            open: *open,
            completed: *completed,
            skipped: *skipped,
            errored: *errored,
            flaky: *flaky,
            samples: *samples,
            succeeded: *succeeded,
            cost: cost.map(Into::into),
            over_budget: over_budget.as_deref().map(Into::into),
            inconclusive: inconclusive.into(),
        }
    }
}

impl From<SummaryV1<'_>> for Summary {
    fn from(summary: SummaryV1<'_>) -> Self {
        let SummaryV1 {
            verdict,
            errors,
            warnings,
            notes,
            waived,
            open,
            completed,
            skipped,
            errored,
            flaky,
            samples,
            succeeded,
            cost,
            over_budget,
            inconclusive,
        } = summary;
        Self {
            verdict: verdict.into(),
            errors,
            warnings,
            notes,
            waived,
            open,
            completed,
            skipped,
            errored,
            flaky,
            samples,
            succeeded,
            cost: cost.map(Into::into),
            over_budget: over_budget.map(Into::into),
            inconclusive: inconclusive.into_owned(),
        }
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands it over so")]
fn is_zero(number: &u32) -> bool {
    *number == 0
}

/// The verdict of a run.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(super) enum VerdictV1 {
    /// Every question was answered, and there is no error.
    Passed,
    /// There is an error.
    Failed,
    /// There is no error, and something is unknown.
    Inconclusive,
}

impl From<Verdict> for VerdictV1 {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Passed => Self::Passed,
            Verdict::Failed => Self::Failed,
            Verdict::Inconclusive => Self::Inconclusive,
        }
    }
}

impl From<VerdictV1> for Verdict {
    fn from(word: VerdictV1) -> Self {
        match word {
            VerdictV1::Passed => Self::Passed,
            VerdictV1::Failed => Self::Failed,
            VerdictV1::Inconclusive => Self::Inconclusive,
        }
    }
}

//! What a run comes to, in JSON.

use super::CostRangeV1;
use crate::report::{Summary, Verdict};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// What a run comes to.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(super) struct SummaryV1<'a> {
    /// What the run proves.
    verdict: VerdictV1,
    /// Findings of severity error.
    errors: u32,
    /// Findings of severity warning.
    warnings: u32,
    /// Findings of severity note.
    notes: u32,
    /// Findings of any severity that the suite waives. None of them is among the others.
    #[serde(default)]
    waived: u32,
    /// Open questions that were not closed.
    open: u32,
    /// Check instances that were carried out.
    completed: u32,
    /// Check instances that were skipped.
    skipped: u32,
    /// Check instances that could not be carried out.
    errored: u32,
    /// Check instances whose questions only a further attempt answered. They are among those that were carried out.
    #[serde(default, skip_serializing_if = "is_zero")]
    flaky: u32,
    /// Samples that the plan asked for.
    samples: u32,
    /// Samples that succeeded.
    succeeded: u32,
    /// What the samples and the dry run cost together, as far as it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    cost: Option<CostRangeV1>,
    /// That the jobs may have cost more than the suite's `max-cost`, in one line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    over_budget: Option<Cow<'a, str>>,
    /// What could not be told, one line each.
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

/// What a run proves.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum VerdictV1 {
    /// Every question was answered, and nothing is wrong.
    Passed,
    /// Something is wrong.
    Failed,
    /// Nothing was proven wrong, and something could not be told.
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

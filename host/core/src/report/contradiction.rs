//! Whether a report that was read agrees with itself: its summary must follow from its executions and samples.
//!
//! A stored report has all that its summary is computed from, so the summary is computed again. The wording of reasons is
//! not compared: another version of comfycheck may use other words.

use super::Report;
use super::summarize::{close_answered, summary};
use crate::execution::CheckInstance;
use crate::money::CostRange;
use std::collections::BTreeSet;

/// More than any run costs, in USD. A sum of such costs is still finite.
const MOST: f64 = 1e12;

/// Two parts of a report that do not agree.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Contradiction {
    #[error("check `{check}` {on} is in it twice")]
    Instance {
        /// The check's name in the suite.
        check: String,
        /// In which scope, or on which sample.
        on: String,
    },
    #[error("sample {0} is in it twice")]
    Sample(u32),
    /// A cost is negative, not finite, or its ends are swapped.
    #[error("the cost of {what} {index} is not an amount of money")]
    Cost {
        /// `sample` or `job`, of the dry run.
        what: &'static str,
        /// Its index.
        index: u32,
    },
    /// A question is marked as closed that nothing answered, or the other way round.
    #[error("its closed questions do not follow from its executions")]
    Closed,
    #[error("its summary has `{what}` {said}, and its executions and samples give {counted}")]
    Summary {
        /// The member of the summary.
        what: &'static str,
        said: String,
        counted: String,
    },
}

/// Refuses a report that contradicts itself.
pub(crate) fn refuse_contradiction(report: &Report) -> Result<(), Contradiction> {
    let mut instances = BTreeSet::new();
    if let Some(twice) = report.executions.iter().find(|execution| !instances.insert(&execution.instance)) {
        let instance = &twice.instance;
        return Err(Contradiction::Instance { check: instance.check.clone(), on: on(instance) });
    }
    let mut samples = BTreeSet::new();
    if let Some(twice) = report.samples.iter().find(|sample| !samples.insert(sample.index)) {
        return Err(Contradiction::Sample(twice.index));
    }
    let is_money = |CostRange { low, high }: CostRange| 0.0 <= low && low <= high && high <= MOST;
    for (what, jobs) in [("sample", &report.samples), ("job", &report.dry_run)] {
        if let Some(wrong) = jobs.iter().find(|sample| sample.cost.is_some_and(|cost| !is_money(cost))) {
            return Err(Contradiction::Cost { what, index: wrong.index });
        }
    }
    let mut executions = report.executions.clone();
    close_answered(&mut executions);
    if executions != report.executions {
        return Err(Contradiction::Closed);
    }
    let (said, counted) =
        (&report.summary, &summary(&executions, &report.samples, &report.dry_run, report.interrupted));
    let number = |what, said: u32, counted: u32| (what, said.to_string(), counted.to_string());
    let members = [
        ("verdict", said.verdict.word().to_owned(), counted.verdict.word().to_owned()),
        number("errors", said.errors, counted.errors),
        number("warnings", said.warnings, counted.warnings),
        number("notes", said.notes, counted.notes),
        number("waived", said.waived, counted.waived),
        number("open", said.open, counted.open),
        number("completed", said.completed, counted.completed),
        number("skipped", said.skipped, counted.skipped),
        number("errored", said.errored, counted.errored),
        number("flaky", said.flaky, counted.flaky),
        number("samples", said.samples, counted.samples),
        number("succeeded", said.succeeded, counted.succeeded),
        ("cost", money(said.cost), money(counted.cost)),
    ];
    if let Some((what, said, counted)) = members.into_iter().find(|(_, said, counted)| said != counted) {
        return Err(Contradiction::Summary { what, said, counted });
    }
    if said.inconclusive.is_empty() != counted.inconclusive.is_empty() {
        let (said, counted) = (said.inconclusive.len().to_string(), counted.inconclusive.len().to_string());
        return Err(Contradiction::Summary { what: "inconclusive", said, counted });
    }
    Ok(())
}

/// In which scope, or on which sample.
pub(super) fn on(instance: &CheckInstance) -> String {
    match instance.sample {
        Some(sample) => format!("on sample {sample}"),
        None => format!("in scope `{}`", instance.scope.word()),
    }
}

/// As JSON has it, to the last digit.
fn money(cost: Option<CostRange>) -> String {
    cost.map_or_else(|| "none".to_owned(), |CostRange { low, high }| format!("{low} to {high}"))
}

//! The verdict and what was counted, in words.

use crate::cost::{Price, PriceSource};
use crate::execution::Execution;
use crate::finding::Finding;
use crate::render::plain::one_line;
use crate::render::wording::{count, money};
use crate::report::{Report, Summary, Verdict};
use crate::sample::Ending;
use std::collections::BTreeSet;

/// How many checks the verdict names.
const CHECKS: usize = 8;

/// What the run proves, as a sentence without a period.
pub(super) fn sentence(report: &Report) -> String {
    let untold = count(report.summary.inconclusive.len(), "thing");
    match (report.summary.verdict, report.summary.inconclusive.is_empty()) {
        (Verdict::Passed, _) if report.summary.waived > 0 => {
            let Summary { waived, samples, succeeded, .. } = report.summary;
            let waived = count(waived, "finding");
            let sentence =
                format!("every question was answered, and nothing is wrong but what the suite waives: {waived}");
            if succeeded == samples {
                return sentence;
            }
            // Without a finding that explains them the run would be inconclusive.
            format!("{sentence}, and so {} of {} did not succeed", samples - succeeded, count(samples, "sample"))
        }
        (Verdict::Passed, _) => "every question was answered, and nothing is wrong".into(),
        (Verdict::Failed, true) => errors(report),
        (Verdict::Failed, false) => format!("{}, and {untold} could not be told", errors(report)),
        (Verdict::Inconclusive, _) => format!("nothing was proven wrong, and {untold} could not be told"),
    }
}

/// How many errors there are, and of which checks.
fn errors(report: &Report) -> String {
    let is_error = |execution: &&Execution| execution.findings().iter().any(Finding::is_error);
    let failing: BTreeSet<&str> =
        report.executions.iter().filter(is_error).map(|execution| execution.instance.check.as_str()).collect();
    let in_order = report.checks.iter().map(|check| check.suite.name.as_str()).filter(|name| failing.contains(name));
    let names: Vec<String> = in_order.take(CHECKS).map(|name| one_line(name, 40)).collect();
    let more = if failing.len() > names.len() { ", …" } else { "" };
    format!("{} ({}{more})", count(report.summary.errors, "error"), names.join(", "))
}

/// How many findings there are.
pub(super) fn findings(summary: &Summary) -> String {
    let Summary { errors, warnings, notes, waived, open, .. } = summary;
    let mut text = format!("{}, {}, {}", count(*errors, "error"), count(*warnings, "warning"), count(*notes, "note"));
    if *waived > 0 {
        text = format!("{text}; {waived} waived");
    }
    if *open > 0 {
        text = format!("{text}; {}", count(*open, "open question"));
    }
    text
}

/// What came of the check instances.
pub(super) fn instances(summary: &Summary) -> String {
    let Summary { completed, skipped, errored, flaky, .. } = summary;
    let mut text = format!("{} carried out", count(*completed, "instance"));
    if *skipped > 0 {
        text = format!("{text}, {skipped} skipped");
    }
    if *errored > 0 {
        text = format!("{text}, {errored} could not be");
    }
    if *flaky > 0 {
        text = format!("{text}; {flaky} flaky, answered only at a further attempt");
    }
    text
}

/// What the samples and the dry run cost, for how many of their jobs that is known, and by what price. None if none was
/// submitted.
pub(super) fn cost(report: &Report) -> Option<String> {
    let jobs = || report.samples.iter().chain(&report.dry_run).filter(|job| job.ending != Ending::NotSubmitted);
    let submitted = jobs().count();
    if submitted == 0 {
        return None;
    }
    let over = report.summary.over_budget.as_ref().map(|line| format!("; {}", one_line(line, 200))).unwrap_or_default();
    let Some(cost) = report.summary.cost else {
        return Some(format!("not known{over}"));
    };
    let known = jobs().filter(|job| job.cost.is_some()).count();
    let what = if report.dry_run.is_empty() { "samples" } else { "jobs" };
    let mut part = if known < submitted { format!(" for {known} of {submitted} {what}") } else { String::new() };
    if !report.dry_run.is_empty() {
        part = format!("{part}, with the dry run's {}", count(report.dry_run.len(), "job"));
    }
    let by = match &report.price {
        Some(Price { source: PriceSource::Table, date: Some(date), .. }) => {
            format!(", by the price list of {}", one_line(date, 20))
        }
        Some(Price { source: PriceSource::Suite, .. }) => ", by the suite's price".into(),
        Some(Price { source: PriceSource::Catalog, .. }) => ", by RunPod's catalog".into(),
        _ => String::new(),
    };
    Some(format!("{}{part}{by}{over}", money(cost)))
}

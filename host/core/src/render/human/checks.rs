//! A line per check: what came of it in all its scopes, and what it notes.

use super::TEXT;
use super::page::{Page, Tone};
use crate::execution::Execution;
use crate::finding::{Finding, Measurement, Severity};
use crate::manifest::Scope;
use crate::render::plain::one_line;
use crate::render::tally::{Mark, Tally, of_check};
use crate::render::wording::{attempts, bound_name, count, quantity};
use crate::report::Report;
use std::collections::BTreeMap;

/// How many notes of one check are shown.
const NOTES: usize = 12;

pub(super) fn write(report: &Report, page: &mut Page) {
    page.heading("checks");
    let names: Vec<String> = report.checks.iter().map(|check| one_line(&check.suite.name, 40)).collect();
    let width = names.iter().map(|name| name.chars().count()).max().unwrap_or(0);
    for (check, name) in report.checks.iter().zip(&names) {
        let executions = of_check(report, &check.suite.name);
        let tally = Tally::of(&executions);
        let mark = tally.mark(report.interrupted);
        let word = page.paint(tone(mark), &format!("{:<5}", mark.word()));
        page.line(&format!("  {word}  {name:<width$}  {}", tally.detail(&executions)));
        for note in notes(&executions) {
            let note = page.paint(Tone::Quiet, &note);
            page.line(&format!("         {note}"));
        }
    }
}

pub(super) fn tone(mark: Mark) -> Tone {
    match mark {
        Mark::Pass => Tone::Good,
        Mark::Fail => Tone::Bad,
        Mark::Error | Mark::Open => Tone::Doubtful,
        Mark::Skip => Tone::Quiet,
    }
}

/// The notes of a check, one line each, and what was attempted more than once; those of its samples that one rule gave are one line.
pub(super) fn notes(executions: &[&Execution]) -> Vec<String> {
    let is_note = |finding: &&Finding| finding.severity == Severity::Note && !finding.is_waived();
    let (on_samples, others): (Vec<&Execution>, Vec<&Execution>) =
        executions.iter().partition(|execution| execution.instance.scope == Scope::Sample);
    let mut by_rule: BTreeMap<&str, Vec<&Finding>> = BTreeMap::new();
    for finding in on_samples.iter().flat_map(|execution| execution.findings()).filter(is_note) {
        by_rule.entry(&finding.rule).or_default().push(finding);
    }
    let mut lines: Vec<String> = by_rule.values().map(|notes| notes_of_one_rule(notes)).collect();
    lines.extend(others.iter().flat_map(|execution| execution.findings()).filter(is_note).map(note));
    lines.extend(executions.iter().filter_map(|execution| attempts(execution)));
    let more = lines.len().saturating_sub(NOTES);
    if more > 0 {
        lines.truncate(NOTES);
        lines.push(format!("and {}", count(more, "more note")));
    }
    lines
}

fn note(finding: &Finding) -> String {
    let message = one_line(&finding.message, TEXT);
    match &finding.measurement {
        Some(Measurement { limit: Some(limit), unit, .. }) => {
            format!("{message} (limit: {})", one_line(&bound_name(*limit, unit), 60))
        }
        _ => message,
    }
}

/// Notes that one rule gave on several samples: the message if they agree, else the range of what was measured, else
/// how many there are and the first.
fn notes_of_one_rule(notes: &[&Finding]) -> String {
    let [first, rest @ ..] = notes else { return String::new() };
    if rest.iter().all(|other| other.message == first.message) {
        let times = if rest.is_empty() { String::new() } else { format!(" ({} times)", notes.len()) };
        return format!("{}{times}", note(first));
    }
    let measured: Vec<&Measurement> = notes.iter().filter_map(|finding| finding.measurement.as_ref()).collect();
    let same_unit = measured.len() == notes.len() && measured.iter().all(|other| other.unit == measured[0].unit);
    let rule = one_line(&first.rule, 40);
    if same_unit {
        let least = measured.iter().map(|measured| measured.value).fold(f64::INFINITY, f64::min);
        let most = measured.iter().map(|measured| measured.value).fold(f64::NEG_INFINITY, f64::max);
        let unit = one_line(&measured[0].unit, 20);
        return format!("{rule}: {} to {} ({} times)", quantity(least, &unit), quantity(most, &unit), notes.len());
    }
    format!("{} of `{rule}`, the first: {}", count(notes.len(), "note"), note(first))
}

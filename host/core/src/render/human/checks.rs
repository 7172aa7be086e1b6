//! A line per check: what came of it in all its scopes, and what it notes.

use super::TEXT;
use super::page::{Page, Tone};
use crate::execution::{Execution, Outcome};
use crate::finding::{Finding, Measurement, Severity};
use crate::manifest::Scope;
use crate::render::plain::one_line;
use crate::render::wording::{bound_name, count, quantity};
use crate::report::{Report, Signal};
use std::collections::BTreeMap;

/// How many notes of one check are shown.
const NOTES: usize = 12;

pub(super) fn write(report: &Report, page: &mut Page) {
    page.heading("checks");
    let names: Vec<String> = report.checks.iter().map(|check| one_line(&check.suite.name, 40)).collect();
    let width = names.iter().map(|name| name.chars().count()).max().unwrap_or(0);
    for (check, name) in report.checks.iter().zip(&names) {
        let of_check = |execution: &&Execution| execution.instance.check == check.suite.name;
        let executions: Vec<&Execution> = report.executions.iter().filter(of_check).collect();
        let tally = Tally::of(&executions);
        let (word, tone) = tally.word(report.interrupted);
        let word = page.paint(tone, &format!("{word:<5}"));
        page.line(&format!("  {word}  {name:<width$}  {}", tally.detail(&executions)));
        for note in notes(&executions) {
            let note = page.paint(Tone::Quiet, &note);
            page.line(&format!("         {note}"));
        }
    }
}

/// What the instances of one check come to.
#[derive(Default)]
struct Tally {
    samples: usize,
    completed: usize,
    skipped: usize,
    errored: usize,
    errors: usize,
    warnings: usize,
    open: usize,
    closed: usize,
}

impl Tally {
    fn of(executions: &[&Execution]) -> Self {
        let mut tally = Self::default();
        for execution in executions {
            tally.samples += usize::from(execution.instance.scope == Scope::Sample);
            match &execution.outcome {
                Outcome::Completed { .. } => tally.completed += 1,
                Outcome::Skipped { .. } => tally.skipped += 1,
                Outcome::Errored { .. } => tally.errored += 1,
            }
            let of = |severity| execution.findings().iter().filter(|finding| finding.severity == severity).count();
            tally.errors += of(Severity::Error);
            tally.warnings += of(Severity::Warning);
            let open = execution.still_open().count();
            tally.open += open;
            tally.closed += execution.open().len() - open;
        }
        tally
    }

    /// A check that an interruption kept from some of its questions did not pass.
    fn word(&self, interrupted: Option<Signal>) -> (&'static str, Tone) {
        if self.errors > 0 {
            ("FAIL", Tone::Bad)
        } else if self.errored > 0 {
            ("ERROR", Tone::Doubtful)
        } else if self.open > 0 {
            ("OPEN", Tone::Doubtful)
        } else if self.completed == 0 || (interrupted.is_some() && self.skipped > 0) {
            ("SKIP", Tone::Quiet)
        } else {
            ("PASS", Tone::Good)
        }
    }

    fn detail(&self, executions: &[&Execution]) -> String {
        if self.completed + self.errored == 0 {
            return skip_reason(executions);
        }
        let parts = [
            (self.samples, "sample", ""),
            (self.errors, "error", ""),
            (self.warnings, "warning", ""),
            (self.open, "open question", ""),
            (self.closed, "question", " answered by the samples"),
            (self.errored, "instance", " not carried out"),
            (self.skipped, "instance", " skipped"),
        ];
        let told = parts.iter().filter(|(number, ..)| *number > 0);
        told.map(|(number, thing, rest)| format!("{}{rest}", count(*number, thing))).collect::<Vec<_>>().join(", ")
    }
}

fn skip_reason(executions: &[&Execution]) -> String {
    let reason = executions.iter().find_map(|execution| match &execution.outcome {
        Outcome::Skipped { reason } => Some(one_line(reason, TEXT)),
        Outcome::Completed { .. } | Outcome::Errored { .. } => None,
    });
    reason.unwrap_or_default()
}

/// The notes of a check, one line each; those of its samples that one rule gave are one line.
pub(super) fn notes(executions: &[&Execution]) -> Vec<String> {
    let is_note = |finding: &&Finding| finding.severity == Severity::Note;
    let (on_samples, others): (Vec<&Execution>, Vec<&Execution>) =
        executions.iter().partition(|execution| execution.instance.scope == Scope::Sample);
    let mut by_rule: BTreeMap<&str, Vec<&Finding>> = BTreeMap::new();
    for finding in on_samples.iter().flat_map(|execution| execution.findings()).filter(is_note) {
        by_rule.entry(&finding.rule).or_default().push(finding);
    }
    let mut lines: Vec<String> = by_rule.values().map(|notes| notes_of_one_rule(notes)).collect();
    lines.extend(others.iter().flat_map(|execution| execution.findings()).filter(is_note).map(note));
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

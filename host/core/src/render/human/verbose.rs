//! What only `-v` shows: where the responses came from, what follows from errors, notes and attempts.

use super::TEXT;
use super::page::{Page, Tone};
use crate::execution::Execution;
use crate::finding::{Finding, Severity};
use crate::manifest::Scope;
use crate::plain::one_line;
use crate::render::view::{At, CheckRow, View};
use crate::render::wording::attempts;
use crate::report::{Machine, Origin, Report};
use comfycheck_wording::{count, limit, quantity};
use std::collections::{BTreeMap, BTreeSet};

pub(super) fn head(report: &Report, page: &mut Page) {
    let mut field = |name: &str, value: &str| {
        page.prose(Tone::Quiet, &format!("  {name:<10}"), "            ", &one_line(value, TEXT));
    };
    if let Some(workflow) = &report.workflow {
        field("workflow", workflow.path());
    }
    match &report.origin {
        Origin::Replay { note: Some(note), .. } => field("note", note),
        Origin::Simulation { about, .. } => field("scenario", about),
        Origin::Replay { note: None, .. } | Origin::Live { .. } => {}
    }
    if let Some(Machine { started, .. }) = &report.machine {
        // Down to the second.
        let (second, _) = started.split_once('.').unwrap_or((started.trim_end_matches('Z'), ""));
        field("started", &format!("{}Z", second.trim_end_matches('Z')));
    }
}

/// Each finding and question that follows from an error, with that error.
pub(super) fn consequences(view: &View<'_>, page: &mut Page) {
    let mut lines = Vec::new();
    for (index, execution) in view.report.executions.iter().enumerate() {
        let id = |rule: &str| format!("{}/{rule}", execution.instance.check);
        let at = |item| At { execution: index, item };
        for (item, finding) in execution.findings().iter().enumerate() {
            let from = view.rules(&view.fold.finding(at(item)));
            lines.push((from, id(&finding.rule), finding.message.as_str()));
        }
        for (item, question) in execution.open().iter().enumerate().filter(|(_, question)| !question.closed) {
            let from = if view.fold.is_unanswered(at(item)) {
                vec!["samples".to_owned()]
            } else {
                view.rules(&view.fold.question(at(item)))
            };
            lines.push((from, id(&question.rule), question.reason.as_str()));
        }
    }
    lines.retain(|(from, ..)| !from.is_empty());
    lines.dedup();
    if !lines.is_empty() {
        page.gap();
    }
    for (from, id, text) in lines {
        let from = from.join(", ");
        let label = format!("follows[{}]: ", one_line(&id, 80));
        page.prose(Tone::Quiet, &label, "  ", &one_line(&format!("{text} (from {from})"), TEXT));
    }
}

/// The notes of a check below its row, and what ran more than once. Notes of its samples that one rule gave are one line.
pub(super) fn notes(view: &View<'_>, row: &CheckRow, column: usize, page: &mut Page) {
    let executions: Vec<&Execution> = view.executions(&row.name).into_iter().map(|(_, execution)| execution).collect();
    let indent = " ".repeat(column);
    for line in lines(&executions).iter().filter(|line| **line != row.detail) {
        page.prose(Tone::Quiet, &indent, &indent, line);
    }
}

/// The notes of some executions, one line each.
pub(super) fn lines(executions: &[&Execution]) -> Vec<String> {
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
    // What a check measures before and after the samples can be the same.
    let mut written = BTreeSet::new();
    lines.retain(|line| written.insert(line.clone()));
    lines
}

fn note(finding: &Finding) -> String {
    let message = one_line(&finding.message, TEXT);
    match finding.measurement.as_ref().and_then(|measurement| Some((measurement.limit?, &measurement.unit))) {
        Some((bound, unit)) => format!("{message} (limit: {})", one_line(&limit(bound.limit(), unit), 60)),
        None => message,
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
    let rule = one_line(&first.rule, 40);
    let measured: Vec<_> = notes.iter().filter_map(|finding| finding.measurement.as_ref()).collect();
    match measured.as_slice() {
        [one, ..] if measured.len() == notes.len() && measured.iter().all(|other| other.unit == one.unit) => {
            let least = measured.iter().map(|measured| measured.value).fold(f64::INFINITY, f64::min);
            let most = measured.iter().map(|measured| measured.value).fold(f64::NEG_INFINITY, f64::max);
            let (least, most) = (quantity(least, &one.unit), quantity(most, &one.unit));
            one_line(&format!("{rule}: {least} to {most} ({} times)", notes.len()), TEXT)
        }
        _ => format!("{} of `{rule}`, the first: {}", count(notes.len(), "note"), note(first)),
    }
}

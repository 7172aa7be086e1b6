//! How each check came out, and the measurements beside the baseline's.

use super::text::{NAME, TEXT, code, line, words};
use crate::finding::Severity;
use crate::render::comparison::changes;
use crate::render::context::ReportContext;
use crate::render::view::{CheckRow, Row, Sign, View};
use crate::render::wording::attempts;
use crate::sample::Ending;
use comfycheck_wording::count;
use maud::{Markup, html};

/// How many checks are shown, and how many notes of one check.
const CHECKS: usize = 200;
const NOTES: usize = 50;

pub(super) fn checks(view: &View<'_>) -> Markup {
    let rows = view.checks();
    html! {
        @if !rows.is_empty() {
            section #checks {
                h2 { "Checks" }
                ul.checks {
                    @for row in rows.iter().take(CHECKS) { (check(view, row)) }
                    @if rows.len() > CHECKS { li { "and " (count(rows.len() - CHECKS, "more check")) } }
                }
            }
        }
    }
}

fn check(view: &View<'_>, CheckRow { name, sign, detail }: &CheckRow) -> Markup {
    let notes = notes(view, name);
    html! {
        li {
            span { span class=(class(*sign)) { (sign.word()) } }
            b { (line(name, NAME)) }
            div {
                (words(detail, TEXT))
                @if notes.len() > 1 {
                    (folded(&count(notes.len(), "note"), &notes, |(rule, message)| {
                        html! { (code(rule, NAME)) " " (words(message, TEXT)) }
                    }))
                }
                (repeated(view, name))
            }
        }
    }
}

/// The attempts of a check whose requests got no response at first.
fn repeated(view: &View<'_>, check: &str) -> Markup {
    let executions = view.executions(check);
    let number: usize = executions.iter().map(|(_, execution)| execution.earlier.len()).sum();
    let lines: Vec<String> = executions.iter().filter_map(|(_, execution)| attempts(execution)).collect();
    html! {
        @if number > 0 { (folded(&count(number, "repeated attempt"), &lines, |line| words(line, TEXT))) }
    }
}

/// A list below its summary, which is closed at first.
fn folded<T>(summary: &str, all: &[T], item: impl Fn(&T) -> Markup) -> Markup {
    html! {
        details {
            summary { (summary) }
            ul {
                @for one in all.iter().take(NOTES) { li { (item(one)) } }
                @if all.len() > NOTES { li { "and " (all.len() - NOTES) " more in the JSON report" } }
            }
        }
    }
}

fn class(sign: Sign) -> &'static str {
    match sign {
        Sign::Ok => "badge good",
        Sign::Fail => "badge bad",
        Sign::Unknown => "badge doubt",
        Sign::Info | Sign::Skip => "badge",
    }
}

/// The notes of a check, each text once.
fn notes<'a>(view: &View<'a>, check: &str) -> Vec<(&'a str, &'a str)> {
    let mut notes = Vec::new();
    for (_, execution) in view.executions(check) {
        for note in execution.findings().iter().filter(|finding| finding.severity == Severity::Note) {
            let entry = (note.rule.as_str(), note.message.as_str());
            if notes.len() <= 2 * NOTES && !notes.contains(&entry) {
                notes.push(entry);
            }
        }
    }
    notes
}

pub(super) fn measurements(view: &View<'_>, context: &ReportContext<'_>) -> Markup {
    let rows = view.measurements();
    let worked = view.report.samples.iter().any(|sample| sample.ending != Ending::NotSubmitted);
    if rows.is_empty() || !worked {
        return Markup::default();
    }
    let changes = context.baseline.map(|baseline| changes(&rows, baseline));
    html! {
        section #measurements {
            h2 { "Measurements" }
            div.scroll tabindex="0" role="region" aria-label="Measurements" {
                table {
                    thead {
                        tr {
                            th scope="col" { "Measured" }
                            th.num scope="col" { "p50" }
                            @if changes.is_some() { th.num scope="col" { "baseline" } th.num scope="col" { "change" } }
                            th.num scope="col" { "p95" }
                            th.num scope="col" { "max" }
                            th.num scope="col" { "limit" }
                            th scope="col" { "of" }
                        }
                    }
                    tbody {
                        @for (at, Row { label, p50, p95, max, limit, of, median: _, unit: _ }) in rows.iter().enumerate() {
                            tr {
                                th scope="row" { (label) }
                                td.num { (p50) }
                                @for cell in changes.iter().flat_map(|changes| &changes[at]) { td.num { (cell) } }
                                td.num { (p95) }
                                td.num { (max) }
                                td.num { (limit) }
                                td { (of) }
                            }
                        }
                    }
                }
            }
        }
    }
}

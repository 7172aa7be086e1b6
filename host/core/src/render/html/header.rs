//! The verdict first: its word, what stands behind it, and the numbers of the run.

use super::text::{NAME, TEXT, code, line, words};
use crate::money::CostRange;
use crate::render::comparison::in_percent;
use crate::render::context::ReportContext;
use crate::render::past_runs::median;
use crate::render::view::{Kind, View, origin, workers};
use crate::report::{Origin, Report, Verdict};
use crate::sample::{Sample, Start};
use comfycheck_wording::{money_range, seconds};
use maud::{Markup, html};
use std::time::Duration;

pub(super) fn write(view: &View<'_>, context: &ReportContext<'_>) -> Markup {
    let report = view.report;
    let verdict = report.summary.verdict;
    let from = [Some(origin(report)), workers(report)].into_iter().flatten().collect::<Vec<_>>().join(" · ");
    let note = match &report.origin {
        Origin::Replay { note, .. } => note.as_ref(),
        Origin::Simulation { about, .. } => Some(about),
        Origin::Live { .. } => None,
    };
    html! {
        header.top {
            div.brand {
                span { b { "comfycheck" } " report" }
                time datetime=(line(&report.date, NAME)) { (line(&report.date, NAME)) }
            }
            div class={ "verdict " (verdict.word()) } {
                (sign(verdict))
                div {
                    h1 { (line(&report.name, NAME)) " " span.word { (verdict.word()) } }
                    p { (words(&view.verdict_parts().join(" · "), TEXT)) }
                }
            }
            (tiles(report, context.baseline))
            ul.facts {
                li { (words(&from, TEXT)) }
                @if let Some(note) = note { li { (words(note, TEXT)) } }
                @if let Some(file) = &report.workflow { li { "workflow " (code(file.path(), NAME)) } }
                @if let Some(baseline) = context.baseline {
                    li { "baseline: " (baseline.summary.verdict.word()) ", " (line(&baseline.date, NAME)) }
                }
                @if let Some(ci_run) = context.ci_run {
                    li { a href=(ci_run.address()) { (ci_run.system()) " run" } }
                }
            }
            (contents(view))
        }
    }
}

/// A check mark, a cross or a question mark.
fn sign(verdict: Verdict) -> Markup {
    let path = match verdict {
        Verdict::Passed => "M14 23 l6 6 l12 -13",
        Verdict::Failed => "M16 16 L30 30 M30 16 L16 30",
        Verdict::Inconclusive => "M17.5 19 a5.5 5.5 0 1 1 8 5 q-2.5 1.4 -2.5 4 M23 32.4 v0.2",
    };
    html! { svg.sign viewBox="0 0 46 46" aria-hidden="true" { path d=(path) {} } }
}

fn contents(view: &View<'_>) -> Markup {
    let has = |kind| view.of_kind(kind).next().is_some();
    let samples = !view.report.samples.is_empty();
    let entries = [
        (has(Kind::Error), "#causes", "Causes"),
        (has(Kind::Unknown) || has(Kind::Crashed), "#unknown", "Unknown"),
        (has(Kind::Warning), "#warnings", "Warnings"),
        (true, "#checks", "Checks"),
        (samples, "#charts", "Charts"),
        (samples, "#samples", "Samples"),
    ];
    html! {
        nav aria-label="Contents" {
            ul { @for (_, place, name) in entries.iter().filter(|(shown, ..)| *shown) { li { a href=(place) { (name) } } } }
        }
    }
}

/// A number of the run, and a line below it.
struct Tile {
    name: &'static str,
    value: String,
    below: String,
}

fn tiles(report: &Report, baseline: Option<&Report>) -> Markup {
    if report.samples.is_empty() {
        return Markup::default();
    }
    let tiles = [
        Some(succeeded(report, baseline)),
        typical("Execution, median", report, baseline, |sample| sample.execution),
        typical("Queue, median", report, baseline, |sample| sample.delay),
        cold_starts(report),
        cost(report, baseline),
    ];
    html! {
        dl.tiles {
            @for tile in tiles.into_iter().flatten() {
                div {
                    dt { (tile.name) }
                    dd { (tile.value) }
                    @if !tile.below.is_empty() { dd { (tile.below) } }
                }
            }
        }
    }
}

fn succeeded(report: &Report, baseline: Option<&Report>) -> Tile {
    let of = |report: &Report| format!("{} of {}", report.summary.succeeded, report.summary.samples);
    let below = baseline.map_or_else(String::new, |baseline| format!("baseline {}", of(baseline)));
    Tile { name: "Samples succeeded", value: of(report), below }
}

/// The median of samples that succeeded: a failure's time says nothing about how long an image takes.
fn typical(
    name: &'static str,
    report: &Report,
    baseline: Option<&Report>,
    time: impl Fn(&Sample) -> Option<Duration>,
) -> Option<Tile> {
    let now = median(report, &time)?;
    let below = match baseline.and_then(|baseline| median(baseline, &time)) {
        Some(before) => format!("baseline {} {}", seconds(before), in_percent(before, now)),
        None => "of samples that succeeded".to_owned(),
    };
    Some(Tile { name, value: seconds(now), below })
}

fn cold_starts(report: &Report) -> Option<Tile> {
    let cold = report.samples.iter().filter(|sample| sample.start == Start::Cold).count();
    let known = report.samples.iter().filter(|sample| sample.start != Start::Unclear).count();
    let below = format!("of {} with a known start", comfycheck_wording::count(known, "sample"));
    (known > 0).then(|| Tile { name: "Cold starts", value: cold.to_string(), below })
}

fn cost(report: &Report, baseline: Option<&Report>) -> Option<Tile> {
    let words = |CostRange { low, high }| money_range(low, high);
    let below = baseline.and_then(|baseline| baseline.summary.cost).map(|cost| format!("baseline {}", words(cost)));
    Some(Tile { name: "Cost", value: words(report.summary.cost?), below: below.unwrap_or_default() })
}

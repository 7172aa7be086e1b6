//! The page of a benchmark: the decision, the loads as a table and as charts, and what changed against the baseline.

use super::charts;
use super::document::document;
use super::text::{NAME, line, words};
use crate::bench::{Bench, Decision, MetricChange};
use crate::render::bench::{HEAD, LONGEST, changed, cold_starts, findings, headline, notes, reasons, row};
use maud::{Markup, html};

/// Renders a benchmark as a page. Equal benchmarks give equal bytes.
pub fn html_bench(bench: &Bench) -> String {
    let tone = match bench.decision {
        Decision::Failed | Decision::Worse => "badge bad",
        Decision::Inconclusive => "badge doubt",
        Decision::Better | Decision::NoDifference | Decision::Measured => "badge good",
    };
    let body = html! {
        div.wrap {
            header.top {
                div.brand { span { b { "comfycheck" } " benchmark" } span { (line(&bench.date, NAME)) } }
                div.verdict {
                    div {
                        h1 { (words(&headline(bench), LONGEST)) }
                        p { span class=(tone) { (bench.decision.words()) } }
                        @for reason in reasons(bench) { p { (words(&reason, LONGEST)) } }
                    }
                }
            }
            main {
                (levels(bench))
                (charts::loads(bench))
                (comparison(bench))
                (list("Findings", &findings(bench)))
                (list("Cold starts", &cold_starts(bench)))
                (list("Notes", &notes(bench)))
            }
            footer { "comfycheck " (line(&bench.comfycheck, NAME)) }
        }
    };
    document(&format!("{} benchmark", line(&bench.name, NAME)), &body)
}

fn levels(bench: &Bench) -> Markup {
    html! {
        @if !bench.levels.is_empty() {
            section {
                h2 { "Loads" }
                div.scroll tabindex="0" role="region" aria-label="Loads" {
                    table {
                        thead { tr { @for (at, name) in HEAD.iter().enumerate() { th.num[at > 0] scope="col" { (name) } } } }
                        tbody {
                            @for level in &bench.levels {
                                tr {
                                    @for (at, cell) in row(level).iter().enumerate() {
                                        @if at == 0 { th scope="row" { (cell) } } @else { td.num { (cell) } }
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn comparison(bench: &Bench) -> Markup {
    let head = ["load", "metric", "before", "now", "change", "95% interval", ""];
    html! {
        @if let Some(comparison) = &bench.comparison {
            section {
                h2 { "Against the baseline" }
                p.lead { (line(&comparison.baseline, NAME)) " (" (line(&comparison.date, NAME)) ")" }
                div.scroll tabindex="0" role="region" aria-label="Against the baseline" {
                    table {
                        thead { tr { @for (at, name) in head.iter().enumerate() { th.num[(2..6).contains(&at)] scope="col" { (name) } } } }
                        tbody {
                            @for level in &comparison.levels {
                                @for metric in &level.metrics {
                                    @let [before, after, change, interval, word] = changed(metric);
                                    tr {
                                        th scope="row" { (level.load.words()) }
                                        td { (line(&metric.metric, NAME)) }
                                        td.num { (before) } td.num { (after) } td.num { (change) } td.num { (interval) }
                                        td { span class=(badge(metric.change)) { (word) } }
                                    }
                                }
                            }
                        }
                    }
                }
                @for note in &comparison.notes { p.small { (words(note, LONGEST)) } }
            }
        }
    }
}

fn badge(change: MetricChange) -> &'static str {
    match change {
        MetricChange::Worse => "badge bad",
        MetricChange::Better => "badge good",
        MetricChange::Inconclusive => "badge doubt",
        MetricChange::Same | MetricChange::TooFew => "badge",
    }
}

fn list(title: &str, lines: &[String]) -> Markup {
    html! {
        @if !lines.is_empty() {
            section { h2 { (title) } div.block { @for text in lines { p { (words(text, LONGEST)) } } } }
        }
    }
}

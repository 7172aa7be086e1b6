//! The page of a benchmark: the decision, the loads as a table and as charts, and what changed against the baseline.

use super::charts;
use super::document::document;
use super::text::{NAME, TEXT, code, line, words};
use crate::bench::{Bench, Decision, MetricChange};
use crate::render::bench::{
    COMPARISON, HEAD, LONGEST, changed, cold_starts, finding_blocks, found, jobs, notes, reasons, row,
};
use crate::render::view::{Block, Kind};
use maud::{Markup, html};

/// Renders a benchmark as a page. Equal benchmarks give equal bytes.
pub fn html_bench(bench: &Bench) -> String {
    // The classes of the verdicts of runs.
    let tone = match bench.decision {
        Decision::Failed | Decision::Worse => "failed",
        Decision::Inconclusive => "inconclusive",
        Decision::Better | Decision::NoDifference | Decision::Measured => "passed",
    };
    let (errors, others): (Vec<_>, Vec<_>) =
        finding_blocks(bench).into_iter().partition(|block| block.kind == Kind::Error);
    let body = html! {
        div.wrap {
            header.top {
                div.brand { span { b { "comfycheck" } " benchmark" } span { (line(&bench.date, NAME)) } }
                div class={ "verdict " (tone) } {
                    div {
                        h1 { (line(&bench.name, NAME)) " " span.word { (bench.decision.words()) } }
                        @for text in found(bench).into_iter().chain(jobs(bench)) { p { (words(&text, LONGEST)) } }
                        @for reason in reasons(bench) { p { (words(&reason, LONGEST)) } }
                    }
                }
            }
            main {
                (blocks("Errors", &errors))
                (levels(bench))
                (charts::loads(bench))
                (comparison(bench))
                (blocks("Findings", &others))
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
    html! {
        @if let Some(comparison) = &bench.comparison {
            section {
                h2 { "Against the baseline" }
                p.lead { (line(&comparison.baseline, NAME)) " (" (line(&comparison.date, NAME)) ")" }
                div.scroll tabindex="0" role="region" aria-label="Against the baseline" {
                    table {
                        thead { tr { @for (at, name) in COMPARISON.iter().enumerate() { th.num[(2..6).contains(&at)] scope="col" { (name) } } } }
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

fn blocks(title: &str, findings: &[Block<'_>]) -> Markup {
    html! {
        @if !findings.is_empty() {
            section {
                h2 { (title) }
                @for Block { kind, ids, message, seen, place, help, .. } in findings {
                    @let (block, badge) = if *kind == Kind::Error { ("error", "bad") } else { ("warning", "doubt") };
                    article class={ "block " (block) } {
                        header {
                            span class={ "badge " (badge) } { (kind.word()) }
                            @for id in ids { (code(id, NAME)) }
                        }
                        h3 { (words(message, TEXT)) }
                        @if let Some(place) = place { p.small { (line(place, TEXT)) } }
                        @if let Some(seen) = seen { dl.pairs { dt { "seen" } dd { (words(seen, TEXT)) } } }
                        @if let Some(help) = help { p.help { (words(help, TEXT)) } }
                    }
                }
            }
        }
    }
}

fn list(title: &str, lines: &[String]) -> Markup {
    html! {
        @if !lines.is_empty() {
            section { h2 { (title) } div.block { @for text in lines { p { (words(text, LONGEST)) } } } }
        }
    }
}

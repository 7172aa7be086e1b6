//! The page of a history: how runs of a suite went over time, and which machines failed.

use super::charts;
use super::document::document;
use super::text::{NAME, code, line};
use crate::money::CostRange;
use crate::past_runs::{MachineRecord, PastRun, machines};
use crate::render::past_runs::median;
use crate::report::Verdict;
use comfycheck_wording::{count, money_range, seconds};
use maud::{Markup, html};

/// How many machines are listed.
const MACHINES: usize = 50;

/// Renders runs as a page, oldest first.
pub fn html_history(runs: &[PastRun]) -> String {
    let passed = runs.iter().filter(|run| run.report.summary.verdict == Verdict::Passed).count();
    let body = html! {
        div.wrap {
            header.top {
                div.brand { span { b { "comfycheck" } " history" } }
                div.verdict { div { h1 { (count(runs.len(), "run")) } p { (passed) " of " (runs.len()) " passed" } } }
            }
            main {
                (charts::trends(runs))
                (list(runs))
                (machine_list(runs))
            }
            footer { "comfycheck " (env!("CARGO_PKG_VERSION")) }
        }
    };
    document("History", &body)
}

fn list(runs: &[PastRun]) -> Markup {
    let head = ["run", "started (UTC)", "verdict", "name", "samples", "execution, median", "queue, median", "cost"];
    html! {
        section {
            h2 { "Runs" }
            div.scroll tabindex="0" role="region" aria-label="Runs" {
                table {
                    thead { tr { @for (at, name) in head.iter().enumerate() { th.num[at > 3] scope="col" { (name) } } } }
                    tbody {
                        @for PastRun { id, started, report } in runs.iter().rev() {
                            tr {
                                th scope="row" { (id) }
                                td { (line(started, NAME)) }
                                td { span class=(badge(report.summary.verdict)) { (report.summary.verdict.word()) } }
                                td { (line(&report.name, NAME)) }
                                td.num { (report.summary.succeeded) " of " (report.summary.samples) }
                                td.num { (median(report, |sample| sample.execution).map(seconds).unwrap_or_default()) }
                                td.num { (median(report, |sample| sample.delay).map(seconds).unwrap_or_default()) }
                                td.num { (report.summary.cost.map(|CostRange { low, high }| money_range(low, high)).unwrap_or_default()) }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn badge(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Passed => "badge good",
        Verdict::Failed => "badge bad",
        Verdict::Inconclusive => "badge doubt",
    }
}

fn machine_list(runs: &[PastRun]) -> Markup {
    let machines = machines(runs);
    html! {
        @if !machines.is_empty() {
            section {
                h2 { "Machines" }
                p.lead { "Samples that failed or did not finish, by worker and GPU." }
                div.scroll tabindex="0" role="region" aria-label="Machines" {
                    table {
                        thead {
                            tr {
                                th scope="col" { "machine" } th scope="col" { "kind" } th.num scope="col" { "runs" }
                                th.num scope="col" { "samples" } th.num scope="col" { "failed" } th scope="col" { "note" }
                            }
                        }
                        tbody {
                            @for MachineRecord { kind, name, runs, samples, failed, stands_out } in machines.iter().take(MACHINES) {
                                tr {
                                    th scope="row" { (code(name, NAME)) }
                                    td { (kind) } td.num { (runs) } td.num { (samples) } td.num { (failed) }
                                    td { @if *stands_out { span.badge.bad { "stands out" } } }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

//! Charts: each has a title, a description and the table behind it, so nothing is only in the drawing.

mod chart;
mod cost;
mod distribution;
mod loads;
mod scale;
mod timeline;
mod trend;

use crate::bench::Bench;
use crate::past_runs::PastRun;
use crate::report::Report;
use chart::{Chart, section};
use maud::Markup;

pub(super) fn write(report: &Report, baseline: Option<&Report>) -> Markup {
    let charts: Vec<Chart> = [
        timeline::chart(report),
        distribution::chart(&distribution::EXECUTION, report, baseline),
        distribution::chart(&distribution::QUEUE, report, baseline),
        cost::chart(report),
    ]
    .into_iter()
    .flatten()
    .collect();
    section(&charts)
}

/// How numbers of runs changed.
pub(super) fn trends(runs: &[PastRun]) -> Markup {
    section(&trend::charts(runs))
}

/// What the endpoint does under each load of a benchmark.
pub(super) fn loads(bench: &Bench) -> Markup {
    section(&loads::charts(bench))
}

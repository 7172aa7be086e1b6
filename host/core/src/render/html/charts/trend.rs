//! A number of each run, over runs.

use super::chart::{Chart, levels, px};
use crate::past_runs::PastRun;
use crate::render::html::text::line;
use crate::render::past_runs::median;
use crate::report::Report;
use comfycheck_wording::{count, quantity};
use maud::{Markup, html};

/// Fewer runs are no trend.
const FEWEST: usize = 2;
/// Points of more runs are lines only.
const DOTS: usize = 60;

/// In the units of the drawing.
const WIDTH: f64 = 380.0;
const HEIGHT: f64 = 200.0;
const LEFT: f64 = 64.0;
const TOP: f64 = 16.0;
const BOTTOM: f64 = 170.0;

/// A number of a run.
struct Trend {
    id: &'static str,
    title: &'static str,
    /// A UCUM symbol.
    unit: &'static str,
    of: fn(&Report) -> Option<f64>,
}

const TRENDS: [Trend; 4] = [
    Trend {
        id: "execution",
        title: "Execution, median",
        unit: "s",
        of: |report| median(report, |sample| sample.execution),
    },
    Trend { id: "queue", title: "Queue, median", unit: "s", of: |report| median(report, |sample| sample.delay) },
    Trend { id: "success", title: "Samples that succeeded", unit: "%", of: success },
    Trend {
        id: "cost",
        title: "Cost of a run, at most",
        unit: "[USD]",
        of: |report| report.summary.cost.map(|cost| cost.high),
    },
];

fn success(report: &Report) -> Option<f64> {
    let (all, succeeded) = (f64::from(report.summary.samples), f64::from(report.summary.succeeded));
    (all > 0.0).then(|| 100.0 * succeeded / all)
}

/// Those that at least two runs have.
pub(super) fn charts(runs: &[PastRun]) -> Vec<Chart> {
    TRENDS.iter().filter_map(|trend| chart(trend, runs)).collect()
}

fn chart(trend: &Trend, runs: &[PastRun]) -> Option<Chart> {
    let values: Vec<(&PastRun, f64)> = runs.iter().filter_map(|run| Some((run, (trend.of)(&run.report)?))).collect();
    let (_, last) = values.last().filter(|_| values.len() >= FEWEST)?;
    let most = values.iter().map(|(_, value)| *value).fold(0.0, f64::max);
    let words = |value: f64| quantity(value, trend.unit);
    Some(Chart {
        id: trend.id,
        title: trend.title,
        description: format!("{}: last {}, highest {}.", count(values.len(), "run"), words(*last), words(most)),
        plot: plot(&values, most, words),
        size: (WIDTH, HEIGHT),
        wide: false,
        legend: Vec::new(),
        columns: vec!["run", "started", "value"],
        rows: values
            .iter()
            .map(|(run, value)| vec![run.id.to_string(), line(&run.started, 30), words(*value)])
            .collect(),
    })
}

fn plot(values: &[(&PastRun, f64)], most: f64, words: impl Fn(f64) -> String) -> Markup {
    let most = if most > 0.0 { most } else { 1.0 };
    let last = u32::try_from(values.len().saturating_sub(1)).unwrap_or(u32::MAX);
    let x = |at: u32| LEFT + 8.0 + f64::from(at) / f64::from(last.max(1)) * (WIDTH - LEFT - 24.0);
    let y = |value: f64| BOTTOM - value / most * (BOTTOM - TOP);
    let points: Vec<String> =
        values.iter().zip(0_u32..).map(|((_, value), at)| format!("{},{}", px(x(at)), px(y(*value)))).collect();
    html! {
        (levels(most, (LEFT, WIDTH - 8.0), y, &words))
        polyline.s-accent points=(points.join(" ")) {}
        @if values.len() <= DOTS {
            @for ((run, value), at) in values.iter().zip(0_u32..) {
                circle.f-accent cx=(px(x(at))) cy=(px(y(*value))) r="3.5" { title { "run " (run.id) ": " (words(*value)) } }
            }
        }
        text x=(px(LEFT + 8.0)) y=(px(BOTTOM + 18.0)) { "run " (values[0].0.id) }
        text.end x=(px(WIDTH - 8.0)) y=(px(BOTTOM + 18.0)) { "run " (values[values.len() - 1].0.id) }
    }
}

//! What an endpoint does under each load: throughput, and times.

use super::chart::{Chart, px};
use crate::bench::{Bench, Level, LoadKind, MetricSummary};
use comfycheck_wording::{number, seconds};
use maud::{Markup, html};

/// In the units of the drawing.
const WIDTH: f64 = 380.0;
const HEIGHT: f64 = 210.0;
const LEFT: f64 = 64.0;
const TOP: f64 = 16.0;
const BOTTOM: f64 = 165.0;

/// A value under each load that has one.
struct Series {
    /// The class of its line.
    class: &'static str,
    /// The class of its points.
    dot: &'static str,
    name: &'static str,
    values: Vec<Option<f64>>,
}

/// Loads in order: jobs in flight, or jobs per hour. Cold starts have no place there.
fn loads(bench: &Bench) -> Vec<(&Level, f64)> {
    let place = |level: &'_ Level| match level.load {
        LoadKind::Closed { concurrency } => Some(f64::from(concurrency)),
        LoadKind::Open { per_hour } => Some(per_hour),
        LoadKind::Cold => None,
    };
    let mut loads: Vec<_> = bench.levels.iter().filter_map(|level| Some((level, place(level)?))).collect();
    loads.sort_by(|(_, a), (_, b)| a.total_cmp(b));
    loads
}

/// The charts of a benchmark with several loads.
pub(super) fn charts(bench: &Bench) -> Vec<Chart> {
    let loads = loads(bench);
    if loads.len() < 2 {
        return Vec::new();
    }
    let of = |value: &dyn Fn(&Level) -> Option<f64>| loads.iter().map(|(level, _)| value(level)).collect();
    let metric = |name: &'static str, value: fn(&MetricSummary) -> Option<f64>| {
        of(&|level| level.metrics.iter().find(|metric| metric.metric == name).and_then(value))
    };
    let line = |class, dot, name, values| Series { class, dot, name, values };
    let throughput = vec![line("s-accent", "f-accent", "jobs per hour", of(&|level| level.per_hour))];
    let generation = vec![
        line("s-accent", "f-accent", "p50", metric("generation", |metric| Some(metric.p50))),
        line("s-base", "f-wait", "p95", metric("generation", |metric| metric.p95)),
    ];
    let whole = vec![
        line("s-accent", "f-accent", "p50", metric("end-to-end", |metric| Some(metric.p50))),
        line("s-base", "f-wait", "p95", metric("end-to-end", |metric| metric.p95)),
    ];
    let charts = [
        chart("throughput", "Throughput", &loads, &throughput, |value| number(value.round())),
        chart("generation", "Generation, for each image", &loads, &generation, seconds),
        chart("end-to-end", "End to end", &loads, &whole, seconds),
    ];
    charts.into_iter().flatten().collect()
}

fn chart(
    id: &'static str,
    title: &'static str,
    loads: &[(&Level, f64)],
    series: &[Series],
    words: fn(f64) -> String,
) -> Option<Chart> {
    let values = || series.iter().flat_map(|series| &series.values).flatten();
    let most = values().copied().reduce(f64::max)?;
    let first = series.first()?;
    let ends =
        [first.values.first()?, first.values.last()?].map(|value| value.map_or_else(|| "unknown".to_owned(), words));
    let [low, high] = [loads.first()?, loads.last()?].map(|(level, _)| level.load.words());
    Some(Chart {
        id,
        title,
        description: format!("{} with {low}: {}; with {high}: {}.", first.name, ends[0], ends[1]),
        plot: plot(loads, series, most, words),
        size: (WIDTH, HEIGHT),
        wide: false,
        legend: if series.len() > 1 {
            series.iter().map(|series| (series.dot, series.name)).collect()
        } else {
            Vec::new()
        },
        columns: std::iter::once("load").chain(series.iter().map(|series| series.name)).collect(),
        rows: (0..loads.len()).map(|at| row(at, loads, series, words)).collect(),
    })
}

fn row(at: usize, loads: &[(&Level, f64)], series: &[Series], words: fn(f64) -> String) -> Vec<String> {
    let value = |series: &Series| series.values[at].map_or_else(|| "too few".to_owned(), words);
    std::iter::once(loads[at].0.load.words()).chain(series.iter().map(value)).collect()
}

fn plot(loads: &[(&Level, f64)], series: &[Series], most: f64, words: fn(f64) -> String) -> Markup {
    let most = if most > 0.0 { most } else { 1.0 };
    let (low, high) = (loads[0].1, loads[loads.len() - 1].1);
    let x = |place: f64| LEFT + 12.0 + (place - low) / (high - low).max(1e-9) * (WIDTH - LEFT - 32.0);
    let y = |value: f64| BOTTOM - value / most * (BOTTOM - TOP);
    let points = |series: &Series| -> Vec<(f64, f64)> {
        let pairs = loads.iter().zip(&series.values);
        pairs.filter_map(|((_, place), value)| Some((*place, (*value)?))).collect()
    };
    let unit =
        if matches!(loads[0].0.load, LoadKind::Open { .. }) { "jobs that arrive per hour" } else { "jobs in flight" };
    html! {
        @for part in [0.0, 0.5, 1.0] {
            line.grid x1=(px(LEFT)) x2=(px(WIDTH - 8.0)) y1=(px(y(part * most))) y2=(px(y(part * most))) {}
            text.end x=(px(LEFT - 8.0)) y=(px(y(part * most) + 4.0)) { (words(part * most)) }
        }
        @for series in series {
            @let points = points(series);
            polyline class=(series.class) points=(points.iter().map(|(place, value)| format!("{},{}", px(x(*place)), px(y(*value)))).collect::<Vec<_>>().join(" ")) {}
            @for (place, value) in points {
                circle class=(series.dot) cx=(px(x(place))) cy=(px(y(value))) r="3.5" { title { (number(place)) ": " (series.name) " " (words(value)) } }
            }
        }
        @for (_, place) in loads { text.mid x=(px(x(*place))) y=(px(BOTTOM + 18.0)) { (number(*place)) } }
        text.mid x=(px(f64::midpoint(LEFT, WIDTH))) y=(px(BOTTOM + 38.0)) { (unit) }
    }
}

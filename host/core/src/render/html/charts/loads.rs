//! What an endpoint does under each load: throughput, and times.

use super::chart::{Chart, levels, px};
use crate::bench::{Bench, Level, LoadKind, MetricSummary};
use comfycheck_wording::{money, number, seconds};
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

/// A level, with its place among the loads.
struct Place<'a> {
    level: &'a Level,
    /// In `Bench::levels`.
    index: u32,
    load: f64,
}

/// Loads in order: jobs in flight, or jobs per hour. Cold starts have no place there.
fn loads(bench: &Bench) -> Vec<Place<'_>> {
    let load = |level: &Level| match level.load {
        LoadKind::Closed { concurrency } => Some(f64::from(concurrency)),
        LoadKind::Open { per_hour } => Some(per_hour),
        LoadKind::Cold => None,
    };
    let place = |(index, level)| Some(Place { level, index, load: load(level)? });
    let mut loads: Vec<_> = (0..).zip(&bench.levels).filter_map(place).collect();
    loads.sort_by(|a, b| a.load.total_cmp(&b.load));
    loads
}

/// The charts of a benchmark with several loads.
pub(super) fn charts(bench: &Bench) -> Vec<Chart> {
    let loads = loads(bench);
    if loads.len() < 2 {
        return Vec::new();
    }
    let of = |value: &dyn Fn(&Level) -> Option<f64>| loads.iter().map(|place| value(place.level)).collect();
    let metric = |name: &'static str, value: fn(&MetricSummary) -> Option<f64>| {
        of(&|level| level.metrics.iter().find(|metric| metric.metric == name).and_then(value))
    };
    let line = |class, dot, name, values| Series { class, dot, name, values };
    let times = |name: &'static str| {
        let mut series = vec![
            line("s-accent", "f-accent", "p50", metric(name, |metric| Some(metric.p50))),
            line("s-base", "f-wait", "p95", metric(name, |metric| metric.p95)),
        ];
        let before: Vec<_> = loads.iter().map(|place| before(bench, place.index, name)).collect();
        if before.iter().any(Option::is_some) {
            series.push(line("s-before", "f-soft", "p50 of the baseline", before));
        }
        series
    };
    let throughput = vec![line("s-accent", "f-accent", "jobs per hour", of(&|level| level.per_hour))];
    let cost = vec![
        line("s-accent", "f-accent", "at least", of(&|level| Some(level.cost_per_image?.low))),
        line("s-base", "f-wait", "at most", of(&|level| Some(level.cost_per_image?.high))),
    ];
    let charts = [
        chart("throughput", "Throughput", &loads, &throughput, |value| number(value.round())),
        chart("generation", "Generation, for each image", &loads, &times("generation"), seconds),
        chart("end-to-end", "End to end", &loads, &times("end-to-end"), seconds),
        chart("cost", "Cost of an image", &loads, &cost, money),
    ];
    charts.into_iter().flatten().collect()
}

/// The median of a metric in the baseline.
fn before(bench: &Bench, level: u32, metric: &str) -> Option<f64> {
    let of_level = bench.comparison.as_ref()?.levels.iter().find(|compared| compared.level == level)?;
    of_level.metrics.iter().find(|compared| compared.metric == metric).map(|compared| compared.before)
}

fn chart(
    id: &'static str,
    title: &'static str,
    loads: &[Place<'_>],
    series: &[Series],
    words: fn(f64) -> String,
) -> Option<Chart> {
    let values = || series.iter().flat_map(|series| &series.values).flatten();
    let most = values().copied().reduce(f64::max)?;
    let first = series.first()?;
    let ends =
        [first.values.first()?, first.values.last()?].map(|value| value.map_or_else(|| "unknown".to_owned(), words));
    let [low, high] = [loads.first()?, loads.last()?].map(|place| place.level.load.words());
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

fn row(at: usize, loads: &[Place<'_>], series: &[Series], words: fn(f64) -> String) -> Vec<String> {
    let value = |series: &Series| series.values[at].map_or_else(|| "too few".to_owned(), words);
    std::iter::once(loads[at].level.load.words()).chain(series.iter().map(value)).collect()
}

fn plot(loads: &[Place<'_>], series: &[Series], most: f64, words: fn(f64) -> String) -> Markup {
    let most = if most > 0.0 { most } else { 1.0 };
    let (low, high) = (loads[0].load, loads[loads.len() - 1].load);
    let x = |place: f64| LEFT + 12.0 + (place - low) / (high - low).max(1e-9) * (WIDTH - LEFT - 32.0);
    let y = |value: f64| BOTTOM - value / most * (BOTTOM - TOP);
    let points = |series: &Series| -> Vec<(f64, f64)> {
        let pairs = loads.iter().zip(&series.values);
        pairs.filter_map(|(place, value)| Some((place.load, (*value)?))).collect()
    };
    let unit = if matches!(loads[0].level.load, LoadKind::Open { .. }) {
        "jobs that arrive per hour"
    } else {
        "jobs in flight"
    };
    html! {
        (levels(most, (LEFT, WIDTH - 8.0), y, words))
        @for series in series {
            @let points = points(series);
            polyline class=(series.class) points=(points.iter().map(|(place, value)| format!("{},{}", px(x(*place)), px(y(*value)))).collect::<Vec<_>>().join(" ")) {}
            @for (place, value) in points {
                circle class=(series.dot) cx=(px(x(place))) cy=(px(y(value))) r="3.5" { title { (number(place)) ": " (series.name) " " (words(value)) } }
            }
        }
        @for place in loads { text.mid x=(px(x(place.load))) y=(px(BOTTOM + 18.0)) { (number(place.load)) } }
        text.mid x=(px(f64::midpoint(LEFT, WIDTH))) y=(px(BOTTOM + 38.0)) { (unit) }
    }
}

//! The texts of a benchmark, which the page for people, Markdown and HTML show.

mod findings;

use crate::bench::{
    Bench, Decision, Level, LevelComparison, LevelsNotRun, LoadKind, MetricChange, MetricComparison, MetricSummary,
};
use crate::cost::{PriceSource, per_hour};
use crate::plain::one_line;
use comfycheck_wording::{count, money, money_range, number, percent, quantity, seconds};
pub use findings::bench_findings;
pub(super) use findings::blocks as finding_blocks;

/// The longest text of a check in a line, in characters.
pub(super) const LONGEST: usize = 300;

/// The columns of the table.
pub(super) const HEAD: [&str; 8] =
    ["load", "jobs", "per hour", "generation p50", "p95", "end to end p95", "queue max", "per image"];

/// The columns of the comparison with the baseline.
pub(super) const COMPARISON: [&str; 7] = ["load", "metric", "before", "now", "change", "95% interval", "verdict"];

/// `flux: worse than the baseline, 2 of 30 jobs failed`.
pub(super) fn headline(bench: &Bench) -> String {
    let what = found(bench).unwrap_or_else(|| bench.decision.words().to_owned());
    let failed = failed(bench).map(|failed| format!(", {failed}")).unwrap_or_default();
    one_line(&format!("{}: {what}{failed}", bench.name), LONGEST)
}

/// What a search found, if it has an answer.
pub(super) fn found(bench: &Bench) -> Option<String> {
    let search = bench.search.as_ref().filter(|search| search.unknown.is_none())?;
    let jobs = |highest| format!("{} at a time", count(highest, "job"));
    let what = match (search.highest, search.breaks_at) {
        (Some(highest), Some(breaks)) => format!("holds up to {} and breaks at {breaks}", jobs(highest)),
        (Some(highest), None) => format!("holds at {}, the most that was tried", jobs(highest)),
        (None, _) => "breaks with one job at a time".to_owned(),
    };
    Some(format!("`{}` {what}", search.limit))
}

/// The sum of a number of all levels.
fn sum(bench: &Bench, of: fn(&Level) -> u32) -> u32 {
    bench.levels.iter().map(of).fold(0, u32::saturating_add)
}

/// `2 of 30 jobs failed, 1 has an unknown result`, if there are such.
pub(super) fn failed(bench: &Bench) -> Option<String> {
    let [submitted, failed, unknown] =
        [|level: &Level| level.submitted, |level: &Level| level.failed, |level: &Level| level.unknown]
            .map(|of| sum(bench, of));
    let of = format!("of {}", count(submitted, "job"));
    match (failed, unknown) {
        (0, 0) => None,
        (_, 0) => Some(format!("{failed} {of} failed")),
        (0, _) => Some(format!("{unknown} {of} without a result")),
        (..) => Some(format!("{failed} {of} failed, {unknown} without a result")),
    }
}

/// `29 of 30 jobs succeeded`, or how many failed; none if no job was submitted.
pub(super) fn jobs(bench: &Bench) -> Option<String> {
    let submitted = sum(bench, |level| level.submitted);
    let all = || format!("{submitted} of {} succeeded", count(submitted, "job"));
    (submitted > 0).then(|| failed(bench).unwrap_or_else(all))
}

/// What all jobs cost; none if it is unknown.
pub(super) fn cost(bench: &Bench) -> Option<String> {
    let costs = bench.levels.iter().filter_map(|level| level.cost);
    let (low, high) = costs.map(|cost| (cost.low, cost.high)).reduce(|(low, high), (l, h)| (low + l, high + h))?;
    bench.price.as_ref().map(|_| money_range(low, high))
}

pub(super) fn reasons(bench: &Bench) -> Vec<String> {
    let worse = |level: &LevelComparison| -> Vec<String> {
        let metrics =
            level.metrics.iter().filter(|metric| matches!(metric.change, MetricChange::Worse | MetricChange::Better));
        let line = |metric: &MetricComparison| {
            let [before, after, change, _, word] = changed(metric);
            format!("{}: {} is {word}: {before} before, {after} now ({change})", level.load.words(), metric.metric)
        };
        metrics.map(line).collect()
    };
    let changes = bench.comparison.iter().flat_map(|comparison| comparison.levels.iter().flat_map(worse));
    let interrupted = bench.interrupted.iter().cloned();
    interrupted.chain(changes).chain(bench.reasons.iter().map(|reason| one_line(reason, LONGEST))).collect()
}

pub(super) fn row(level: &Level) -> [String; 8] {
    let metric = |name: &str| level.metrics.iter().find(|metric| metric.metric == name);
    let time = |name: &str, value: fn(&MetricSummary) -> Option<f64>| {
        metric(name)
            .map_or_else(|| "–".to_owned(), |metric| value(metric).map_or_else(|| "too few".to_owned(), seconds))
    };
    let done = level.succeeded.saturating_sub(level.cached);
    [
        level.load.words(),
        if level.failed + level.unknown + level.cached == 0 {
            done.to_string()
        } else {
            format!("{done} of {}", level.submitted)
        },
        level.per_hour.map_or_else(|| "–".to_owned(), |value| number(value.round())),
        time("generation", |metric| Some(metric.p50)),
        time("generation", |metric| metric.p95),
        time("end-to-end", |metric| metric.p95),
        time("queue", |metric| Some(metric.max)),
        level.cost_per_image.map_or_else(|| "–".to_owned(), |cost| money_range(cost.low, cost.high)),
    ]
}

pub(super) fn cold_starts(bench: &Bench) -> Vec<String> {
    let of = |level: &Level| {
        let metric = level.metrics.iter().find(|metric| metric.metric == "cold-start")?;
        let bound = if metric.upper_bounds > 0 { " or less" } else { "" };
        let (starts, max) = (count(metric.count, "cold start"), seconds(metric.max));
        let times = match metric.count {
            1 => format!("{starts} of {max}{bound}"),
            _ => format!("{starts}, median {}, max {max}{bound}", seconds(metric.p50)),
        };
        Some(match level.load {
            LoadKind::Cold => times,
            load => format!("{}: {times}", load.words()),
        })
    };
    bench.levels.iter().filter_map(of).collect()
}

/// Before, after, the change, its interval, and the word for it.
pub(super) fn changed(metric: &MetricComparison) -> [String; 5] {
    let value = |value: f64| quantity(value, &metric.unit);
    let is_rate = metric.unit == "%";
    let sign = |text: String, is_negative: bool| if is_negative { text } else { format!("+{text}") };
    let change = |ratio: f64| {
        let points = if is_rate { ratio } else { (ratio - 1.0) * 100.0 };
        let rounded = (points * 10.0).round() / 10.0;
        let text = if is_rate { format!("{} points", number(rounded)) } else { percent(rounded) };
        sign(text, rounded < 0.0)
    };
    let dash = || "–".to_owned();
    // The interval of few jobs is wide, also where none failed.
    let is_whole = is_rate && metric.change == MetricChange::Same && metric.before.min(metric.after) >= 100.0;
    let shown = (!is_whole).then_some(());
    [
        if metric.unit == "[USD]" { money(metric.before) } else { value(metric.before) },
        if metric.unit == "[USD]" { money(metric.after) } else { value(metric.after) },
        shown.and(metric.ratio).map_or_else(dash, change),
        shown.and(metric.interval).map_or_else(dash, |(low, high)| format!("{} to {}", change(low), change(high))),
        if is_whole { "no job failed" } else { metric.change.word() }.to_owned(),
    ]
}

pub(super) fn notes(bench: &Bench) -> Vec<String> {
    let mut notes = Vec::new();
    // Otherwise the reasons say it.
    if bench.decision != Decision::Inconclusive {
        let stopped = bench
            .levels
            .iter()
            .filter_map(|level| level.stopped.as_ref().map(|reason| format!("{}: {reason}", level.load.words())));
        let lines = stopped.chain(bench.not_run.iter().map(LevelsNotRun::sentence));
        notes.extend(lines.map(|line| one_line(&line, LONGEST)));
    }
    let cached = sum(bench, |level| level.cached);
    if cached > 0 {
        notes.push(format!("{} not counted: ComfyUI answered from its cache", count(cached, "job")));
    }
    let retries = sum(bench, |level| level.retries);
    if retries > 0 {
        notes.push(format!("RunPod dispatched jobs again {}", count(retries, "time")));
    }
    if let (Some(price), Some(cost)) = (&bench.price, cost(bench)) {
        let source = PriceSource::of_word(&price.source)
            .map_or_else(|| one_line(&price.source, 30), |source| source.words().to_owned());
        notes.push(format!("cost: {cost} in all, without idle time ({}, {source})", per_hour(price.per_second)));
    }
    let workers: std::collections::BTreeSet<_> =
        bench.levels.iter().flat_map(|level| &level.workers).map(|worker| worker.worker.as_str()).collect();
    if !workers.is_empty() {
        let gpus: std::collections::BTreeSet<_> =
            bench.levels.iter().flat_map(|level| &level.workers).filter_map(|worker| worker.gpu.as_deref()).collect();
        let gpus = if gpus.is_empty() { String::new() } else { format!(": {}", comfycheck_wording::names(gpus)) };
        notes.push(one_line(&format!("{}{gpus}", count(workers.len(), "worker")), LONGEST));
    }
    notes
}

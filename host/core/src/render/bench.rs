//! The texts of a benchmark, which the page for people and Markdown both show: the decision first, then a table by load.

mod findings;

use crate::bench::{
    Bench, Decision, Level, LevelComparison, LevelsNotRun, MetricChange, MetricComparison, MetricSummary,
};
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

/// `flux: worse than the baseline`.
pub(super) fn headline(bench: &Bench) -> String {
    let what = match &bench.search {
        Some(search) if search.unknown.is_none() => match (search.highest, search.breaks_at) {
            (Some(highest), Some(breaks)) => {
                format!("`{}` holds up to {} at a time and breaks at {breaks}", search.limit, count(highest, "job"))
            }
            (Some(highest), None) => {
                format!("`{}` holds at {} at a time, the most that was tried", search.limit, count(highest, "job"))
            }
            (None, _) => format!("`{}` breaks with one job at a time", search.limit),
        },
        _ => bench.decision.words().to_owned(),
    };
    one_line(&format!("{}: {what}", bench.name), LONGEST)
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
        let bound = if metric.upper_bounds > 0 { "at most " } else { "" };
        let many = metric.count > 1;
        let spread = if many { format!(", median {}", seconds(metric.p50)) } else { String::new() };
        Some(format!(
            "{}: {}, {bound}{}{spread}",
            level.load.words(),
            count(metric.count, "cold start"),
            seconds(metric.max)
        ))
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
    [
        if metric.unit == "[USD]" { money(metric.before) } else { value(metric.before) },
        if metric.unit == "[USD]" { money(metric.after) } else { value(metric.after) },
        metric.ratio.map_or_else(dash, change),
        metric.interval.map_or_else(dash, |(low, high)| format!("{} to {}", change(low), change(high))),
        metric.change.word().to_owned(),
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
    let sum = |of: fn(&Level) -> u32| bench.levels.iter().map(of).fold(0, u32::saturating_add);
    let cached = sum(|level| level.cached);
    if cached > 0 {
        notes.push(format!("{} not counted: ComfyUI answered from its cache", count(cached, "job")));
    }
    let retries = sum(|level| level.retries);
    if retries > 0 {
        notes.push(format!("RunPod dispatched jobs again {}", count(retries, "time")));
    }
    let costs = || bench.levels.iter().filter_map(|level| level.cost);
    if let Some(price) = &bench.price
        && costs().next().is_some()
    {
        let (low, high) = costs().fold((0.0, 0.0), |(low, high), cost| (low + cost.low, high + cost.high));
        let cost = money_range(low, high);
        notes.push(format!(
            "cost: {cost} in all, without idle time ({}/s, {})",
            money(price.per_second),
            one_line(&price.source, 30)
        ));
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

//! Whether a benchmark differs from another one.
//!
//! Levels with the same load are compared, metric by metric. A metric of which less is better is compared on its ratio, by
//! size and significance (`comfycheck_statistics::compare`). The queue is left out: it is a consequence of the load, and end
//! to end includes it.

use super::{Bench, BenchSample, Level, LoadKind};
use comfycheck_statistics::compare::{Change, LEAST_SECONDS, LEAST_VALUES, Needs, Value, compare, compare_rates};
use comfycheck_statistics::distribution::Distribution;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The comparison with a baseline.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct BaselineComparison {
    /// Where the baseline comes from, such as its file.
    pub baseline: String,
    /// The date of its run.
    pub date: String,
    /// Levels of both, in the order of this benchmark.
    pub levels: Vec<LevelComparison>,
    /// What of the baseline cannot be compared, one line each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

/// A level beside that of the baseline.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct LevelComparison {
    pub load: LoadKind,
    /// The index of the level in this benchmark.
    pub level: u32,
    pub metrics: Vec<MetricComparison>,
}

/// A metric beside that of the baseline.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct MetricComparison {
    /// `generation`, `end-to-end`, `cold-start`, `cost-per-image` or `success-rate`.
    pub metric: String,
    /// A UCUM symbol.
    pub unit: String,
    /// The median in the baseline; of `success-rate`, the rate.
    pub before: f64,
    /// The median now.
    pub after: f64,
    /// How many values there are before and after.
    pub counts: (u32, u32),
    /// The factor from before to after, less being better; of `success-rate`, the difference in percentage points. None if
    /// there are too few values.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ratio: Option<f64>,
    /// The 95% interval of `ratio`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interval: Option<(f64, f64)>,
    pub change: MetricChange,
    /// If `change` is `inconclusive`: what would show a change or exclude one, if the spread stays.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub needs: Option<NeededSize>,
}

/// The size of both benchmarks that a comparison needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct NeededSize {
    pub jobs: u32,
    /// None if the workers that there were are enough.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workers: Option<u32>,
}

impl From<Needs> for NeededSize {
    fn from(Needs { values, workers }: Needs) -> Self {
        Self { jobs: values, workers }
    }
}

/// How a metric has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum MetricChange {
    Worse,
    Better,
    /// It did not change by an amount that matters.
    Same,
    /// The samples do not show it.
    Inconclusive,
    /// There are fewer than five values on one side.
    TooFew,
}

impl From<Change> for MetricChange {
    fn from(change: Change) -> Self {
        match change {
            Change::Worse => Self::Worse,
            Change::Better => Self::Better,
            Change::Same => Self::Same,
            Change::Inconclusive => Self::Inconclusive,
        }
    }
}

impl MetricChange {
    pub fn word(self) -> &'static str {
        match self {
            Self::Worse => "worse",
            Self::Better => "better",
            Self::Same => "same",
            Self::Inconclusive => "inconclusive",
            Self::TooFew => "too few samples",
        }
    }
}

/// A metric of samples: its name, its unit, the difference that matters, and the value of a sample.
type SampleMetric = (&'static str, &'static str, f64, fn(&BenchSample) -> Option<f64>);

const METRICS: [SampleMetric; 4] = [
    ("generation", "s", LEAST_SECONDS, |sample| sample.generation_s),
    ("end-to-end", "s", LEAST_SECONDS, |sample| sample.end_to_end_s.filter(|_| sample.start != "cold")),
    ("cold-start", "s", LEAST_SECONDS, |sample| sample.cold_start_s),
    ("cost-per-image", "[USD]", 0.0, |sample| {
        let is_warm = sample.start == "warm" && !sample.cached && sample.images > 0;
        Some(sample.cost.filter(|_| is_warm)?.high / f64::from(sample.images))
    }),
];

/// Compares a benchmark with a baseline, whose place is for the reader.
pub fn compare_with(bench: &Bench, baseline: &Bench, place: &str) -> BaselineComparison {
    let mut notes = Vec::new();
    if bench.suite != baseline.suite {
        notes.push(format!("the baseline is of another suite: `{}`", baseline.suite));
    }
    if bench.origin.kind != baseline.origin.kind {
        let (here, there) = (&bench.origin.kind, &baseline.origin.kind);
        notes.push(format!("this benchmark is a {here} run, and the baseline is a {there} run"));
    }
    let mut levels = Vec::new();
    for (number, level) in (0..).zip(&bench.levels) {
        match baseline.levels.iter().zip(0..).find(|(other, _)| other.load == level.load) {
            Some((other, at)) => levels.push(LevelComparison {
                load: level.load,
                level: number,
                metrics: metrics((baseline, other, at), (bench, level, number)),
            }),
            None => notes.push(format!("the baseline has no level with {}", level.load.words())),
        }
    }
    BaselineComparison { baseline: place.to_owned(), date: baseline.date.clone(), levels, notes }
}

type Side<'a> = (&'a Bench, &'a Level, u32);

fn metrics(before: Side<'_>, after: Side<'_>) -> Vec<MetricComparison> {
    let of_samples = METRICS.iter().filter_map(|metric| of_samples(metric, before, after));
    of_samples.chain(success(before.1, after.1)).collect()
}

fn of_samples(
    (name, unit, least, value): &SampleMetric,
    (old, _, at): Side<'_>,
    (new, _, number): Side<'_>,
) -> Option<MetricComparison> {
    let values = |bench: &Bench, level: u32| -> Vec<(String, f64)> {
        let samples = bench.samples.iter().filter(|sample| sample.level == level);
        samples.filter_map(|sample| Some((sample.worker.clone().unwrap_or_default(), value(sample)?))).collect()
    };
    let (before, after) = (values(old, at), values(new, number));
    let median = |values: &[(String, f64)]| values.iter().map(|(_, value)| *value).collect::<Distribution>().median();
    let (old_median, new_median) = (median(&before)?, median(&after)?);
    let comparison = {
        let old: Vec<_> = before.iter().map(|(worker, value)| Value { worker, value: *value }).collect();
        let new: Vec<_> = after.iter().map(|(worker, value)| Value { worker, value: *value }).collect();
        compare(&old, &new, *least)
    };
    let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    // Few cold starts are usual, and no reason to doubt the rest.
    if comparison.is_none() && *name == "cold-start" && before.len().max(after.len()) < LEAST_VALUES {
        return None;
    }
    Some(MetricComparison {
        metric: (*name).to_owned(),
        unit: (*unit).to_owned(),
        before: old_median,
        after: new_median,
        counts: (count(before.len()), count(after.len())),
        ratio: comparison.map(|comparison| comparison.ratio),
        interval: comparison.map(|comparison| (comparison.low, comparison.high)),
        change: comparison.map_or(MetricChange::TooFew, |comparison| comparison.change.into()),
        needs: comparison.and_then(|comparison| comparison.needs).map(NeededSize::from),
    })
}

fn success(before: &Level, after: &Level) -> Option<MetricComparison> {
    let counts = |level: &Level| (level.succeeded, level.succeeded + level.failed);
    let comparison = compare_rates(counts(before), counts(after))?;
    Some(MetricComparison {
        metric: "success-rate".to_owned(),
        unit: "%".to_owned(),
        before: before.success_rate?,
        after: after.success_rate?,
        counts: (counts(before).1, counts(after).1),
        ratio: Some(comparison.ratio),
        interval: Some((comparison.low, comparison.high)),
        change: comparison.change.into(),
        needs: comparison.needs.map(NeededSize::from),
    })
}

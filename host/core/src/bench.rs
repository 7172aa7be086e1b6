//! Benchmarks: how fast, how expensive and how reliable the deployment is under a load, and whether that has changed.
//!
//! A benchmark is a series of [`Level`]s. Each is a load on the endpoint: a number of jobs in flight (*closed*), jobs that
//! arrive at a rate whether or not earlier ones are done (*open*), or jobs that each find no worker (*cold*).
//!
//! - The sampler runs the jobs, as it runs those of a suite ([`schedule`] says which load comes next). Files are not kept.
//! - Measurements are those of the check `performance`: both use the crate `statistics`. RunPod's times and the host's own
//!   clock stay apart. What ComfyUI answered from its cache is found by file names and digests, and counts nowhere.
//! - Limits are judged by `performance`, once for each level, so a broken limit is an error finding of a check.
//! - With a baseline, each level is compared with the level of the same load there ([`baseline`]).
//!
//! The types here are the JSON format `comfycheck.bench/1`. Within version 1, members may be added.

mod baseline;
mod cached;
mod decision;
mod failures;
mod json;
mod level;
mod schedule;
mod timed;

pub use baseline::{BaselineComparison, LevelComparison, MetricChange, MetricComparison, NeededSize, compare_with};
pub use cached::cached;
pub use decision::{decide, exit_code};
pub use failures::{EqualFailures, MOST_EQUAL_FAILURES};
pub use json::{ReadBenchError, VERSION as BENCH_VERSION, json_bench, json_bench_schema, read_bench};
pub use level::{LevelInput, bound, level};
pub(crate) use schedule::jobs;
pub use schedule::{Schedule, Search, Stage, arrivals};
pub use timed::timed;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The most samples of a benchmark.
pub const MOST_BENCH_SAMPLES: u32 = 100_000;
/// The most samples that a report lists. Of more, it has those with an error and a part of the others.
pub const MOST_LISTED: usize = 1_000;

/// A benchmark.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(title = "comfycheck benchmark")]
pub struct Bench {
    /// The format of this document: `comfycheck.bench/1`.
    #[schemars(extend("const" = json::VERSION))]
    pub version: String,
    /// The version of comfycheck that made it.
    pub comfycheck: String,
    /// The suite's name.
    pub suite: String,
    /// The name of the run.
    pub name: String,
    pub origin: BenchOrigin,
    /// The date of the run, `YYYY-MM-DD`.
    pub date: String,
    pub decision: Decision,
    /// Why the decision is `inconclusive`, one line each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reasons: Vec<String>,
    /// The price that costs were computed with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price: Option<BenchPrice>,
    /// What the checks found in the deployment and in the failed jobs: errors, warnings and unknowns.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<BenchFinding>,
    /// In the order in which they ran.
    pub levels: Vec<Level>,
    /// Levels that did not run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_run: Option<LevelsNotRun>,
    /// In order of their index; at most 1,000.
    pub samples: Vec<BenchSample>,
    /// How many further samples are in the levels' numbers only.
    #[serde(default)]
    pub left_out: u32,
    /// With a baseline.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comparison: Option<BaselineComparison>,
    /// With `--search`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub search: Option<SearchResult>,
    /// The signal that interrupted the run, as a sentence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interrupted: Option<String>,
    /// When the run began, RFC 3339. Live runs only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started: Option<String>,
}

/// Where the responses came from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct BenchOrigin {
    /// `live`, `replay` or `simulation`.
    pub kind: String,
    /// The endpoint, the cassette or the scenario.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// What to do with the deployment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Decision {
    /// A check found an error: a limit is broken, or the deployment is wrong.
    Failed,
    /// A metric is worse than in the baseline.
    Worse,
    /// No job succeeded, a level ended early or did not run, a limit is unknown, or the jobs do not show whether a metric
    /// has changed.
    Inconclusive,
    /// A metric is better than in the baseline, and none is worse.
    Better,
    /// No metric differs from the baseline.
    NoDifference,
    /// There is no baseline, no limit is broken, and at least one job succeeded.
    Measured,
}

impl Decision {
    /// The words for it in reports.
    pub fn words(self) -> &'static str {
        match self {
            Self::Failed => "failed",
            Self::Worse => "worse than the baseline",
            Self::Inconclusive => "inconclusive",
            Self::Better => "better than the baseline",
            Self::NoDifference => "no difference from the baseline",
            Self::Measured => "measured",
        }
    }
}

/// The price of one second of one worker.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct BenchPrice {
    /// In USD.
    pub per_second: f64,
    /// `suite`, `catalog` or `table`.
    pub source: String,
    /// `YYYY-MM-DD`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date: Option<String>,
}

/// A load, and what was measured under it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Level {
    pub load: LoadKind,
    /// Jobs that were submitted.
    pub submitted: u32,
    pub succeeded: u32,
    /// They failed, expired, never started or did not finish.
    pub failed: u32,
    /// They say nothing about the deployment: cancelled, or with an unknown result.
    pub unknown: u32,
    /// ComfyUI may have answered them from its cache. They count nowhere else.
    pub cached: u32,
    /// Jobs that hit a cold start.
    pub cold: u32,
    /// How often RunPod dispatched a job again.
    pub retries: u32,
    /// From the first submission to the last result, in seconds.
    pub span_s: f64,
    /// Samples that succeeded per hour.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub per_hour: Option<f64>,
    /// In percent of those with a result.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub success_rate: Option<f64>,
    /// Images of the jobs whose cost is known.
    pub images: u32,
    /// What those jobs cost, in USD.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost: Option<Range>,
    /// In USD.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost_per_image: Option<Range>,
    /// `queue`, `cold-start`, `generation` and `end-to-end`; those that were measured.
    pub metrics: Vec<MetricSummary>,
    /// By the number of their jobs, most first; at most 100.
    pub workers: Vec<WorkerSummary>,
    /// What the check `performance` found: errors, warnings and unknowns.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<BenchFinding>,
    /// Why it ended early.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stopped: Option<String>,
}

/// Levels that did not run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct LevelsNotRun {
    /// In the order in which they would have run.
    pub loads: Vec<LoadKind>,
    /// Why, one line.
    pub reason: String,
}

/// A kind of load.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum LoadKind {
    /// So many jobs are in flight: another begins when one ends.
    Closed {
        /// Jobs in flight.
        concurrency: u32,
    },
    /// Jobs arrive at random times with this rate, whether or not earlier ones are done.
    Open {
        /// Jobs per hour, on average.
        per_hour: f64,
    },
    /// Each job begins when no worker is left.
    Cold,
}

/// A range, in USD.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Range {
    pub low: f64,
    pub high: f64,
}

/// How the values of a metric are spread. A percentile of too few values is left out: p90 needs 10, p95 20 and p99 100.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct MetricSummary {
    /// `queue`, `cold-start`, `generation` or `end-to-end`.
    pub metric: String,
    /// A UCUM symbol.
    pub unit: String,
    pub count: u32,
    /// How many of the values may have been smaller.
    #[serde(default)]
    pub upper_bounds: u32,
    pub mean: f64,
    pub p50: f64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub p90: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub p95: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub p99: Option<f64>,
    pub max: f64,
    /// The 95% interval of the p50.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub p50_interval: Option<Range>,
    /// The 95% interval of the p95.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub p95_interval: Option<Range>,
    /// The upper end of each bucket and how many values it has; the value is below by at most 1.6%. Empty buckets are left
    /// out.
    pub histogram: Vec<(f64, u32)>,
}

/// A worker.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct WorkerSummary {
    pub worker: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gpu: Option<String>,
    /// Its jobs.
    pub jobs: u32,
    /// Of those, the failed ones.
    pub failed: u32,
    /// The median generation time of its images, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub generation_p50: Option<f64>,
}

/// A job. Times are in seconds; instants count from the start of the first job.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct BenchSample {
    pub index: u32,
    /// The index of its level.
    pub level: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
    /// As in a run's report, such as `succeeded`.
    pub result: String,
    /// Why, where the result is not RunPod's; or the first line of the job's error.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// `cold`, `warm` or `unclear`.
    pub start: String,
    #[serde(default)]
    pub cached: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub worker: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gpu: Option<String>,
    #[serde(default)]
    pub retries: u32,
    /// When it was due, if it was submitted late.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_s: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub submitted_s: Option<f64>,
    /// When it was first seen running.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub running_s: Option<f64>,
    /// When it was seen finished.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finished_s: Option<f64>,
    /// RunPod's `delayTime`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delay_s: Option<f64>,
    /// RunPod's `executionTime`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub execution_s: Option<f64>,
    /// Its values of the metrics, where it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub queue_s: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cold_start_s: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub generation_s: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end_to_end_s: Option<f64>,
    /// In USD.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost: Option<Range>,
    pub images: u32,
}

/// A finding or an open question of a check.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct BenchFinding {
    /// The check's name in the suite.
    pub check: String,
    pub rule: String,
    /// `error`, `warning` or `unknown`.
    pub severity: String,
    /// One line.
    pub message: String,
    /// Where it stands in the workflow's file: `workflow.json:84:3`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
    /// What it is about, and what the check saw. One line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
    /// What was measured, in `unit`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<f64>,
    /// A UCUM symbol.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
}

/// The highest load that keeps a limit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct SearchResult {
    /// Such as `generation.p95 < 30 s`.
    pub limit: String,
    /// The highest concurrency that keeps it; none if even one job at a time breaks it or it is unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub highest: Option<u32>,
    /// The lowest concurrency that breaks it; none if none did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub breaks_at: Option<u32>,
    /// Why the search ended without an answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unknown: Option<String>,
}

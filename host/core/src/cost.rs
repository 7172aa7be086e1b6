//! Prices, and what samples cost.
//!
//! RunPod bills a worker from its start until it stops, rounded up to a second: the start, the execution of its jobs, and the
//! idle timeout after the last job. A job does not report how long its worker took to start, and sources differ on whether all
//! of the start is billed. So a cost is a range.

mod table;

pub use table::{nearest_gpu, pools};

use crate::money::CostRange;
use crate::sample::{Ending, Sample, Start};
use crate::suite::{Deployment, Sampling, Suite};
use crate::wording::{beside, money};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// The price of a worker.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Price {
    /// USD per second, for all GPUs of a worker. If its GPUs can have several prices, the highest.
    #[serde(rename = "usd-per-second")]
    pub per_second: f64,
    /// The lowest price, if its GPUs can have several.
    #[serde(rename = "lowest-usd-per-second", skip_serializing_if = "Option::is_none")]
    pub lowest: Option<f64>,
    /// Where it comes from.
    pub source: PriceSource,
    /// The date of the price, `YYYY-MM-DD`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub date: Option<String>,
}

/// Where a price comes from, best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PriceSource {
    /// The suite names it.
    Suite,
    /// RunPod's catalog, read during the run.
    Catalog,
    /// The dated table of comfycheck, for at least one GPU of the worker.
    Table,
}

impl PriceSource {
    pub fn word(self) -> &'static str {
        match self {
            Self::Suite => "suite",
            Self::Catalog => "catalog",
            Self::Table => "table",
        }
    }

    /// The source with this [`word`](Self::word).
    pub fn of_word(word: &str) -> Option<Self> {
        [Self::Suite, Self::Catalog, Self::Table].into_iter().find(|source| source.word() == word)
    }

    /// The words after a price.
    pub fn words(self) -> &'static str {
        match self {
            Self::Suite => "from the suite",
            Self::Catalog => "from RunPod's catalog",
            Self::Table => "from the price table",
        }
    }
}

/// The price of a deployment's workers: the suite's price, else the dated table's price of its GPU times the number of GPUs.
///
/// RunPod's catalog takes precedence over the table where it is available: see [`catalog_price`].
pub fn price(deployment: &Deployment) -> Option<Price> {
    if let Some(per_second) = deployment.price_per_second {
        return Some(Price { per_second, lowest: None, source: PriceSource::Suite, date: None });
    }
    let row = table::row(deployment.gpu.as_deref()?)?;
    let per_second = row.per_second * f64::from(deployment.gpu_count.get());
    Some(Price { per_second, lowest: None, source: PriceSource::Table, date: Some(table::DATE.to_owned()) })
}

/// The table's price of a worker with one GPU of a type or a pool, per second in USD. None if it is not in the table.
pub fn pool_price(gpu: &str) -> Option<f64> {
    table::row(gpu).map(|row| row.per_second)
}

/// The catalog's prices of the GPU types of one pool.
#[derive(Clone, Debug, PartialEq)]
pub struct PoolPrices<'a> {
    /// The pool, such as `ADA_24`.
    pub pool: &'a str,
    /// USD per second of one GPU, for each GPU type.
    pub of_one_gpu: Vec<f64>,
}

/// The price of workers with this number of GPUs, of any type in these pools.
///
/// - A pool without a price in the catalog takes the table's price. The whole price then counts as the table's.
/// - None if a pool has neither price: the highest cost of a worker is unknown.
/// - None without a pool or without a GPU.
pub fn catalog_price(pools: &[PoolPrices<'_>], gpus: u32, date: Option<String>) -> Option<Price> {
    let mut prices = Vec::new();
    let (mut source, mut date) = (PriceSource::Catalog, date);
    for PoolPrices { pool, of_one_gpu } in pools {
        let usable = of_one_gpu.iter().copied().filter(|price| *price > 0.0 && *price <= HIGHEST);
        let known = prices.len();
        prices.extend(usable);
        if prices.len() == known {
            prices.push(table::row(pool)?.per_second);
            (source, date) = (PriceSource::Table, Some(table::DATE.to_owned()));
        }
    }
    let per_worker = prices.iter().map(|price| price * f64::from(gpus)).filter(|price| *price > 0.0);
    let per_second = per_worker.clone().reduce(f64::max)?;
    let lowest = per_worker.reduce(f64::min).filter(|lowest| *lowest < per_second);
    Some(Price { per_second, lowest, source, date })
}

/// A price per second as people write it: `$1.10/h`.
pub fn per_hour(per_second: f64) -> String {
    format!("{}/h", money(per_second * 3600.0))
}

/// Above any GPU's price per second, in USD: 400 times the most expensive of the table.
const HIGHEST: f64 = 1.0;

impl Price {
    /// The cost of at least and at most so much time.
    fn range(&self, least: Duration, most: f64) -> CostRange {
        CostRange { low: self.lowest.unwrap_or(self.per_second) * least.as_secs_f64(), high: self.per_second * most }
    }
}

/// What a sample cost. None if no billed time is known.
///
/// - At least its execution.
/// - At most its execution and, unless the worker was warm, its whole delay: the worker can have started in it.
/// - If RunPod dispatched it again, at most the time from submission to end: earlier attempts are not reported.
/// - The idle timeout is the worker's and not included.
pub fn cost(sample: &Sample, price: &Price) -> Option<CostRange> {
    let execution = sample.execution?;
    let start = match sample.start {
        Start::Warm => Duration::ZERO,
        Start::Cold | Start::Unclear => sample.delay.unwrap_or_default(),
    };
    let mut most = execution + start;
    if let (1.., Some(submitted), Some(finished)) = (sample.retries, sample.submitted, sample.finished) {
        most = most.max(finished.saturating_sub(submitted));
    }
    Some(price.range(execution, rounded_up(most)))
}

/// What a sample cost that ran and whose end RunPod did not report, such as a cancelled one. None if it was never seen
/// running.
///
/// It was last seen running at `seen`, and polled until `until`.
///
/// - At least the time that it was seen running, or the execution time that RunPod reports.
/// - At most the time since its submission; on a warm worker, the time since the worker took it.
pub fn cost_when_cut_off(sample: &Sample, seen: Duration, until: Duration, price: &Price) -> Option<CostRange> {
    let (submitted, first_running) = (sample.submitted?, sample.first_running?);
    let least = seen.saturating_sub(first_running).max(sample.execution.unwrap_or_default());
    let began = match (sample.start, sample.retries) {
        (Start::Warm, 0) => sample.delay.map_or(first_running, |delay| submitted + delay),
        _ => submitted,
    };
    let most = until.saturating_sub(began).max(least);
    Some(price.range(least, rounded_up(most)))
}

/// What the samples of a run can cost, before the run.
///
/// At most, every job that the budget allows runs until the patience ends, dry runs included. Worker starts and idle timeouts
/// are not included: the patience does not bound how long a job waits.
pub fn estimate(suite: &Suite, price: &Price) -> CostRange {
    let sampling = &suite.sampling;
    let jobs = sampling.samples.saturating_add(suite.deployment.dry_run);
    let jobs = sampling.budget.max_jobs.map_or(jobs, |most| most.min(jobs));
    let jobs = sampling.share.map_or(jobs, |share| share.samples(jobs));
    CostRange { low: 0.0, high: longest(price, sampling.patience.in_progress) * f64::from(jobs) }
}

/// What a job costs that runs until the patience ends, without the start of its worker.
pub fn longest(price: &Price, patience: Duration) -> f64 {
    price.per_second * rounded_up(patience)
}

/// Whether a sample of unknown cost can have cost something: it was submitted, and not cancelled while it waited.
pub fn may_have_run(sample: &Sample) -> bool {
    match sample.ending {
        Ending::NotSubmitted => false,
        Ending::NeverStarted | Ending::Cancelled => sample.first_running.is_some(),
        Ending::Succeeded | Ending::Failed | Ending::Expired | Ending::NotFinished | Ending::Unknown => true,
    }
}

/// The most that a job can have cost. A job of unknown cost counts as `longest`.
pub fn at_most(job: &Sample, longest: f64) -> f64 {
    let unknown = if may_have_run(job) { longest } else { 0.0 };
    job.cost.map_or(unknown, |cost| cost.high)
}

/// The message for jobs that can have cost more than the budget allows. A job of unknown cost counts as one that runs until
/// the patience ends.
pub fn over_budget<'a>(jobs: impl Iterator<Item = &'a Sample>, sampling: &Sampling, price: &Price) -> Option<String> {
    let most = sampling.budget.max_cost?;
    let longest = longest(price, sampling.patience.in_progress);
    let high: f64 = jobs.map(|job| at_most(job, longest)).sum();
    (high > most).then(|| {
        let (high, most) = beside(high, most, "[USD]", money);
        format!("the jobs cost up to {high}, more than `max-cost` ({most})")
    })
}

fn rounded_up(time: Duration) -> f64 {
    time.as_secs_f64().ceil()
}

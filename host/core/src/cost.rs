//! Prices and what samples cost.
//!
//! RunPod bills a worker from when it starts until it stops, rounded up to a second: its
//! start, the execution of its jobs, and the idle timeout after the last one. No field of
//! a job says how long its worker took to start, and sources differ on whether all of the
//! start is billed. So a cost is a range.

mod table;

use crate::sample::{Ending, Sample, Start};
use crate::suite::{Deployment, Sampling, Suite};
use std::time::Duration;

/// An amount of money in USD, as a range where billing is ambiguous.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct CostRange {
    /// The least that it may have cost.
    pub low: f64,
    /// The most that it may have cost.
    pub high: f64,
}

/// What one second of one worker costs.
#[derive(Clone, Debug, PartialEq)]
pub struct Price {
    /// In USD, for all GPUs of a worker. Where a worker may have GPUs of several prices, the highest.
    pub per_second: f64,
    /// The lowest, where a worker may have GPUs of several prices.
    pub lowest: Option<f64>,
    /// Where it comes from.
    pub source: PriceSource,
    /// The date of the price, `YYYY-MM-DD`.
    pub date: Option<String>,
}

/// Where a price comes from, best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PriceSource {
    /// The suite names it.
    Suite,
    /// RunPod's catalog, read in this run.
    Catalog,
    /// The dated table in this file, for some GPU of the worker at least.
    Table,
}

impl PriceSource {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Suite => "suite",
            Self::Catalog => "catalog",
            Self::Table => "table",
        }
    }

    /// The same for a sentence.
    pub fn words(self) -> &'static str {
        match self {
            Self::Suite => "the suite's price",
            Self::Catalog => "by RunPod's catalog",
            Self::Table => "by the dated price list",
        }
    }
}

/// The price of a deployment's workers: the suite's, else the dated table's for its GPU
/// pool or type, times the number of its GPUs. None if neither is known.
///
/// RunPod's own catalog goes before the table where it can be asked: see [`catalog_price`].
pub fn price(deployment: &Deployment) -> Option<Price> {
    if let Some(per_second) = deployment.price_per_second {
        return Some(Price { per_second, lowest: None, source: PriceSource::Suite, date: None });
    }
    let row = table::row(deployment.gpu.as_deref()?)?;
    let per_second = row.per_second * f64::from(deployment.gpu_count.get());
    Some(Price { per_second, lowest: None, source: PriceSource::Table, date: Some(table::DATE.to_owned()) })
}

/// What the catalog says of the GPU types of one pool.
#[derive(Clone, Debug, PartialEq)]
pub struct PoolPrices<'a> {
    /// The pool, such as `ADA_24`.
    pub pool: &'a str,
    /// The prices for a second of one GPU, in USD.
    pub of_one_gpu: Vec<f64>,
}

/// The price of workers with so many GPUs, of whatever type in these pools. A pool that the catalog names no price of has
/// that of the dated table, and the price as a whole then counts as the table's. None if a pool has neither: what a worker
/// costs at most is not known. None, too, without a pool or a GPU.
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

/// What no GPU costs in a second, in USD: the most expensive in the table costs a four hundredth of it.
const HIGHEST: f64 = 1.0;

impl Price {
    /// What so many seconds cost: the least, and with other seconds the most.
    fn range(&self, least: Duration, most: f64) -> CostRange {
        CostRange { low: self.lowest.unwrap_or(self.per_second) * least.as_secs_f64(), high: self.per_second * most }
    }
}

/// What a sample cost; none if nothing was billed that we know of.
///
/// At least its execution. At most its execution and, unless it met a warm worker, its
/// whole delay, in which the worker may have started. Where RunPod dispatched it again, at
/// most all of the time from its submission to its end, since the times of the earlier
/// attempts are not reported. The idle timeout, which is the worker's and not the job's,
/// is not in it.
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

/// What a sample cost that was seen running and whose end RunPod did not tell, such as one that was cancelled: it was
/// last seen running at `seen`, and nobody looked any longer at `until`. None if it was not submitted or never seen
/// running.
///
/// At least what it was seen running for, or what RunPod says. At most all of the time since its submission; if it met
/// a warm worker, since the worker took it.
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

/// What the samples of a run may cost before any is taken: nothing at the least, and at
/// the most what it costs if every job that the budget allows, dry runs among them, runs until the patience
/// ends. The start of workers and their idle timeout are not in it: how long a job waits
/// is not bounded by the patience.
pub fn estimate(suite: &Suite, price: &Price) -> CostRange {
    let sampling = &suite.sampling;
    let jobs = sampling.samples.saturating_add(suite.deployment.dry_run);
    let jobs = sampling.budget.max_jobs.map_or(jobs, |most| most.min(jobs));
    let jobs = sampling.share.map_or(jobs, |share| share.samples(jobs));
    CostRange { low: 0.0, high: longest(price, sampling.patience.in_progress) * f64::from(jobs) }
}

/// What one job costs that runs for as long as the patience allows, without the start of its worker.
pub fn longest(price: &Price, patience: Duration) -> f64 {
    price.per_second * rounded_up(patience)
}

/// Whether a sample of which no cost is known may have cost something: it was submitted, and not cancelled while it
/// waited.
pub fn may_have_run(sample: &Sample) -> bool {
    match sample.ending {
        Ending::NotSubmitted => false,
        Ending::NeverStarted | Ending::Cancelled => sample.first_running.is_some(),
        Ending::Succeeded | Ending::Failed | Ending::Expired | Ending::NotFinished | Ending::Unknown => true,
    }
}

/// The most that a job may have cost. One whose cost is not known counts as `longest`, the cost of one that runs until the
/// patience ends.
pub fn at_most(job: &Sample, longest: f64) -> f64 {
    let unknown = if may_have_run(job) { longest } else { 0.0 };
    job.cost.map_or(unknown, |cost| cost.high)
}

/// That the jobs of a run may have cost more than the budget allows, in one line. One whose cost is not known counts as a job
/// that runs until the patience ends.
pub fn over_budget<'a>(jobs: impl Iterator<Item = &'a Sample>, sampling: &Sampling, price: &Price) -> Option<String> {
    let most = sampling.budget.max_cost?;
    let longest = longest(price, sampling.patience.in_progress);
    let high: f64 = jobs.map(|job| at_most(job, longest)).sum();
    (high > most).then(|| format!("the jobs may have cost up to {high:.4} USD, more than the budget of {most} USD"))
}

fn rounded_up(time: Duration) -> f64 {
    time.as_secs_f64().ceil()
}

//! Prices and what samples cost.
//!
//! RunPod bills a worker from when it starts until it stops, rounded up to a second: its
//! start, the execution of its jobs, and the idle timeout after the last one. No field of
//! a job says how long its worker took to start, and sources differ on whether all of the
//! start is billed. So a cost is a range.

mod table;

use crate::sample::{Sample, Start};
use crate::suite::{Deployment, Sampling};
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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PriceSource {
    /// The suite names it.
    Suite,
    /// RunPod's catalog, read in this run.
    Catalog,
    /// The dated table in this file.
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

/// The price of workers with so many GPUs, of whatever type of these: the catalog's prices for a second of one GPU, in
/// USD. None if there is none.
pub fn catalog_price(of_one_gpu: &[f64], gpus: u32, date: Option<String>) -> Option<Price> {
    let per_worker =
        of_one_gpu.iter().filter(|price| price.is_finite() && **price > 0.0).map(|price| price * f64::from(gpus));
    let per_second = per_worker.clone().reduce(f64::max)?;
    let lowest = per_worker.reduce(f64::min).filter(|lowest| *lowest < per_second);
    Some(Price { per_second, lowest, source: PriceSource::Catalog, date })
}

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
/// the most what it costs if every job that the budget allows runs until the patience
/// ends. The start of workers and their idle timeout are not in it: how long a job waits
/// is not bounded by the patience.
pub fn estimate(sampling: &Sampling, price: &Price) -> CostRange {
    let jobs = sampling.budget.max_jobs.map_or(sampling.samples, |most| most.min(sampling.samples));
    let seconds = rounded_up(sampling.patience.in_progress);
    price.range(Duration::ZERO, seconds * f64::from(jobs))
}

fn rounded_up(time: Duration) -> f64 {
    time.as_secs_f64().ceil()
}

//! What a sampling spends, by the upper end of what each job may cost.

use comfycheck_core::cost::{Price, cost};
use comfycheck_core::sample::{Sample, Start};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// What was spent, and how much may be.
#[derive(Debug)]
pub(super) struct Spending {
    price: Price,
    most: f64,
    /// How long a job may run.
    patience: Duration,
    /// By jobs that ended.
    ended: f64,
    /// By the most expensive of them.
    largest: f64,
    /// By jobs that run, up to when they were last seen.
    running: BTreeMap<u32, f64>,
    /// Workers that a job has ended on: their start is paid for.
    workers: BTreeSet<String>,
}

impl Spending {
    pub(super) fn new(price: Price, most: f64, patience: Duration) -> Self {
        Self { price, most, patience, ended: 0.0, largest: 0.0, running: BTreeMap::new(), workers: BTreeSet::new() }
    }

    /// Takes in how long a job runs so far, as its sample's delay and execution say.
    pub(super) fn running(&mut self, sample: &Sample) {
        let cost = self.cost(sample);
        self.running.insert(sample.index, cost);
    }

    /// Takes in what a job that ended cost.
    pub(super) fn ended(&mut self, sample: &Sample) {
        let so_far = self.running.remove(&sample.index).unwrap_or_default();
        // RunPod does not say how long a job ran that was cancelled, or says something of its progress.
        let told = sample.finished.is_some() && sample.execution.is_some();
        let cost = if told { self.cost(sample) } else { so_far.max(self.cost(sample)) };
        self.ended += cost;
        self.largest = self.largest.max(cost);
        self.workers.extend(sample.worker.clone());
    }

    /// Takes in a job that nobody watches, if there is one: it may run until the patience would have ended.
    pub(super) fn lost(&mut self) {
        let longest = self.price.per_second * self.patience.as_secs_f64().ceil();
        self.ended += longest.max(self.largest);
    }

    /// Whether one more job fits, if it and those in flight become as expensive as the most expensive so far.
    pub(super) fn allows_one_more(&self, in_flight: u32) -> bool {
        let running: f64 = self.running.values().map(|cost| cost.max(self.largest)).sum();
        let waiting = f64::from(in_flight) - f64::from(u32::try_from(self.running.len()).unwrap_or(u32::MAX));
        self.ended + running + self.largest * (waiting.max(0.0) + 1.0) <= self.most
    }

    /// Why what runs is to be cancelled, if it is.
    pub(super) fn exceeded(&self) -> Option<String> {
        let spent = self.ended + self.running.values().sum::<f64>();
        (spent > self.most).then(|| format!("the jobs may have cost more than the budget of {} USD", self.most))
    }

    /// Why no more is submitted.
    pub(super) fn used_up(&self) -> String {
        format!("one more job could cost more than the budget of {} USD", self.most)
    }

    fn cost(&self, sample: &Sample) -> f64 {
        let known = sample.worker.as_ref().is_some_and(|worker| self.workers.contains(worker));
        let start = if known { Start::Warm } else { Start::Unclear };
        cost(&Sample { start, ..sample.clone() }, &self.price).map_or(0.0, |cost| cost.high)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use comfycheck_core::cost::PriceSource;

    fn sample(index: u32, worker: &str, delay_s: u64, execution_s: u64) -> Sample {
        Sample {
            worker: Some(worker.to_owned()),
            delay: Some(Duration::from_secs(delay_s)),
            execution: Some(Duration::from_secs(execution_s)),
            finished: Some(Duration::from_secs(delay_s + execution_s)),
            ..Sample::not_submitted(index, None, String::new(), "")
        }
    }

    fn spending(most: f64) -> Spending {
        let price = Price { per_second: 0.01, lowest: None, source: PriceSource::Suite, date: None };
        Spending::new(price, most, Duration::from_secs(50))
    }

    #[test]
    fn a_job_is_not_submitted_that_could_break_the_budget() {
        let mut spending = spending(1.0);
        assert!(spending.allows_one_more(40), "nothing is known of what a job costs");
        spending.ended(&sample(0, "w", 20, 10)); // 0.30 with the worker's start
        assert!(spending.allows_one_more(0) && spending.allows_one_more(1) && !spending.allows_one_more(2));
        spending.running(&sample(1, "w", 20, 50)); // 0.50, because the worker is paid for
        assert!(!spending.allows_one_more(1));
        assert_eq!(spending.exceeded(), None);
    }

    #[test]
    fn a_job_that_nobody_watches_may_run_until_the_patience_ends() {
        let mut spending = spending(1.0);
        spending.lost(); // 0.50
        assert!(spending.allows_one_more(0));
        spending.ended(&sample(0, "w", 0, 60)); // 1.10
        assert!(!spending.allows_one_more(0));
    }

    #[test]
    fn jobs_that_run_for_longer_than_the_budget_lasts_are_told() {
        let mut spending = spending(1.0);
        spending.running(&sample(0, "v", 20, 60));
        spending.running(&sample(1, "w", 0, 20));
        assert_eq!(spending.exceeded(), None);
        spending.running(&sample(1, "w", 0, 21));
        let told = Some("the jobs may have cost more than the budget of 1 USD".to_owned());
        assert_eq!(spending.exceeded(), told);
        spending.ended(&Sample { execution: None, ..sample(1, "w", 0, 0) });
        assert_eq!(spending.exceeded(), told, "cancelling them does not bring the money back");
    }
}

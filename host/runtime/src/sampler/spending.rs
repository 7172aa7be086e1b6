//! The spending of a run, by the upper end of what each job may cost.

use comfycheck_core::cost::{Price, at_most, cost, longest, may_have_run};
use comfycheck_core::sample::{Sample, Start};
use comfycheck_core::wording;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

#[derive(Debug)]
pub(super) struct Spending {
    price: Price,
    most: f64,
    /// The cost of a job that runs until it times out.
    longest: f64,
    /// The cost of jobs that ended.
    ended: f64,
    /// The part of it from before the samples.
    before: f64,
    /// The most expensive of them; none if none has a cost.
    largest: Option<f64>,
    /// The cost of running jobs so far.
    running: BTreeMap<u32, f64>,
    /// Workers that a job has ended on: their startup is paid.
    workers: BTreeSet<String>,
    /// Whether the first job may run alone if not even one fits.
    first_alone: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Room {
    Now,
    /// Possibly, once the cost of jobs in flight is known.
    Later,
    Never,
}

impl Spending {
    /// `patience` is how long a job can run.
    pub(super) fn new(price: Price, most: f64, patience: Duration) -> Self {
        let (running, workers) = (BTreeMap::new(), BTreeSet::new());
        Self {
            longest: longest(&price, patience),
            price,
            most,
            ended: 0.0,
            before: 0.0,
            largest: None,
            running,
            workers,
            first_alone: true,
        }
    }

    /// The same if another shard runs the first job: no job is submitted that does not fit.
    pub(super) fn without_first_alone(self) -> Self {
        Self { first_alone: false, ..self }
    }

    /// Updates the cost of a running job, by the delay and execution time of its sample.
    pub(super) fn running(&mut self, sample: &Sample) {
        let cost = self.cost(sample).unwrap_or_default();
        self.running.insert(sample.index, cost);
    }

    /// Adds the cost of a job that ended.
    pub(super) fn ended(&mut self, sample: &Sample) {
        let so_far = self.running.remove(&sample.index);
        // For a cancelled job, RunPod reports no execution time, or one of its progress.
        let cost = match (self.cost(sample), so_far) {
            (Some(cost), _) if sample.finished.is_some() => cost,
            (Some(cost), so_far) => cost.max(so_far.unwrap_or_default()),
            (None, Some(so_far)) => so_far,
            (None, None) if may_have_run(sample) => self.longest,
            (None, None) => 0.0,
        };
        self.ended += cost;
        self.largest = self.largest.into_iter().chain((cost > 0.0).then_some(cost)).reduce(f64::max);
        self.workers.extend(sample.worker.clone());
    }

    /// Adds an earlier job. Its cost says nothing about the samples.
    pub(super) fn before(&mut self, job: &Sample) {
        self.ended += at_most(job, self.longest);
        self.before = self.ended;
        self.workers.extend(job.worker.clone());
    }

    /// Adds a job that may run unwatched: at most until it would time out.
    pub(super) fn lost(&mut self) {
        self.ended += self.longest.max(self.largest.unwrap_or_default());
    }

    /// Whether one more job fits. Assumes that it and the jobs in flight cost as much as the most
    /// expensive so far, or at first as much as one that times out. Then a small budget would never
    /// allow a job, so the first job runs alone, and is cancelled once it may exceed the budget.
    pub(super) fn room(&self, in_flight: u32) -> Room {
        if self.most <= 0.0 {
            return Room::Never;
        }
        let each = self.largest.unwrap_or(self.longest);
        let running: f64 = self.running.values().map(|cost| cost.max(each)).sum();
        let waiting = f64::from(in_flight) - f64::from(u32::try_from(self.running.len()).unwrap_or(u32::MAX));
        let fits = self.ended + running + each * (waiting.max(0.0) + 1.0) <= self.most;
        let is_first = self.first_alone && in_flight == 0 && self.ended <= self.before && self.ended < self.most;
        // Jobs in flight may turn out cheaper. Ended ones do not.
        let may_fit = in_flight > 0 && (self.largest.is_none() || self.ended + each <= self.most);
        match (fits || is_first, may_fit) {
            (true, _) => Room::Now,
            (false, true) => Room::Later,
            (false, false) => Room::Never,
        }
    }

    /// Why running jobs must be cancelled, if they must.
    pub(super) fn exceeded(&self, part: &str) -> Option<String> {
        let spent = self.ended + self.running.values().sum::<f64>();
        let (spent_text, limit) = wording::beside(spent, self.most, "[USD]", wording::money);
        (spent > self.most).then(|| format!("the jobs may have cost {spent_text} (`max-cost`: {limit}{part})"))
    }

    /// Why no more jobs are submitted.
    pub(super) fn used_up(&self, part: &str) -> String {
        let limit = wording::limit(self.most, "[USD]");
        if self.most <= 0.0 {
            return format!("`max-cost` is {limit}");
        }
        format!("one more job could exceed `max-cost` ({limit}{part})")
    }

    fn cost(&self, sample: &Sample) -> Option<f64> {
        let known = sample.worker.as_ref().is_some_and(|worker| self.workers.contains(worker));
        let start = if known { Start::Warm } else { Start::Unclear };
        cost(&Sample { start, ..sample.clone() }, &self.price).map(|cost| cost.high)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use comfycheck_core::cost::PriceSource;
    use comfycheck_core::money::CostRange;
    use comfycheck_core::sample::Ending;

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
        // Each may cost 0.50.
        assert_eq!([0, 1, 2].map(|in_flight| spending.room(in_flight)), [Room::Now, Room::Now, Room::Later]);
        spending.ended(&sample(0, "w", 20, 10)); // 0.30 with the worker's start
        assert_eq!([0, 1, 2].map(|in_flight| spending.room(in_flight)), [Room::Now, Room::Now, Room::Later]);
        spending.running(&sample(1, "w", 20, 50)); // 0.50, because the worker is paid for
        assert_eq!(spending.room(1), Room::Later);
        spending.ended(&sample(1, "w", 20, 50));
        assert_eq!([0, 1].map(|in_flight| spending.room(in_flight)), [Room::Never; 2], "0.80 are gone");
        assert_eq!(spending.exceeded(""), None);
    }

    #[test]
    fn a_budget_below_the_cost_of_one_job_allows_the_first_alone_and_zero_allows_none() {
        let mut small = spending(0.2);
        assert_eq!([0, 1].map(|in_flight| small.room(in_flight)), [Room::Now, Room::Later]);
        small.ended(&sample(0, "w", 0, 4)); // 0.04
        assert_eq!([3, 4].map(|in_flight| small.room(in_flight)), [Room::Now, Room::Later]);
        assert_eq!(spending(0.0).room(0), Room::Never);
        assert_eq!(spending(0.2).without_first_alone().room(0), Room::Never);
        assert_eq!(spending(0.5).without_first_alone().room(0), Room::Now);
    }

    #[test]
    fn a_job_without_a_cost_counts_as_one_that_ran_until_it_timed_out() {
        for (ending, cost) in [
            (Ending::Succeeded, 0.5),
            (Ending::Failed, 0.5),
            (Ending::Expired, 0.5),
            (Ending::Unknown, 0.5),
            (Ending::NeverStarted, 0.0),
            (Ending::Cancelled, 0.0),
        ] {
            let mut spending = spending(0.1);
            spending.ended(&Sample { ending, execution: None, ..sample(0, "w", 0, 0) });
            assert!((spending.ended - cost).abs() < 1e-9, "{ending:?}");
            assert_eq!(spending.exceeded("").is_some(), cost > 0.0, "{ending:?}");
        }
    }

    #[test]
    fn what_dry_runs_cost_is_spent_and_tells_nothing_of_what_a_sample_costs() {
        let dry_run = |high| Sample { cost: Some(CostRange { low: 0.0, high }), ..sample(0, "w", 20, 0) };
        let mut spending = spending(0.45);
        spending.before(&dry_run(0.2));
        assert_eq!((spending.room(0), spending.room(1)), (Room::Now, Room::Later), "the first sample runs alone");
        spending.before(&dry_run(0.25));
        assert_eq!(spending.room(0), Room::Never);
    }

    #[test]
    fn a_job_that_cost_nothing_says_nothing_of_what_others_cost() {
        let mut spending = spending(0.9);
        spending.ended(&Sample { ending: Ending::Cancelled, execution: None, ..sample(0, "w", 0, 0) });
        assert_eq!([0, 1].map(|in_flight| spending.room(in_flight)), [Room::Now, Room::Later]);
    }

    #[test]
    fn a_running_job_counts_as_the_most_expensive_one_until_it_costs_more() {
        let mut spending = spending(1.0);
        spending.ended(&sample(0, "w", 0, 30)); // 0.30
        spending.running(&sample(1, "w", 0, 10));
        assert_eq!(spending.room(1), Room::Now, "0.30, 0.30 and 0.30");
        spending.running(&sample(1, "w", 0, 50));
        assert_eq!(spending.room(1), Room::Later, "0.30, 0.50 and 0.30");
    }

    #[test]
    fn an_unwatched_job_may_run_until_it_would_time_out() {
        let mut spending = spending(1.0);
        spending.lost(); // 0.50
        assert_eq!(spending.room(0), Room::Now);
        spending.ended(&sample(0, "w", 0, 60)); // 1.10
        assert_eq!(spending.room(0), Room::Never);
        spending.lost(); // As long as the longest one.
        assert!((spending.ended - 1.7).abs() < 1e-9);
    }

    #[test]
    fn jobs_that_run_for_longer_than_the_budget_lasts_exceed_it() {
        let mut spending = spending(1.0);
        spending.running(&sample(0, "v", 20, 60));
        spending.running(&sample(1, "w", 0, 20));
        assert_eq!(spending.exceeded(""), None);
        spending.running(&sample(1, "w", 0, 21));
        assert!(spending.exceeded("").is_some());
        spending.ended(&Sample { execution: None, ..sample(1, "w", 0, 0) });
        // RunPod reports the execution time of its last progress.
        spending.ended(&Sample { finished: None, ..sample(0, "v", 20, 50) });
        assert!(spending.exceeded("").is_some(), "cancelling them does not bring the money back");
    }
}

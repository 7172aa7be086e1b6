//! Shards as their machines saw them, and merged.

use super::*;
use crate::facts::Observation;
use crate::facts::{Busy, CutOff, JobTrace};
use comfycheck_core::cost::PriceSource;
use comfycheck_core::finding::{Finding, Severity, Subject};
use comfycheck_core::money::CostRange;
use comfycheck_core::sample::Start;

const S: fn(u64) -> Duration = Duration::from_secs;

fn price(per_second: f64, source: PriceSource) -> Price {
    Price { per_second, lowest: None, source, date: None }
}

/// A shard that started at `began`. Its sample waited for 10 s and ran for 10 s on `worker`;
/// `/health` was read 5 s after the submission.
fn shard(index: u32, began: u64, submitted: u64, worker: &str) -> ShardedSampling {
    let sample = Sample {
        worker: Some(worker.to_owned()),
        submitted: Some(S(submitted)),
        first_running: Some(S(submitted + 10)),
        finished: Some(S(submitted + 20)),
        delay: Some(S(10)),
        execution: Some(S(10)),
        ..Sample::not_submitted(index, None, String::new(), "")
    };
    let queue = Some(Queue { workers: 1, waiting: 0, busy: None });
    let traces = vec![JobTrace { queue, left: Some(S(submitted + 20)), ..JobTrace::default() }];
    let observations = vec![Observation { at: S(submitted + 5), health: None, waiting: 1, running: 0 }];
    let samples = Samples {
        samples: vec![sample],
        files: vec![Vec::new()],
        observations,
        traces,
        began: Some(S(began)),
        stopped: None,
    };
    let (price, clock) = (Some(price(1.0, PriceSource::Table)), ScenarioClock::default());
    ShardedSampling { samples, price, clock, hopeless: Vec::new(), lost: BTreeSet::new() }
}

/// The index of each sample, when it was submitted, and its start.
fn brief(whole: &ShardedSampling) -> Vec<(u32, u64, Start)> {
    let samples = whole.samples.samples.iter();
    samples.map(|sample| (sample.index, sample.submitted.unwrap().as_secs(), sample.start)).collect()
}

#[test]
fn times_count_from_the_earliest_sampling_and_samples_are_in_order() {
    let whole = on_one_clock(vec![shard(1, 1_100, 3, "b"), shard(0, 1_000, 5, "a")]);
    assert_eq!(brief(&whole), [(0, 5, Start::Unclear), (1, 103, Start::Unclear)]);
    let at: Vec<_> = whole.samples.observations.iter().map(|observation| observation.at.as_secs()).collect();
    assert_eq!(at, [10, 108]);
    assert_eq!(whole.samples.samples[1].finished, Some(S(123)));
}

#[test]
fn only_the_first_job_of_a_worker_in_all_shares_can_have_met_it_cold() {
    let cold = |mut shard: ShardedSampling| {
        let busy = Some(Busy { running: 0, initializing: 0, other_jobs: 0 });
        shard.samples.traces[0].queue = Some(Queue { workers: 0, waiting: 0, busy });
        shard
    };
    let whole = on_one_clock(vec![cold(shard(0, 1_050, 0, "a")), cold(shard(1, 1_000, 0, "a"))]);
    assert_eq!(brief(&whole), [(0, 50, Start::Warm), (1, 0, Start::Cold)]);
    let cost = |at: usize| whole.samples.samples[at].cost.unwrap();
    assert_eq!(cost(0), CostRange { low: 10.0, high: 10.0 });
    assert_eq!(cost(1), CostRange { low: 10.0, high: 20.0 });
}

#[test]
fn jobs_of_another_share_are_counted_and_an_idle_worker_leaves_every_start_unclear() {
    let whole = on_one_clock(vec![shard(0, 1_000, 0, "a"), shard(1, 1_000, 4, "b"), shard(2, 1_010, 0, "c")]);
    // One of them got the idle worker.
    assert_eq!(brief(&whole), [(0, 0, Start::Unclear), (1, 4, Start::Unclear), (2, 10, Start::Unclear)]);
    // The second was submitted while the first waited, the third while the second did.
    let waiting: Vec<_> = whole.samples.traces.iter().map(|trace| trace.queue.unwrap().waiting).collect();
    assert_eq!(waiting, [0, 1, 1]);
    let counted: Vec<_> = whole.samples.observations.iter().map(|seen| (seen.waiting, seen.running)).collect();
    assert_eq!(counted, [(2, 0), (2, 0), (1, 2)]);
}

#[test]
fn the_price_is_that_of_the_best_source_and_a_range_where_it_differs() {
    let with = |prices: &[Option<Price>]| {
        let of_share = |price: &Option<Price>| ShardedSampling { price: price.clone(), ..shard(0, 0, 0, "a") };
        let price = on_one_clock(prices.iter().map(of_share).collect()).price?;
        Some((price.lowest, price.per_second, price.source))
    };
    let (catalog, table) = (PriceSource::Catalog, PriceSource::Table);
    assert_eq!(with(&[None, None]), None);
    assert_eq!(with(&[Some(price(2.0, table)), Some(price(2.0, table))]), Some((None, 2.0, table)));
    assert_eq!(with(&[Some(price(9.0, table)), None, Some(price(3.0, catalog))]), Some((None, 3.0, catalog)));
    let range = Price { lowest: Some(1.0), ..price(4.0, catalog) };
    assert_eq!(with(&[Some(price(5.0, catalog)), Some(range)]), Some((Some(1.0), 5.0, catalog)));
}

#[test]
fn shards_that_ended_for_one_reason_have_one_finding_about_the_samples_of_all() {
    let ended = |index: u32, rule: &str| {
        let finding = Finding {
            rule: rule.to_owned(),
            severity: Severity::Error,
            message: format!("found by shard {index}"),
            subjects: vec![Subject::Worker("w".to_owned()), Subject::Sample(index)],
            measurement: None,
            help: None,
            data: None,
            waiver: None,
        };
        let hopeless = vec![HopelessWait { check: "endpoint".to_owned(), finding }];
        ShardedSampling { hopeless, ..shard(index, 1_000, 0, "a") }
    };
    let whole = on_one_clock(vec![ended(0, "one"), ended(1, "one"), ended(2, "other"), shard(3, 1_000, 0, "a")]);
    let brief = |found: &HopelessWait| (found.finding.rule.clone(), found.finding.subjects.clone());
    let (worker, sample) = (|| Subject::Worker("w".to_owned()), Subject::Sample);
    assert_eq!(
        whole.hopeless.iter().map(brief).collect::<Vec<_>>(),
        [("one".to_owned(), vec![worker(), sample(0), sample(1)]), ("other".to_owned(), vec![worker(), sample(2)])]
    );
}

#[test]
fn a_share_that_submitted_nothing_and_one_with_wild_times_are_put_together_all_the_same() {
    let mut wild = shard(0, 7, 0, "a");
    wild.samples.began = Some(Duration::MAX);
    wild.samples.traces[0].cut_off = Some(CutOff { seen: Duration::MAX, until: Duration::MAX });
    let mut closed = shard(1, 0, 0, "b");
    closed.samples.began = None;
    closed.samples.samples[0] = Sample::not_submitted(1, None, String::new(), "a gate");
    closed.samples.traces[0] = JobTrace::default();
    closed.samples.observations.clear();
    let whole = on_one_clock(vec![wild, closed, shard(2, 5, 0, "c")]);
    assert_eq!(
        whole.samples.samples.iter().map(|sample| sample.submitted).collect::<Vec<_>>(),
        [Some(FAR), None, Some(S(0))]
    );
}

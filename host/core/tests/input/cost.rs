//! Prices and costs.

use comfycheck_core::cost::{
    PoolPrices, Price, PriceSource, catalog_price, cost, cost_when_cut_off, over_budget, price,
};
use comfycheck_core::money::Budget;
use comfycheck_core::money::CostRange;
use comfycheck_core::sample::{Ending, Sample, Start};
use comfycheck_core::suite::{Deployment, Patience, Sampling, Submit};
use insta::assert_snapshot;
use std::num::NonZeroU32;
use std::time::Duration;

fn deployment(gpu: &str, price_per_second: Option<f64>) -> Deployment {
    Deployment { gpu: Some(gpu.into()), price_per_second, ..Deployment::default() }
}

#[track_caller]
fn check_price(gpu: &str, expected: Option<f64>) {
    assert_eq!(price(&deployment(gpu, None)).map(|price| price.per_second), expected, "{gpu}");
}

#[test]
fn a_pool_and_a_type_have_a_price_under_any_of_their_names() {
    check_price("ADA_24", Some(0.000_31));
    check_price("ada_24", Some(0.000_31));
    check_price("NVIDIA GeForce RTX 4090", Some(0.000_31));
    check_price("4090 PRO", Some(0.000_31));
    check_price("RTX A6000", Some(0.000_34));
    check_price("6000 Ada PRO", Some(0.000_53));
    check_price("NVIDIA RTX 6000 Ada Generation", Some(0.000_53));
    check_price("6000s PRO (Blackwell)", Some(0.001_11));
    check_price("A100 80GB PCIe", Some(0.000_76));
    check_price("L40S", Some(0.000_53));
    check_price("NVIDIA A100-SXM4-80GB", Some(0.000_76));
    check_price("NVIDIA H100 80GB HBM3", Some(0.001_16));
    check_price("NVIDIA RTX PRO 6000 Blackwell Server Edition", Some(0.001_11));
    check_price("NVIDIA RTX PRO 6000 Blackwell Workstation Edition", Some(0.001_11));
}

#[test]
fn an_unknown_gpu_has_no_price() {
    for gpu in ["", "5090", "ADA_32_PRO", "H100 NVL", "6000", "ADA"] {
        check_price(gpu, None);
    }
}

#[test]
fn the_suites_price_precedes_the_table_whose_price_has_a_date() {
    let suite = price(&deployment("ADA_24", Some(0.5)));
    assert_eq!(suite, Some(Price { per_second: 0.5, lowest: None, source: PriceSource::Suite, date: None }));
    let table = price(&deployment("ADA_24", None)).expect("a price");
    assert_eq!((table.source, table.date.as_deref()), (PriceSource::Table, Some("2026-08-20")));
}

#[test]
fn the_tables_price_is_for_one_gpu_and_the_suites_for_all() {
    let with_two = |price_per_second: Option<f64>| {
        let two = Deployment { gpu_count: 2.try_into().expect("not zero"), ..deployment("ADA_24", price_per_second) };
        price(&two).map(|price| price.per_second)
    };
    assert_eq!((with_two(None), with_two(Some(0.5))), (Some(0.000_62), Some(0.5)));
}

#[test]
fn the_catalogs_price_is_for_all_gpus_and_a_range_where_their_types_have_several_prices() {
    let pools = |prices: &[f64]| [PoolPrices { pool: "NEW_500", of_one_gpu: prices.to_vec() }];
    let of =
        |prices: &[f64], gpus| catalog_price(&pools(prices), gpus, None).map(|price| (price.per_second, price.lowest));
    assert_eq!(of(&[0.25], 2), Some((0.5, None)));
    assert_eq!(of(&[0.25, 0.25], 1), Some((0.25, None)));
    assert_eq!(of(&[0.5, 0.25, 0.375], 1), Some((0.5, Some(0.25))));
    assert_eq!(of(&[f64::NAN, f64::INFINITY, 0.0, -1.0, 1.5], 1), None);
    assert_eq!(of(&[0.25], 0), None, "a worker without a GPU");
    let price = catalog_price(&pools(&[0.5, 0.25]), 1, None).expect("a price");
    let cost = cost(&sample(Start::Warm, 0, 10_000), &price).expect("a cost");
    assert_eq!((cost.low, cost.high), (2.5, 5.0));
}

#[test]
fn a_pool_without_a_price_in_the_catalog_has_the_price_of_the_table_if_any() {
    let check = |pools: &[(&str, f64)], expected: Option<(f64, Option<f64>, PriceSource)>| {
        let pools = pools.iter().map(|(pool, price)| PoolPrices { pool, of_one_gpu: vec![*price] });
        let price = catalog_price(&pools.collect::<Vec<_>>(), 1, Some("2026-11-23".into()));
        assert_eq!(price.map(|price| (price.per_second, price.lowest, price.source)), expected);
    };
    check(&[("ADA_24", 0.25), ("AMPERE_80", 0.5)], Some((0.5, Some(0.25), PriceSource::Catalog)));
    check(&[("ADA_24", 0.000_3), ("AMPERE_80", -3.0)], Some((0.000_76, Some(0.000_3), PriceSource::Table)));
    check(&[("ADA_24", 0.25), ("NEW_500", 0.0)], None);
    check(&[], None);
}

#[test]
fn jobs_above_the_budget_are_reported_and_an_unknown_cost_counts_as_the_longest() {
    let price = Price { per_second: 0.01, lowest: None, source: PriceSource::Suite, date: None };
    let over = |endings: &[(Ending, Option<f64>)]| {
        let samples: Vec<_> = endings
            .iter()
            .map(|(ending, cost)| Sample {
                ending: *ending,
                cost: cost.map(|high| CostRange { low: 0.0, high }),
                ..sample(Start::Unclear, 0, 0)
            })
            .collect();
        let mut sampling = sampling(50, 0.5);
        let over = over_budget(samples.iter(), &sampling, &price);
        sampling.budget.max_cost = None;
        assert_eq!(over_budget(samples.iter(), &sampling, &price), None, "without a limit");
        over
    };
    let exact = [(Ending::Succeeded, Some(0.25)), (Ending::Failed, Some(0.25)), (Ending::NotSubmitted, None)];
    assert_eq!(over(&exact), None);
    assert_eq!(over(&[(Ending::NeverStarted, None), (Ending::Succeeded, None)]), None);
    let text = over(&[(Ending::Succeeded, Some(0.1)), (Ending::Unknown, None)]).expect("a warning");
    assert_snapshot!(text);
}

fn sampling(in_progress_s: u64, max_cost: f64) -> Sampling {
    let patience = Patience { in_progress: Duration::from_secs(in_progress_s), ..Patience::default() };
    Sampling {
        submit: Submit::Run,
        rate_limit: None,
        samples: 1,
        concurrency: NonZeroU32::MIN,
        variations: Vec::new(),
        seed_inputs: None,
        seed: None,
        patience,
        budget: Budget { max_jobs: None, max_cost: Some(max_cost) },
        share: None,
    }
}

fn sample(start: Start, delay_ms: u64, execution_ms: u64) -> Sample {
    let mut sample = Sample::not_submitted(0, None, String::new(), "");
    sample.ending = Ending::Succeeded;
    sample.start = start;
    sample.delay = Some(Duration::from_millis(delay_ms));
    sample.execution = Some(Duration::from_millis(execution_ms));
    sample
}

#[track_caller]
fn check_cost(sample: &Sample, expected: Option<(f64, f64)>) {
    let price = Price { per_second: 2.0, lowest: None, source: PriceSource::Suite, date: None };
    assert_eq!(cost(sample, &price).map(|cost| (cost.low, cost.high)), expected);
}

#[test]
fn a_warm_sample_costs_its_execution() {
    check_cost(&sample(Start::Warm, 30_000, 4_500), Some((9.0, 10.0)));
}

#[test]
fn a_sample_that_may_have_started_a_worker_may_cost_its_delay_too() {
    check_cost(&sample(Start::Cold, 30_000, 4_500), Some((9.0, 70.0)));
    check_cost(&sample(Start::Unclear, 30_000, 4_500), Some((9.0, 70.0)));
}

#[test]
fn earlier_attempts_may_cost_all_of_the_time() {
    let mut sample = sample(Start::Warm, 1_000, 4_500);
    (sample.retries, sample.submitted) = (1, Some(Duration::from_secs(10)));
    sample.finished = Some(Duration::from_secs(110));
    check_cost(&sample, Some((9.0, 200.0)));
}

#[test]
fn a_sample_that_was_cut_off_may_cost_all_of_the_time_until_then() {
    let price = Price { per_second: 2.0, lowest: None, source: PriceSource::Suite, date: None };
    let second = |second: u64| Some(Duration::from_secs(second));
    // Submitted at 10 s, taken at 40 s, seen running from 42 s to 90 s, last seen at 93 s.
    let check = |change: fn(&mut Sample), expected: Option<(f64, f64)>| {
        let mut sample = Sample { execution: None, ..sample(Start::Unclear, 30_000, 0) };
        (sample.submitted, sample.first_running) = (second(10), second(42));
        change(&mut sample);
        let cost = cost_when_cut_off(&sample, Duration::from_secs(90), Duration::from_secs(93), &price);
        assert_eq!(cost.map(|cost| (cost.low, cost.high)), expected);
    };
    check(|_| (), Some((96.0, 166.0)));
    check(|sample| sample.start = Start::Warm, Some((96.0, 106.0)));
    check(|sample| (sample.start, sample.delay) = (Start::Warm, None), Some((96.0, 102.0)));
    check(|sample| (sample.start, sample.retries) = (Start::Warm, 1), Some((96.0, 166.0)));
    check(|sample| sample.execution = Some(Duration::from_secs(50)), Some((100.0, 166.0)));
    check(|sample| sample.first_running = None, None);
}

#[test]
fn a_sample_that_was_not_executed_has_no_known_cost() {
    check_cost(&Sample::not_submitted(0, None, String::new(), "the budget is spent"), None);
}

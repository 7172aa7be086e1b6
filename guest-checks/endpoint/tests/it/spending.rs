//! What costs money without a job, and what a retry costs.

use crate::answer::{problems, row};
use crate::facts::{
    HEALTH, after, answer, before, done, health, managed, observations, stock, unmanaged, usual, worker,
};
use comfycheck_check_endpoint::rules::{self, DeploymentFacts, RunFacts};
use comfycheck_check_endpoint::{Management, Settings};
use comfycheck_sdk::Answer;
use comfycheck_sdk::endpoint::{ConfigurationFacts, GpuStock, Worker};
use comfycheck_sdk::samples::{PriceFacts, Sample};

fn price() -> PriceFacts {
    PriceFacts { per_second: 0.0003, source: "catalog".into(), date: None }
}

fn judge(counts: &str, management: Management, price: Option<PriceFacts>) -> Answer {
    let facts = DeploymentFacts { management, price, ..before(answer(200, HEALTH), Some(health(counts))) };
    rules::judge_deployment(&facts, &Settings::default()).expect("an answer")
}

#[test]
fn workers_that_run_without_a_job_are_found() {
    assert_table!([
        row("with a price", judge("running 3 queue 0", unmanaged(), Some(price())), "running-without-jobs"),
        row("without", judge("running 1 queue 0", unmanaged(), None), "running-without-jobs"),
    ]);
    for counts in ["running 3 progress 1 queue 0", "running 1 queue 1", "idle 3 ready 3 queue 0", "queue 0"] {
        assert_eq!(problems(&judge(counts, unmanaged(), None)), "", "{counts}");
    }
}

#[test]
fn expensive_settings_are_found() {
    let with = |configuration: ConfigurationFacts, price| judge("queue 0", managed(configuration), price);
    let active = || ConfigurationFacts { workers_min: Some(3), ..usual() };
    let idle = || ConfigurationFacts { idle_timeout_s: Some(3_600), ..usual() };
    let unlimited = || ConfigurationFacts { execution_timeout: None, ..usual() };
    assert_table!([
        row("active workers", with(active(), Some(price())), "active-workers"),
        row("active workers, no price", with(active(), None), "active-workers"),
        row("idle timeout", with(idle(), Some(price())), "long-idle-timeout"),
        row("no execution timeout", with(unlimited(), Some(price())), "no-execution-timeout"),
    ]);
    let usual = ConfigurationFacts { workers_min: Some(0), idle_timeout_s: Some(300), ..usual() };
    assert_eq!(problems(&with(usual, Some(price()))), "");
}

/// An endpoint with 3 active workers and 2 GPUs each. Its pools have GPUs of these prices per hour, and its workers are of these
/// types and states.
fn active(prices: &[(&str, &str, Option<f64>)], workers: &[(&str, &str)]) -> Management {
    let configuration = ConfigurationFacts {
        workers_min: Some(3),
        gpu_count: Some(2),
        gpu_pools: vec!["ADA_24".into(), "AMPERE_24".into()],
        ..usual()
    };
    let gpu = |&(gpu, pool, price): &(&str, &str, Option<f64>)| GpuStock {
        gpu: gpu.into(),
        price_per_second: price.map(|price| price / 3_600.0),
        ..stock(pool, "EU-RO-1 HIGH")
    };
    let listed = |&(gpu, status): &(&str, &str)| Worker { gpu: Some(gpu.into()), ..worker("w", status) };
    Management {
        stock: Ok(prices.iter().map(gpu).collect()),
        workers: Ok(workers.iter().map(listed).collect()),
        ..managed(configuration)
    }
}

#[test]
fn without_a_price_the_catalog_has_one_by_the_types_of_workers_or_the_pools() {
    let prices = [("RTX 4090", "ADA_24", Some(1.0)), ("L4", "AMPERE_24", Some(0.5)), ("A5000", "AMPERE_24", None)];
    let without = [("RTX 4090", "ADA_24", Some(1.0)), ("L4", "AMPERE_24", None)];
    let mixed = [("RTX 4090", "RUNNING"), ("L4", "IDLE")];
    assert_table!([
        row("one type", judge("queue 0", active(&prices, &[("L4", "RUNNING")]), None), "active-workers"),
        row("two types", judge("queue 0", active(&prices, &mixed), None), "active-workers"),
        row(
            "running workers count by their own type",
            judge("running 1 queue 0", active(&prices, &mixed), None),
            "running-without-jobs active-workers"
        ),
        row("no workers", judge("queue 0", active(&prices, &[]), None), "active-workers"),
        row("a type without a price", judge("queue 0", active(&prices, &[("A5000", "IDLE")]), None), "active-workers"),
        row("a pool without a price", judge("queue 0", active(&without, &[]), None), "active-workers"),
        row("the suite's price", judge("queue 0", active(&prices, &[]), Some(price())), "active-workers"),
    ]);
}

#[test]
fn the_catalog_is_needed_where_costs_are_found_without_a_price() {
    let needed = |counts: &str, management, price| {
        let facts = DeploymentFacts { management, price, ..before(answer(200, HEALTH), Some(health(counts))) };
        rules::needs_catalog(&facts)
    };
    let quiet = || managed(ConfigurationFacts { workers_min: Some(0), ..usual() });
    assert!(needed("queue 0", active(&[], &[]), None));
    assert!(needed("running 1 queue 0", quiet(), None));
    assert!(!needed("queue 0", active(&[], &[]), Some(price())));
    assert!(!needed("queue 0", quiet(), None));
}

#[test]
fn a_retry_that_helped_is_a_warning_with_its_time_and_cost() {
    let retried = |index, retries| Sample {
        retries,
        delay: Some(800),
        execution: Some(3_000),
        submitted: Some(1_000),
        finished: Some(13_400),
        ..done(index, "b")
    };
    let judge = |samples: Vec<Sample>, price| {
        let facts = RunFacts { price, ..after(samples, observations("0 running 1")) };
        rules::judge_run(&facts, &Settings::default()).expect("an answer")
    };
    assert_table!([
        row("with a price", judge(vec![retried(0, 1), done(1, "b")], Some(price())), "retried-job"),
        row("without", judge(vec![retried(0, 2), retried(1, 1)], None), "retried-job"),
        row("none", judge(vec![done(0, "b")], Some(price())), ""),
    ]);
}

//! What costs money without a job, and what a retry costs.

use crate::answer::{problems, row};
use crate::facts::{HEALTH, after, answer, before, done, health, managed, observations, unmanaged, usual};
use comfycheck_check_endpoint::rules::{self, DeploymentFacts, RunFacts};
use comfycheck_check_endpoint::{Management, Settings};
use comfycheck_sdk::Answer;
use comfycheck_sdk::endpoint::ConfigurationFacts;
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

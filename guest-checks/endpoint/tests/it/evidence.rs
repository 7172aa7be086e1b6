//! What logs, GPUs, prices and other samples add to the findings about jobs.

use crate::answer::{Row, finding, measured, notes, row};
use crate::facts::{after, done, failed, log, managed, observations, sample, unmanaged, usual, worker};
use comfycheck_check_endpoint::rules::{self, RunFacts};
use comfycheck_check_endpoint::{Management, Settings};
use comfycheck_sdk::endpoint::{ConfigurationFacts, Worker};
use comfycheck_sdk::samples::{Ending, PriceFacts, Sample, Start};
use comfycheck_sdk::{Answer, Subject};
use insta::assert_snapshot;

fn judge_after(samples: Vec<Sample>, management: Management) -> Answer {
    let facts = RunFacts { management, largest_result: Some(9_700_000), ..after(samples, observations("0 running 1")) };
    rules::judge_run(&facts, &Settings::default()).expect("an answer")
}

fn ended(name: &str, samples: Vec<Sample>, management: Management, problems: &str) -> Row {
    row(name, judge_after(samples, management), problems)
}

#[test]
fn a_lost_result_shows_the_evidence_for_its_size() {
    let lost = || vec![Sample { output: None, image_count: 0, ..done(0, "w1") }];
    let line = "Failed to return job results. | 400, message='Bad Request'";
    let logs = vec![log("w1", "container", &["ok", line])];
    assert_table!([
        ended("another result", lost(), unmanaged(), "lost-result"),
        ended("the log", lost(), Management { logs, ..unmanaged() }, "lost-result"),
    ]);
}

#[test]
fn out_of_memory_is_counted_for_each_gpu_type() {
    let gpu = |id: &str, gpu: &str| Worker { gpu: Some(gpu.into()), ..worker(id, "IDLE") };
    let workers = vec![gpu("big", "RTX 4090"), gpu("small", "RTX A4000")];
    let failed = |index| Sample { worker: Some("small".into()), ..failed(index, "CUDA out of memory") };
    let samples = vec![failed(0), done(1, "big"), failed(2), done(3, "big")];
    let management = Management { workers: Ok(workers), ..unmanaged() };
    assert_table!([ended("two GPU types", samples, management, "out-of-memory")]);
}

#[test]
fn an_execution_timeout_shows_the_limit_and_the_time_that_passed() {
    let timeout = || vec![Sample { execution: Some(600_500), ..failed(0, "executionTimeout exceeded") }];
    let limit = || managed(ConfigurationFacts { execution_timeout: Some(600_000), ..usual() });
    let logs = vec![log("worker-0", "container", &["worker-comfyui - Websocket receive timed out. Still waiting..."])];
    assert_table!([
        ended("with limit and log", timeout(), Management { logs, ..limit() }, "execution-timeout"),
        ended("with limit", timeout(), limit(), "execution-timeout"),
        ended("alone", timeout(), unmanaged(), "execution-timeout"),
    ]);
}

#[test]
fn the_log_of_a_worker_explains_a_job_that_hangs_or_goes_silent() {
    let silent = vec![failed(0, "job timed out after 2 retries")];
    let hanging =
        vec![Sample { worker: Some("worker-0".into()), first_running: Some(0), ..sample(0, Ending::NotFinished) }];
    let with = |line: &str| Management { logs: vec![log("worker-0", "container", &[line])], ..managed(usual()) };
    assert_table!([
        ended("killed", silent, with("Killed"), "out-of-system-memory"),
        ended("hanging", hanging, with("Still waiting for a message"), "stuck-in-progress"),
    ]);
}

#[test]
fn an_old_worker_is_recognized_by_the_shape_of_its_output() {
    let old = |output: &str| vec![Sample { output: Some(output.into()), ..done(0, "w1") }];
    let of_old = |index| Sample {
        output: Some(r#"{"status": "success", "message": "iVBORw0KGgo="}"#.into()),
        ..done(index, "w1")
    };
    let mixed = vec![of_old(0), done(1, "w2"), of_old(2), done(3, "w2")];
    assert_table!([
        ended("before 4.1", old(r#"{"status": "success", "message": "iVBORw0KGgo="}"#), unmanaged(), "old-worker"),
        ended("on one of two workers", mixed, unmanaged(), "old-worker"),
        ended("since 4.1", old(r#"{"status": "success_no_images", "images": []}"#), unmanaged(), ""),
    ]);
}

#[test]
fn one_worker_that_gets_all_jobs_while_others_are_idle_is_a_funnel() {
    let judge = |workers: &[&str], readings: &str| {
        let samples = (0..).zip(workers).map(|(index, worker)| done(index, worker)).collect();
        rules::judge_run(&after(samples, observations(readings)), &Settings::default()).expect("an answer")
    };
    let idle = "0 running 1 idle 2 ours 1 | 40 running 1 idle 2 ours 1 | 80 running 1 idle 2 ours 1";
    let none_idle = "0 running 1 ours 1 | 40 running 1 ours 1 | 80 running 1 ours 1";
    let short = "0 running 1 idle 2 ours 1 | 20 running 1 idle 2 ours 1";
    let funnel = judge(&["w1", "w1", "w1"], idle);
    assert_eq!(finding(&funnel, "funneled-jobs").subjects, [Subject::Worker("w1".into())]);
    assert_table!([
        row("one worker", funnel, "funneled-jobs"),
        row("two workers", judge(&["w1", "w2", "w1"], idle), ""),
        row("no other idle", judge(&["w1"; 3], none_idle), ""),
        row("not for long", judge(&["w1"; 3], short), ""),
        row("two samples", judge(&["w1"; 2], idle), ""),
    ]);
}

#[test]
fn the_share_and_the_cost_of_cold_starts_are_noted() {
    let timed = |index, start, delay, execution| Sample {
        start,
        delay: Some(delay),
        execution: Some(execution),
        ..done(index, "w1")
    };
    let samples = vec![
        timed(0, Start::Cold, 20_000, 40_000),
        timed(1, Start::Warm, 500, 10_000),
        timed(2, Start::Warm, 500, 9_000),
    ];
    let two = vec![timed(3, Start::Cold, 25_000, 41_000)].into_iter().chain(samples.clone()).collect::<Vec<_>>();
    let idle = managed(ConfigurationFacts { idle_timeout_s: Some(5), ..usual() });
    let judge = |samples: &Vec<Sample>, management: &Management, price: Option<f64>| {
        let price = price.map(|per_second| PriceFacts { per_second, source: "catalog".into(), date: None });
        let facts =
            RunFacts { management: management.clone(), price, ..after(samples.clone(), observations("0 running 1")) };
        rules::judge_run(&facts, &Settings::default()).expect("an answer")
    };
    let cases = [
        ("price and idle timeout", judge(&samples, &idle, Some(0.0003))),
        ("price", judge(&samples, &unmanaged(), Some(0.0003))),
        ("a price of zero", judge(&samples, &unmanaged(), Some(0.0))),
        ("no price", judge(&samples, &unmanaged(), None)),
        ("two cold starts", judge(&two, &idle, Some(0.0003))),
    ];
    assert_eq!(measured(finding(&cases[0].1, "cold-start-share")), "62.5 %");
    let shown = cases.map(|(name, answer)| {
        let note = finding(&answer, "cold-start-share");
        format!("# {name}\n{}\n  help: {}", note.message, note.help.as_deref().unwrap_or_default())
    });
    assert_snapshot!(shown.join("\n"));
    let warm = judge(&samples[1..].to_vec(), &idle, Some(0.0003));
    assert!(!notes(&warm).contains("cold-start-share"));
}

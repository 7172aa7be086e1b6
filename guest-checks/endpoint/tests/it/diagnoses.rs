//! Diagnoses that the management API makes possible, or sharper.

use crate::answer::{Row, finding, measured, notes, row};
use crate::facts::{
    HEALTH, after, answer, before, configuration, failed, health, log, managed, observations, sample, stock, unmanaged,
    volume, worker,
};
use comfycheck_check_endpoint::Management;
use comfycheck_check_endpoint::rules::{self, After, Before, Settings};
use comfycheck_sdk::endpoint::{ConfigurationFacts, GpuStock, Release, ReleaseFacts, Worker};
use comfycheck_sdk::samples::{Ending, PriceFacts, Sample, Start};
use comfycheck_sdk::{Answer, Subject};
use insta::assert_snapshot;

/// An endpoint with GPUs of one pool in one data center.
fn usual() -> ConfigurationFacts {
    ConfigurationFacts {
        workers_max: Some(3),
        gpu_pools: vec!["ADA_24".into()],
        data_centers: vec!["EU-RO-1".into()],
        ..configuration()
    }
}

fn with_stock(configuration: ConfigurationFacts, stock: Vec<GpuStock>) -> Management {
    Management { stock: Ok(stock), ..managed(configuration) }
}

fn judge_before(counts: &str, management: Management) -> Answer {
    let facts = Before { management, ..before(answer(200, HEALTH), Some(health(counts))) };
    rules::before(&facts, &Settings::default()).expect("an answer")
}

/// The answer where two jobs waited and no worker took them.
fn stuck(readings: &str, management: Management) -> Answer {
    let samples = vec![sample(0, Ending::NeverStarted), sample(1, Ending::NeverStarted)];
    let facts = After { management, ..after(samples, observations(readings)) };
    rules::after(&facts, &Settings::default()).expect("an answer")
}

fn waited(name: &str, readings: &str, management: Management, problems: &str) -> Row {
    row(name, stuck(readings, management), problems)
}

const ABSENT: &str = "0 | 60 | 300";
const THROTTLED: &str = "0 throttled 1 | 60 throttled 1 | 300 throttled 1";
const UNHEALTHY: &str = "0 | 60 unhealthy 1 | 300 unhealthy 2";
const INITIALIZING: &str = "0 initializing 1 | 60 initializing 1 | 300 initializing 1";

#[test]
fn max_workers_of_zero_is_the_cause_whatever_else_is_seen() {
    let paused = || managed(ConfigurationFacts { workers_max: Some(0), ..usual() });
    assert_table!([
        waited("no worker", ABSENT, paused(), "workers-disabled"),
        waited("throttled", THROTTLED, paused(), "workers-disabled"),
        waited("unhealthy", UNHEALTHY, paused(), "workers-disabled"),
        waited("no reading", "0 ? | 300 ?", paused(), "workers-disabled ?unhealthy-workers"),
    ]);
}

#[test]
fn the_catalog_shows_that_no_gpu_fits_and_what_is_available_instead() {
    let none = || vec![stock("ADA_24", "EU-RO-1 NONE, US-IL-1 HIGH"), stock("AMPERE_24", "EU-RO-1 HIGH")];
    let low = || vec![stock("ADA_24", "EU-RO-1 LOW")];
    let alone = || vec![stock("ADA_24", "EU-RO-1 NONE")];
    assert_table!([
        waited("other GPUs in stock", ABSENT, with_stock(usual(), none()), "no-matching-gpu"),
        waited("no GPU in stock", ABSENT, with_stock(usual(), alone()), "no-matching-gpu"),
        waited("fitting GPUs in stock", ABSENT, with_stock(usual(), low()), "no-worker"),
        waited("no stock listed", ABSENT, with_stock(usual(), Vec::new()), "no-worker"),
        waited("stock unknown", ABSENT, managed(usual()), "no-worker"),
        waited("nothing known", ABSENT, unmanaged(), "no-worker"),
    ]);
}

#[test]
fn a_lack_of_capacity_shows_the_stock() {
    let low = || vec![stock("ADA_24", "EU-RO-1 LOW, US-IL-1 HIGH")];
    assert_table!([
        waited("stock known", THROTTLED, with_stock(usual(), low()), "no-capacity"),
        waited("stock unknown", THROTTLED, managed(usual()), "no-capacity"),
        waited("nothing known", THROTTLED, unmanaged(), "no-capacity"),
    ]);
}

#[test]
fn workers_that_went_away_leave_the_account_and_the_log_to_look_at() {
    let gone = "0 initializing 1 | 60 initializing 1 | 90 | 120 | 300";
    let fits = || with_stock(usual(), vec![stock("ADA_24", "EU-RO-1 HIGH")]);
    assert_table!([
        waited("everything known", gone, fits(), "vanished-workers"),
        waited("nothing known", gone, unmanaged(), "vanished-workers"),
    ]);
}

#[test]
fn a_volume_pins_workers_to_its_data_center() {
    let mounted = |center: &str, stock: Vec<GpuStock>| Management {
        volumes: Ok(vec![volume("2q9m7x4c", center)]),
        ..with_stock(ConfigurationFacts { volumes: vec!["2q9m7x4c".into()], ..usual() }, stock)
    };
    let elsewhere = mounted("US-KS-2", vec![stock("ADA_24", "EU-RO-1 HIGH")]);
    let mut empty = mounted("EU-RO-1", vec![stock("ADA_24", "EU-RO-1 NONE, US-IL-1 HIGH")]);
    if let Ok(configuration) = &mut empty.configuration {
        configuration.data_centers.clear();
    }
    let fine = mounted("EU-RO-1", vec![stock("ADA_24", "EU-RO-1 LOW")]);
    let before = |counts| judge_before(counts, mounted("US-KS-2", Vec::new()));
    assert_table!([
        waited("in no allowed data center", ABSENT, elsewhere, "volume-pins-workers"),
        waited("where no GPU is in stock", THROTTLED, empty, "volume-pins-workers"),
        waited("where a GPU is in stock", ABSENT, fine, "no-worker"),
        row("before the samples, no worker up", before("queue 0"), "volume-pins-workers"),
        row("before the samples, a worker up", before("idle 1 queue 0"), ""),
    ]);
}

#[test]
fn the_log_of_a_worker_shows_why_it_crashes() {
    let lines = [
        "worker-comfyui: Checking GPU availability...",
        "worker-comfyui: GPU is not available. PyTorch CUDA init failed:",
        "trace",
    ];
    let known = vec![log("w1", "system", &["start container for x: begin"]), log("w1", "container", &lines)];
    let last = vec![log("w1", "container", &["bash: /start.sh: not found"])];
    let none = || vec![stock("ADA_24", "EU-RO-1 NONE")];
    let known = Management { logs: known, ..with_stock(usual(), none()) };
    let last = Management { logs: last, ..managed(usual()) };
    assert_table!([
        waited("a known line", UNHEALTHY, known.clone(), "crash-loop"),
        waited("else the last line", UNHEALTHY, last.clone(), "crash-loop"),
        row("before the samples", judge_before("unhealthy 1", known), "crash-loop"),
        row("while others work", judge_before("unhealthy 1 idle 1", last), "unhealthy-workers"),
    ]);
}

#[test]
fn a_container_that_restarts_in_silence_is_a_crash_loop_whatever_health_counts() {
    let starts = ["start container for x: begin"; 4];
    let silent = vec![log("w1", "system", &starts), log("w1", "container", &[])];
    let unread = vec![log("w1", "system", &starts)];
    let with = |logs: &Vec<_>| Management { logs: logs.clone(), ..managed(usual()) };
    assert_table!([
        waited("throttled", THROTTLED, with(&silent), "crash-loop"),
        waited("initializing", INITIALIZING, with(&silent), "crash-loop"),
        waited("container log not read", THROTTLED, with(&unread), "no-capacity"),
    ]);
}

#[test]
fn an_image_pull_that_does_not_end_is_shown() {
    let logs = vec![log("w1", "system", &["create container x", "x Pulling fs layer 12 GB", "still waiting"])];
    let pulling = Management { logs, ..managed(usual()) };
    let long = "0 initializing 1 | 200 initializing 1 | 480 initializing 1";
    assert_table!([
        waited("480 s", long, pulling.clone(), "stuck-initializing"),
        waited("300 s", INITIALIZING, pulling, "slow-cold-start"),
    ]);
}

fn judge_after(samples: Vec<Sample>, management: Management) -> Answer {
    let facts = After { management, largest_result: Some(9_700_000), ..after(samples, observations("0 running 1")) };
    rules::after(&facts, &Settings::default()).expect("an answer")
}

fn ended(name: &str, samples: Vec<Sample>, management: Management, problems: &str) -> Row {
    row(name, judge_after(samples, management), problems)
}

fn done(index: u32, worker: &str) -> Sample {
    Sample { worker: Some(worker.into()), first_running: Some(0), ..sample(index, Ending::Succeeded) }
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
        ended("killed", silent, with("Killed"), "unreported-job"),
        ended("hanging", hanging, with("Still waiting for a message"), "stuck-in-progress"),
    ]);
}

#[test]
fn an_old_worker_is_recognized_by_the_shape_of_its_output() {
    let old = |output: &str| vec![Sample { output: Some(output.into()), ..done(0, "w1") }];
    assert_table!([
        ended("before 4.1", old(r#"{"status": "success", "message": "iVBORw0KGgo="}"#), unmanaged(), "old-worker"),
        ended("since 4.1", old(r#"{"status": "success_no_images", "images": []}"#), unmanaged(), ""),
    ]);
}

#[test]
fn one_worker_that_gets_all_jobs_while_others_are_idle_is_a_funnel() {
    let judge = |workers: &[&str], readings: &str| {
        let samples = (0..).zip(workers).map(|(index, worker)| done(index, worker)).collect();
        rules::after(&after(samples, observations(readings)), &Settings::default()).expect("an answer")
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
            After { management: management.clone(), price, ..after(samples.clone(), observations("0 running 1")) };
        rules::after(&facts, &Settings::default()).expect("an answer")
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

#[test]
fn several_versions_at_once_are_found_before_and_after() {
    let of = |id: &str, version, stale| Worker { version: Some(version), stale: Some(stale), ..worker(id, "IDLE") };
    let workers = vec![of("a", 3, true), of("b", 4, false)];
    let release = Release { version: 4, created: None, changed: vec!["image".into()] };
    let releases = ReleaseFacts {
        newest: Some(4),
        in_progress: Some(true),
        workers_on_newest: Some(1),
        workers_total: Some(2),
        releases: vec![release],
    };
    let management = || Management { workers: Ok(workers.clone()), ..managed(usual()) };
    let released = Management { releases: Ok(releases), ..management() };
    let samples = vec![done(0, "a"), done(1, "b"), done(2, "b")];
    let before = judge_before("idle 2 queue 0", released);
    assert_eq!(finding(&before, "mixed-versions").subjects, [Subject::Worker("a".into())]);
    assert_table!([
        row("before, with releases", before, "mixed-versions"),
        row("before, by the workers", judge_before("idle 2 queue 0", management()), "mixed-versions"),
        ended("after", samples, management(), "mixed-versions"),
    ]);
}

/// A case of an endpoint with this image, these GPU pools and these variables.
fn image(image: &str, pools: &[&str], variables: &[&str], expected: &str) -> Row {
    let configuration = ConfigurationFacts {
        image: Some(image.into()),
        gpu_pools: pools.iter().map(|&pool| pool.into()).collect(),
        ..usual()
    };
    let environment = Ok(variables.iter().map(|&name| name.into()).collect());
    let answer = judge_before("queue 0", Management { environment, ..managed(configuration) });
    row(format!("{image} on {}, with {}", pools.join(", "), variables.join(", ")), answer, expected)
}

#[test]
fn an_image_that_does_not_fit_is_recognized_by_its_tag() {
    let official = "runpod/worker-comfyui:5.8.5-base";
    let old = "timpietruskyblibla/runpod-worker-comfy:3.6.0-base";
    assert_table!([
        image(official, &["ADA_24"], &["COMFY_LOG_LEVEL"], ""),
        image(official, &["ADA_32_PRO"], &[], "old-cuda-image"),
        image("docker.io/runpod/worker-comfyui:5.8.5-base", &["ADA_24", "BLACKWELL_180"], &[], "old-cuda-image"),
        image("runpod/worker-comfyui:5.8.5-base-cuda12.8.1", &["ADA_32_PRO"], &[], ""),
        image("acme/comfyui:7", &["ADA_32_PRO"], &["REFRESH_WORKER"], ""),
        image(official, &["ADA_24"], &["REFRESH_WORKER"], "ineffective-variable"),
        image(old, &["ADA_24"], &["REFRESH_WORKER"], ""),
    ]);
}

#[test]
fn a_tag_that_moves_is_found() {
    assert_table!([
        image("acme/comfyui", &["ADA_24"], &[], "floating-tag"),
        image("registry.example:5000/acme/comfyui:latest", &["ADA_24"], &[], "floating-tag"),
        image("registry.example:5000/acme/comfyui:7", &["ADA_24"], &[], ""),
        image("acme/comfyui@sha256:0123", &["ADA_24"], &[], ""),
    ]);
}

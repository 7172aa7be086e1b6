//! Why jobs waited, where the management API answers.

use crate::answer::{Row, finding, row};
use crate::facts::{
    HEALTH, after, answer, before, health, log, managed, observations, sample, stock, unmanaged, usual, volume, worker,
};
use comfycheck_check_endpoint::rules::{self, DeploymentFacts, RunFacts};
use comfycheck_check_endpoint::{Management, Settings};
use comfycheck_sdk::endpoint::{ConfigurationFacts, Error, GpuStock};
use comfycheck_sdk::samples::Ending;
use comfycheck_sdk::{Answer, Subject};

fn with_stock(configuration: ConfigurationFacts, stock: Vec<GpuStock>) -> Management {
    Management { stock: Ok(stock), ..managed(configuration) }
}

fn judge_before(counts: &str, management: Management) -> Answer {
    let facts = DeploymentFacts { management, ..before(answer(200, HEALTH), Some(health(counts))) };
    rules::judge_deployment(&facts, &Settings::default()).expect("an answer")
}

/// The answer where two jobs waited and no worker took them.
fn stuck(readings: &str, management: Management) -> Answer {
    let samples = vec![sample(0, Ending::NeverStarted), sample(1, Ending::NeverStarted)];
    let facts = RunFacts { management, ..after(samples, observations(readings)) };
    rules::judge_run(&facts, &Settings::default()).expect("an answer")
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
    let denied = Management { configuration: Err(Error::AccessDenied), ..unmanaged() };
    assert_table!([
        waited("other GPUs in stock", ABSENT, with_stock(usual(), none()), "no-matching-gpu"),
        waited("no GPU in stock", ABSENT, with_stock(usual(), alone()), "no-matching-gpu"),
        waited("fitting GPUs in stock", ABSENT, with_stock(usual(), low()), "no-worker"),
        waited("no stock listed", ABSENT, with_stock(usual(), Vec::new()), "no-worker"),
        waited("stock unknown", ABSENT, managed(usual()), "no-worker"),
        waited("nothing known", ABSENT, unmanaged(), "no-worker"),
        waited("access denied", ABSENT, denied, "no-worker"),
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
    let none = vec![stock("ADA_24", "EU-RO-1 NONE")];
    let workers = Ok(vec![worker("w1", "UNHEALTHY"), worker("w2", "THROTTLED")]);
    let known = Management { logs: known, workers, ..with_stock(usual(), none) };
    let crashing = stuck(UNHEALTHY, known.clone());
    let [first, samples @ ..] = finding(&crashing, "crash-loop").subjects.as_slice() else { panic!("no subject") };
    assert_eq!(*first, Subject::Worker("w1".into()));
    assert_eq!(samples, [Subject::Sample(0), Subject::Sample(1)]);
    let last = Management { logs: last, ..managed(usual()) };
    assert_table!([
        row("a known line", crashing, "crash-loop"),
        waited("else the last line", UNHEALTHY, last.clone(), "crash-loop"),
        row("before the samples", judge_before("unhealthy 1", known), "crash-loop"),
        row("while others work", judge_before("unhealthy 1 idle 1", last), "unhealthy-workers"),
    ]);
}

#[test]
fn an_image_that_lacks_cuda_for_the_gpus_explains_a_crash_and_not_the_machine() {
    let help = |pool: &str| {
        let image = Some("runpod/worker-comfyui:5.8.5-base".into());
        let of_pool = ConfigurationFacts { image, gpu_pools: vec![pool.into()], ..usual() };
        let logs = vec![log("w1", "container", &["GPU is not available. PyTorch CUDA init failed"])];
        let crashing = stuck(UNHEALTHY, Management { logs, ..managed(of_pool) });
        finding(&crashing, "crash-loop").help.clone().expect("help")
    };
    assert!(help("ADA_32_PRO").contains("-cuda12.8.1"));
    assert!(help("ADA_24").contains("terminate"));
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

//! Diagnoses that the management API makes possible, or sharper.

use crate::said::{lines, rules};
use crate::told::{
    HEALTH, after, answer, before, configuration, failed, health, log, managed, observations, sample, stock, unmanaged,
    volume, worker,
};
use comfycheck_check_endpoint::Management;
use comfycheck_check_endpoint::rules::{self, After, Before, Settings};
use comfycheck_sdk::Answer;
use comfycheck_sdk::endpoint::{ConfigurationFacts, GpuStock, Release, ReleaseFacts, Worker};
use comfycheck_sdk::samples::{Ending, PriceFacts, Sample, Start};

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

/// The answer where two samples waited in vain.
fn stuck(readings: &str, management: Management) -> Answer {
    let samples = vec![sample(0, Ending::NeverStarted), sample(1, Ending::NeverStarted)];
    let asked = After { management, ..after(samples, observations(readings)) };
    rules::after(&asked, &Settings::default()).expect("an answer")
}

const NOBODY: &str = "0 | 60 | 300";
const THROTTLED: &str = "0 throttled 1 | 60 throttled 1 | 300 throttled 1";
const UNHEALTHY: &str = "0 | 60 unhealthy 1 | 300 unhealthy 2";

/// What stands between the samples and the evidence in the first finding.
#[track_caller]
fn check_stuck(readings: &str, management: Management, rule: &str, saw: &str, help: &str) {
    let answer = stuck(readings, management);
    let finding = &answer.findings[0];
    let (before, _) = finding.message.split_once(" (waited ").expect("the evidence");
    let told = before.strip_prefix("2 samples stayed `IN_QUEUE` while ").expect("the samples");
    assert_eq!((finding.rule.as_str(), told), (rule, saw));
    assert!(finding.help.as_ref().expect("a help").contains(help), "{:?}", finding.help);
}

#[test]
fn an_endpoint_that_allows_no_worker_says_so_itself() {
    let paused = || managed(ConfigurationFacts { workers_max: Some(0), ..usual() });
    let zero = "the endpoint's max workers is 0";
    check_stuck(NOBODY, paused(), "workers-disabled", zero, "after 7 days without requests");
    check_stuck(THROTTLED, paused(), "workers-disabled", zero, "set max workers above 0");
    let after_crashes = "the endpoint's max workers is 0, and workers were unhealthy (up to 2)";
    check_stuck(UNHEALTHY, paused(), "workers-disabled", after_crashes, "then fix those first");
    assert_eq!(rules(&stuck("0 ? | 300 ?", paused())), "workers-disabled ?unhealthy-workers");
}

#[test]
fn no_gpu_that_fits_is_told_by_the_catalog_and_what_there_is_instead() {
    let none = || vec![stock("ADA_24", "EU-RO-1 NONE, US-IL-1 HIGH"), stock("AMPERE_24", "EU-RO-1 HIGH")];
    check_stuck(
        NOBODY,
        with_stock(usual(), none()),
        "no-matching-gpu",
        "`/health` counted no worker in any state: no GPU of `ADA_24` is in stock in `EU-RO-1`",
        "allow what RunPod has: `ADA_24` in `US-IL-1` (HIGH), or `AMPERE_24` (HIGH)",
    );
    let seen = "`/health` counted no worker in any state";
    check_stuck(
        NOBODY,
        with_stock(usual(), vec![stock("ADA_24", "EU-RO-1 LOW")]),
        "no-worker",
        seen,
        "leave RunPod a choice",
    );
    check_stuck(NOBODY, with_stock(usual(), Vec::new()), "no-worker", seen, "leave RunPod a choice");
    check_stuck(NOBODY, managed(usual()), "no-worker", seen, "(the stock of GPUs could not be read)");
    check_stuck(
        NOBODY,
        unmanaged(),
        "no-worker",
        seen,
        "(max workers, GPU types and the stock of GPUs could not be read)",
    );
}

#[test]
fn a_lack_of_capacity_shows_the_stock() {
    check_stuck(
        THROTTLED,
        with_stock(usual(), vec![stock("ADA_24", "EU-RO-1 LOW, US-IL-1 HIGH")]),
        "no-capacity",
        "workers were throttled (up to 1) for 300 s and none was up: RunPod had no free GPU for them; \
         the catalog says `ADA_24` LOW in `EU-RO-1`",
        "RunPod has `ADA_24` in `US-IL-1` (HIGH)",
    );
}

#[test]
fn a_volume_pins_workers_to_its_data_center() {
    let mounted = |center: &str, stock: Vec<GpuStock>| Management {
        volumes: Ok(vec![volume("2q9m7x4c", center)]),
        ..with_stock(ConfigurationFacts { volumes: vec!["2q9m7x4c".into()], ..usual() }, stock)
    };
    let elsewhere = mounted("US-KS-2", vec![stock("ADA_24", "EU-RO-1 HIGH")]);
    check_stuck(
        NOBODY,
        elsewhere,
        "volume-pins-workers",
        "`/health` counted no worker in any state: network volume `2q9m7x4c` lies in `US-KS-2`, and workers may run in `EU-RO-1` only",
        "add a network volume in a data center that has the GPUs",
    );
    let mut empty = mounted("EU-RO-1", vec![stock("ADA_24", "EU-RO-1 NONE, US-IL-1 HIGH")]);
    if let Ok(configuration) = &mut empty.configuration {
        configuration.data_centers.clear();
    }
    let pins = "network volume `2q9m7x4c` pins workers to `EU-RO-1`, where no GPU of `ADA_24` is in stock";
    check_stuck(
        THROTTLED,
        empty,
        "volume-pins-workers",
        &format!("workers were throttled (up to 1) for 300 s and none was up: {pins}"),
        "copy the models to it",
    );
    let fine = mounted("EU-RO-1", vec![stock("ADA_24", "EU-RO-1 LOW")]);
    check_stuck(NOBODY, fine, "no-worker", "`/health` counted no worker in any state", "");
    let asked =
        Before { management: mounted("US-KS-2", Vec::new()), ..before(answer(200, HEALTH), Some(health("queue 0"))) };
    assert_eq!(
        rules(&rules::before(&asked, &Settings::default()).expect("an answer")),
        "response-time volume-pins-workers workers"
    );
    let served = Before { health: Ok(health("idle 1 queue 0")), ..asked };
    assert_eq!(rules(&rules::before(&served, &Settings::default()).expect("an answer")), "response-time workers");
}

#[test]
fn the_log_of_a_worker_tells_why_it_crashes() {
    let lines = [
        "worker-comfyui: Checking GPU availability...",
        "worker-comfyui: GPU is not available. PyTorch CUDA init failed:",
        "trace",
    ];
    let logs = vec![log("w1", "system", &["start container for x: begin"]), log("w1", "container", &lines)];
    let none = || vec![stock("ADA_24", "EU-RO-1 NONE")];
    check_stuck(
        UNHEALTHY,
        Management { logs, ..with_stock(usual(), none()) },
        "crash-loop",
        "workers were unhealthy (up to 2) and none stayed up: they crash while they start, which is no lack of capacity; \
         the log of worker `w1` says `worker-comfyui: GPU is not available. PyTorch CUDA init failed:`",
        "fix the image",
    );
    let last = vec![log("w1", "container", &["bash: /start.sh: not found"])];
    let answer = stuck(UNHEALTHY, Management { logs: last, ..managed(usual()) });
    assert!(answer.findings[0].message.contains("says `bash: /start.sh: not found`"), "{}", answer.findings[0].message);
}

#[test]
fn containers_that_start_again_and_again_in_silence_are_a_crash_loop_whatever_health_counts() {
    let starts = ["start container for x: begin"; 4];
    let silent = || vec![log("w1", "system", &starts), log("w1", "container", &[])];
    let saw = "the container of worker `w1` was started 4 times and never wrote a line: they crash while they start, which is no \
               lack of capacity";
    check_stuck(THROTTLED, Management { logs: silent(), ..managed(usual()) }, "crash-loop", saw, "");
    let initializing = "0 initializing 1 | 60 initializing 1 | 300 initializing 1";
    check_stuck(initializing, Management { logs: silent(), ..managed(usual()) }, "crash-loop", saw, "");
    let unread = vec![log("w1", "system", &starts)];
    assert_eq!(rules(&stuck(THROTTLED, Management { logs: unread, ..managed(usual()) })), "no-capacity");
}

#[test]
fn a_pull_that_does_not_end_is_shown() {
    let logs = vec![log("w1", "system", &["create container x", "x Pulling fs layer 12 GB", "still waiting"])];
    check_stuck(
        "0 initializing 1 | 200 initializing 1 | 480 initializing 1",
        Management { logs, ..managed(usual()) },
        "stuck-initializing",
        "workers were initializing for 480 s (RunPod allows 7 minutes) and none came up; the log of worker `w1` says \
         `x Pulling fs layer 12 GB`",
        "make the image smaller",
    );
}

/// What is said of the samples alone.
#[track_caller]
fn check_ended(samples: Vec<Sample>, management: Management, expected: &str) {
    let asked = After { management, largest_result: Some(9_700_000), ..after(samples, observations("0 running 1")) };
    assert_eq!(lines(&rules::after(&asked, &Settings::default()).expect("an answer")), expected);
}

fn done(index: u32, worker: &str) -> Sample {
    Sample { worker: Some(worker.into()), first_running: Some(0), ..sample(index, Ending::Succeeded) }
}

#[test]
fn a_result_that_is_lost_is_told_with_what_speaks_for_its_size() {
    let lost = || Sample { output: None, image_count: 0, ..done(0, "w1") };
    let said = "error[lost-result]: 1 sample completed, and came back without any output; ";
    check_ended(vec![lost()], unmanaged(), &format!("{said}the largest result of another sample has 9.7 MB"));
    let line = "Failed to return job results. | 400, message='Bad Request'";
    let logs = vec![log("w1", "container", &["ok", line])];
    check_ended(
        vec![lost()],
        Management { logs, ..unmanaged() },
        &format!("{said}the log of worker `w1` says `{line}`"),
    );
}

#[test]
fn a_gpu_with_too_little_memory_is_found_by_its_worker() {
    let gpu = |id: &str, gpu: &str| Worker { gpu: Some(gpu.into()), ..worker(id, "IDLE") };
    let workers = vec![gpu("big", "RTX 4090"), gpu("small", "RTX A4000")];
    let oom = |index| Sample { worker: Some("small".into()), ..failed(index, "CUDA out of memory") };
    check_ended(
        vec![oom(0), done(1, "big"), oom(2), done(3, "big")],
        Management { workers: Ok(workers), ..unmanaged() },
        "error[out-of-memory]: 2 samples on RTX A4000 failed: `CUDA out of memory`: the GPU has too little memory for this \
         workflow; so failed 0 of 2 on RTX 4090, 2 of 2 on RTX A4000",
    );
}

#[test]
fn a_timeout_is_told_with_its_limit_and_the_time_that_passed() {
    let timeout = Sample { execution: Some(600_500), ..failed(0, "executionTimeout exceeded") };
    let limit = managed(ConfigurationFacts { execution_timeout: Some(600_000), ..usual() });
    let logs = vec![log("worker-0", "container", &["worker-comfyui - Websocket receive timed out. Still waiting..."])];
    check_ended(
        vec![timeout],
        Management { logs, ..limit },
        "error[execution-timeout]: 1 sample failed: `executionTimeout exceeded`: RunPod ended it at the endpoint's execution timeout; \
         ran for 600 s, the endpoint allows 600 s, the log of worker `worker-0` says `worker-comfyui - Websocket receive timed out. \
         Still waiting...`",
    );
}

#[test]
fn an_old_worker_is_known_by_the_shape_of_its_output() {
    let old = |output: &str| Sample { output: Some(output.into()), ..done(0, "w1") };
    let told = "warning[old-worker]: 1 sample answered in `output.message`, as worker-comfyui did before 4.1";
    check_ended(vec![old(r#"{"status": "success", "message": "iVBORw0KGgo="}"#)], unmanaged(), told);
    check_ended(vec![old(r#"{"status": "success_no_images", "images": []}"#)], unmanaged(), "");
}

#[test]
fn one_worker_that_gets_all_jobs_while_others_are_idle_is_a_funnel() {
    let judge = |samples: Vec<Sample>, readings: &str| {
        let asked = after(samples, observations(readings));
        rules(&rules::after(&asked, &Settings::default()).expect("an answer"))
    };
    let one = || vec![done(0, "w1"), done(1, "w1"), done(2, "w1")];
    let idle = "0 running 1 idle 2 ours 1 | 40 running 1 idle 2 ours 1 | 80 running 1 idle 2 ours 1";
    assert_eq!(judge(one(), idle), "funneled-jobs");
    assert_eq!(judge(vec![done(0, "w1"), done(1, "w2"), done(2, "w1")], idle), "");
    assert_eq!(judge(one(), "0 running 1 ours 1 | 40 running 1 ours 1 | 80 running 1 ours 1"), "");
    assert_eq!(judge(one(), "0 running 1 idle 2 ours 1 | 20 running 1 idle 2 ours 1"), "");
    assert_eq!(judge(vec![done(0, "w1"), done(1, "w1")], idle), "");
}

#[test]
fn what_cold_starts_cost_is_told_where_a_price_is_known() {
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
    let price = PriceFacts { per_second: 0.0003, source: "catalog".into(), date: None };
    let management = managed(ConfigurationFacts { idle_timeout_s: Some(5), ..usual() });
    let asked = After { management, price: Some(price), ..after(samples.clone(), observations("0 running 1")) };
    let answer = rules::after(&asked, &Settings::default()).expect("an answer");
    assert_eq!(
        lines(&answer),
        "note[cold-start-share]: 1 sample met a cold worker: their starts took up to 50 s, and 62 % of the time that all samples \
         took; one costs 0.0105 to 0.0165 USD with the idle timeout of 5 s, and an active worker 1.08 USD an hour, as much as 65 \
         of them"
    );
    check_ended(
        samples,
        unmanaged(),
        "note[cold-start-share]: 1 sample met a cold worker: their starts took up to 50 s, and 62 % of the time that all samples took",
    );
}

#[test]
fn several_versions_at_once_are_told_before_and_after() {
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
    let asked = Before {
        management: Management { releases: Ok(releases), ..management() },
        ..before(answer(200, HEALTH), Some(health("idle 2 queue 0")))
    };
    let told = lines(&rules::before(&asked, &Settings::default()).expect("an answer"));
    let expected = "warning[mixed-versions]: a release is not out everywhere: 1 of 2 workers run the newest version; version 4 changed `image`";
    assert!(told.contains(expected), "{told}");
    check_ended(
        vec![done(0, "a"), done(1, "b"), done(2, "b")],
        management(),
        "warning[mixed-versions]: the samples ran on several versions of the endpoint: 1 sample on version 3, 2 samples on version 4",
    );
}

#[track_caller]
fn check_image(image: &str, pools: &[&str], variables: &[&str], expected: &str) {
    let configuration = ConfigurationFacts {
        image: Some(image.into()),
        gpu_pools: pools.iter().map(|&pool| pool.into()).collect(),
        ..usual()
    };
    let environment = Ok(variables.iter().map(|&name| name.into()).collect());
    let management = Management { environment, ..managed(configuration) };
    let asked = Before { management, ..before(answer(200, HEALTH), Some(health("queue 0"))) };
    let told = rules(&rules::before(&asked, &Settings::default()).expect("an answer"));
    let told = told.trim_start_matches("response-time").trim_end_matches("workers").trim();
    assert_eq!(told, expected, "{image}");
}

#[test]
fn an_image_that_does_not_fit_is_told_by_its_tag() {
    check_image("runpod/worker-comfyui:5.8.5-base", &["ADA_24"], &["COMFY_LOG_LEVEL"], "");
    check_image("runpod/worker-comfyui:5.8.5-base", &["ADA_32_PRO"], &[], "old-cuda-image");
    check_image("docker.io/runpod/worker-comfyui:5.8.5-base", &["ADA_24", "BLACKWELL_180"], &[], "old-cuda-image");
    check_image("runpod/worker-comfyui:5.8.5-base-cuda12.8.1", &["ADA_32_PRO"], &[], "");
    check_image("acme/comfyui:7", &["ADA_32_PRO"], &["REFRESH_WORKER"], "");
    check_image("runpod/worker-comfyui:5.8.5-base", &["ADA_24"], &["REFRESH_WORKER"], "ineffective-variable");
    check_image("timpietruskyblibla/runpod-worker-comfy:3.6.0-base", &["ADA_24"], &["REFRESH_WORKER"], "");
}

#[test]
fn a_tag_that_moves_is_told() {
    check_image("acme/comfyui", &["ADA_24"], &[], "floating-tag");
    check_image("registry.example:5000/acme/comfyui:latest", &["ADA_24"], &[], "floating-tag");
    check_image("registry.example:5000/acme/comfyui:7", &["ADA_24"], &[], "");
    check_image("acme/comfyui@sha256:0123", &["ADA_24"], &[], "");
}

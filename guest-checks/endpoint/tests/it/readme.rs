//! The README shows what the check reports.

use crate::facts::{
    HEALTH, answer, configuration, failed, failure, health, log, observations, sample, stock, volume, worker,
};
use comfycheck_check_endpoint::rules::{self, DeploymentFacts, RunFacts, manifest};
use comfycheck_check_endpoint::{Management, Settings};
use comfycheck_sdk::endpoint::{
    Build, ConfigurationFacts, Error as AskError, ReachFacts, Release, ReleaseFacts, Worker,
};
use comfycheck_sdk::samples::{Ending, PriceFacts, Sample, Start};
use comfycheck_sdk::{Answer, Severity, assert_examples};
use serde_json::Value;

/// The answers that the examples of the README are taken from.
fn answers() -> Vec<Answer> {
    let settings = Settings::default();
    let at = |host: &str, facts| ReachFacts { url: format!("https://{host}/v2/{{endpoint}}/health"), ..facts };
    let before = |facts: DeploymentFacts| rules::judge_deployment(&facts, &settings).expect("an answer");
    let reach = |facts| before(crate::facts::before(facts, None));
    let workers = |counts| before(crate::facts::before(answer(200, HEALTH), Some(health(counts))));
    let after = |facts: RunFacts| rules::judge_run(&facts, &settings).expect("an answer");
    let stuck = |readings| {
        let samples = vec![sample(0, Ending::NeverStarted), sample(1, Ending::NeverStarted)];
        after(crate::facts::after(samples, observations(readings)))
    };
    let ended = |samples| after(crate::facts::after(samples, observations("0 running 1")));
    let twice = |error: &str| ended(vec![failed(0, error), failed(1, error)]);
    let on_l4 = |index| {
        Sample {
        gpu: Some("NVIDIA L4".into()),
        output: Some(
            r#"{"details": ["Workflow execution error: Node Type: KSampler, Node ID: 31, Message: CUDA out of memory"]}"#
                .into(),
        ),
        ..failed(index, "Job processing failed")
    }
    };
    let refused = |index| Sample {
        error: Some("status 400: bad request: body: exceeded max body size of 10MiB".into()),
        ..sample(index, Ending::NotSubmitted)
    };
    let denied =
        |index| Sample { error: Some("status 403: access denied".into()), ..sample(index, Ending::NotSubmitted) };
    managed().into_iter().chain(causes()).chain(vec![
        reach(answer(401, r#"{"detail": "invalid api key"}"#)),
        reach(answer(403, r#"{"detail": "access denied"}"#)),
        reach(at("api.runpod.io", answer(404, ""))),
        reach(at("proxy.example", answer(200, "<html>"))),
        reach(answer(400, r#"{"error":"/health is not allowed for LB API"}"#)),
        reach(failure("unresolved", "https://api.runpod.example/v2/{endpoint}/health")),
        reach(ReachFacts { elapsed: 6_300, ..answer(200, HEALTH) }),
        workers("idle 2 ready 2 queue 0"),
        workers("idle 1 ready 1 unhealthy 1"),
        after(crate::facts::after(
            vec![sample(0, Ending::Succeeded)],
            observations("0 throttled 1 | 90 throttled 1 | 120 running 1"),
        )),
        stuck("0 | 60 unhealthy 1 | 120 unhealthy 2 | 300 throttled 1 unhealthy 2"),
        stuck("0 | 60 | 120 | 300"),
        stuck("0 initializing 1 | 60 initializing 1 | 90 | 120 | 300"),
        stuck("0 throttled 1 | 60 throttled 1 | 120 throttled 1 | 300 throttled 1"),
        stuck("0 initializing 1 | 60 initializing 1 | 120 initializing 1 | 480 initializing 1"),
        stuck("0 initializing 1 | 60 initializing 1 | 120 initializing 1 | 300 initializing 1"),
        stuck("0 idle 2 ready 2 | 60 idle 2 ready 2 | 120 idle 2 ready 2 | 300 idle 2 ready 2"),
        stuck(
            "0 running 1 progress 1 queue 9 | 60 running 1 progress 1 queue 9 | 120 running 1 progress 1 queue 9 | 300 running 1 progress 1 queue 9",
        ),
        stuck("0 ? | 60 ? | 300 ?"),
        twice(r#"{"error_type":"<class 'KeyError'>","error_message":"'prompt'"}"#),
        ended(vec![on_l4(0), on_l4(1)]),
        twice("Saving image outside the output folder is not allowed."),
        ended(vec![Sample { reason: Some("not finished after 600 s".into()), ..sample(0, Ending::NotFinished) }]),
        ended(vec![Sample {
            worker: Some("w".into()),
            status: Some("IN_PROGRESS".into()),
            reason: Some("RunPod removed the job after 20 s, its `policy.ttl`".into()),
            submitted: Some(0),
            finished: Some(20_400),
            ..sample(0, Ending::Expired)
        }]),
        ended(vec![sample(0, Ending::Cancelled)]),
        ended(vec![refused(0), refused(1)]),
        ended(vec![denied(0), denied(1)]),
        ended(vec![Sample { job: None, ..sample(0, Ending::Unknown) }]),
    ]).collect()
}

/// The answers that name a cause by a text of a job or of a log.
fn causes() -> Vec<Answer> {
    let settings = Settings::default();
    let after = |samples, management| {
        let facts = RunFacts { management, ..crate::facts::after(samples, observations("0 running 1")) };
        rules::judge_run(&facts, &settings).expect("an answer")
    };
    let failed_with = |error: &str| after(vec![failed(0, error)], crate::facts::unmanaged());
    let in_node = |message: &str| {
        let words = format!("Workflow execution error: Node Type: KSampler, Node ID: 31, Message: {message}");
        failed_with(&format!("Job processing failed: {words}"))
    };
    let logged = |line: &str| {
        let logs = vec![log("worker-0", "container", &[line, "worker-comfyui - ComfyUI process has exited."])];
        let error = "ComfyUI server (127.0.0.1:8188) not reachable after multiple retries.";
        after(vec![failed(0, error)], Management { logs, ..crate::facts::unmanaged() })
    };
    let stuck = |line: &str| {
        let logs = vec![log("8g3n5t6r", "system", &["create container acme/comfyui:1.2", line])];
        let facts = RunFacts {
            management: Management { logs, ..crate::facts::managed(crate::facts::usual()) },
            ..crate::facts::after(
                vec![sample(0, Ending::NeverStarted), sample(1, Ending::NeverStarted)],
                observations("0 initializing 1 | 60 initializing 1 | 300 initializing 1"),
            )
        };
        rules::judge_run(&facts, &settings).expect("an answer")
    };
    let on = |index, worker: &str, error: Option<&str>| match error {
        Some(error) => Sample { worker: Some(worker.into()), ..failed(index, error) },
        None => crate::facts::done(index, worker),
    };
    let busy = "CUDA error: CUDA-capable device(s) is/are busy or unavailable";
    let one_worker = vec![
        on(0, "8g3n5t6r", Some(busy)),
        on(1, "z3jr9rv2", None),
        on(2, "8g3n5t6r", Some(busy)),
        on(3, "z3jr9rv2", None),
    ];
    let retried = Sample {
        retries: 1,
        delay: Some(800),
        execution: Some(3_000),
        submitted: Some(0),
        finished: Some(12_400),
        ..crate::facts::done(0, "z3jr9rv2")
    };
    let reported = Sample {
        output: Some(r#"{"error": "no style matched"}"#.into()),
        image_count: 0,
        ..crate::facts::done(0, "8g3n5t6r")
    };
    let import = vec![log(
        "worker-0",
        "container",
        &[
            "ModuleNotFoundError: No module named 'cv2'",
            "Cannot import /comfyui/custom_nodes/comfyui-impact-pack module for custom nodes: No module named 'cv2'",
        ],
    )];
    let missing = vec![failed(0, "Cannot execute because node FaceDetailer does not exist.")];
    let price = Some(PriceFacts { per_second: 0.00031, source: "catalog".into(), date: None });
    let wasteful = ConfigurationFacts {
        workers_min: Some(1),
        idle_timeout_s: Some(3600),
        execution_timeout: None,
        ..crate::facts::usual()
    };
    let spent = DeploymentFacts {
        management: crate::facts::managed(wasteful),
        price,
        ..crate::facts::before(answer(200, HEALTH), Some(health("running 3 queue 0")))
    };
    vec![
        stuck("error pulling image: Error response from daemon: pull access denied for acme/comfyui"),
        stuck("error starting container: nvidia-container-cli: requirement error: unsatisfied condition: cuda>=12.8"),
        logged("/start.sh: line 40:    22 Killed                  python -u /comfyui/main.py"),
        after(one_worker, crate::facts::unmanaged()),
        failed_with("Fitness check failed: _memory_check | RuntimeError: Insufficient memory: 2.1GB available"),
        failed_with(r#"{"event": "prestart_failed", "error_type": "OSError", "error_message": "no weights"}"#),
        in_node("[Errno 28] No space left on device"),
        logged("AttributeError: 'Model' object has no attribute 'load_device'"),
        after(missing, Management { logs: import, ..crate::facts::unmanaged() }),
        failed_with("HTTP Error 400: Bad Request"),
        in_node("No module named 'insightface'"),
        logged("safetensors_rust.SafetensorError: Error while deserializing header: HeaderTooLarge"),
        in_node("[Errno 2] No such file or directory: '/comfyui/models/insightface/1k3d68.onnx'"),
        in_node("[Errno 2] No such file or directory: '/comfyui/input/in.png'"),
        in_node("mat1 and mat2 shapes cannot be multiplied (154x2048 and 768x320)"),
        in_node("401 Client Error. Cannot access gated repo for url https://huggingface.co/acme/model"),
        in_node("Unauthorized: Please login first to use this node."),
        failed_with("An error occurred (NoSuchBucket) when calling the PutObject operation"),
        after(vec![reported], crate::facts::unmanaged()),
        after(vec![retried], crate::facts::unmanaged()),
        failed_with("RuntimeError: it broke"),
        rules::judge_deployment(&spent, &settings).expect("an answer"),
    ]
}

fn failed_build() -> Build {
    Build {
        id: "b1".into(),
        status: "FAILED".into(),
        commit: Some("4f0c2aa".into()),
        branch: Some("main".into()),
        image: None,
        started: None,
        finished: None,
        message: Some("pip install failed with exit code 1".into()),
    }
}

/// The answers that need the management API, or more than one sample.
fn managed() -> Vec<Answer> {
    let settings = Settings::default();
    let usual = |image: &str, pools: &[&str], centers: &[&str]| ConfigurationFacts {
        image: Some(image.into()),
        workers_max: Some(3),
        idle_timeout_s: Some(5),
        gpu_pools: pools.iter().map(|&pool| pool.into()).collect(),
        data_centers: centers.iter().map(|&center| center.into()).collect(),
        execution_timeout: Some(600_000),
        ..configuration()
    };
    let official = "runpod/worker-comfyui:5.8.5-base";
    let before = |management| {
        let facts =
            DeploymentFacts { management, ..crate::facts::before(answer(200, HEALTH), Some(health("queue 0"))) };
        rules::judge_deployment(&facts, &settings).expect("an answer")
    };
    let after = |samples, readings, management| {
        let price = Some(PriceFacts { per_second: 0.00031, source: "catalog".into(), date: None });
        let facts = RunFacts {
            management,
            price,
            largest_result: Some(9_700_000),
            ..crate::facts::after(samples, observations(readings))
        };
        rules::judge_run(&facts, &settings).expect("an answer")
    };
    let stuck = |management| {
        after(vec![sample(0, Ending::NeverStarted), sample(1, Ending::NeverStarted)], "0 | 60 | 120 | 300", management)
    };
    let ended = |samples| after(samples, "0 running 1", crate::facts::managed(usual(official, &["ADA_24"], &[])));
    let done = |index, start, delay, execution| Sample {
        worker: Some("8g3n5t6r".into()),
        first_running: Some(0),
        start,
        delay: Some(delay),
        execution: Some(execution),
        ..sample(index, Ending::Succeeded)
    };
    let narrow = usual(official, &["ADA_24"], &["EU-RO-1"]);
    let none = vec![stock("ADA_24", "EU-RO-1 NONE, US-IL-1 HIGH"), stock("AMPERE_24", "EU-RO-1 HIGH")];
    let pinned = Management {
        volumes: Ok(vec![volume("2q9m7x4c", "US-KS-2")]),
        ..crate::facts::managed(ConfigurationFacts { volumes: vec!["2q9m7x4c".into()], ..narrow.clone() })
    };
    let releases = ReleaseFacts {
        newest: Some(4),
        in_progress: Some(true),
        workers_on_newest: Some(1),
        workers_total: Some(2),
        releases: vec![Release { version: 4, created: None, changed: vec!["image".into()] }],
    };
    let gpu = |id: &str, gpu: &str| Worker { gpu: Some(gpu.into()), ..worker(id, "IDLE") };
    let gpus = vec![gpu("8g3n5t6r", "NVIDIA GeForce RTX 4090"), gpu("z3jr9rv2", "NVIDIA RTX A4000")];
    let small = Sample { worker: Some("z3jr9rv2".into()), ..failed(1, "CUDA out of memory") };
    let lines = ["Failed to return job results. | 400, message='Bad Request'"];
    let lost = Sample { output: None, image_count: 0, ..done(0, Start::Unclear, 0, 9_000) };
    let variables =
        Management { environment: Ok(vec!["REFRESH_WORKER".into()]), ..crate::facts::managed(narrow.clone()) };
    let slow = Sample { execution: Some(600_500), ..failed(0, "executionTimeout exceeded") };
    vec![
        stuck(crate::facts::managed(ConfigurationFacts { workers_max: Some(0), ..narrow.clone() })),
        stuck(Management { stock: Ok(none), ..crate::facts::managed(narrow.clone()) }),
        stuck(pinned),
        after(
            vec![done(0, Start::Unclear, 0, 1), done(1, Start::Unclear, 0, 1), done(2, Start::Unclear, 0, 1)],
            "0 running 1 idle 2 ours 1 | 40 running 1 idle 2 ours 1 | 80 running 1 idle 2 ours 1",
            crate::facts::unmanaged(),
        ),
        ended(vec![Sample {
            output: Some(r#"{"status": "success", "message": "…"}"#.into()),
            ..sample(0, Ending::Succeeded)
        }]),
        after(
            vec![lost],
            "0 running 1",
            Management { logs: vec![log("8g3n5t6r", "container", &lines)], ..crate::facts::unmanaged() },
        ),
        after(
            vec![done(0, Start::Unclear, 0, 9_000), small],
            "0 running 1",
            Management { workers: Ok(gpus), ..crate::facts::managed(narrow) },
        ),
        ended(vec![failed(0, "RuntimeError: CUDA error: no kernel image is available for execution on the device")]),
        ended(vec![slow]),
        ended(vec![Sample { retries: 1, ..failed(0, "job timed out after 1 retries") }]),
        ended(vec![
            done(0, Start::Cold, 20_000, 40_000),
            done(1, Start::Warm, 500, 10_000),
            done(2, Start::Warm, 500, 9_000),
        ]),
        before(Management { releases: Ok(releases), ..crate::facts::managed(usual(official, &["ADA_24"], &[])) }),
        before(Management {
            releases: Err(AskError::AccessDenied),
            ..crate::facts::managed(usual(official, &["ADA_32_PRO"], &[]))
        }),
        before(crate::facts::managed(usual("acme/comfyui:latest", &["ADA_24"], &[]))),
        before(variables),
        before(Management { builds: Ok(vec![failed_build()]), ..crate::facts::managed(crate::facts::usual()) }),
    ]
}

#[test]
fn every_rule_has_an_example_that_the_check_gives() {
    assert_examples(&manifest().rules, &answers().into_iter().collect());
}

#[test]
fn every_summary_is_a_sentence() {
    for rule in manifest().rules {
        assert!(rule.summary.ends_with('.'), "{}", rule.summary);
    }
}

#[test]
fn the_schema_has_the_defaults_of_the_settings() {
    let schema: Value = serde_json::from_str(&manifest().settings_schema).expect("a schema");
    let default = |name: &str| schema["properties"][name]["default"].clone();
    let settings = Settings::default();
    assert_eq!(default("max-response-s").as_f64(), Some(settings.max_response_s));
    assert_eq!(default("stuck-initializing-s").as_u64(), Some(settings.stuck_initializing_s));
    assert_eq!(default("persist-s").as_u64(), Some(settings.persist_s));
    let names: Vec<_> = schema["properties"].as_object().expect("properties").keys().cloned().collect();
    assert_eq!(names, ["max-response-s", "stuck-initializing-s", "persist-s"]);
    serde_json::from_str::<Settings>("{}").expect("no settings are fine");
    serde_json::from_str::<Settings>(r#"{"patience": 1}"#).expect_err("unknown settings are refused");
}

#[test]
fn only_notes_and_warnings_leave_a_run_alone() {
    let rules = manifest().rules;
    let mild: Vec<_> =
        rules.iter().filter(|rule| rule.default_severity != Severity::Error).map(|rule| rule.id.as_str()).collect();
    assert_eq!(
        mild,
        [
            "response-time",
            "workers",
            "running-without-jobs",
            "unhealthy-workers",
            "throttled-workers",
            "funneled-jobs",
            "old-worker",
            "retried-job",
            "lost-submission",
            "cold-start-share",
            "active-workers",
            "long-idle-timeout",
            "no-execution-timeout",
            "mixed-versions",
            "old-cuda-image",
            "floating-tag",
            "failed-build",
            "ineffective-variable",
        ]
    );
}

//! The cause of a failure, where the job's own error names only the consequence.

use crate::answer::{Row, finding, problems, row};
use crate::facts::{after, done, failed, log, managed, observations, sample, unmanaged, usual, worker};
use comfycheck_check_endpoint::rules::{self, RunFacts};
use comfycheck_check_endpoint::{Management, Settings, WorkerLog};
use comfycheck_sdk::endpoint::{ConfigurationFacts, LogLine, Worker};
use comfycheck_sdk::samples::{Ending, Sample};
use comfycheck_sdk::{Answer, NodeRef, Subject};

const UNREACHABLE: &str = "ComfyUI server (127.0.0.1:8188) not reachable after multiple retries.";

fn judge(samples: Vec<Sample>, management: Management) -> Answer {
    let facts = RunFacts { management, ..after(samples, observations("0 running 1")) };
    rules::judge_run(&facts, &Settings::default()).expect("an answer")
}

/// A job that did not reach ComfyUI, on a worker with this log.
fn unreachable(name: &str, lines: &[&str], problems: &str) -> Row {
    let logs = vec![log("worker-0", "container", lines)];
    row(name, judge(vec![failed(0, UNREACHABLE)], Management { logs, ..unmanaged() }), problems)
}

#[test]
fn the_last_exception_before_the_useless_line_is_the_cause() {
    let exited = "worker-comfyui - ComfyUI process has exited. Server will not become reachable.";
    let caught = [
        "ModuleNotFoundError: No module named 'cv2'",
        "Cannot import /comfyui/custom_nodes/a module for custom nodes: No module named 'cv2'",
    ];
    assert_table!([
        unreachable("a family", &["RuntimeError: CUDA unknown error - no devices", exited], "bad-host"),
        unreachable(
            "an unknown exception",
            &["AttributeError: 'Model' object has no attribute 'x'", exited],
            "comfyui-down"
        ),
        unreachable(
            "killed",
            &["/start.sh: line 40:    22 Killed                  python main.py", exited],
            "out-of-system-memory"
        ),
        unreachable(
            "a signal",
            &["/start.sh: line 9: 22 Segmentation fault (core dumped) python main.py", exited],
            "comfyui-down"
        ),
        unreachable(
            "a pack that was skipped, then a cause",
            &[caught[0], caught[1], "MemoryError", exited],
            "out-of-system-memory"
        ),
        unreachable(
            "the cause above the crash that it led to",
            &[
                "terminate called after throwing an instance of 'c10::Error'",
                "  what():  CUDA error: uncorrectable ECC error encountered",
                "/start.sh: line 20:    88 Aborted                 (core dumped) python main.py",
                exited
            ],
            "bad-host"
        ),
        unreachable(
            "a crash long after an error that passed",
            &[&["CUDA error: an illegal memory access was encountered"][..], &["step"; 9], &["Segmentation fault"]]
                .concat(),
            "comfyui-down"
        ),
        unreachable("a port that is taken", &["ERROR: [Errno 98] address already in use", exited], "comfyui-down"),
        unreachable("only a pack that was skipped", &[caught[0], caught[1], exited], "failed-import"),
        unreachable(
            "a package that was missed in silence",
            &["sageattention: No module named 'sageattention'", "ValueError: no"],
            "comfyui-down"
        ),
        unreachable(
            "late",
            &["worker-comfyui - Failed to connect to server at http://127.0.0.1:8188/ after 500 attempts."],
            "comfyui-down"
        ),
        unreachable("nothing", &["worker-comfyui: Starting ComfyUI"], "comfyui-down"),
    ]);
}

#[test]
fn a_job_that_names_its_cause_needs_no_log() {
    let logs = vec![log("worker-0", "container", &["MemoryError"])];
    let with = |error: &str| judge(vec![failed(0, error)], Management { logs: logs.clone(), ..unmanaged() });
    assert_eq!(problems(&with("RuntimeError: CUDA out of memory")), "out-of-memory");
    assert_eq!(problems(&with("ValueError: it broke")), "failed-job");
    assert_eq!(problems(&with("Job processing failed")), "out-of-system-memory");
}

#[test]
fn jobs_with_one_error_are_one_problem_where_the_log_of_one_is_left() {
    let late = "worker-comfyui - Failed to connect to server at http://127.0.0.1:8188/ after 500 attempts.";
    for explained in [0, 1] {
        let logs = vec![log(&format!("worker-{explained}"), "container", &[late])];
        let answer = judge(vec![failed(0, UNREACHABLE), failed(1, UNREACHABLE)], Management { logs, ..unmanaged() });
        let finding = finding(&answer, "comfyui-down");
        assert_eq!(finding.subjects, [Subject::Sample(0), Subject::Sample(1)]);
        assert!(finding.message.contains("after 500 attempts"), "{}", finding.message);
    }
}

#[test]
fn a_failed_import_explains_only_classes_that_the_pack_can_have() {
    let import = "Cannot import /comfyui/custom_nodes/RES4LYF module for custom nodes: No module named 'pywt'";
    for (class, problem) in [
        ("ClownsharKSampler_Beta", "failed-import"),
        ("AcmeNode", "failed-import"),
        ("Power Lora Loader (rgthree)", ""),
        ("KSampler", ""),
    ] {
        let logs = vec![log("worker-0", "container", &[import])];
        let error = format!("Cannot execute because node {class} does not exist.");
        let answer = judge(vec![failed(0, &error)], Management { logs, ..unmanaged() });
        assert_eq!(problems(&answer), problem, "{class}");
    }
}

#[test]
fn the_help_for_a_failed_import_fits_the_module() {
    for (module, help) in [("pywt", "has the module `pywt`"), ("pkg_resources", "`setuptools<81`")] {
        let import =
            format!("Cannot import /comfyui/custom_nodes/a module for custom nodes: No module named '{module}'");
        let logs = vec![log("worker-0", "container", &[&import])];
        let missing = vec![failed(0, "Cannot execute because node AcmeNode does not exist.")];
        let answer = judge(missing, Management { logs, ..unmanaged() });
        let shown = finding(&answer, "failed-import").help.as_deref().expect("help");
        assert!(shown.contains(help), "{shown}");
    }
}

#[test]
fn a_worker_that_waits_for_comfyui_is_not_told_to_update() {
    let help = |image: &str| {
        let late = "worker-comfyui - Failed to connect to server at http://127.0.0.1:8188/ after 500 attempts.";
        let configuration = ConfigurationFacts { image: Some(image.into()), ..usual() };
        let management = Management { logs: vec![log("worker-0", "container", &[late])], ..managed(configuration) };
        finding(&judge(vec![failed(0, UNREACHABLE)], management), "comfyui-down").help.clone().expect("help")
    };
    for (image, update) in [
        ("runpod/worker-comfyui:5.8.5-base", false),
        ("runpod/worker-comfyui:5.7.1-sdxl", true),
        ("acme/comfyui:9", true),
    ] {
        assert_eq!(help(image).contains("update"), update, "{image}");
    }
}

#[test]
fn runpods_log_explains_a_worker_that_died_without_a_word() {
    let died = |lines: &[&str]| {
        let logs = vec![log("worker-0", "container", &["got prompt"]), log("worker-0", "system", lines)];
        problems(&judge(vec![failed(0, "worker exited")], Management { logs, ..unmanaged() }))
    };
    assert_eq!(died(&["start container a: begin", "container was OOM killed, exit code 137"]), "out-of-system-memory");
    // The container started later.
    let refused = "error starting container: unsatisfied condition: cuda>=12.8";
    assert_eq!(died(&[refused, "start container a: begin"]), "failed-job");
}

#[test]
fn a_line_that_ends_with_a_colon_is_quoted_with_the_next() {
    let lines = ["PyTorch CUDA init failed:", "  cuInit gave 999", "sleeping"];
    let logs = vec![log("worker-0", "container", &lines)];
    let answer = judge(vec![failed(0, UNREACHABLE)], Management { logs, ..unmanaged() });
    let message = &finding(&answer, "bad-host").message;
    assert!(message.contains("init failed: cuInit gave 999"), "{message}");
}

#[test]
fn a_handler_that_hides_the_refusal_is_explained_by_the_log() {
    let refused = |name: &str, error: &str, lines: &[&str], problems: &str| {
        let logs = vec![log("worker-0", "container", lines)];
        row(name, judge(vec![failed(0, error)], Management { logs, ..unmanaged() }), problems)
    };
    let list = "  - Value not in list: model_name: 'hand.pt' not in []";
    let missing =
        "invalid prompt: {'type': 'invalid_prompt', 'message': 'Cannot execute because node A does not exist.'}";
    let validation =
        ["got prompt", "Failed to validate prompt for output 9:", "* Detector 8:", list, "Output will be ignored"];
    assert_table!([
        refused("a value", "HTTP Error 400: Bad Request", &validation, "rejected-workflow"),
        refused("a class", "Failed to queue job", &["got prompt", missing], "rejected-workflow"),
        refused("an error of the node", "Failed to queue job", &["CUDA out of memory"], "out-of-memory"),
        refused("a log without a reason", "HTTP Error 400: Bad Request", &["got prompt"], "rejected-workflow"),
    ]);
}

#[test]
fn other_jobs_of_the_worker_show_what_became_of_comfyui() {
    let on = |sample: Sample, worker: &str| Sample { worker: Some(worker.into()), first_running: Some(1), ..sample };
    let died = "WebSocket communication error: ComfyUI HTTP unreachable during websocket reconnect";
    let one_cause = judge(
        vec![on(failed(0, died), "w"), on(failed(1, UNREACHABLE), "w"), on(failed(2, UNREACHABLE), "w")],
        unmanaged(),
    );
    assert_eq!(finding(&one_cause, "comfyui-down").subjects.len(), 4, "the worker and three samples");
    let late = judge(vec![on(failed(0, UNREACHABLE), "w"), on(done(1, "w"), "w")], unmanaged());
    let elsewhere = judge(vec![on(failed(0, UNREACHABLE), "w"), done(1, "v")], unmanaged());
    let logged = |lines: &[&str]| {
        let logs = vec![log("w", "container", lines)];
        judge(vec![on(failed(0, UNREACHABLE), "w")], Management { logs, ..unmanaged() })
    };
    let gui = "To see the GUI go to: http://127.0.0.1:8188";
    let exited = "worker-comfyui - ComfyUI process has exited. Server will not become reachable.";
    assert_table!([
        row("it stopped in another job", one_cause, "comfyui-down"),
        row("it was up for a later job", late, "comfyui-down"),
        row("it was up on another worker", elsewhere, "comfyui-down"),
        row("it was up by its log", logged(&[gui]), "comfyui-down"),
        row("it was up by its log, and stopped", logged(&[gui, exited]), "comfyui-down"),
        row(
            "an optional package was not there",
            logged(&["Could not load sageattention: No module named 'sageattention'", gui]),
            "comfyui-down"
        ),
    ]);
}

#[test]
fn a_log_shows_what_a_node_raised() {
    let raised =
        ["!!! Exception during processing !!! [Errno 32] Broken pipe", "BrokenPipeError: [Errno 32] Broken pipe"];
    let logs = vec![log("worker-0", "container", &["got prompt", raised[0], "Traceback", raised[1]])];
    let answer = judge(vec![failed(0, "Job processing failed")], Management { logs, ..unmanaged() });
    assert_table!([row("a pipe of a node", answer, "failed-job")]);
}

#[test]
fn the_node_that_an_error_names_is_the_first_subject() {
    let workflow = r#"{"3": {"class_type": "KSampler", "inputs": {}}}"#.to_owned();
    let answer = judge(
        vec![Sample { workflow, ..failed(0, "node 3 failed: mat1 and mat2 shapes cannot be multiplied") }],
        unmanaged(),
    );
    let node = Subject::Node(NodeRef { id: "3".into(), input: None });
    assert_eq!(finding(&answer, "mismatched-models").subjects[0], node);
}

#[test]
fn an_output_that_is_an_error_is_reported_with_its_words() {
    let completed = |output: &str| Sample { output: Some(output.into()), image_count: 0, ..done(0, "w") };
    let too_fast = Sample { output: None, image_count: 0, execution: Some(41), ..done(0, "w") };
    let ended = |name: &str, sample: Sample, problems: &str| row(name, judge(vec![sample], unmanaged()), problems);
    assert_table!([
        ended("a family", completed(r#"{"error": "CUDA out of memory"}"#), "out-of-memory"),
        ended("of a generator", completed(r#"[{"error": "CUDA out of memory"}]"#), "out-of-memory"),
        ended("in no known words", completed(r#"{"errors": "node 3 failed: no model"}"#), "reported-error"),
        ended(
            "of a failed job",
            Sample { output: Some(r#"{"error": "CUDA out of memory"}"#.into()), ..failed(0, "") },
            "out-of-memory"
        ),
        ended("no output after milliseconds", too_fast, "lost-result"),
    ]);
}

#[test]
fn the_output_of_a_handler_is_never_quoted() {
    let error = r#"{"error_type": "<class 'Exception'>", "error_message": "it broke", "logs": "token=hunter2\nMemoryError: x"}"#;
    let answer = judge(vec![failed(0, error)], unmanaged());
    assert_eq!(problems(&answer), "out-of-system-memory");
    assert!(answer.findings.iter().all(|finding| !finding.message.contains("hunter2")));
}

#[test]
fn failures_that_stay_on_one_worker_are_those_of_a_machine() {
    let on = |index, worker: &str, error: Option<&str>| match error {
        Some(error) => Sample { worker: Some(worker.into()), ..failed(index, error) },
        None => done(index, worker),
    };
    let kernels = Some("CUDA error: no kernel image is available");
    let two = |error| vec![on(0, "a", error), on(1, "b", None), on(2, "a", error), on(3, "b", None)];
    let both = vec![on(0, "a", kernels), on(1, "b", None), on(2, "b", kernels), on(3, "a", None)];
    let one = vec![on(0, "a", kernels), on(1, "b", None), on(2, "b", None)];
    let gpu = |id: &str, gpu: &str| Worker { gpu: Some(gpu.into()), ..worker(id, "IDLE") };
    let gpus = Management {
        workers: Ok(vec![gpu("a", "L4"), gpu("b", "L4"), gpu("c", "A40"), gpu("d", "A40")]),
        ..unmanaged()
    };
    let by_gpu = vec![on(0, "a", kernels), on(1, "b", kernels), on(2, "c", None), on(3, "d", None)];
    assert_table!([
        row("one machine", judge(two(kernels), unmanaged()), "bad-host"),
        row("in no known words", judge(two(Some("it broke")), unmanaged()), "bad-host"),
        row(
            "an access of memory that stays on one",
            judge(two(Some("an illegal memory access")), unmanaged()),
            "bad-host"
        ),
        row("a GPU type", judge(by_gpu, gpus), "cuda-mismatch"),
        row("both workers", judge(both, unmanaged()), "cuda-mismatch"),
        row("too few failures", judge(one, unmanaged()), "cuda-mismatch"),
    ]);
}

/// The answer where two jobs wait and a worker has these logs.
fn waiting(status: &str, readings: &str, system: &[&str], container: &[&str]) -> Answer {
    let logs = vec![log("w1", "system", system), log("w1", "container", container)];
    let management = Management { logs, workers: Ok(vec![worker("w1", status)]), ..managed(usual()) };
    let samples = vec![sample(0, Ending::NeverStarted), sample(1, Ending::NeverStarted)];
    let facts = RunFacts { management, ..after(samples, observations(readings)) };
    rules::judge_run(&facts, &Settings::default()).expect("an answer")
}

#[test]
fn the_system_log_shows_why_no_container_starts() {
    const STARTING: &str = "0 initializing 1 | 60 initializing 1 | 300 initializing 1";
    let pull = "error pulling image: Error response from daemon: pull access denied for acme/a";
    let start = "error starting container: exec: \"/start.sh\": permission denied: unknown";
    let driver = "error starting container: nvidia-container-cli: requirement error: unsatisfied condition: cuda>=12.8";
    let begin = "start container for acme/a: begin";
    let credentials =
        "error pulling image: Head \"https://registry.example/v2/a/manifests/1\": no basic auth credentials";
    let gone = "error creating container: Error response from daemon: No such image: registry.example/a:1";
    let pending = "error creating container: image pull: registry.example/a:1: pending";
    let row_of = |name: &str, status: &str, lines: &[&str], problems: &str| {
        row(name, waiting(status, STARTING, lines, &[]), problems)
    };
    assert_table!([
        row_of("pull", "INITIALIZING", &[pull], "unpullable-image"),
        row_of("a pull that went well later", "INITIALIZING", &[pull, begin], "slow-cold-start"),
        row_of("start", "UNHEALTHY", &[begin, start, begin], "container-not-started"),
        row_of("driver", "THROTTLED", &[begin, driver, begin, driver], "container-not-started"),
        row_of("a worker that is up", "RUNNING", &[begin, start, begin], "slow-cold-start"),
        row_of("a general line after the cause", "INITIALIZING", &[credentials, gone], "unpullable-image"),
        row_of("a pull that has not ended", "INITIALIZING", &[pending, pending], "slow-cold-start"),
    ]);
}

#[test]
fn running_workers_without_a_job_are_not_busy() {
    let readings = "0 running 1 | 60 running 1 | 300 running 1";
    let line = r#"{"requestId": null, "message": "Service not ready yet. Retrying...", "level": "INFO"}"#;
    let download = "flux1-dev.safetensors  12%[=>        ]   2.66G  48.1MB/s    eta 6m 40s";
    let starting = "0 initializing 1 | 60 initializing 1 | 300 initializing 1";
    let idle = "0 idle 1 | 60 idle 1 | 300 idle 1";
    assert_table!([
        row("not ready", waiting("RUNNING", readings, &[], &[line, line]), "stuck-queue"),
        row(
            "idle, and refuses jobs",
            waiting("IDLE", idle, &[], &["Job has missing field(s): id or input."]),
            "stuck-queue"
        ),
        row("a start that downloads", waiting("INITIALIZING", starting, &[], &[download]), "slow-cold-start"),
    ]);
}

/// 5,000 lines of 1 KiB, with a traceback in the middle.
fn long_log() -> Vec<LogLine> {
    let plain =
        "INFO 2026-11-29T12:00:00Z got prompt, model loaded, 25/25 [00:12<00:00, 2.08it/s] Prompt executed in 12.3 s ";
    let mut lines: Vec<String> = (0..5_000).map(|line| format!("{line} {}", plain.repeat(9))).collect();
    lines[2_500] = "torch.OutOfMemoryError: Allocation on device".into();
    lines.into_iter().map(|text| LogLine { at: None, text }).collect()
}

#[test]
fn a_log_of_megabytes_is_read_in_one_pass_and_kept_as_a_few_lines() {
    let lines = long_log();
    let bytes: usize = lines.iter().map(|line| line.text.len()).sum();
    assert!(bytes > 4 << 20);
    let log = WorkerLog::of("w", "container", &lines);
    assert_eq!(log.families().collect::<Vec<_>>(), ["gpu-memory"]);
    // Hostile: each line is an exception.
    let hostile: Vec<_> = (0..5_000).map(|line| LogLine { at: None, text: format!("ValueError: {line}") }).collect();
    assert_eq!(WorkerLog::of("w", "container", &hostile).families().count(), 0);
}

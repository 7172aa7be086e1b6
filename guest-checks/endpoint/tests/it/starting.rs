//! Workers that do not come up: what their logs show of the start.

use crate::answer::row;
use crate::facts::{after, failed, log, managed, observations, sample, unmanaged, usual, worker};
use comfycheck_check_endpoint::rules::{self, RunFacts};
use comfycheck_check_endpoint::{Management, Settings, WorkerLog};
use comfycheck_sdk::Answer;
use comfycheck_sdk::endpoint::LogLine;
use comfycheck_sdk::samples::Ending;

#[test]
fn comfyui_that_reads_no_model_paths_is_down() {
    let down = |name: &str, lines: &[&str]| {
        let logs = vec![log("worker-0", "container", lines)];
        let management = Management { logs, ..unmanaged() };
        let error = "ComfyUI server (127.0.0.1:8188) not reachable after multiple retries.";
        let facts = RunFacts { management, ..after(vec![failed(0, error)], observations("0 running 1")) };
        row(name, rules::judge_run(&facts, &Settings::default()).expect("an answer"), "comfyui-down")
    };
    let within = "  File \"/comfyui/utils/extra_config.py\", line 12, in load_extra_path_config";
    assert_table!([
        down(
            "not YAML",
            &["yaml.scanner.ScannerError: no", "  in \"/comfyui/extra_model_paths.yaml\", line 4, column 17"]
        ),
        down("an empty entry", &[within, "AttributeError: 'NoneType' object has no attribute 'split'"]),
    ]);
}

/// The answer where a job waits, and RunPod started the container at these times.
fn started(times: &[&str], end: Option<&str>) -> Answer {
    let lines = times.iter().flat_map(|at| {
        let line = |text: &str| LogLine { at: Some((*at).into()), text: text.into() };
        [Some(line("start container for x: begin")), end.map(line)].into_iter().flatten()
    });
    let system = WorkerLog::of("w1", "system", &lines.collect::<Vec<_>>());
    let logs = vec![system, log("w1", "container", &["worker-comfyui: Starting ComfyUI"])];
    let management = Management { logs, workers: Ok(vec![worker("w1", "INITIALIZING")]), ..managed(usual()) };
    let readings = observations("0 initializing 1 | 60 initializing 1 | 300 initializing 1");
    let facts = RunFacts { management, ..after(vec![sample(0, Ending::NeverStarted)], readings) };
    rules::judge_run(&facts, &Settings::default()).expect("an answer")
}

#[test]
fn a_container_that_starts_again_at_once_has_crashed() {
    let soon = ["2026-11-16T14:01:14Z", "2026-11-16T14:01:31Z", "2026-11-16T14:01:48Z"];
    let later = ["2026-11-16T14:01:14Z", "2026-11-16T14:21:31Z", "2026-11-16T14:41:48Z"];
    assert_table!([
        row("at once", started(&soon, None), "crash-loop"),
        row("after it was stopped", started(&soon, Some("stop container 1a2b")), "slow-cold-start"),
        row("much later", started(&later, None), "slow-cold-start"),
    ]);
}

#[test]
fn a_start_script_that_raises_is_quoted_with_its_exception() {
    let lines = [
        "Traceback (most recent call last):",
        "  File \"/handler.py\", line 9, in <module>",
        "    BUCKET = os.environ[\"BUCKET_NAME\"]",
        "  File \"<frozen os>\", line 685, in __getitem__",
        "KeyError: 'BUCKET_NAME'",
    ];
    let logs = vec![log("w1", "container", &lines)];
    let management = Management { logs, workers: Ok(vec![worker("w1", "UNHEALTHY")]), ..managed(usual()) };
    let readings = observations("0 unhealthy 1 | 60 unhealthy 1 | 300 unhealthy 1");
    let facts = RunFacts { management, ..after(vec![sample(0, Ending::NeverStarted)], readings) };
    assert_table!([row(
        "a variable",
        rules::judge_run(&facts, &Settings::default()).expect("an answer"),
        "crash-loop"
    )]);
}

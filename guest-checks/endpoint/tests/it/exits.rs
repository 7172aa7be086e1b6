//! Containers that start and end, and how they ended.

use crate::answer::{Row, row};
use crate::facts::{after, failed, log, managed, observations, sample, unmanaged, usual, worker};
use comfycheck_check_endpoint::rules::{self, RunFacts};
use comfycheck_check_endpoint::{Management, Settings};
use comfycheck_sdk::samples::Ending;

const UNHEALTHY: &str = "0 | 60 unhealthy 1 | 120 unhealthy 1 | 300 unhealthy 1";
const INITIALIZING: &str = "0 initializing 1 | 60 initializing 1 | 300 initializing 1";
const IDLE: &str = "0 idle 1 | 60 idle 1 | 300 idle 1";
const BEGIN: &str = "start container for x: begin";

/// Jobs that wait while a container started three times and ended so each time.
fn ended(name: &str, readings: &str, end: &str, container: &[&str], problems: &str) -> Row {
    let logs = vec![log("w1", "system", &[BEGIN, end, BEGIN, end, BEGIN, end]), log("w1", "container", container)];
    let management = Management { logs, workers: Ok(vec![worker("w1", "UNHEALTHY")]), ..managed(usual()) };
    let samples = vec![sample(0, Ending::NeverStarted)];
    let facts = RunFacts { management, ..after(samples, observations(readings)) };
    row(name, rules::judge_run(&facts, &Settings::default()).expect("an answer"), problems)
}

#[test]
fn a_container_that_started_and_ended_is_a_crash_loop() {
    let exit = |code: u8| format!("worker exited with exit code {code}");
    let unknown = "AttributeError: 'Model' object has no attribute 'x'";
    let memory = "error starting container: runc create failed: signal: killed";
    assert_table!([
        ended("no memory", UNHEALTHY, &exit(137), &["hello"], "crash-loop"),
        ended("native code", UNHEALTHY, &exit(139), &["hello"], "crash-loop"),
        ended("no command", UNHEALTHY, &exit(127), &["hello"], "crash-loop"),
        ended("no permission", UNHEALTHY, &exit(126), &["hello"], "crash-loop"),
        ended("an error", UNHEALTHY, &exit(1), &["hello"], "crash-loop"),
        ended("an error that the container explains", UNHEALTHY, &exit(1), &[unknown], "crash-loop"),
        ended("no error", UNHEALTHY, &exit(0), &["hello"], "crash-loop"),
        ended("a worker that is not needed", UNHEALTHY, &exit(143), &["hello"], "crash-loop"),
        ended("whatever health counts", INITIALIZING, &exit(1), &["hello"], "crash-loop"),
        ended("no error, and free", IDLE, &exit(0), &["hello"], "stuck-queue"),
        ended("not started for a lack of memory", UNHEALTHY, memory, &[], "container-not-started"),
    ]);
}

#[test]
fn an_exit_code_explains_no_job_except_by_a_signal() {
    let died = |name: &str, end: &str, problems: &str| {
        let logs = vec![log("worker-0", "container", &["got prompt"]), log("worker-0", "system", &[BEGIN, end])];
        let management = Management { logs, ..unmanaged() };
        let facts = RunFacts { management, ..after(vec![failed(0, "worker exited")], observations("0 running 1")) };
        row(name, rules::judge_run(&facts, &Settings::default()).expect("an answer"), problems)
    };
    assert_table!([
        died("an error", "worker exited with exit code 1", "failed-job"),
        died("a signal", "worker exited with exit code 137", "out-of-system-memory"),
        died("the end of any worker", "worker exited with exit code 143", "failed-job"),
    ]);
}

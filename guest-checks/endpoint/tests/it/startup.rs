//! What ComfyUI survives, at its start and in a job, explains no later failure.

use crate::answer::{Row, row};
use crate::facts::{after, failed, log, observations, unmanaged};
use comfycheck_check_endpoint::rules::{self, RunFacts};
use comfycheck_check_endpoint::{Management, Settings};

const LISTENS: &str = "To see the GUI go to: http://127.0.0.1:8188";
const DIED: &str = "WebSocket communication error: [Errno 111] ComfyUI HTTP unreachable during websocket reconnect";

/// A job whose ComfyUI stopped, on a worker with this log.
fn died(name: &str, lines: &[&str], problems: &str) -> Row {
    let logs = vec![log("worker-0", "container", lines)];
    let facts = RunFacts {
        management: Management { logs, ..unmanaged() },
        ..after(vec![failed(0, DIED)], observations("0 running 1"))
    };
    row(name, rules::judge_run(&facts, &Settings::default()).expect("an answer"), problems)
}

#[test]
fn an_exception_before_comfyui_listens_was_survived() {
    let import = [
        "ModuleNotFoundError: No module named 'rembg'",
        "Cannot import /comfyui/custom_nodes/a module for custom nodes: No module named 'rembg'",
    ];
    let summary = "   0.0 seconds (IMPORT FAILED): /comfyui/custom_nodes/a";
    let unknown = "AttributeError: type object 'PromptServer' has no attribute 'instance'";
    assert_table!([
        died("a pack that was skipped", &[import[0], import[1], summary, LISTENS, "got prompt"], "comfyui-down"),
        died("of no family", &["TypeError: stat() got None", LISTENS, "got prompt"], "comfyui-down"),
        died("of a family", &[import[0], LISTENS, "got prompt"], "comfyui-down"),
        died("of an earlier start", &[LISTENS, "got prompt", unknown, LISTENS, "got prompt"], "comfyui-down"),
        died("while a job ran", &[import[0], LISTENS, "got prompt", unknown], "comfyui-down"),
        died(
            "while a job ran, in a handler that reports ComfyUI for each job",
            &[LISTENS, "got prompt", "PermissionError: [Errno 13] a", "handler: ComfyUI is ready"],
            "failed-job"
        ),
        died("a cause is one wherever it stands", &["Killed", LISTENS, "got prompt"], "out-of-system-memory"),
        died("ComfyUI does not listen", &[import[0], import[1]], "failed-import"),
    ]);
}

#[test]
fn an_exception_in_a_notice_is_no_cause() {
    let optional = "ImportError: No module named 'acme_kernels'";
    assert_table!([
        died("info", &[&format!("[INFO] backend acme: {{'reason': \"{optional}\"}}"), "OSError: x"], "comfyui-down"),
        died("logging", &[&format!("INFO:root:acme is off: {optional}"), "OSError: x"], "comfyui-down"),
        died("a time", &[&format!("2026-11-20 12:00:01 - acme - WARNING - {optional}"), "OSError: x"], "comfyui-down"),
        died("a warning of Python", &[&format!("a.py:3: UserWarning: {optional}"), "OSError: x"], "comfyui-down"),
        died("nothing else", &[&format!("[INFO] {optional}")], "missing-package"),
        died("an error", &[&format!("[ERROR] {optional}"), "OSError: x"], "missing-package"),
        died("a warning without an exception", &["[WARNING] triton is not installed"], "comfyui-down"),
        died(
            "a retry",
            &["Error while downloading from https://a.example: Read timed out", "Trying to resume"],
            "comfyui-down"
        ),
        died("a cause in a warning", &["WARNING: CUDA out of memory", "OSError: x"], "out-of-memory"),
    ]);
}

#[test]
fn an_output_that_comfyui_ignores_is_no_cause() {
    let ignored = ["Failed to validate prompt for output 9:", "* Loader 8:", "  - Value not in list: a: 'b' not in []"];
    let refused = "invalid prompt: {'type': 'prompt_outputs_failed_validation'}";
    let with =
        |more: &[&'static str]| [&[LISTENS, "got prompt"], &ignored[..], &["Output will be ignored"], more].concat();
    assert_table!([
        died("ignored", &with(&["ComfyUI went on"]), "comfyui-down"),
        died("ignored, and an exception", &with(&["OSError: x"]), "comfyui-down"),
        died("refused as a whole", &with(&[refused]), "rejected-workflow"),
        died(
            "a LoRA that does not fit",
            &["ERROR lora a.weight shape '[1]' is invalid for input of size 9"],
            "comfyui-down"
        ),
    ]);
}

//! Other servers and other programs than ComfyUI: their failures are not those of ComfyUI.

use crate::answer::{Row, row};
use crate::facts::{after, failed, log, observations, unmanaged};
use comfycheck_check_endpoint::rules::{self, RunFacts};
use comfycheck_check_endpoint::{Management, Settings};
use comfycheck_sdk::samples::Sample;

const LISTENS: &str = "To see the GUI go to: http://127.0.0.1:8188";
const DIED: &str = "WebSocket communication error: [Errno 111] ComfyUI HTTP unreachable during websocket reconnect";

fn judged(name: &str, sample: Sample, lines: &[&str], problems: &str) -> Row {
    let management = Management { logs: vec![log("worker-0", "container", lines)], ..unmanaged() };
    let facts = RunFacts { management, ..after(vec![sample], observations("0 running 1")) };
    row(name, rules::judge_run(&facts, &Settings::default()).expect("an answer"), problems)
}

/// A job with this error.
fn error(error: &str, problems: &str) -> Row {
    judged(error, failed(0, error), &[LISTENS, "got prompt"], problems)
}

/// A job whose ComfyUI stopped, on a worker with these lines before it listened and after.
fn died(before: &str, after: &str, problems: &str) -> Row {
    judged("log", failed(0, DIED), &[before, LISTENS, "got prompt", after], problems)
}

#[test]
fn a_handler_that_loses_another_server_has_not_lost_comfyui() {
    let pool = |host: &str, path: &str| {
        format!(
            "HTTPConnectionPool(host={host}): Max retries exceeded with url: {path} (Caused by \
             NewConnectionError('Failed to establish a new connection: [Errno 111] Connection refused'))"
        )
    };
    let traceback = |last: &str| {
        format!("ConnectionRefusedError: [Errno 111] Connection refused\n\nDuring handling of it:\n{last}")
    };
    assert_table!([
        error(&pool("'hooks.example.com', port=443", "/prompt"), "failed-job"),
        error(&traceback(&pool("'hooks.example.com', port=443", "/done")), "failed-job"),
        error("400 Client Error: Bad Request for url: https://hooks.example.com/done", "failed-job"),
        error("413 Client Error: Payload Too Large for url: https://hooks.example.com/done", "failed-job"),
        error("<title>Just a moment...</title>", "failed-job"),
        error("413 Client Error: Payload Too Large for url: http://127.0.0.1:8188/upload/image", "missing-input"),
        error("OSError: [Errno 111] Connection refused\n  File \"/handler.py\", line 9, in send_webhook", "failed-job"),
        error(&pool("'127.0.0.1', port=8188", "/prompt"), "comfyui-down"),
        error(&traceback(&pool("'127.0.0.1', port=3000", "/system_stats")), "comfyui-down"),
        error("[Errno 111] Connection refused", "comfyui-down"),
        error("400 Client Error: Bad Request for url: http://127.0.0.1:8188/prompt", "rejected-workflow"),
        error("ComfyUI is down, see https://status.example.com: Connection refused", "comfyui-down"),
        died("x", &pool("'hooks.example.com', port=443", "/done"), "comfyui-down"),
    ]);
}

#[test]
fn a_pipe_that_breaks_is_not_a_connection_to_comfyui() {
    let lines = [LISTENS, "got prompt", "[vost#0:0/libx264 @ 0x5] Error while opening encoder", "BrokenPipeError: x"];
    let pipe = "Traceback:\n  File \"/handler.py\", line 8, in encode\n    proc.stdin.write(frame)\nBrokenPipeError: \
                [Errno 32] Broken pipe";
    assert_table!([
        error(pipe, "failed-job"),
        error("('Connection aborted.', BrokenPipeError(32, 'Broken pipe'))", "comfyui-down"),
        judged("the log names the reason", failed(0, pipe), &lines, "failed-job"),
    ]);
}

#[test]
fn the_end_of_another_program_is_not_that_of_the_worker() {
    let raised = "CalledProcessError: Command '['ffmpeg']' died with <Signals.SIGKILL: 9>.";
    assert_table!([
        died("x", "[INFO] cleanup: the old process ended with exit code -9", "comfyui-down"),
        died("x", "ffmpeg exited with exit code -9", "comfyui-down"),
        died("model download failed: aria2c exit code 137, retrying", "x", "comfyui-down"),
        died("x", "ComfyUI exited with exit code -9", "out-of-system-memory"),
        died("x", "INFO exited: comfyui (exit status 137; not expected)", "out-of-system-memory"),
        died("x", raised, "comfyui-down"),
        judged("no family", failed(0, "no video"), &[LISTENS, "got prompt", raised], "out-of-system-memory"),
        judged("a broken pipe", failed(0, "[Errno 32] Broken pipe"), &[LISTENS, raised], "out-of-system-memory"),
        error("Command '['ffmpeg']' died with <Signals.SIGKILL: 9>.", "out-of-system-memory"),
        error("Command '['ffmpeg']' died with <Signals.SIGSEGV: 11>.", "failed-job"),
    ]);
}

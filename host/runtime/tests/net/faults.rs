//! What goes wrong on the network, in each thing that a sampling asks, and what becomes of the sample.

use crate::sampling::{live, runtime, sample};
use crate::server::{Reply, Server, response};
use comfycheck_runtime::capabilities::AskError;
use comfycheck_runtime::sampler::Samples;
use comfycheck_runtime::transport::Transport;
use comfycheck_runtime::transport::exchange::Phase;
use comfycheck_runtime::transport::live::Limits;
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

/// An answer of more than a mebibyte is refused, and one that takes more than a fraction of a second.
const LIMITS: Limits = Limits { total: Duration::from_millis(700), sync: Duration::from_millis(700), size: 1 << 20 };

/// A fault by its name.
fn fault(name: &str) -> Reply {
    let part = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 100\r\n\r\n{".to_vec();
    match name {
        "reset" => Reply::Reset(Vec::new()),
        "reset-later" | "truncated" => Reply::Reset(part),
        "silence" => Reply::Silence(Vec::new()),
        "dribble" => Reply::Silence(part),
        "429" => Reply::Bytes(response(429, &["Retry-After: 0"], b"slow down")),
        "500" => Reply::Bytes(response(500, &["Retry-After: 0"], b"{}")),
        "502" => {
            Reply::Bytes(response(502, &["Retry-After: 0", "Content-Type: text/html"], b"<html>bad gateway</html>"))
        }
        "1-GB" => {
            let head = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 1073741824\r\n\r\n".to_vec();
            Reply::Endless(head, b" ".repeat(1 << 16))
        }
        "endless" => {
            let head = b"HTTP/1.1 200 OK\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n".to_vec();
            Reply::Endless(head, [b"10000\r\n".as_slice(), &b" ".repeat(1 << 16), b"\r\n"].concat())
        }
        "html" => Reply::Bytes(response(200, &["Content-Type: text/html"], b"<html>welcome</html>")),
        other => panic!("there is no fault `{other}`"),
    }
}

/// An endpoint with one fault, each time that one thing is asked.
fn endpoint(operation: &'static str, name: &'static str) -> Server {
    let base = Arc::new(std::sync::OnceLock::<String>::new());
    let own = Arc::clone(&base);
    let cancelled = AtomicBool::new(false);
    let server = Server::start(move |asked| {
        let (asks, answer) = match asked.line.as_str() {
            "GET /v2/ep1/health" => ("health", json!({"workers": {"ready": 0}})),
            "POST /v2/ep1/run" => ("run", json!({"id": "job-0", "status": "IN_QUEUE"})),
            "GET /v2/ep1/status/job-0" if operation == "cancel" => ("status", json!({"status": "IN_QUEUE"})),
            "GET /v2/ep1/status/job-0" => {
                let image = json!({"type": "s3_url", "data": format!("{}/a.png", own.get().unwrap())});
                ("status", json!({"status": "COMPLETED", "workerId": "w1", "output": {"images": [image]}}))
            }
            "POST /v2/ep1/cancel/job-0" => {
                cancelled.store(true, Ordering::SeqCst);
                ("cancel", json!({"status": "CANCELLED"}))
            }
            "GET /a.png" => ("download", json!("an image")),
            other => panic!("nobody should ask `{other}`"),
        };
        if asks == operation { fault(name) } else { Reply::Json(answer) }
    });
    base.set(server.base()).unwrap();
    server
}

/// How the sample ended, what was lost of it, and how often the faulty thing was asked.
fn outcome(operation: &'static str, name: &'static str) -> String {
    let server = endpoint(operation, name);
    let runtime = runtime();
    let transport = Arc::new(Transport::Live(live(&server.base(), &runtime, LIMITS)));
    let Samples { samples, .. } = sample(&transport, &runtime, 1, "", Duration::from_millis(1_200));
    let [sample] = samples.as_slice() else { panic!("{} samples in the report", samples.len()) };
    let asked = server.asked();
    let times = asked.iter().filter(|line| line.contains(if operation == "download" { "a.png" } else { operation }));
    let times = times.count();
    let submitted = server.times("POST /v2/ep1/run");
    assert!(submitted == 1 || name == "429", "{operation} {name}: submitted {submitted} times");
    assert!(server.sent() < 32 << 20, "{operation} {name}: {} bytes were taken", server.sent());
    let reason = sample.reason.clone().unwrap_or_default();
    let lost: Vec<_> = sample.lost_images.iter().map(|lost| lost.reason.as_str()).collect();
    // What the reasons of many have in common.
    let reason = reason.replace("it waited, and for 1 s none of the run's jobs ran or ended", "waited");
    let reason = reason.replace("its images could not be fetched from `127.0.0.1` by this machine", "not fetched");
    let reason = reason.replace("it may still run, because it could not be cancelled", "not cancelled");
    format!("{operation} {name}: {} [{reason}] {lost:?} x{times}", sample.ending.word())
}

#[test]
fn a_question_of_somebody_who_waits_ends_with_all_its_repetitions() {
    let runtime = runtime();
    for reply in [|| Reply::Silence(Vec::new()), || Reply::Bytes(response(429, &["Retry-After: 20"], b""))] {
        let server = Server::start(move |_| reply());
        let live = live(&server.base(), &runtime, Limits::default()).answering_within(Duration::from_millis(300));
        let transport = Arc::new(Transport::Live(live));
        let capabilities = crate::record::offered(&server, &transport, Phase::Deployment.into());
        let answer = runtime.block_on(capabilities.system()).answer;
        assert_eq!(answer, Err(AskError::Unavailable("there was no answer within 0.3 s".to_owned())));
    }
}

#[test]
fn every_fault_in_everything_that_is_asked_has_a_clear_outcome() {
    let expected = [
        // Without it, only who was cold cannot be told.
        "health reset: succeeded [] [] x1",
        "health silence: succeeded [] [] x1",
        "health 429: succeeded [] [] x1",
        "health 500: succeeded [] [] x1",
        "health 1-GB: succeeded [] [] x1",
        "health html: succeeded [] [] x1",
        // A submission whose answer is lost is not repeated. One that was refused is no job.
        "run reset: unknown [the answer to the submission was lost: the connection was reset] [] x1",
        "run reset-later: unknown [the answer to the submission was lost: the connection was reset] [] x1",
        "run silence: unknown [the answer to the submission was lost: no answer came in time] [] x1",
        "run dribble: unknown [the answer to the submission was lost: no answer came in time] [] x1",
        "run 429: not-submitted [RunPod refused it with status 429: slow down] [] x5",
        "run 500: unknown [RunPod answered the submission with status 500] [] x1",
        "run 502: unknown [RunPod answered the submission with status 502] [] x1",
        "run 1-GB: unknown [the answer to the submission was lost: the answer is too large] [] x1",
        "run endless: unknown [the answer to the submission was lost: the answer is too large] [] x1",
        "run html: unknown [the answer of RunPod to the submission names no job] [] x1",
        // A job is watched as long as patience lasts, and then cancelled.
        "status reset: unknown [its status could not be learnt: RunPod does not answer `/status`: the connection was reset] []",
        "status dribble: unknown [its status could not be learnt: RunPod does not answer `/status`: no answer came in time] []",
        "status 429: unknown [its status could not be learnt: RunPod answers `/status` with status 429] []",
        "status 502: unknown [its status could not be learnt: RunPod answers `/status` with status 502] []",
        "status endless: unknown [its status could not be learnt: RunPod does not answer `/status`: the answer is too large] []",
        "status html: unknown [its status could not be learnt: RunPod's answer to `/status` names no status] []",
        // Cancelling is repeated, because a job can be cancelled twice.
        "cancel reset: never-started [waited; not cancelled: RunPod does not answer `/cancel`: the connection was reset] [] x3",
        "cancel silence: never-started [waited; not cancelled: RunPod does not answer `/cancel`: no answer came in time] [] x3",
        "cancel 429: never-started [waited; not cancelled: RunPod answers `/cancel` with status 429] [] x3",
        "cancel 500: never-started [waited; not cancelled: RunPod answers `/cancel` with status 500] [] x3",
        "cancel 1-GB: never-started [waited; not cancelled: RunPod does not answer `/cancel`: the answer is too large] [] x1",
        // What keeps this machine from an image says nothing of the image.
        "download reset: unknown [not fetched: the connection was reset] [] x3",
        "download truncated: unknown [not fetched: the connection was reset] [] x3",
        "download silence: unknown [not fetched: no answer came in time] [] x3",
        "download 429: unknown [not fetched: it answers with status 429] [] x3",
        "download 502: unknown [not fetched: it answers with status 502] [] x3",
        "download 1-GB: unknown [not fetched: the answer is too large] [] x1",
        "download endless: unknown [not fetched: the answer is too large] [] x1",
    ];
    let outcomes = thread::scope(|scope| {
        let cases: Vec<_> = expected
            .iter()
            .map(|line| {
                let (operation, rest) = line.split_once(' ').unwrap();
                let (name, _) = rest.split_once(':').unwrap();
                scope.spawn(move || outcome(operation, name))
            })
            .collect();
        cases.into_iter().map(|case| case.join().unwrap()).collect::<Vec<_>>()
    });
    let differing: Vec<_> = outcomes
        .iter()
        .zip(expected)
        // How often a status was asked depends on how busy this machine is.
        .filter(|(outcome, expected)| !outcome.starts_with(expected))
        .collect();
    assert!(differing.is_empty(), "outcomes and what was expected: {differing:#?}");
}

#[test]
fn a_request_that_is_larger_than_runpod_takes_is_not_sent() {
    let server = endpoint("run", "html");
    let runtime = runtime();
    let transport = Arc::new(Transport::Live(live(&server.base(), &runtime, LIMITS)));
    let prompt = "x".repeat(10 << 20);
    let Samples { samples, .. } = sample(&transport, &runtime, 2, &prompt, Duration::from_secs(1));
    for sample in samples {
        assert_eq!(sample.ending.word(), "not-submitted");
        let reason = sample.reason.unwrap();
        assert!(reason.ends_with("bytes, and RunPod takes 10485760 at most"), "{reason}");
    }
    assert_eq!(server.times("POST /v2/ep1/run"), 0);
}

#[test]
fn where_nobody_listens_nothing_is_submitted() {
    let base = Server::start(|_| Reply::Reset(Vec::new())).base();
    let runtime = runtime();
    // The server has just ended.
    let transport = Arc::new(Transport::Live(live(&base, &runtime, LIMITS)));
    let Samples { samples, .. } = sample(&transport, &runtime, 2, "", Duration::from_secs(1));
    for sample in samples {
        assert_eq!(sample.ending.word(), "not-submitted", "{:?}", sample.reason);
    }
}

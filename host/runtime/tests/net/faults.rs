//! Network faults: each fault in each operation of a sample, and the sample's result.

use crate::sampling::{live, runtime, sample};
use crate::server::{Reply, Server, response};
use crate::words::{unavailable, wording};
use comfycheck_runtime::facts::Samples;
use comfycheck_runtime::transport::Transport;
use comfycheck_runtime::transport::exchange::Phase;
use comfycheck_runtime::transport::live::ExchangeLimits;
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

/// Refuses responses above 1 MiB, and those that take more than a fraction of a second.
const LIMITS: ExchangeLimits =
    ExchangeLimits { total: Duration::from_millis(700), sync: Duration::from_millis(700), size: 1 << 20 };

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

/// An endpoint with one fault, in every request of one operation.
fn endpoint(operation: &'static str, name: &'static str) -> Server {
    let base = Arc::new(std::sync::OnceLock::<String>::new());
    let own = Arc::clone(&base);
    let cancelled = AtomicBool::new(false);
    let server = Server::start(move |request| {
        let (asks, answer) = match request.line.as_str() {
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
            other => panic!("unexpected request `{other}`"),
        };
        if asks == operation { fault(name) } else { Reply::Json(answer) }
    });
    base.set(server.base()).unwrap();
    server
}

/// The sample's result, the number of requests of the operation, and the reason.
fn outcome(operation: &'static str, name: &'static str) -> (&'static str, usize, String) {
    let server = endpoint(operation, name);
    let runtime = runtime();
    let transport = Arc::new(Transport::Live(live(&server.base(), &runtime, LIMITS)));
    let Samples { samples, .. } = sample(&transport, &runtime, 1, "", Duration::from_millis(1_200));
    let [sample] = samples.as_slice() else { panic!("{} samples in the report", samples.len()) };
    let requests = server.requests();
    let times = requests.iter().filter(|line| line.contains(if operation == "download" { "a.png" } else { operation }));
    let times = times.count();
    let submitted = server.times("POST /v2/ep1/run");
    assert!(submitted == 1 || name == "429", "{operation} {name}: submitted {submitted} times");
    assert!(server.sent() < 32 << 20, "{operation} {name}: {} bytes were sent", server.sent());
    assert_eq!(sample.lost_images, [], "{operation} {name}");
    (sample.ending.word(), times, sample.reason.clone().unwrap_or_default())
}

#[test]
fn the_query_timeout_ends_a_query_with_all_its_attempts() {
    let runtime = runtime();
    let mut reasons = Vec::new();
    for reply in [|| Reply::Silence(Vec::new()), || Reply::Bytes(response(429, &["Retry-After: 20"], b""))] {
        let server = Server::start(move |_| reply());
        let live =
            live(&server.base(), &runtime, ExchangeLimits::default()).with_query_timeout(Duration::from_millis(300));
        let transport = Arc::new(Transport::Live(live));
        let capabilities = crate::record::offered(&server, &transport, Phase::Deployment.into());
        reasons.push(unavailable(runtime.block_on(capabilities.system()).answer));
    }
    assert_eq!(reasons[0], reasons[1]);
    insta::assert_snapshot!(reasons[0]);
}

#[test]
fn every_fault_of_every_request_has_a_clear_outcome() {
    let expected = [
        // Without it, only cold starts are unknown.
        ("health", "reset", "succeeded", Some(1)),
        ("health", "silence", "succeeded", Some(1)),
        ("health", "429", "succeeded", Some(1)),
        ("health", "500", "succeeded", Some(1)),
        ("health", "1-GB", "succeeded", Some(1)),
        ("health", "html", "succeeded", Some(1)),
        // A submission is not repeated if its response is lost. A rejected one is not a job.
        ("run", "reset", "unknown", Some(1)),
        ("run", "reset-later", "unknown", Some(1)),
        ("run", "silence", "unknown", Some(1)),
        ("run", "dribble", "unknown", Some(1)),
        ("run", "429", "not-submitted", Some(5)),
        ("run", "500", "unknown", Some(1)),
        ("run", "502", "unknown", Some(1)),
        ("run", "1-GB", "unknown", Some(1)),
        ("run", "endless", "unknown", Some(1)),
        ("run", "html", "unknown", Some(1)),
        // A job is watched until it times out, and then cancelled.
        ("status", "reset", "unknown", None),
        ("status", "dribble", "unknown", None),
        ("status", "429", "unknown", None),
        ("status", "502", "unknown", None),
        ("status", "endless", "unknown", None),
        ("status", "html", "unknown", None),
        // Cancelling is repeated, because a job can be cancelled twice.
        ("cancel", "reset", "never-started", Some(3)),
        ("cancel", "silence", "never-started", Some(3)),
        ("cancel", "429", "never-started", Some(3)),
        ("cancel", "500", "never-started", Some(3)),
        ("cancel", "1-GB", "never-started", Some(1)),
        // An image that only this machine cannot get is not lost.
        ("download", "reset", "unknown", Some(3)),
        ("download", "truncated", "unknown", Some(3)),
        ("download", "silence", "unknown", Some(3)),
        ("download", "429", "unknown", Some(3)),
        ("download", "502", "unknown", Some(3)),
        ("download", "1-GB", "unknown", Some(1)),
        ("download", "endless", "unknown", Some(1)),
    ];
    let outcomes = thread::scope(|scope| {
        let cases = expected.map(|(operation, name, ..)| scope.spawn(move || outcome(operation, name)));
        cases.map(|case| case.join().unwrap())
    });
    let mut words = Vec::new();
    for ((operation, name, ending, times), outcome) in expected.into_iter().zip(outcomes) {
        let (ended, sent, reason) = outcome;
        // The number of polls depends on the load of this machine.
        assert_eq!((ended, sent), (ending, times.unwrap_or(sent)), "{operation} {name}: {reason}");
        if !reason.is_empty() {
            words.push((format!("{operation} {name}"), reason));
        }
    }
    insta::assert_snapshot!(wording(words));
}

#[test]
fn a_request_that_is_larger_than_runpod_takes_is_not_sent() {
    let server = endpoint("run", "html");
    let runtime = runtime();
    let transport = Arc::new(Transport::Live(live(&server.base(), &runtime, LIMITS)));
    let prompt = "x".repeat(10 << 20);
    let Samples { samples, .. } = sample(&transport, &runtime, 2, &prompt, Duration::from_secs(1));
    let endings: Vec<_> = samples.iter().map(|sample| sample.ending.word()).collect();
    assert_eq!(endings, ["not-submitted"; 2]);
    let words = samples.into_iter().map(|sample| (sample.index, sample.reason.unwrap_or_default()));
    insta::assert_snapshot!(wording(words));
    assert_eq!(server.times("POST /v2/ep1/run"), 0);
}

#[test]
fn without_a_listening_server_nothing_is_submitted() {
    let base = Server::start(|_| Reply::Reset(Vec::new())).base();
    let runtime = runtime();
    // The server has just ended.
    let transport = Arc::new(Transport::Live(live(&base, &runtime, LIMITS)));
    let Samples { samples, .. } = sample(&transport, &runtime, 2, "", Duration::from_secs(1));
    for sample in samples {
        assert_eq!(sample.ending.word(), "not-submitted", "{:?}", sample.reason);
    }
}

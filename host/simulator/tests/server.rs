//! The simulator over HTTP.

#![expect(clippy::unwrap_used, reason = "a missing value fails the test")]

use comfycheck_simulator::Simulator;
use comfycheck_simulator::scenario::{Scenario, bundled};
use comfycheck_simulator::server::serve;
use std::net::SocketAddr;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;

/// Serves a scenario at a thousand times its speed while `ask` runs.
async fn served<T>(scenario: Scenario, ask: impl AsyncFnOnce(SocketAddr) -> T) -> T {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let server = tokio::spawn(serve(listener, Simulator::new(scenario), 1000.0, async move {
        let _ = stopped.await;
    }));
    let answer = ask(address).await;
    stop.send(()).unwrap();
    server.await.unwrap().unwrap();
    assert!(TcpStream::connect(address).await.is_err(), "the server has stopped");
    answer
}

/// Sends a request by hand, and reads whatever comes until the connection ends.
async fn ask(address: SocketAddr, request: &str, body: &str) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let head = format!("{request} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: {}\r\n", body.len());
    stream.write_all(format!("{head}authorization: Bearer k\r\n\r\n{body}").as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8(answer).unwrap()
}

fn faulty(fault: &str) -> Scenario {
    toml::from_str(&format!("faults = [{{ {fault} }}]")).unwrap()
}

#[track_caller]
fn check(answer: &str, status: &str, part: &str) {
    assert!(answer.starts_with(&format!("HTTP/1.1 {status}")) && answer.contains(part), "{answer}");
}

#[tokio::test]
async fn every_api_is_served_below_its_path() {
    served(bundled("unmapped-folder").unwrap(), async |address| {
        check(&ask(address, "GET /v2/any/health", "").await, "200", "\"jobs\":");
        check(&ask(address, "GET /v2/serverless/any", "").await, "200", "\"requestUrls\":");
        check(&ask(address, "GET /v2/serverless/any", "").await, "200", "ratelimit-policy: ");
        check(
            &ask(address, "HEAD /s3/vol7f3k2m9q/models/vae/z-image-turbo-vae.safetensors", "").await,
            "200",
            "content-length: 335304388",
        );
        check(&ask(address, "GET /comfyui/system_stats", "").await, "404", "");
        check(&ask(address, "GET /elsewhere", "").await, "404", "");
    })
    .await;
}

#[tokio::test]
async fn runsync_is_answered_when_its_job_has_ended() {
    served(bundled("wrong-handler").unwrap(), async |address| {
        let body = r#"{"input": {"prompt": "a"}}"#;
        check(&ask(address, "POST /v2/any/runsync", body).await, "200", r#""status":"COMPLETED""#);
    })
    .await;
}

#[tokio::test]
async fn a_request_without_a_key_is_refused() {
    served(bundled("healthy").unwrap(), async |address| {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(b"GET /v2/any/health HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        check(&answer, "401", "no token provided");
    })
    .await;
}

#[tokio::test]
async fn a_reset_connection_has_no_answer_and_a_truncated_one_half_of_it() {
    let answer = |fault: &str| {
        let scenario = faulty(fault);
        async move { served(scenario, async |address| ask(address, "GET /v2/any/health", "").await).await }
    };
    assert_eq!(answer("kind = \"reset\"").await, "");
    assert_eq!(answer("kind = \"silence\"").await, "");
    let truncated = answer("kind = \"truncate\"").await;
    let (head, body) = truncated.split_once("\r\n\r\n").unwrap();
    assert!(head.contains("content-length: ") && !body.ends_with('}') && body.starts_with('{'), "{truncated}");
    check(&answer("kind = \"dribble\"").await, "200", "\"unhealthy\":0}}");
}

#[tokio::test]
async fn a_body_beyond_every_limit_is_refused() {
    served(bundled("healthy").unwrap(), async |address| {
        let body = format!("{{\"input\": \"{}\"}}", "x".repeat(11 << 20));
        check(&ask(address, "POST /v2/any/run", &body).await, "400", "exceeded max body size of 10MiB");
    })
    .await;
}

#[tokio::test]
async fn only_this_machine_is_served() {
    let listener = TcpListener::bind("0.0.0.0:0").await.unwrap();
    let simulator = Simulator::new(bundled("healthy").unwrap());
    let refused = serve(listener, simulator, 1.0, std::future::pending()).await.unwrap_err();
    assert_eq!(refused.kind(), std::io::ErrorKind::InvalidInput);
}

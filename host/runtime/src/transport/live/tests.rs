//! From servers on loopback, each for one test.

mod tls;

use super::clients::{Reachable, Resolver, Unresolved};
use super::*;
use crate::testing::wording;
use crate::transport::exchange::Phase;
use crate::transport::timeline::Timeline;
use crate::transport::{Transport, exchange::Target};
use reqwest::dns::Resolve;
use serde_json::json;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver};
use std::thread;

const KEY: &str = "rpa_0123456789";

/// A server that answers one connection and forwards what it received.
fn serve(act: impl FnOnce(TcpStream) + Send + 'static) -> (String, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let _ = sender.send(read_request(&mut stream));
        act(stream);
    });
    (base, receiver)
}

/// The head of a request and its body, which these tests keep short.
fn read_request(stream: &mut TcpStream) -> String {
    let mut text = Vec::new();
    let mut buffer = [0; 1024];
    loop {
        let read = stream.read(&mut buffer).unwrap_or_default();
        text.extend_from_slice(&buffer[..read]);
        let request = String::from_utf8_lossy(&text).into_owned();
        let Some((head, body)) = request.split_once("\r\n\r\n") else { continue };
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap_or("0");
        if read == 0 || body.len() >= length.parse::<usize>().unwrap() {
            return request;
        }
    }
}

fn answer(response: &'static str) -> (String, Receiver<String>) {
    serve(move |mut stream| stream.write_all(response.as_bytes()).unwrap())
}

fn deployment(base: &str) -> Deployment {
    Deployment {
        endpoint: Some("ep1".to_owned()),
        key: Some(Secret::new(KEY)),
        base_url: format!("{base}/v2"),
        management_url: Some(format!("{base}/rest/v2")),
        comfyui: Some(base.to_owned()),
        ..Deployment::default()
    }
}

fn live(deployment: &Deployment, runtime: Handle, limits: ExchangeLimits) -> Result<Live, LiveError> {
    Live::new(deployment, Secrets::new(deployment.keys()), runtime, limits)
}

const QUICK: ExchangeLimits =
    ExchangeLimits { total: Duration::from_millis(300), sync: Duration::from_millis(300), size: 1000 };

/// Sends one request like a guest's thread: on a runtime without sockets and timers.
fn send(base: &str, limits: ExchangeLimits, request: Request) -> Result<Response, SendError> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let live = live(&deployment(base), runtime.handle().clone(), limits).unwrap();
    let mut timeline = Timeline::of_query(&Arc::new(Transport::Live(live)), Phase::Deployment);
    let guest = tokio::runtime::Builder::new_current_thread().build().unwrap();
    guest.block_on(timeline.send(request))
}

fn health() -> Request {
    Request::get(Target::Jobs("/health".to_owned()))
}

#[track_caller]
fn check_failure(base: &str, limits: ExchangeLimits, expected: Failure) {
    assert_eq!(send(base, limits, health()), Err(SendError::Failed(expected)));
}

#[test]
fn an_answer_is_handed_on_with_its_status_and_the_headers_that_matter() {
    let (base, _) =
        answer("HTTP/1.1 429 x\r\nContent-Type: text/plain\r\nRetry-After: 7\r\nContent-Length: 4\r\n\r\nslow");
    let response = send(&base, ExchangeLimits::default(), health()).unwrap();
    let expected = Response {
        status: 429,
        content_type: Some("text/plain".to_owned()),
        retry_after: Some(Duration::from_secs(7)),
        object: ObjectHeaders::default(),
        location: None,
        body: Bytes::from_static(b"slow"),
    };
    assert_eq!(response, expected);
}

#[test]
fn a_stream_of_events_is_read_until_it_pauses() {
    let (base, seen) = serve(|mut stream| {
        let events = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: {}\n\n";
        stream.write_all(events.as_bytes()).unwrap();
        // Kept open until the client ends it.
        let _ = stream.read(&mut [0; 1]);
    });
    let logs = "/serverless/{endpoint}/workers/w1/logs?source=system&tail=100".to_owned();
    let response = send(&base, QUICK, Request::get(Target::Management(logs))).unwrap();
    assert_eq!(response.body, "data: {}\n\n");
    let request = seen.recv().unwrap();
    let path = "/rest/v2/serverless/ep1/workers/w1/logs?source=system&tail=100";
    assert!(request.starts_with(&format!("GET {path} HTTP/1.1\r\n")), "{request}");
    assert!(request.contains(&format!("\r\nauthorization: Bearer {KEY}\r\n")), "{request}");
}

#[test]
fn only_runpods_apis_are_sent_the_key() {
    const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}";
    let (base, seen) = answer(OK);
    send(&base, ExchangeLimits::default(), Request::post(Target::Jobs("/run".to_owned()), Some(json!({"input": 1}))))
        .unwrap();
    let request = seen.recv().unwrap();
    assert!(request.starts_with("POST /v2/ep1/run HTTP/1.1\r\n"), "{request}");
    assert!(request.contains(&format!("\r\nauthorization: Bearer {KEY}\r\n")), "{request}");
    assert!(request.contains(&format!("\r\nuser-agent: comfycheck/{}\r\n", env!("CARGO_PKG_VERSION"))), "{request}");
    assert!(request.ends_with("\r\n\r\n{\"input\":1}"), "{request}");

    for target in ["comfyui", "result"] {
        let (base, seen) = answer(OK);
        let target = match target {
            "comfyui" => Target::ComfyUi("/queue".to_owned()),
            _ => Target::Result(Url::parse(&format!("{base}/queue")).unwrap()),
        };
        send(&base, ExchangeLimits::default(), Request::get(target)).unwrap();
        let request = seen.recv().unwrap();
        assert!(request.starts_with("GET /queue HTTP/1.1\r\n") && !request.contains("authorization"), "{request}");
    }
}

#[test]
fn each_failure_of_a_request_has_its_kind() {
    let (silent, _) = serve(|stream| drop((stream, thread::sleep(Duration::from_secs(1)))));
    check_failure(&silent, QUICK, Failure::Timeout);

    let (closing, _) = serve(|stream| stream.shutdown(Shutdown::Both).unwrap());
    check_failure(&closing, ExchangeLimits::default(), Failure::Reset);

    let (cut, _) = answer("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{");
    check_failure(&cut, ExchangeLimits::default(), Failure::Reset);

    let (not_http, _) = answer("220 smtp.example.com ESMTP\r\n");
    check_failure(&not_http, ExchangeLimits::default(), Failure::NotHttp);

    // A port that was free a moment ago.
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    check_failure(&format!("http://127.0.0.1:{port}"), ExchangeLimits::default(), Failure::Refused);

    // The name is reserved, so it cannot be resolved.
    let resolved = block_on_net(Resolver(Reachable::All).resolve("nowhere.invalid".parse().unwrap()));
    assert!(resolved.err().unwrap().is::<Unresolved>());
}

#[test]
#[should_panic(expected = "a bug of ours")]
fn a_panic_of_ours_is_no_failure_of_the_network() {
    let _ = block_on_net(async { joined::<()>(tokio::spawn(async { panic!("a bug of ours") })).await });
}

#[test]
fn an_answer_is_not_read_beyond_its_limit() {
    let (announced, _) = answer("HTTP/1.1 200 OK\r\nContent-Length: 1001\r\n\r\n");
    check_failure(&announced, QUICK, Failure::TooLarge);

    let (endless, _) = serve(|mut stream| {
        stream.write_all(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n").unwrap();
        // Ends when the client closes the connection.
        while stream.write_all(b"3e8\r\n").and_then(|()| stream.write_all(&[b'x'; 1000])).is_ok() {
            let _ = stream.write_all(b"\r\n");
        }
    });
    check_failure(&endless, QUICK, Failure::TooLarge);
}

#[test]
fn only_a_download_is_redirected_and_only_to_allowed_hosts() {
    let (base, _) = answer("HTTP/1.1 302 x\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n");
    assert_eq!(send(&base, ExchangeLimits::default(), health()).unwrap().status, 302);

    for (location, expected) in [
        ("{there}", Ok(200)),
        ("https://169.254.169.254/latest/meta-data", Err(SendError::Failed(Failure::Forbidden))),
        ("http://b.s3.amazonaws.com/a.png", Err(SendError::Failed(Failure::Forbidden))),
    ] {
        let (there, _) = answer("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        let location = location.replace("{there}", &there);
        let moved = format!("HTTP/1.1 307 x\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n");
        let (base, _) = serve(move |mut stream| stream.write_all(moved.as_bytes()).unwrap());
        let download = Request::get(Target::Result(Url::parse(&format!("{base}/a.png")).unwrap()));
        assert_eq!(
            send(&base, ExchangeLimits::default(), download).map(|answer| answer.status),
            expected,
            "{location}"
        );
    }
}

/// A download that is redirected so often: the status of what it ends with.
fn redirected(times: usize) -> u16 {
    let (mut base, _) = answer("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    for _ in 0..times {
        let moved = format!("HTTP/1.1 302 x\r\nLocation: {base}/a.png\r\nContent-Length: 0\r\n\r\n");
        base = serve(move |mut stream| stream.write_all(moved.as_bytes()).unwrap()).0;
    }
    let download = Request::get(Target::Result(Url::parse(&format!("{base}/a.png")).unwrap()));
    send(&base, ExchangeLimits::default(), download).unwrap().status
}

#[test]
fn a_download_follows_three_redirects_and_no_more() {
    assert_eq!([0, 1, 3, 4].map(redirected), [200, 200, 200, 302]);
}

#[test]
fn the_management_api_gets_half_of_the_requests_that_it_allows() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let live = live(&deployment("http://127.0.0.1:1"), runtime.handle().clone(), ExchangeLimits::default()).unwrap();
    let at = |_| live.management_window.reserve(Duration::ZERO);
    let times: Vec<_> = (0..31).map(at).collect();
    assert_eq!((times[29], times[30]), (Duration::ZERO, Duration::from_mins(1)));
}

#[test]
fn a_redirect_of_comfyui_is_not_followed_and_named_by_its_path() {
    for (location, expected) in [
        ("/queue?a=1", "/queue?a=1"),
        ("queue", "/api/queue"),
        ("{base}/queue", "/queue"),
        ("../../queue", "/queue"),
        ("http://127.0.0.1:1/queue", ""),
        ("https://comfyui.example/queue", ""),
        ("//10.0.0.1/queue", ""),
        ("file:///etc/passwd", ""),
        ("http://[", ""),
    ] {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let moved =
            format!("HTTP/1.1 302 x\r\nLocation: {}\r\nContent-Length: 0\r\n\r\n", location.replace("{base}", &base));
        thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let _ = stream.read(&mut [0; 4096]);
            stream.write_all(moved.as_bytes()).unwrap();
        });
        let request = Request::get(Target::ComfyUi("/api/history".to_owned()));
        let response = send(&base, ExchangeLimits::default(), request).unwrap();
        assert_eq!((response.status, response.location.as_deref()), (302, Some(expected)), "{location}");
    }
}

#[test]
fn a_response_that_is_larger_than_its_request_allows_is_not_read() {
    let (large, _) = answer("HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n0123456789a");
    let request = Request { largest: Some(10), ..Request::get(Target::ComfyUi("/queue".to_owned())) };
    assert_eq!(send(&large, ExchangeLimits::default(), request), Err(SendError::Failed(Failure::TooLarge)));
}

#[test]
fn a_server_that_is_not_trusted_is_a_failure_of_tls() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let base = format!("https://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let hello = stream.read(&mut [0; 4096]).unwrap();
        // A TLS alert: the handshake failed.
        stream.write_all(b"\x15\x03\x01\x00\x02\x02\x28").unwrap();
        hello
    });
    // A machine without trusted certificates cannot create this client.
    if Clients::new(true).is_ok() {
        check_failure(&base, ExchangeLimits::default(), Failure::Tls);
    }
}

#[test]
fn nothing_is_sent_in_the_clear_to_another_machine() {
    let changed = |change: &dyn Fn(&mut Deployment)| {
        let mut deployment = deployment("http://127.0.0.1:1");
        change(&mut deployment);
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        live(&deployment, runtime.handle().clone(), ExchangeLimits::default()).map(drop)
    };
    changed(&|_| {}).unwrap();
    let jobs = changed(&|deployment| deployment.base_url = "http://api.runpod.ai/v2".to_owned()).unwrap_err();
    assert!(matches!(jobs, LiveError::Base { source: AddressError::NotEncrypted, .. }), "{jobs:?}");
    let comfyui = changed(&|deployment| deployment.comfyui = Some("http://10.0.0.1:8188".to_owned())).unwrap_err();
    assert!(matches!(comfyui, LiveError::Base { source: AddressError::NotEncrypted, .. }), "{comfyui:?}");
    let endpoint = changed(&|deployment| deployment.endpoint = Some("ep1/../ep2".to_owned())).unwrap_err();
    assert!(matches!(endpoint, LiveError::Characters { .. }), "{endpoint:?}");
    let key = changed(&|deployment| deployment.key = Some(Secret::new("a\nb"))).unwrap_err();
    assert!(matches!(key, LiveError::Characters { .. }), "{key:?}");
    let echoed = changed(&|deployment| deployment.comfyui = Some(format!("https://c.example/{KEY}"))).unwrap_err();
    assert!(matches!(echoed, LiveError::KeyInAddress { .. }), "{echoed:?}");
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let staging =
        Deployment { comfyui: Some("https://staging.example".to_owned()), ..deployment("http://127.0.0.1:1") };
    let secrets = Secrets::new([Secret::new(KEY), Secret::new("staging")]);
    let secret =
        Live::new(&staging, secrets, runtime.handle().clone(), ExchangeLimits::default()).map(drop).unwrap_err();
    assert!(matches!(secret, LiveError::SecretInAddress { .. }), "{secret:?}");
    let errors = [
        ("jobs", jobs),
        ("comfyui", comfyui),
        ("endpoint", endpoint),
        ("key", key),
        ("echoed", echoed),
        ("a secret of a template", secret),
    ];
    insta::assert_snapshot!(wording(errors));
}

#[test]
fn a_result_is_fetched_from_public_addresses_only() {
    let allowed = |base: &str, url: &str| {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let live = live(&deployment(base), runtime.handle().clone(), ExchangeLimits::default()).unwrap();
        live.allows(&Url::parse(url).unwrap()).is_ok()
    };
    for (base, url, expected) in [
        ("http://127.0.0.1:1", "http://127.0.0.1:2/image.png", true),
        ("http://127.0.0.1:1", "http://10.0.0.1/image.png", false),
        ("http://127.0.0.1:1", "https://169.254.169.254/latest", false),
        ("http://127.0.0.1:1", "https://bucket.s3.amazonaws.com/image.png", true),
        ("http://127.0.0.1:1", "http://bucket.s3.amazonaws.com/image.png", false),
    ] {
        assert_eq!(allowed(base, url), expected, "{url}");
    }
    for (reachable, expected) in
        [(Reachable::Public, false), (Reachable::PublicOrLoopback, true), (Reachable::All, true)]
    {
        let resolved = block_on_net(Resolver(reachable).resolve("localhost".parse().unwrap()));
        assert_eq!(resolved.is_ok(), expected);
    }
}

#[test]
fn the_key_is_in_no_debug_output() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let live = live(&deployment("http://127.0.0.1:1"), runtime.handle().clone(), ExchangeLimits::default()).unwrap();
    let debug = format!("{:?} {:?}", live.prepare(&health()).unwrap(), Transport::Live(live));
    assert!(!debug.contains(KEY), "{debug}");
}

fn block_on_net<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

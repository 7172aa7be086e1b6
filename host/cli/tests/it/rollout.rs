//! Waiting for a release over the network: what is refused, how long it takes at most, and what ends it.

use crate::binary::comfycheck;
use crate::server::{ReceivedRequest, Reply, Server, response};
use crate::signal;
use crate::wording::Wording;
use insta::assert_snapshot;
use std::process::{Child, Output, Stdio};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Waits for a release of an endpoint whose management API is this server.
fn wait_rollout(server: &Server, arguments: &[&str]) -> Child {
    let url = format!("{}/v2", server.base());
    comfycheck(tempfile::tempdir().unwrap().path())
        .args(["wait-rollout", "--endpoint", "ep1"])
        .args(arguments)
        .envs([("RUNPOD_API_KEY", "rpa_0123456789"), ("RUNPOD_API_URL", &url), ("RUNPOD_REST_V2_API_URL", &url)])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary runs")
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

fn silent(_: &ReceivedRequest) -> Reply {
    Reply::Silence(Vec::new())
}

#[test]
fn a_refused_key_and_an_unknown_endpoint_are_wrong_and_an_outage_is_inconclusive() {
    let mut words = Wording::default();
    for (status, exit_code) in [(401, 1), (403, 1), (404, 1), (302, 3)] {
        let server = Server::start(move |_| Reply::Bytes(response(status, &[], b"{}")));
        let output = wait_rollout(&server, &["--timeout", "1m"]).wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(exit_code), "{status}: {}", text(&output));
        words.add(&format!("status {status}"), &text(&output).replace(&server.base(), "{base}"));
    }
    assert_snapshot!(words);
}

#[test]
fn a_server_never_delays_it_beyond_its_timeout() {
    let busy = |_: &ReceivedRequest| Reply::Bytes(response(429, &["Retry-After: 100000"], b"{}"));
    let mut words = Wording::default();
    for (name, server) in [("silent", Server::start(silent)), ("busy", Server::start(busy))] {
        let begun = Instant::now();
        let output = wait_rollout(&server, &["--timeout", "1s"]).wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(3), "{}", text(&output));
        // It has two seconds; the rest is for a machine that does other things, too.
        assert!(begun.elapsed() < Duration::from_secs(15), "{:?}", begun.elapsed());
        // Progress tells how long it has waited, which differs from run to run.
        let error: Vec<_> = output.stderr.split(|byte| *byte == b'\n').map(String::from_utf8_lossy).collect();
        let error: Vec<_> = error.iter().skip_while(|line| !line.starts_with("error: ")).map(|line| &**line).collect();
        words.add(name, &error.join("\n"));
    }
    assert_snapshot!(words);
}

#[test]
fn a_signal_ends_it() {
    for (name, exit_code) in [("INT", 130), ("TERM", 143)] {
        let server = Server::start(silent);
        let waiting = wait_rollout(&server, &["--timeout", "1h"]);
        assert!(server.wait_for("GET /v2/serverless/ep1/releases"));
        signal::send(name, &waiting);
        let output = waiting.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(exit_code), "{}", text(&output));
        assert_snapshot!("interrupted", text(&output));
    }
}

/// RunPod counts the requests of a key, and a matrix runs several processes with one key.
#[test]
fn processes_with_one_cache_folder_share_the_limit_of_the_management_api() {
    let server = Server::start(|_| Reply::Bytes(response(401, &[], b"{}")));
    let cache = tempfile::tempdir().unwrap();
    let arguments = ["--timeout", "1s", "--cache-dir", cache.path().to_str().unwrap()];
    for process in [(); 2].map(|()| wait_rollout(&server, &arguments)) {
        assert_eq!(process.wait_with_output().unwrap().status.code(), Some(1));
    }
    let mut files = std::fs::read_dir(cache.path()).unwrap().map(|entry| entry.unwrap().path());
    let counted = files.find(|path| path.file_name().unwrap().to_string_lossy().starts_with("requests-")).unwrap();
    let text = std::fs::read_to_string(&counted).unwrap();
    assert_eq!((text.lines().count(), server.requests().len()), (2, 2), "{text}");
    // Another process has just sent all that fits into a minute.
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis().to_string();
    std::fs::write(&counted, [now.as_str(); 50].join("\n")).unwrap();
    let waited = wait_rollout(&server, &arguments).wait_with_output().unwrap();
    assert_eq!((waited.status.code(), server.requests().len()), (Some(3), 2), "{}", self::text(&waited));
}

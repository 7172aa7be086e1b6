//! The export of metrics to an OpenTelemetry collector on loopback: what arrives, and that the token appears nowhere else.

use crate::binary::comfycheck;
use crate::server::{ReceivedRequest, Reply, Server, response};
use insta::assert_snapshot;
use serde_json::{Value, json};
use std::path::Path;
use std::sync::{Arc, Mutex};

/// Only the collector may see it.
const TOKEN: &str = "otlp-t0ken+/B0";

/// The heads and bodies that the collector received.
type Received = Arc<Mutex<Vec<(String, Value)>>>;

/// A ComfyUI without nodes, and a collector that answers `status`.
fn server(status: u16) -> (Server, Received) {
    let received = Received::default();
    let kept = Arc::clone(&received);
    let server = Server::start(move |asked: &ReceivedRequest| match asked.line.as_str() {
        "POST /collector/v1/metrics" => {
            kept.lock().unwrap().push((asked.head.clone(), serde_json::from_slice(&asked.body).unwrap()));
            Reply::Bytes(response(status, &["content-type: application/json"], b"{}"))
        }
        "GET /object_info" => Reply::Json(json!({"Other": {"input": {}, "output": []}})),
        _ => Reply::Json(json!({"system": {"comfyui_version": "0.3.75"}, "devices": []})),
    });
    (server, received)
}

/// The exit code of a run that lacks a node, and what it wrote.
fn run(comfyui: &str, collector: Option<&str>, arguments: &[&str]) -> (Option<i32>, String) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("workflow.json"), r#"{"3": {"class_type": "Missing", "inputs": {}}}"#).unwrap();
    let suite = format!(
        "name = \"exported\"\nworkflow = \"workflow.json\"\nsamples = 0\n[deployment]\ncomfyui = \"{comfyui}\"\n[checks.nodes]\n"
    );
    std::fs::write(folder.path().join("comfycheck.toml"), suite).unwrap();
    let mut command = comfycheck(folder.path());
    command.args(["run", "--progress", "none", "--otlp"]).args(arguments);
    command.envs(collector.map(|base| ("OTEL_EXPORTER_OTLP_ENDPOINT", base)));
    command.env("OTEL_EXPORTER_OTLP_HEADERS", "api-key=otlp-t0ken%2B%2FB0");
    let output = command.output().unwrap();
    (output.status.code(), String::from_utf8([output.stdout, output.stderr].concat()).unwrap())
}

/// The points of a metric: the value of a label, and the number.
fn points(request: &Value, name: &str, label: &str) -> Vec<(String, f64)> {
    let metrics = request["resourceMetrics"][0]["scopeMetrics"][0]["metrics"].as_array().unwrap();
    let metric = metrics.iter().find(|metric| metric["name"] == name).unwrap_or_else(|| panic!("{name}: {request}"));
    let of_label = |point: &Value| {
        let attributes = point["attributes"].as_array().unwrap();
        let found = attributes.iter().find(|attribute| attribute["key"] == label).unwrap();
        (found["value"]["stringValue"].as_str().unwrap().to_owned(), point["asDouble"].as_f64().unwrap())
    };
    metric["gauge"]["dataPoints"].as_array().unwrap().iter().map(of_label).collect()
}

#[test]
fn a_live_run_sends_its_metrics_once_with_the_headers() {
    let (server, received) = server(200);
    let collector = format!("{}/collector", server.base());
    let (code, said) = run(&server.base(), Some(&collector), &["--format", "human", "--format", "otlp"]);
    assert_eq!(code, Some(1), "{said}");
    let received = received.lock().unwrap();
    let [(head, request)] = &received[..] else { panic!("{received:?}") };
    assert!(head.contains("content-type: application/json"), "{head}");
    assert!(head.contains(&format!("api-key: {TOKEN}")), "{head}");
    let verdicts = points(request, "comfycheck.run_verdict", "verdict");
    let expected = [("failed", 1.0), ("inconclusive", 0.0), ("passed", 0.0)];
    assert_eq!(verdicts, expected.map(|(verdict, value)| (verdict.to_owned(), value)));
    assert_eq!(points(request, "comfycheck.findings", "severity")[0], ("error".to_owned(), 1.0));
    assert_eq!(points(request, "comfycheck.run_duration_seconds", "run").len(), 1);
    assert!(said.contains("resourceMetrics"), "the format writes the same request: {said}");
    assert!(!said.contains("t0ken"), "{said}");
}

#[test]
fn a_collector_that_refuses_is_a_warning_and_the_verdict_stays() {
    let (server, received) = server(401);
    let (code, said) = run(&server.base(), Some(&format!("{}/collector", server.base())), &["--format", "json:r.json"]);
    assert_eq!((code, received.lock().unwrap().len()), (Some(1), 1), "{said}");
    let warning = said.lines().find(|line| line.starts_with("warning: ")).unwrap_or_else(|| panic!("{said}"));
    assert_snapshot!(warning);
}

#[test]
fn a_run_without_a_usable_collector_does_not_start() {
    let (server, _) = server(200);
    let mut words = Vec::new();
    for collector in [None, Some("http://collector:4318"), Some("collector")] {
        let (code, said) = run(&server.base(), collector, &["--format", "human"]);
        assert_eq!(code, Some(2), "{said}");
        words.push(said);
    }
    assert_eq!(server.requests(), [""; 0], "nothing was asked");
    assert_snapshot!(words.join("\n"));
}

#[test]
fn a_replay_sends_nothing_and_reads_no_environment() {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures");
    let arguments =
        ["run", "suites/denrisi.toml", "--replay", "cassettes/denrisi-healthy", "--progress", "none", "--otlp"];
    let output = comfycheck(&fixtures).args(arguments).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    assert_snapshot!(String::from_utf8(output.stderr).unwrap());
}

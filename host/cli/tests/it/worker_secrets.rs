//! What a worker knows and writes by mistake, in logs, errors and outputs, is in nothing that comfycheck writes.

use crate::binary;
use crate::server::{ReceivedRequest, Reply, Server, response};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::Output;
use std::sync::atomic::{AtomicUsize, Ordering};
use tempfile::TempDir;

/// A value of the endpoint's environment.
const VALUE: &str = "opensesame/99+of=this~endpoint";

/// The value as it is, in URLs, and inside of base64.
const FORMS: [&str; 3] = [VALUE, "opensesame%2F99%2Bof%3Dthis~endpoint", "b3BlbnNlc2FtZS85OStvZj10aGlzfmVuZHBvaW50"];

const FORMATS: [&str; 8] = ["json", "junit", "ctrf", "sarif", "github", "markdown", "ndjson", "openmetrics"];

/// A suite, and a scenario whose workers have the value in their environment and write it everywhere.
///
/// The endpoint's time runs 50 times as fast, and this machine may be busy. With less patience the wait could end before the
/// watcher has read the log.
fn folder(scenario: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let workflow = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/workflows/denrisi.json");
    std::fs::copy(workflow, folder.path().join("workflow.json")).unwrap();
    let suite = "workflow = \"workflow.json\"\nsamples = 2\n[deployment]\nendpoint = { env = \"RUNPOD_ENDPOINT_ID\" }\n\
                 [patience]\nin-queue-s = 3600\n[checks.endpoint]\n[checks.image]\n[checks.nodes]\n";
    std::fs::write(folder.path().join("suite.toml"), suite).unwrap();
    let scenario = scenario.replace("SECRET", &FORMS.join(" "));
    let scenario = format!("{scenario}\n[endpoint.env]\nBOT_PASS = {VALUE:?}\n");
    std::fs::write(folder.path().join("scenario.toml"), scenario).unwrap();
    folder
}

/// A run with every format and a recording.
fn arguments() -> Vec<String> {
    let mut arguments: Vec<String> =
        ["run", "suite.toml", "--no-notify", "--verbose", "--record", "out/cassette", "--format", "human"]
            .map(str::to_owned)
            .to_vec();
    for format in FORMATS {
        arguments.extend(["--format".to_owned(), format!("{format}:out/{format}")]);
    }
    arguments
}

/// Runs the suite against the scenario over HTTP.
fn run(folder: &Path) -> Output {
    let mock = ["mock", "scenario.toml", "--listen", "127.0.0.1:0", "--speed", "50", "--"];
    let program = env!("CARGO_BIN_EXE_comfycheck");
    binary::comfycheck(folder).args(mock).arg(program).args(arguments()).output().unwrap()
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

/// A key that a handler made itself. Only its looks tell it from a word.
const UNNAMED: &str = "k9XbQ2mZr7Lw0TfY4vNd";

/// An endpoint whose handler puts the value and the key into errors and outputs.
fn careless() -> Server {
    let submitted = AtomicUsize::new(0);
    Server::start(move |asked: &ReceivedRequest| {
        let json = |value: Value| {
            Reply::Bytes(response(200, &["Content-Type: application/json"], value.to_string().as_bytes()))
        };
        let all = FORMS.join(" ");
        let logs = format!("connecting with {UNNAMED}\n{all}\nHF_TOKEN=hunter2hunter2\nMemoryError");
        match asked.line.as_str() {
            "GET /v2/ep1/health" => json(json!({"workers": {"idle": 1, "ready": 1}, "jobs": {}})),
            "POST /v2/ep1/run" => {
                let number = submitted.fetch_add(1, Ordering::SeqCst);
                json(json!({"id": format!("job-{number}"), "status": "IN_QUEUE"}))
            }
            "GET /v2/ep1/status/job-0" => json(json!({
                "status": "FAILED", "workerId": "w1", "delayTime": 10, "executionTime": 10,
                "error": json!({"error_type": "<class 'RuntimeError'>", "error_message": format!("no {all}"), "logs": logs}).to_string(),
            })),
            "GET /v2/ep1/status/job-1" => json(json!({
                "status": "COMPLETED", "workerId": "w1", "delayTime": 10, "executionTime": 2000,
                "output": {"error": format!("no {all}"), "logs": [logs], "details": [all]},
            })),
            line if line.starts_with("GET /v2/serverless/ep1/") => Reply::Bytes(response(404, &[], b"")),
            line if line.starts_with("GET /v2/serverless/ep1") => json(json!({
                "id": "ep1", "name": "e", "type": "QUEUE", "workers": {"min": 0, "max": 1, "idleTimeout": 5},
                "timeout": 600_000, "env": {"BOT_PASS": VALUE},
            })),
            _ => Reply::Bytes(response(404, &[], b"")),
        }
    })
}

/// Holds everything that is written against the value. Returns the rules of the errors.
#[track_caller]
fn check(scenario: &str) -> Vec<Value> {
    let folder = folder(scenario);
    check_output(&folder, &run(folder.path()))
}

#[track_caller]
fn check_output(folder: &TempDir, output: &Output) -> Vec<Value> {
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    let check = |place: &str, bytes: &[u8]| {
        let text = String::from_utf8_lossy(bytes);
        for form in FORMS.into_iter().chain([UNNAMED, "hunter2hunter2"]) {
            assert!(!text.contains(form), "{place} holds the value as `{form}`: {text}");
        }
    };
    check("stdout", &output.stdout);
    check("stderr", &output.stderr);
    let written = files(&folder.path().join("out"));
    assert!(written.len() > FORMATS.len(), "{stderr} {written:?}");
    for path in &written {
        check(&path.display().to_string(), &std::fs::read(path).unwrap());
    }
    let report = std::fs::read(folder.path().join("out/json")).unwrap();
    let report: Value = serde_json::from_slice(&report).unwrap();
    let executions = report["executions"].as_array().unwrap().iter();
    let findings = executions.flat_map(|execution| execution["findings"].as_array().cloned().unwrap_or_default());
    findings.filter(|finding| finding["severity"] == "error").map(|finding| finding["rule"].clone()).collect()
}

/// The watcher ends the wait with a line of the system log.
#[test]
fn a_line_of_the_system_log_that_ends_the_wait_is_quoted_without_secrets() {
    let rules = check(
        "[workers]\nfate = \"never-ready\"\nsystem-log = [\n\
         \"error pulling image: manifest for example/a:SECRET not found: manifest unknown\"]\n",
    );
    assert_eq!(rules, ["unpullable-image"]);
}

/// The error of the job is useless, so the log is read and quoted.
#[test]
fn a_line_of_the_container_s_log_is_quoted_without_secrets() {
    let rules = check(
        "[endpoint]\nworkers-min = 1\n[workers]\nlog = [\"ModuleNotFoundError: No module named 'SECRET'\", \"login with SECRET\"]\n\
         [[jobs]]\ndoes = \"finds-no-comfyui\"\n",
    );
    assert_eq!(rules, ["missing-package"]);
}

#[test]
fn errors_and_outputs_of_jobs_are_kept_without_secrets() {
    let server = careless();
    let folder = folder("");
    let base = format!("{}/v2", server.base());
    let environment = [
        ("RUNPOD_API_KEY", "any-key"),
        ("RUNPOD_ENDPOINT_ID", "ep1"),
        ("RUNPOD_ENDPOINT_BASE_URL", base.as_str()),
        ("RUNPOD_REST_V2_API_URL", base.as_str()),
    ];
    let output = binary::comfycheck(folder.path()).args(arguments()).envs(environment).output().unwrap();
    let rules = check_output(&folder, &output);
    assert!(rules.contains(&"out-of-system-memory".into()), "the logs still name the cause: {rules:?}");
}

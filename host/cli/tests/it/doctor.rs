//! `comfycheck doctor` where the environment and servers answer: what it says, when, and what ends it.

use crate::binary::comfycheck;
use crate::server::{ReceivedRequest, Reply, Server, response};
use crate::signal;
use serde_json::json;
use std::path::Path;
use std::process::{Child, Output, Stdio};

fn doctor(folder: &Path, environment: &[(&str, &str)]) -> Child {
    let mut command = comfycheck(folder);
    command.arg("doctor").envs(environment.iter().copied()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.spawn().unwrap()
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

/// A folder with this suite, which has a workflow and takes no samples.
fn folder(suite: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let workflow = json!({"1": {"class_type": "KSampler", "inputs": {}}});
    std::fs::write(folder.path().join("workflow.json"), workflow.to_string()).unwrap();
    let suite = format!("workflow = \"workflow.json\"\nsamples = 0\n{suite}");
    std::fs::write(folder.path().join("comfycheck.toml"), suite).unwrap();
    folder
}

/// What is told of a suite and an environment: the exit code, and lines that begin so.
#[track_caller]
fn check(suite: &str, environment: &[(&str, &str)], code: i32, expected: &[&str]) {
    let folder = folder(suite);
    let output = doctor(folder.path(), environment).wait_with_output().unwrap();
    let told = text(&output);
    assert_eq!(output.status.code(), Some(code), "{told}");
    for line in expected {
        assert!(told.lines().any(|told| told.starts_with(line)), "no line begins with {line:?}:\n{told}");
    }
    assert!(!told.contains("s3cret"), "{told}");
}

#[test]
fn a_variable_that_the_suite_names_is_the_one_that_is_missed() {
    let suite = "[deployment]\nendpoint = \"ep1\"\nkey = { env = \"OUR_KEY\" }\n";
    let environment = [("RUNPOD_API_KEY", "rpa_1")];
    let folder = folder(suite);
    let output = doctor(folder.path(), &environment).wait_with_output().unwrap();
    let told = text(&output);
    assert_eq!(output.status.code(), Some(2), "{told}");
    assert!(
        told.contains("missing  environment  comfycheck.toml:5:7: environment variable `OUR_KEY` is not set; set it")
    );
    assert!(!told.contains("RUNPOD_API_KEY"), "{told}");
}

#[test]
fn what_is_set_and_wrong_is_not_missing() {
    let line = "wrong    environment  `RUNPOD_API_KEY` contains a space";
    check("[deployment]\nendpoint = \"ep1\"\n", &[("RUNPOD_API_KEY", "a b")], 2, &[line]);
}

#[test]
fn webhooks_that_cannot_work_are_told() {
    let line = "warning  webhook      cannot notify Slack: `COMFYCHECK_SLACK_WEBHOOK` is not a URL; set ";
    check("", &[("COMFYCHECK_SLACK_WEBHOOK", "s3cret")], 0, &[line]);
    let line = "warning  webhook      cannot notify the webhook: environment variable `OURS` is not set; set ";
    check("[[notifications]]\nto = \"webhook\"\nurl = { env = \"OURS\" }\n", &[], 0, &[line]);
}

#[test]
fn what_a_server_answers_tells_what_to_do() {
    let health = json!({"workers": {"idle": 1, "ready": 1}, "jobs": {"inQueue": 0}});
    let server = Server::start(move |asked: &ReceivedRequest| match asked.line.as_str() {
        "GET /v2/ep1/health" => Reply::Json(health.clone()),
        "GET /system_stats" => Reply::Bytes(response(401, &[], b"")),
        // Of the volume.
        _ => Reply::Bytes(response(500, &["Retry-After: 0"], b"")),
    });
    let base = server.base();
    let suite = format!(
        "[deployment]\nendpoint = \"ep1\"\nbase-url = \"{base}/v2\"\ncomfyui = \"{base}\"\n[[deployment.volumes]]\n\
         id = \"agv6w2qcg7\"\ndata-center = \"EU-RO-1\"\naddress = \"{base}\"\n"
    );
    let keys = [("RUNPOD_API_KEY", "rpa_1"), ("RUNPOD_S3_ACCESS_KEY", "user_1"), ("RUNPOD_S3_SECRET_KEY", "rps_1")];
    let management = "missing  management   the job API is not RunPod's, and the suite sets no `management-url`";
    let volume = "open     volumes      network volume `agv6w2qcg7` in EU-RO-1: the S3-compatible API answered `/` with status 500";
    let comfyui = format!("open     comfyui      {base}: access denied; use an address without a login");
    check(&suite, &keys, 3, &[management, volume, &comfyui]);
}

#[test]
fn a_signal_ends_it_and_what_was_told_before_is_told() {
    for (name, exit_code) in [("INT", 130), ("TERM", 143)] {
        let server = Server::start(|_: &ReceivedRequest| Reply::Silence(Vec::new()));
        let folder = folder(&format!("[deployment]\nendpoint = \"ep1\"\nbase-url = \"{}/v2\"\n", server.base()));
        let asking = doctor(folder.path(), &[("RUNPOD_API_KEY", "rpa_1")]);
        assert!(server.wait_for("GET /v2/ep1/health"));
        signal::send(name, &asking);
        let output = asking.wait_with_output().unwrap();
        let told = text(&output);
        assert_eq!(output.status.code(), Some(exit_code), "{told}");
        assert!(told.starts_with("ok       comfycheck   version"), "{told}");
        assert!(told.contains("\nok       key          set\n") && told.contains("interrupted"), "{told}");
    }
}

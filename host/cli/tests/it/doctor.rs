//! What `doctor` reports of a suite, an environment and a server, and what ends it.

use crate::binary::comfycheck;
use crate::server::{ReceivedRequest, Reply, Server, response};
use crate::signal;
use crate::wording::Wording;
use insta::assert_snapshot;
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

/// What was printed, without what changes with each version.
fn words() -> Wording {
    Wording::default().mask(env!("CARGO_PKG_VERSION"), "{version}")
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

/// Reports this of a suite and an environment: the exit code, and the items that are not `ok`, each as state and subject.
/// Returns what was printed.
#[track_caller]
fn check(suite: &str, environment: &[(&str, &str)], code: i32, expected: &[&str]) -> Output {
    let folder = folder(suite);
    let output = doctor(folder.path(), environment).wait_with_output().unwrap();
    let printed = text(&output);
    assert_eq!(output.status.code(), Some(code), "{printed}");
    let lines = printed.lines().filter(|line| !line.starts_with(' '));
    let items = lines.map(|line| line.split_whitespace().take(2).collect::<Vec<_>>().join(" "));
    let items: Vec<_> = items.filter(|item| !item.starts_with("ok ") && !item.starts_with("next ")).collect();
    assert_eq!(items, expected, "{printed}");
    assert!(!printed.contains("s3cret"), "{printed}");
    output
}

#[test]
fn a_missing_variable_is_the_one_that_the_suite_names() {
    let suite = "[deployment]\nendpoint = \"ep1\"\nkey = { env = \"OUR_KEY\" }\n";
    let output = check(suite, &[("RUNPOD_API_KEY", "rpa_1")], 2, &["missing environment"]);
    let printed = text(&output);
    assert!(printed.contains("comfycheck.toml:5:7: ") && !printed.contains("RUNPOD_API_KEY"), "{printed}");
    let mut words = words();
    words.output("OUR_KEY is not set", &output);
    assert_snapshot!(words);
}

#[test]
fn a_variable_with_a_wrong_value_is_wrong_and_not_missing() {
    let suite = "[deployment]\nendpoint = \"ep1\"\n";
    let output = check(suite, &[("RUNPOD_API_KEY", "a b")], 2, &["wrong environment"]);
    let mut words = words();
    words.output("a key with a space", &output);
    assert_snapshot!(words);
}

#[test]
fn webhooks_that_cannot_work_are_warnings() {
    let mut words = words();
    let lines = ["missing key", "warning webhook", "missing endpoint", "optional comfyui"];
    let output = check("", &[("COMFYCHECK_SLACK_WEBHOOK", "s3cret")], 0, &lines);
    words.output("not a URL", &output);
    let suite = "[[notifications]]\nto = \"webhook\"\nurl = { env = \"OURS\" }\n";
    words.output("not set", &check(suite, &[], 0, &lines));
    assert_snapshot!(words);
}

#[test]
fn each_answer_of_a_server_has_its_own_advice() {
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
    let output = check(&suite, &keys, 3, &["optional management", "unknown volumes", "unknown comfyui"]);
    // The response time of the server is on the line of the endpoint.
    let printed = text(&output);
    let others: Vec<_> = printed.lines().filter(|line| !line.starts_with("ok        endpoint")).collect();
    let mut words = words().mask(&base, "{base}");
    words.add("a ComfyUI with a login, a volume that fails", &others.join("\n"));
    assert_snapshot!(words);
}

#[test]
fn a_suite_that_is_missing_or_ignored_has_its_own_advice() {
    let folder = tempfile::tempdir().unwrap();
    let help = |arguments: &[&str]| {
        let output = comfycheck(folder.path()).arg("doctor").args(arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(2));
        let text = String::from_utf8(output.stdout).unwrap().split_whitespace().collect::<Vec<_>>().join(" ");
        text.split("missing suite ").nth(1).unwrap().split(" missing ").next().unwrap().to_owned()
    };
    let empty = help(&[]);
    assert!(empty.starts_with("there is no `comfycheck.toml`") && empty.contains("Export (API)"), "{empty}");
    std::fs::write(folder.path().join("flux.json"), r#"{"1": {"class_type": "KSampler", "inputs": {}}}"#).unwrap();
    let with_workflow = help(&[]);
    assert!(with_workflow.contains("help: run `comfycheck init`"), "{with_workflow}");
    std::fs::write(folder.path().join("comfycheck.toml"), "workflow = \"flux.json\"\n").unwrap();
    let ignored = help(&["--no-suite"]);
    assert!(ignored.starts_with("`--no-suite` ignores `comfycheck.toml`"), "{ignored}");
}

#[test]
fn a_signal_ends_it_and_what_is_known_is_reported() {
    for (name, exit_code) in [("INT", 130), ("TERM", 143)] {
        let server = Server::start(|_: &ReceivedRequest| Reply::Silence(Vec::new()));
        let folder = folder(&format!("[deployment]\nendpoint = \"ep1\"\nbase-url = \"{}/v2\"\n", server.base()));
        let asking = doctor(folder.path(), &[("RUNPOD_API_KEY", "rpa_1")]);
        assert!(server.wait_for("GET /v2/ep1/health"));
        signal::send(name, &asking);
        let output = asking.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(exit_code), "{}", text(&output));
        let mut words = words();
        words.output("interrupted", &output);
        assert_snapshot!("interrupted", words);
    }
}

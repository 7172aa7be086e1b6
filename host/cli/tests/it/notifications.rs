//! A live run tells somebody: what arrives, and that the URL is nowhere else.

use crate::binary::comfycheck;
use crate::server::{ReceivedRequest, Reply, Server, response};
use crate::signal;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};

/// What nobody but the webhooks may see.
const SECRET: &str = "T0-s3cret+/B0";

/// What webhooks were sent, each with its name.
type Told = Arc<Mutex<Vec<(String, Value)>>>;

/// The status of webhooks that do not answer.
const SILENT: u16 = 0;

/// A ComfyUI, which echoes the secret, and webhooks, which keep what they are sent and answer `status`.
fn server(status: u16) -> (Server, Told) {
    let told = Told::default();
    let kept = Arc::clone(&told);
    let server = Server::start(move |asked: &ReceivedRequest| {
        if let Some(path) = asked.line.strip_prefix("POST /hook/") {
            let name = path.replace(SECRET, "{secret}");
            kept.lock().unwrap().push((name, serde_json::from_slice(&asked.body).unwrap()));
            if status == SILENT {
                return Reply::Silence(Vec::new());
            }
            return Reply::Bytes(response(status, &[&format!("Location: /elsewhere/{SECRET}")], SECRET.as_bytes()));
        }
        let host = asked.head.lines().find_map(|line| line.strip_prefix("host: ")).unwrap_or_default();
        let echo = format!("http://{host}/hook/slack/{SECRET} http://{host}/hook/report/{SECRET}");
        if asked.line == "GET /object_info" {
            return Reply::Json(json!({&echo: {"input": {}, "output": []}}));
        }
        Reply::Json(json!({"system": {"comfyui_version": echo, "argv": [echo]}, "devices": []}))
    });
    (server, told)
}

/// A suite that looks at the nodes of a ComfyUI, one of which is missing.
fn folder(base: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let prompt = format!("{base}/hook/slack/{SECRET}");
    let workflow = json!({"3": {"class_type": "Missing", "inputs": {"prompt": prompt}}});
    std::fs::write(folder.path().join("workflow.json"), workflow.to_string()).unwrap();
    let suite = format!(
        "name = \"told\"\nworkflow = \"workflow.json\"\nsamples = 0\n[deployment]\ncomfyui = \"{base}\"\n[checks.nodes]\n"
    );
    std::fs::write(folder.path().join("comfycheck.toml"), suite).unwrap();
    folder
}

/// The exit code, and what the run wrote to stdout and stderr.
fn run(folder: &Path, base: &str, arguments: &[&str]) -> (Option<i32>, String) {
    ended(start(folder, base, arguments))
}

fn start(folder: &Path, base: &str, arguments: &[&str]) -> Child {
    let mut command = comfycheck(folder);
    command.arg("run").args(arguments);
    command.env("COMFYCHECK_SLACK_WEBHOOK", format!("{base}/hook/slack/{SECRET}"));
    command.env("COMFYCHECK_WEBHOOK", format!("{base}/hook/report/{SECRET}"));
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

fn ended(run: Child) -> (Option<i32>, String) {
    let output = run.wait_with_output().unwrap();
    (output.status.code(), String::from_utf8([output.stdout, output.stderr].concat()).unwrap())
}

fn interrupt(run: &Child) {
    signal::send("INT", run);
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found
}

#[test]
fn a_failed_run_is_told_and_the_urls_are_nowhere_else() {
    let (server, told) = server(200);
    let folder = folder(&server.base());
    let mut arguments = vec!["--verbose", "--record", "out/cassette", "--format", "human"];
    for format in ["json:out/r.json", "junit:out/r.xml", "markdown:out/r.md", "github:out/gh", "ndjson:out/r.ndjson"] {
        arguments.extend(["--format", format]);
    }
    let (code, said) = run(folder.path(), &server.base(), &arguments);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("notified Slack: the run failed\nnotified the webhook: the run failed\n"), "{said}");
    let mut told = told.lock().unwrap();
    // They are told at once, and either may be the first.
    told.sort_by(|(one, _), (other, _)| other.cmp(one));
    let names: Vec<_> = told.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["slack/{secret}", "report/{secret}"]);
    assert_eq!(told[0].1["text"], "❌ comfycheck: told failed");
    let report: Value = serde_json::from_slice(&std::fs::read(folder.path().join("out/r.json")).unwrap()).unwrap();
    assert_eq!(told[1].1, report, "the webhook gets the JSON report");
    let written = files(&folder.path().join("out"));
    assert!(written.len() >= 6, "five reports and a cassette: {written:?}");
    let written = written.iter().map(|path| String::from_utf8_lossy(&std::fs::read(path).unwrap()).into_owned());
    let sent = told.iter().map(|(_, body)| body.to_string());
    for text in written.chain(sent).chain([said]) {
        for secret in [SECRET, "s3cret%2B%2FB0", "s3cret+\\/B0"] {
            assert!(!text.contains(secret), "{text}");
        }
    }
}

#[test]
fn who_cannot_be_told_is_a_warning_and_the_verdict_stays() {
    for (status, why) in
        [(404, "status 404; check the webhook URL in `COMFYCHECK_SLACK_WEBHOOK`"), (302, ""), (400, "status 400\n")]
    {
        let (server, _) = server(status);
        let folder = folder(&server.base());
        let (code, said) = run(folder.path(), &server.base(), &[]);
        assert_eq!(code, Some(1), "{said}");
        assert!(said.contains(&format!("warning: could not notify Slack (the run failed): {why}")), "{said}");
        assert!(!said.contains("s3cret"), "{said}");
        assert!(!server.requests().iter().any(|line| line.contains("/elsewhere")), "{:?}", server.requests());
    }
}

#[test]
fn nobody_is_told_where_nobody_is_to_be_told() {
    let (server, told) = server(200);
    let folder = folder(&server.base());
    let (code, said) = run(folder.path(), &server.base(), &["--no-notify"]);
    assert_eq!((code, said.contains("notified Slack")), (Some(1), false), "{said}");
    let (_, said) = run(folder.path(), &server.base(), &["--simulate", "unauthorized", "--check", "nodes"]);
    assert!(!said.contains("not sent"), "offline the environment is not looked at: {said}");
    assert_eq!(told.lock().unwrap().len(), 0);
}

#[test]
fn a_signal_ends_the_waiting_for_webhooks_and_the_verdict_stays() {
    let (server, _) = server(SILENT);
    let folder = folder(&server.base());
    let run = start(folder.path(), &server.base(), &[]);
    // The second is told while the first has not answered.
    for name in ["slack", "report"] {
        assert!(server.wait_for(&format!("POST /hook/{name}/{SECRET}")), "{name}");
    }
    interrupt(&run);
    let (code, said) = ended(run);
    assert_eq!(code, Some(1), "{said}");
    for who in ["Slack", "the webhook"] {
        let line = format!("warning: {who} may not have received \"the run failed\": interrupted before it responded");
        assert!(said.contains(&line), "{said}");
    }
}

#[test]
fn an_interrupted_run_leaves_the_report_of_the_run_before() {
    let server = Server::start(|_: &ReceivedRequest| Reply::Silence(Vec::new()));
    let folder = folder(&server.base());
    let previous = folder.path().join("previous.json");
    std::fs::write(&previous, "the run before").unwrap();
    let formats = ["--format", "json:./previous.json", "--format", "json:other.json"];
    let run = start(folder.path(), &server.base(), &[&["--previous", "previous.json"], &formats[..]].concat());
    assert!(server.wait_for("GET /object_info"));
    interrupt(&run);
    let (code, said) = ended(run);
    assert_eq!(code, Some(130), "{said}");
    assert!(said.contains("kept ./previous.json: the run was interrupted\n"), "{said}");
    assert_eq!(std::fs::read_to_string(previous).unwrap(), "the run before");
    assert!(folder.path().join("other.json").exists());
}

#[test]
fn what_is_no_report_of_the_run_before_is_told_and_not_read_for_ever() {
    let (server, _) = server(200);
    let folder = folder(&server.base());
    let path = |name: &str| folder.path().join(name);
    assert!(Command::new("mkfifo").arg(path("pipe")).status().unwrap().success());
    std::os::unix::fs::symlink("/dev/zero", path("device")).unwrap();
    for (name, why) in [
        ("pipe", "`pipe` is not a file"),
        ("device", "`device` is not a file"),
        ("comfycheck.toml/a", "cannot read `comfycheck.toml/a`: Not a directory (os error 20)"),
    ] {
        let (code, said) = run(folder.path(), &server.base(), &["--previous", name]);
        assert_eq!(code, Some(1), "{said}");
        assert!(said.contains(&format!("warning: the result of the previous run is unknown: {why}\n")), "{said}");
    }
    let (_, said) = run(folder.path(), &server.base(), &["--previous", "gone.json"]);
    assert!(said.contains("the result of the previous run is unknown: there is no `gone.json` yet\n"), "{said}");
}

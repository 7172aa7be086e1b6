//! Notifications of live runs: what arrives, and that the URL appears nowhere else.

use crate::binary::comfycheck;
use crate::server::{ReceivedRequest, Reply, Server, response};
use crate::signal;
use crate::wording::Wording;
use insta::assert_snapshot;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};

/// Only the webhooks may see it.
const SECRET: &str = "T0-s3cret+/B0";

/// The messages that webhooks received, each with the name of its webhook.
type Received = Arc<Mutex<Vec<(String, Value)>>>;

/// The status of webhooks that do not answer.
const SILENT: u16 = 0;

/// A ComfyUI, which echoes the secret, and webhooks, which keep what they are sent and answer `status`.
fn server(status: u16) -> (Server, Received) {
    let received = Received::default();
    let kept = Arc::clone(&received);
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
    (server, received)
}

/// A suite that looks at the nodes of a ComfyUI, one of which is missing.
fn folder(base: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let prompt = format!("{base}/hook/slack/{SECRET}");
    let workflow = json!({"3": {"class_type": "Missing", "inputs": {"prompt": prompt}}});
    std::fs::write(folder.path().join("workflow.json"), workflow.to_string()).unwrap();
    let suite = format!(
        "name = \"notified\"\nworkflow = \"workflow.json\"\nsamples = 0\n[deployment]\ncomfyui = \"{base}\"\n[checks.nodes]\n"
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
fn a_failed_run_notifies_and_the_urls_appear_nowhere_else() {
    let (server, received) = server(200);
    let folder = folder(&server.base());
    let mut arguments = vec!["--verbose", "--record", "out/cassette", "--format", "human"];
    for format in ["json:out/r.json", "junit:out/r.xml", "markdown:out/r.md", "github:out/gh", "ndjson:out/r.ndjson"] {
        arguments.extend(["--format", format]);
    }
    let (code, said) = run(folder.path(), &server.base(), &arguments);
    assert_eq!(code, Some(1), "{said}");
    let mut received = received.lock().unwrap();
    // Both are sent at once, and either may be the first.
    received.sort_by(|(one, _), (other, _)| other.cmp(one));
    let names: Vec<_> = received.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["slack/{secret}", "report/{secret}"]);
    assert_eq!(received[0].1["text"], "❌ comfycheck: notified failed: node class 'Missing' is not installed");
    let summary = &received[1].1;
    assert_eq!(
        (&summary["version"], &summary["verdict"], &summary["name"], &summary["findings"][0]["rule"]),
        (&json!("comfycheck.notification/1"), &json!("failed"), &json!("notified"), &json!("nodes/missing-node"))
    );
    let written = files(&folder.path().join("out"));
    assert!(written.len() >= 6, "five reports and a cassette: {written:?}");
    let written = written.iter().map(|path| String::from_utf8_lossy(&std::fs::read(path).unwrap()).into_owned());
    let sent = received.iter().map(|(_, body)| body.to_string());
    for text in written.chain(sent).chain([said]) {
        for secret in [SECRET, "s3cret%2B%2FB0", "s3cret+\\/B0"] {
            assert!(!text.contains(secret), "{text}");
        }
    }
}

/// What a run wrote to stderr of its notifications.
fn of_notifications(said: &str) -> String {
    let lines = said.lines().filter(|line| line.contains("Slack") || line.contains("webhook"));
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn a_failed_notification_is_a_warning_and_the_verdict_stays() {
    let mut words = Wording::default();
    for status in [200, 404, 302, 400] {
        let (server, _) = server(status);
        let folder = folder(&server.base());
        let (code, said) = run(folder.path(), &server.base(), &[]);
        assert_eq!(code, Some(1), "{said}");
        let warnings = said.lines().filter(|line| line.starts_with("warning: ")).count();
        assert_eq!(warnings, if status == 200 { 0 } else { 2 }, "{said}");
        assert!(!said.contains("s3cret"), "{said}");
        assert!(!server.requests().iter().any(|line| line.contains("/elsewhere")), "{:?}", server.requests());
        words.add(&format!("status {status}"), &of_notifications(&said));
    }
    assert_snapshot!(words);
}

#[test]
fn no_notify_and_replays_send_nothing() {
    let (server, received) = server(200);
    let folder = folder(&server.base());
    let (code, said) = run(folder.path(), &server.base(), &["--no-notify"]);
    assert_eq!((code, of_notifications(&said).as_str()), (Some(1), ""), "{said}");
    let (_, said) = run(folder.path(), &server.base(), &["--simulate", "unauthorized", "--check", "nodes"]);
    assert_eq!(of_notifications(&said), "", "offline the environment is not read");
    assert_eq!(received.lock().unwrap().len(), 0);
}

#[test]
fn a_signal_ends_the_waiting_for_webhooks_and_the_verdict_stays() {
    let (server, _) = server(SILENT);
    let folder = folder(&server.base());
    let run = start(folder.path(), &server.base(), &[]);
    // The second is sent while the first has not answered.
    for name in ["slack", "report"] {
        assert!(server.wait_for(&format!("POST /hook/{name}/{SECRET}")), "{name}");
    }
    interrupt(&run);
    let (code, said) = ended(run);
    assert_eq!(code, Some(1), "{said}");
    assert_snapshot!(of_notifications(&said));
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
    let left: Vec<_> = said.lines().filter(|line| line.contains("./previous.json")).collect();
    assert_snapshot!(left.join("\n"));
    assert_eq!(std::fs::read_to_string(previous).unwrap(), "the run before");
    assert!(folder.path().join("other.json").exists());
}

/// The same failure is reported once, and again where the first notification did not arrive.
#[test]
fn an_unchanged_failure_is_reported_until_it_arrives() {
    for (status, expected) in [(200, 1), (404, 3)] {
        let (server, received) = server(status);
        let folder = folder(&server.base());
        let path = folder.path().join("comfycheck.toml");
        let suite = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, suite + "[[notifications]]\nto = \"slack\"\non = \"change\"\n").unwrap();
        for run_of in 1..=3 {
            let series = ["--previous", "previous.json", "--format", "json:previous.json"];
            let (code, said) = run(folder.path(), &server.base(), &series);
            assert_eq!(code, Some(1), "{said}");
            let report: Value =
                serde_json::from_slice(&std::fs::read(folder.path().join("previous.json")).unwrap()).unwrap();
            assert_eq!(report["history"]["not-passed"], run_of, "{status}");
            let notified = report["history"]["notified"].as_array().map_or(0, Vec::len);
            assert_eq!(notified, usize::from(status == 200), "{status}");
        }
        assert_eq!(received.lock().unwrap().len(), expected, "{status}");
    }
}

#[test]
fn a_webhook_can_get_the_signed_report_and_a_heartbeat_comes_after_every_run() {
    let (server, received) = server(200);
    let folder = folder(&server.base());
    let path = folder.path().join("comfycheck.toml");
    let suite = std::fs::read_to_string(&path).unwrap();
    let tables = "[[notifications]]\nto = \"webhook\"\nbody = \"report\"\nsecret = { env = \"SIGNING\" }\n\
        [[notifications]]\nto = \"heartbeat\"\n";
    std::fs::write(&path, suite + tables).unwrap();
    let mut command = comfycheck(folder.path());
    command.args(["run", "--format", "json:r.json", "--format", "human"]);
    command.env("COMFYCHECK_WEBHOOK", format!("{}/hook/report/{SECRET}", server.base()));
    command.env("COMFYCHECK_HEARTBEAT_URL", format!("{}/beat", server.base())).env("SIGNING", "a key of ours");
    let output = command.output().unwrap();
    let said = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    assert_eq!(output.status.code(), Some(1), "{said}");
    let report: Value = serde_json::from_slice(&std::fs::read(folder.path().join("r.json")).unwrap()).unwrap();
    assert_eq!(received.lock().unwrap()[..], [("report/{secret}".to_owned(), report)]);
    assert!(server.requests().contains(&"GET /beat".to_owned()), "{:?}", server.requests());
    assert!(!said.contains("a key of ours"), "{said}");
}

#[test]
fn a_previous_report_that_is_not_one_is_a_warning_and_is_not_read_forever() {
    let (server, _) = server(200);
    let folder = folder(&server.base());
    let path = |name: &str| folder.path().join(name);
    assert!(Command::new("mkfifo").arg(path("pipe")).status().unwrap().success());
    std::os::unix::fs::symlink("/dev/zero", path("device")).unwrap();
    let mut words = Wording::default();
    for name in ["pipe", "device", "comfycheck.toml/a", "gone.json"] {
        let (code, said) = run(folder.path(), &server.base(), &["--previous", name]);
        assert_eq!(code, Some(1), "{said}");
        let lines: Vec<_> = said.lines().filter(|line| line.contains(&format!("`{name}`"))).collect();
        let is_warning = lines.iter().any(|line| line.starts_with("warning: "));
        // The first run of all has no report before it.
        assert_eq!((lines.len(), is_warning), (1, name != "gone.json"), "{said}");
        words.add(name, &lines.join("\n"));
    }
    assert_snapshot!(words);
}

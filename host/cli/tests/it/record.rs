//! A recorded run: its replay gives the same report, and no secret leaves the process.

use crate::binary;
use crate::server::{ReceivedRequest, Reply, Server, response};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::Arc;
use std::sync::OnceLock;

/// A key with characters that URLs and JSON escape.
const KEY: &str = "rpa_SECRET+/KEY?~0123456789";

/// The key in every encoding: as it is, in URLs, and inside of base64 of either alphabet wherever it begins.
const FORMS: [&str; 9] = [
    KEY,
    "rpa_SECRET%2B%2FKEY%3F~0123456789",
    "%72%70%61%5f%53%45%43%52%45%54%2b%2f%4b%45%59%3f%7e%30%31%32%33%34%35%36%37%38%39",
    "cnBhX1NFQ1JFVCsvS0VZP34wMTIzNDU2Nzg5",
    "JwYV9TRUNSRVQrL0tFWT9+MDEyMzQ1Njc4O",
    "JwYV9TRUNSRVQrL0tFWT9-MDEyMzQ1Njc4O",
    "ycGFfU0VDUkVUKy9LRVk/fjAxMjM0NTY3OD",
    "ycGFfU0VDUkVUKy9LRVk_fjAxMjM0NTY3OD",
    "rpa_SECRET+\\/KEY?~0123456789",
];

/// The keys of network volumes.
const S3_ACCESS: &str = "user_2f0AccessKeyOfThisTest";
const S3_SECRET: &str = "a/SECRET+of=this~test/0123456789";

const S3: [(&str, &str); 2] = [("RUNPOD_S3_ACCESS_KEY", S3_ACCESS), ("RUNPOD_S3_SECRET_KEY", S3_SECRET)];

/// What must be in nothing that is written, of the S3 keys: as it is, in URLs, and the digits that it has in base64.
const S3_FORMS: [&str; 4] =
    [S3_ACCESS, S3_SECRET, "a%2FSECRET%2Bof%3Dthis~test%2F0123456789", "YS9TRUNSRVQrb2Y9dGhpc350ZXN0LzAxMjM0NTY3OD"];

/// An endpoint that puts the key, in every form, wherever an answer has place for it.
fn echo() -> Server {
    let base = Arc::new(OnceLock::<String>::new());
    let own = Arc::clone(&base);
    let looks = std::sync::atomic::AtomicUsize::new(0);
    let all = [FORMS.as_slice(), S3_FORMS.as_slice()].concat().join(" ");
    let server = Server::start(move |asked: &ReceivedRequest| {
        let json = |value: Value| {
            let kind = format!("Content-Type: application/json; key={KEY}");
            let kept = format!("Set-Cookie: key={KEY}");
            Reply::Bytes(response(200, &[&kind, &kept, &format!("X-Key: {KEY}")], value.to_string().as_bytes()))
        };
        let first = looks.load(std::sync::atomic::Ordering::SeqCst) == 0;
        match asked.line.as_str() {
            "GET /v2/ep1/health" => json(json!({"workers": {"ready": 0}, "jobs": {}, "echo": all, "head": asked.head})),
            "POST /v2/ep1/run" => json(
                json!({"id": "job-0", "status": format!("IN_QUEUE {all}"), "echo": String::from_utf8_lossy(&asked.body)}),
            ),
            "GET /v2/ep1/status/job-0" if first => {
                looks.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
                json(json!({"status": format!("STRANGE {all}"), "workerId": all, "error": all}))
            }
            "GET /v2/ep1/status/job-0" => {
                let base = own.get().unwrap();
                let at = format!("{base}/image-{KEY}.png?token={KEY}&X-Amz-Signature={KEY}");
                let images = json!([{"filename": format!("{all}.png"), "type": "s3_url", "data": at},
                                    {"filename": "b.png", "type": "base64", "data": FORMS[3]}]);
                json(json!({"status": "COMPLETED", "workerId": all, "delayTime": 10, "executionTime": 10,
                            "output": {"images": images, "errors": [all], "log": {&all: all}}}))
            }
            line if line.starts_with("GET /image-") => {
                Reply::Bytes(response(200, &["Content-Type: image/png"], all.as_bytes()))
            }
            // A volume: it tells the head of the request, with the signature.
            line if line.starts_with("HEAD /vol1/") => {
                let modified = format!("Last-Modified: Fri, 20 Nov 2026 00:00:00 GMT {KEY} {S3_SECRET}");
                if line.contains("missing") {
                    Reply::Bytes(response(404, &[], b""))
                } else {
                    Reply::Bytes(format!("HTTP/1.1 200 X\r\nContent-Length: 300\r\n{modified}\r\n\r\n").into())
                }
            }
            line if line.starts_with("GET /vol1?") => {
                let body = format!("<Error><Code>{all}</Code><Head>{}</Head></Error>", asked.head);
                Reply::Bytes(response(403, &["Content-Type: application/xml"], body.as_bytes()))
            }
            line if line.starts_with("GET /vol1/") => {
                Reply::Bytes(response(200, &["Content-Type: text/plain"], format!("{all} {}", asked.head).as_bytes()))
            }
            "GET /system_stats" => json(
                json!({"system": {"comfyui_version": all, "argv": ["main.py", all]}, "devices": [{"name": all, "type": "cuda"}]}),
            ),
            "GET /object_info" => json(json!({&all: {"input": {}, "output": [], "description": all}})),
            "GET /v2/customnode/installed" => json(json!({&all: {"ver": all, "cnr_id": all, "enabled": true}})),
            _ => Reply::Bytes(response(404, &[], all.as_bytes())),
        }
    });
    base.set(server.base()).unwrap();
    server
}

fn comfycheck(folder: &Path, environment: &[(&str, &str)], arguments: &[&str]) -> Command {
    let mut command = binary::comfycheck(folder);
    command.args(arguments).envs(environment.iter().copied());
    command
}

/// A folder with a suite of all checks that need no settings, whose workflow holds the key.
fn folder(base: &str, prompt: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let workflow = json!({
        "3": {"class_type": "KSampler", "inputs": {"seed": 1, "prompt": prompt}},
        "9": {"class_type": "SaveImage", "inputs": {"images": ["3", 0]}},
    });
    std::fs::write(folder.path().join("workflow.json"), workflow.to_string()).unwrap();
    let checks = "[checks.endpoint]\ngate = false\n[checks.nodes]\ngate = false\n[checks.models]\ngate = false\n\
                  settings = { require = [{ folder = \"vae\", name = \"a.safetensors\" }, { folder = \"vae\", name = \"missing.pt\" }] }\n\
                  [checks.image]\n[checks.performance]\n";
    let suite = format!(
        "workflow = \"workflow.json\"\nsamples = 1\n[deployment]\ncomfyui = \"{base}\"\n[[deployment.volumes]]\n\
         id = \"vol1\"\ndata-center = \"EU-RO-1\"\naddress = \"{base}\"\n{checks}"
    );
    std::fs::write(folder.path().join("comfycheck.toml"), suite).unwrap();
    folder
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found.sort();
    found
}

#[track_caller]
fn check_no_key(place: &str, bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    for form in FORMS.into_iter().chain(S3_FORMS) {
        assert!(!text.contains(form), "{place} holds the key as `{form}`: {text}");
    }
}

#[test]
fn the_key_is_in_nothing_that_is_written_however_often_it_is_echoed() {
    let server = echo();
    let folder = folder(&server.base(), &format!("a lighthouse {KEY}"));
    let base = format!("{}/v2", server.base());
    let environment =
        [("RUNPOD_API_KEY", KEY), ("RUNPOD_ENDPOINT_ID", "ep1"), ("RUNPOD_ENDPOINT_BASE_URL", &base), S3[0], S3[1]];
    let mut arguments =
        vec!["run", "--verbose", "--progress", "plain", "--record", "out/cassette", "--format", "human"];
    for format in [
        "json:out/r.json",
        "junit:out/r.xml",
        "ctrf:out/ctrf.json",
        "sarif:out/r.sarif",
        "github:out/gh",
        "markdown:out/r.md",
        "ndjson:out/r.ndjson",
    ] {
        arguments.extend(["--format", format]);
    }
    let Output { status, stdout, stderr } = comfycheck(folder.path(), &environment, &arguments).output().unwrap();
    let progress = String::from_utf8_lossy(&stderr).into_owned();
    assert!(matches!(status.code(), Some(0 | 1 | 3)), "{status}: {progress}");
    assert!(server.times("POST /v2/ep1/run") == 1, "{progress} {:?}", server.requests());
    check_no_key("stdout", &stdout);
    check_no_key("stderr", &stderr);
    let written = files(&folder.path().join("out"));
    assert!(written.len() >= 8, "seven reports and a cassette: {written:?}");
    for path in written {
        check_no_key(&path.display().to_string(), &std::fs::read(&path).unwrap());
    }
    let verified = comfycheck(folder.path(), &environment, &["cassette", "verify", "out/cassette"]).output().unwrap();
    assert_eq!(verified.status.code(), Some(0), "{}", String::from_utf8_lossy(&verified.stdout));
}

#[test]
fn a_key_in_the_wrong_variable_is_refused_and_not_shown() {
    let key = "rpa_0123456789";
    let mixed_up = format!("http://127.0.0.1:1/{key}/v2");
    let strange = format!("ftp://{key}");
    for (name, value) in [
        ("RUNPOD_ENDPOINT_ID", key),
        ("RUNPOD_ENDPOINT_ID", "not an id: rpa_0123456789"),
        ("RUNPOD_ENDPOINT_BASE_URL", mixed_up.as_str()),
        ("RUNPOD_ENDPOINT_BASE_URL", strange.as_str()),
        ("RUNPOD_REST_V2_API_URL", mixed_up.as_str()),
    ] {
        let folder = folder("http://127.0.0.1:1", "a lighthouse");
        let mut environment = vec![("RUNPOD_API_KEY", key), ("RUNPOD_ENDPOINT_BASE_URL", "http://127.0.0.1:1/v2")];
        environment.extend([("RUNPOD_ENDPOINT_ID", "ep1"), S3[0], S3[1]]);
        environment.retain(|(known, _)| *known != name);
        environment.push((name, value));
        let output = comfycheck(folder.path(), &environment, &["run", "--record", "out"]).output().unwrap();
        let written = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        assert_eq!(output.status.code(), Some(2), "{name}={value}: {written}");
        assert!(!written.contains(key), "{name}={value}: {written}");
        assert!(!folder.path().join("out").exists());
    }
}

/// The report without what belongs to the machine, and where its answers came from.
fn report(path: &Path) -> Value {
    let mut report: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let object = report.as_object_mut().unwrap();
    object.remove("machine");
    object.remove("origin");
    // It has the endpoint, which a recording does not hold.
    object.shift_remove("name");
    report
}

#[test]
fn a_replay_of_a_recording_gives_the_same_report() {
    let server = echo();
    let key = "rpa_THE0KEY0OF0THIS0TEST0001";
    let folder = folder(&server.base(), &format!("a lighthouse, key {key}"));
    let base = format!("{}/v2", server.base());
    let environment =
        [("RUNPOD_API_KEY", key), ("RUNPOD_ENDPOINT_ID", "ep1"), ("RUNPOD_ENDPOINT_BASE_URL", &base), S3[0], S3[1]];
    let arguments = ["run", "--record", "cassette", "--format", "json:live.json"];
    let live = comfycheck(folder.path(), &environment, &arguments).output().unwrap();
    let asked = server.requests().len();
    let arguments = ["run", "--replay", "cassette", "--format", "json:replay.json"];
    let replay = comfycheck(folder.path(), &[], &arguments).output().unwrap();
    assert_eq!(server.requests().len(), asked, "a replay sends nothing");
    assert_eq!(replay.status.code(), live.status.code(), "{}", String::from_utf8_lossy(&replay.stderr));
    let (live, replay) = (report(&folder.path().join("live.json")), report(&folder.path().join("replay.json")));
    assert_eq!(serde_json::to_string_pretty(&replay).unwrap(), serde_json::to_string_pretty(&live).unwrap());
}

#[test]
fn a_run_that_is_killed_leaves_a_cassette_of_what_was_done() {
    let server = echo();
    let folder = folder(&server.base(), "a lighthouse");
    let base = format!("{}/v2", server.base());
    let environment =
        [("RUNPOD_API_KEY", KEY), ("RUNPOD_ENDPOINT_ID", "ep1"), ("RUNPOD_ENDPOINT_BASE_URL", &base), S3[0], S3[1]];
    let mut command = comfycheck(folder.path(), &environment, &["run", "--record", "cassette"]);
    let mut run = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    // Half a second after its submission a job is first looked at. What came before is on the disk by then.
    assert!(server.wait_for("GET /v2/ep1/status/job-0"));
    run.kill().unwrap();
    run.wait().unwrap();
    let verified = comfycheck(folder.path(), &[], &["cassette", "verify", "cassette"]).output().unwrap();
    let written = String::from_utf8([verified.stdout, verified.stderr].concat()).unwrap();
    assert_eq!(verified.status.code(), Some(0), "{written}");
    let cassette: Value =
        serde_json::from_slice(&std::fs::read(folder.path().join("cassette/cassette.json")).unwrap()).unwrap();
    assert!(cassette["note"].is_string(), "its note says that it was cut off: {cassette}");
    let paths: Vec<_> = cassette["exchanges"].as_array().unwrap().iter().map(|one| &one["request"]["path"]).collect();
    assert!(paths.contains(&&json!("/v2/{endpoint}/run")), "{paths:?}");
}

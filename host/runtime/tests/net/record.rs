//! Recordings replay as the recorded run.

use crate::sampling::{KEY, live, runtime, sample, sample_with, secrets};
use crate::server::{ReceivedRequest, Reply, Server, response};
use comfycheck_core::request::{InputFile, JobRequest, Policy};
use comfycheck_core::secret::Secret;
use comfycheck_core::suite::HttpPaths;
use comfycheck_runtime::capabilities::{Capabilities, Offer, WorkflowText};
use comfycheck_runtime::facts::QueryError;
use comfycheck_runtime::facts::Samples;
use comfycheck_runtime::transport::Transport;
use comfycheck_runtime::transport::cassette::Cassette;
use comfycheck_runtime::transport::exchange::{Phase, Round};
use comfycheck_runtime::transport::live::ExchangeLimits;
use comfycheck_runtime::transport::record::{CassetteHead, Record, RecordError, Recorder};
use comfycheck_runtime::transport::replay::Replay;
use serde_json::{Value, json};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::runtime::Runtime;

fn head(base: &str) -> CassetteHead {
    CassetteHead {
        local_worker: false,
        recorded: "2026-11-23".to_owned(),
        seed: 7,
        server: true,
        volumes: Vec::new(),
        inputs: Vec::new(),
        base_url: format!("{base}/v2"),
        secrets: secrets(),
    }
}

fn record(folder: &Path, server: &Server, runtime: &Runtime) -> Arc<Transport> {
    let recorder = Recorder::create(folder, head(&server.base())).unwrap();
    Arc::new(Transport::Record(Record::new(live(&server.base(), runtime, ExchangeLimits::default()), recorder)))
}

fn finish(transport: &Transport) -> usize {
    let Transport::Record(record) = transport else { panic!("it records") };
    record.recorder().finish(None).unwrap()
}

fn replay(folder: &Path) -> Arc<Transport> {
    Arc::new(Transport::Replay(Replay::new(Cassette::load(folder).unwrap())))
}

/// The index of a job's sample, which is the job's id.
fn index(request: &ReceivedRequest) -> u64 {
    let body: Value = serde_json::from_slice(&request.body).unwrap();
    body["input"]["workflow"]["3"]["inputs"]["seed"].as_u64().unwrap()
}

/// An endpoint whose jobs end differently. Each one is running at its first poll.
fn endpoint() -> Server {
    let looks = [const { AtomicUsize::new(0) }; 4];
    let base = Arc::new(std::sync::OnceLock::<String>::new());
    let own = Arc::clone(&base);
    let server = Server::start(move |request| {
        let job = |index: usize| json!({"id": format!("job-{index}"), "workerId": "w1", "delayTime": 40});
        match request.line.as_str() {
            "GET /v2/ep1/health" => Reply::Json(json!({"workers": {"ready": 0}, "jobs": {}, "echo": request.head})),
            "POST /v2/ep1/run" => Reply::Json(json!({"id": format!("job-{}", index(request)), "status": "IN_QUEUE"})),
            "GET /images/a.png?X-Amz-Signature=0123456789abcdef0123" => {
                Reply::Bytes(response(200, &["Content-Type: image/png"], b"\x89PNG\r\n\x1a\n and so on"))
            }
            line => {
                let Some(index) = line.strip_prefix("GET /v2/ep1/status/job-").and_then(|job| job.parse().ok()) else {
                    return Reply::Bytes(response(404, &[], b""));
                };
                let index: usize = index;
                let mut job = job(index);
                let first = looks[index].fetch_add(1, Ordering::SeqCst) == 0;
                job["status"] = json!(if first { "IN_PROGRESS" } else { "COMPLETED" });
                match (first, index) {
                    (true, 2) => return Reply::Bytes(response(502, &[], b"<html>bad gateway</html>")),
                    (true, _) => {}
                    (false, 0) => job["output"] = json!({"images": [{"filename": "a.png", "data": "iVBORw0KGgo="}]}),
                    (false, 1) => {
                        let url = format!("{}/images/a.png?X-Amz-Signature=0123456789abcdef0123", own.get().unwrap());
                        job["output"] = json!({"images": [{"filename": "a.png", "type": "s3_url", "data": url}]});
                    }
                    (false, 2) => {
                        job["output"] = json!({"images": [{"type": "s3_url", "data": "https://10.0.0.1/a.png"}]});
                    }
                    (false, _) => {
                        job["status"] = json!("FAILED");
                        job["error"] = json!(format!("the key {KEY} was refused"));
                    }
                }
                Reply::Json(job)
            }
        }
    });
    base.set(server.base()).unwrap();
    server
}

fn four_samples(transport: &Arc<Transport>, runtime: &Runtime) -> Samples {
    sample(transport, runtime, 4, "a lighthouse", Duration::from_secs(30))
}

#[test]
fn a_recorded_sampling_is_replayed_as_it_was() {
    let server = endpoint();
    let runtime = runtime();
    let folder = tempfile::tempdir().unwrap();
    let recording = record(folder.path(), &server, &runtime);
    let recorded = four_samples(&recording, &runtime);
    let count = finish(&recording);
    let endings: Vec<_> = recorded.samples.iter().map(|sample| (sample.ending.word(), sample.images.len())).collect();
    assert_eq!(endings, [("succeeded", 1), ("succeeded", 1), ("unknown", 0), ("failed", 0)]);
    assert!(count >= 14, "{count} exchanges");

    let requests = server.requests().len();
    let replayed = four_samples(&replay(folder.path()), &runtime);
    assert_eq!(server.requests().len(), requests, "a replay sends nothing");
    // A replay has no time of day.
    assert_eq!(replayed, Samples { began: None, ..recorded });
}

#[test]
fn what_is_written_holds_no_secret_and_is_stable() {
    let server = endpoint();
    let runtime = runtime();
    let folder = tempfile::tempdir().unwrap();
    let recording = record(folder.path(), &server, &runtime);
    four_samples(&recording, &runtime);
    finish(&recording);
    let text = std::fs::read_to_string(folder.path().join("cassette.json")).unwrap();
    for secret in [KEY, "0123456789abcdef0123", "ep1", "authorization: Bearer r"] {
        assert!(!text.contains(secret), "{secret} is in {text}");
    }
    assert!(text.contains("authorization: Bearer [redacted]"), "the server echoes the head of a request: {text}");
    let cassette: Value = serde_json::from_str(&text).unwrap();
    assert_eq!((&cassette["seed"], &cassette["recorded"]), (&json!(7), &json!("2026-11-23")));
    assert_eq!((&cassette["sources"], &cassette["note"]), (&json!(["server"]), &Value::Null));
    let runs: Vec<_> = cassette["exchanges"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|exchange| exchange["request"]["path"] == "/v2/{endpoint}/run")
        .map(|exchange| exchange["response"]["body"]["json"]["id"].as_str().unwrap())
        .collect();
    assert_eq!(runs, ["job-0", "job-1", "job-2", "job-3"]);
}

#[test]
fn files_and_keys_are_sent_and_only_digests_are_recorded() {
    let bodies = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&bodies);
    let server = Server::start(move |request| match request.line.as_str() {
        "GET /v2/ep1/health" => Reply::Json(json!({"workers": {"ready": 1}, "jobs": {}})),
        "POST /v2/ep1/run" => {
            seen.lock().unwrap().push(serde_json::from_slice::<Value>(&request.body).unwrap());
            Reply::Json(json!({"id": "job-0", "status": "IN_QUEUE"}))
        }
        "GET /v2/ep1/status/job-0" => {
            Reply::Json(json!({"id": "job-0", "status": "COMPLETED", "workerId": "w1", "output": {"images": []}}))
        }
        _ => Reply::Bytes(response(404, &[], b"")),
    });
    let job = JobRequest {
        inputs: vec![InputFile::new("photo.gif", b"GIF89a a photo".to_vec()).unwrap()],
        policy: Policy { low_priority: Some(true), ..Policy::default() },
        comfy_org_api_key: Some(Secret::new("comfyui-0123456789")),
        template: None,
    };
    let (runtime, folder) = (runtime(), tempfile::tempdir().unwrap());
    let recording = record(folder.path(), &server, &runtime);
    // Its one input is the name of the file.
    let take =
        |transport: &Arc<Transport>| sample_with(transport, &runtime, 1, "photo.gif", Duration::from_secs(30), &job);
    let recorded = take(&recording);
    finish(&recording);
    let sent = bodies.lock().unwrap().clone();
    let input = &sent[0]["input"];
    assert_eq!(input["images"], json!([{"name": "photo.gif", "image": "data:image/gif;base64,R0lGODlhIGEgcGhvdG8="}]));
    assert_eq!(input["comfy_org_api_key"], "comfyui-0123456789");
    // 30 s in the queue, 30 s on a worker, and 10 minutes.
    assert_eq!(sent[0]["policy"], json!({"ttl": 660_000, "lowPriority": true}));

    let text = std::fs::read_to_string(folder.path().join("cassette.json")).unwrap();
    assert!(!text.contains("R0lGODlh") && !text.contains("comfyui-0123456789"), "{text}");
    assert!(text.contains(&job.inputs[0].sha256), "{text}");
    assert_eq!(take(&replay(folder.path())), Samples { began: None, ..recorded });
}

/// The capabilities of a round.
pub(crate) fn offered(server: &Server, transport: &Arc<Transport>, round: Round) -> Capabilities {
    Capabilities::new(Offer {
        transport: Arc::clone(transport),
        round,
        deployment: &crate::sampling::deployment(&server.base()),
        saved: None,
        date: None,
        workflow: WorkflowText { source: "".into(), is_api: false },
        samples: None,
        price: None,
        secrets: secrets(),
    })
}

#[test]
fn every_attempt_is_recorded_and_replayed_as_what_it_was() {
    let looks = AtomicUsize::new(0);
    let server = Server::start(move |_| {
        let status = if looks.fetch_add(1, Ordering::SeqCst) == 0 { 503 } else { 200 };
        Reply::Bytes(response(status, &["Content-Type: application/json"], b"{\"workers\": {}, \"jobs\": {}}"))
    });
    let runtime = runtime();
    let folder = tempfile::tempdir().unwrap();
    let ask = |transport: &Arc<Transport>, attempt| {
        let capabilities = offered(&server, transport, Round { phase: Phase::Deployment, attempt });
        let reach = runtime.block_on(capabilities.reach());
        (reach.answer.map(|reach| reach.status), capabilities.has_unanswered_query())
    };
    let recording = record(folder.path(), &server, &runtime);
    let recorded = [ask(&recording, 1), ask(&recording, 2)];
    finish(&recording);
    assert_eq!(recorded, [(Ok(Some(503)), true), (Ok(Some(200)), false)]);
    let replay = replay(folder.path());
    assert_eq!([ask(&replay, 1), ask(&replay, 2)], recorded);
    let (answer, unanswered) = ask(&replay, 3);
    assert!(matches!(answer, Err(QueryError::NotRecorded(_))) && !unanswered, "{answer:?}");
}

#[test]
fn a_redirect_of_comfyui_replays_as_it_was_judged() {
    let server = Server::start(|request| {
        let moved = |location: &str| Reply::Bytes(response(302, &[&format!("Location: {location}")], b""));
        match request.line.as_str() {
            "GET /old" => moved("/new?view=all"),
            "GET /new?view=all" => Reply::Json(json!({"queue_running": []})),
            "GET /elsewhere" => moved("http://127.0.0.1:1/new"),
            "GET /hidden" => moved("/manager/reboot"),
            "GET /loop" => moved("/loop"),
            "GET /large" => Reply::Bytes(response(200, &[], &vec![b' '; (1 << 20) + 1])),
            _ => Reply::Bytes(response(404, &[], b"")),
        }
    });
    let (runtime, folder) = (runtime(), tempfile::tempdir().unwrap());
    let listed = ["/old", "/new", "/elsewhere", "/hidden", "/loop", "/large"];
    let ask = |transport: &Arc<Transport>| {
        let paths = HttpPaths::new(listed.map(str::to_owned).to_vec()).unwrap();
        let instance = offered(&server, transport, Phase::Deployment.into()).for_instance().requesting(paths);
        listed.map(|path| {
            let page = runtime.block_on(instance.http(path)).answer;
            page.map(|page| (page.status, String::from_utf8_lossy(&page.body).into_owned()))
        })
    };
    let recording = record(folder.path(), &server, &runtime);
    let recorded = ask(&recording);
    finish(&recording);
    let followed = Ok((200, "{\"queue_running\":[]}".to_owned()));
    assert_eq!([&recorded[0], &recorded[1]], [&followed, &Ok((404, String::new()))]);
    let failures = recorded[2..].iter().map(|page| page.as_ref().unwrap_err().to_string());
    insta::assert_snapshot!(failures.collect::<Vec<_>>().join("\n"));
    assert_eq!(server.times("GET /manager/reboot"), 0, "a path that is not listed is not requested");
    assert_eq!(server.times("GET /loop"), 1, "a path is requested once in a round");

    let requests = server.requests().len();
    assert_eq!(ask(&replay(folder.path())), recorded);
    assert_eq!(server.requests().len(), requests, "a replay sends nothing");
    let text = std::fs::read_to_string(folder.path().join("cassette.json")).unwrap();
    assert!(!text.contains("127.0.0.1:1/"), "where a redirect leads outside the server is not recorded: {text}");
}

#[test]
fn two_queries_with_the_same_request_get_the_same_answer() {
    let server = endpoint();
    let runtime = runtime();
    let folder = tempfile::tempdir().unwrap();
    let ask = |transport: &Arc<Transport>| {
        let capabilities = offered(&server, transport, Phase::Deployment.into());
        let (reach, health) = runtime.block_on(async { tokio::join!(capabilities.reach(), capabilities.health()) });
        let packs = runtime.block_on(capabilities.packs());
        let sources = capabilities.sources();
        format!("{reach:?} {health:?} {packs:?} {sources:?}")
    };
    let recording = record(folder.path(), &server, &runtime);
    let recorded = ask(&recording);
    finish(&recording);
    assert_eq!(server.times("GET /v2/ep1/health"), 1);
    assert_eq!(ask(&replay(folder.path())), recorded);
}

#[test]
fn a_recording_that_was_begun_is_a_cassette_that_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let _recorder = Recorder::create(&folder.path().join("new/one"), head("http://127.0.0.1:1")).unwrap();
    let cassette = Cassette::load(&folder.path().join("new/one")).unwrap();
    insta::assert_snapshot!(cassette.note.as_deref().unwrap());
    assert_eq!(cassette.base_url, "http://127.0.0.1:1/v2");
}

#[test]
fn nothing_that_exists_is_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "precious").unwrap();
    for path in [folder.path(), &file] {
        let refused = Recorder::create(path, head("http://127.0.0.1:1"));
        assert!(matches!(refused, Err(RecordError::NotEmpty { .. })), "{}", path.display());
    }
    assert_eq!(std::fs::read_to_string(file).unwrap(), "precious");
}

#[test]
fn a_full_disk_costs_the_recording_and_no_job() {
    let server = endpoint();
    let runtime = runtime();
    let folder = tempfile::tempdir().unwrap();
    let recording = record(folder.path(), &server, &runtime);
    // The recorder cannot write into a folder that is gone.
    std::fs::remove_dir_all(folder.path()).unwrap();
    let recorded = four_samples(&recording, &runtime);
    assert_eq!(recorded.samples[0].ending.word(), "succeeded");
    let Transport::Record(record) = &*recording else { panic!("it records") };
    assert!(matches!(record.recorder().finish(None), Err(RecordError::Write { .. })));
}

//! Queries, answered by cassettes that each test writes down.

use super::*;
use crate::testing::{kind, wording};
use crate::transport::Transport;
use crate::transport::exchange::Phase;
use crate::transport::testing::{exchange, ok, replay};
use comfycheck_core::secret::Secret;
use comfycheck_core::secret::Secrets;
use futures_util::FutureExt;
use serde_json::{Value, json};

fn deployment() -> Deployment {
    Deployment::default()
}

fn no_workflow() -> WorkflowText {
    WorkflowText { source: "".into(), is_api: false }
}

fn capabilities(exchanges: &Value, saved: Option<&str>) -> Capabilities {
    Capabilities::new(Offer {
        transport: Arc::new(Transport::Replay(replay(exchanges))),
        round: Phase::Deployment.into(),
        deployment: &deployment(),
        saved: saved.map(|text| {
            let inventory = comfycheck_core::inventory::Inventory::parse(text).unwrap();
            Arc::new(SavedInventory { name: "saved.json".to_owned(), inventory: Arc::new(inventory) })
        }),
        date: Some(jiff::civil::date(2026, 11, 23)),
        workflow: no_workflow(),
        samples: None,
        price: None,
        secrets: Secrets::new([Secret::new("rpa_secret")]),
    })
}

fn comfyui(path: &str, times_ms: [u64; 2], outcome: &Value) -> Value {
    exchange("comfyui", "deployment", &format!("GET {path}"), times_ms, outcome)
}

/// In virtual time every answer is there at once.
fn now<T>(query: impl Future<Output = TimedAnswer<T>>) -> (Result<T, QueryError>, u128) {
    let TimedAnswer { answer, took } = query.now_or_never().expect("virtual time never waits");
    (answer, took.as_millis())
}

/// Why a query has no answer, and after how many milliseconds that was known.
#[track_caller]
fn failed<T: std::fmt::Debug>(query: impl Future<Output = TimedAnswer<T>>) -> (QueryError, u128) {
    let (answer, took) = now(query);
    (answer.unwrap_err(), took)
}

/// Checks the kinds of errors. Their words are a snapshot.
macro_rules! check_errors {
    ($errors:expr, $kinds:expr) => {{
        let errors = $errors;
        assert_eq!(errors.iter().map(|(_, error)| kind(error)).collect::<Vec<_>>(), $kinds);
        insta::assert_snapshot!(wording(errors));
    }};
}

mod http;

#[test]
fn every_instance_waits_once_for_the_same_answer() {
    let info = json!({"A": {"input": {}, "output": []}});
    let capabilities = capabilities(&json!([comfyui("/object_info", [0, 900], &ok(&info))]), None);
    let (first, second) = (capabilities.for_instance(), capabilities.for_instance());
    assert_eq!(now(first.node_classes()), (Ok(Arc::new(vec!["A".to_owned()])), 900));
    assert_eq!(now(first.node_class("A")), (Ok(Some(Arc::from(r#"{"input":{},"output":[]}"#))), 0));
    assert_eq!(now(first.node_class("B")), (Ok(None), 0));
    assert_eq!(now(second.node_class("B")), (Ok(None), 900));
}

#[test]
fn requests_that_may_succeed_are_repeated_and_their_time_counts() {
    let stats = ok(&json!({"system": {"comfyui_version": "0.33.0"}}));
    let overloaded = json!({"status": 429, "headers": {"Retry-After": "3"}});
    let capabilities = capabilities(
        &json!([
            comfyui("/system_stats", [0, 100], &overloaded),
            comfyui("/system_stats", [3_000, 3_050], &json!("reset")),
            comfyui("/system_stats", [3_500, 3_600], &stats),
        ]),
        None,
    );
    let (facts, took) = now(capabilities.system());
    // The server requested a pause of 3 s. After the reset the pause is 1 s plus a jitter that
    // depends on the path.
    assert_eq!((facts.unwrap().comfyui_version.as_deref(), took), (Some("0.33.0"), 100 + 3_000 + 50 + 1_183 + 100));
}

#[test]
fn a_server_can_ask_for_a_pause_of_twenty_seconds_and_no_more() {
    let stats = ok(&json!({"system": {"comfyui_version": "0.33.0"}}));
    for (wanted, waited) in [(19_u64, 19_000_u64), (20, 20_000), (21, 20_000), (3_600, 20_000)] {
        let overloaded = json!({"status": 503, "headers": {"Retry-After": wanted.to_string()}});
        let capabilities = capabilities(
            &json!([
                comfyui("/system_stats", [0, 100], &overloaded),
                comfyui("/system_stats", [100 + waited, 200 + waited], &stats),
            ]),
            None,
        );
        let (facts, took) = now(capabilities.system());
        assert_eq!((facts.is_ok(), took), (true, u128::from(200 + waited)), "{wanted}");
    }
}

#[test]
fn a_comfyui_that_gives_no_answer_has_a_reason_of_its_kind() {
    let capabilities = capabilities(
        &json!([
            comfyui("/object_info", [0, 10], &json!({"status": 401})),
            comfyui("/system_stats", [0, 10], &json!({"status": 502})),
            comfyui("/node_replacements", [0, 10], &json!({"status": 404})),
            comfyui("/models", [0, 10], &json!({"status": 200, "body": {"text": "<html>"}})),
            comfyui("/v2/customnode/installed", [0, 10], &json!({"status": 404})),
            comfyui("/customnode/installed", [0, 10], &json!({"status": 404})),
        ]),
        None,
    );
    let failures = [
        ("status 401", failed(capabilities.node_classes())),
        ("status 502, three times", failed(capabilities.system())),
        ("status 404", failed(capabilities.node_replacements())),
        ("not JSON", failed(capabilities.model_folders())),
        ("status 404 of both generations of the manager", failed(capabilities.packs())),
        ("not in the cassette", failed(capabilities.models("vae"))),
    ];
    let took: Vec<_> = failures.iter().map(|(_, (_, took))| *took).collect();
    assert_eq!(took, [10, 10 + 540 + 10 + 1_183 + 10, 10, 10, 20, 0]);
    check_errors!(
        failures.map(|(case, (error, _))| (case, error)),
        ["access-denied", "unavailable", "not-offered", "unavailable", "not-offered", "not-recorded"]
    );
}

#[test]
fn models_have_the_size_from_the_experimental_route() {
    let capabilities = capabilities(
        &json!([
            comfyui("/models/vae", [0, 10], &ok(&json!(["b.safetensors", "a b/ä.safetensors"]))),
            comfyui("/api/experiment/models/vae", [0, 10], &ok(&json!([{"name": "b.safetensors", "size": 7}]))),
            comfyui("/models/unet", [0, 10], &json!({"status": 404})),
            comfyui("/models/my%20folder", [0, 10], &ok(&json!([]))),
            comfyui("/api/experiment/models/my%20folder", [0, 10], &json!({"status": 500})),
        ]),
        None,
    );
    let files = |of: &str| now(capabilities.models(of)).0.unwrap().map(|files| (*files).clone());
    let file = |name: &str, size| ModelFile { name: name.to_owned(), size };
    assert_eq!(files("vae"), Some(vec![file("a b/ä.safetensors", None), file("b.safetensors", Some(7))]));
    assert_eq!(files("unet"), None);
    assert_eq!(files("my folder"), Some(vec![]));
    for no_folder in ["", "..", "a/b", "../object_info", "vae?x"] {
        assert_eq!(files(no_folder), None);
    }
}

#[test]
fn a_saved_object_info_answers_for_node_classes_and_nothing_else() {
    let saved = r#"{"A": {"input": {}, "output": []}}"#;
    let of_server = json!([comfyui("/models", [0, 10], &ok(&json!(["vae"])))]);
    let both = capabilities(&of_server, Some(saved));
    assert_eq!(now(both.node_classes()), (Ok(Arc::new(vec!["A".to_owned()])), 0));
    assert_eq!(now(both.model_folders()), (Ok(Arc::new(vec!["vae".to_owned()])), 10));
    let kinds: Vec<_> = both.sources().iter().map(|source| (source.kind, source.name.clone())).collect();
    assert_eq!(kinds, [("file", "saved.json".to_owned()), ("server", "the recorded server".to_owned())]);
}

#[test]
fn a_saved_inventory_answers_what_it_holds_before_a_server() {
    let saved = r#"{"version": "comfycheck.inventory/1", "date": "2026-11-20", "system": {"comfyui_version": "0.33.0"},
        "models": [{"folder": "vae", "files": [{"name": "ae.safetensors", "size": 5}]}],
        "node_replacements": {}, "object_info": {}}"#;
    let of_server = json!([
        comfyui("/models", [0, 10], &ok(&json!(["loras"]))),
        comfyui("/v2/customnode/installed", [0, 20], &ok(&json!({}))),
    ]);
    let both = capabilities(&of_server, Some(saved));
    assert_eq!(now(both.system()).0.unwrap().comfyui_version.as_deref(), Some("0.33.0"));
    assert_eq!(now(both.model_folders()), (Ok(Arc::new(vec!["vae".to_owned()])), 0));
    assert_eq!(now(both.models("vae")).0.unwrap().unwrap()[0].size, Some(5));
    assert_eq!(now(both.models("loras")), (Ok(None), 0));
    assert_eq!(now(both.node_replacements()), (Ok(Arc::from("{}")), 0));
    assert_eq!(now(both.packs()), (Ok(Arc::default()), 20), "it does not hold packs");
    let file = &both.sources()[0];
    assert_eq!((file.date.as_deref(), file.age_days), (Some("2026-11-20"), Some(3)));
    assert_eq!(file.offers, ["node-classes", "node-class", "system", "node-replacements", "model-folders", "models"]);
}

#[test]
fn without_a_server_nothing_is_sent() {
    let offline = Capabilities::offline(no_workflow(), None);
    let recorded = capabilities(&json!([]), None);
    check_errors!(
        [
            ("a ComfyUI, offline", failed(offline.node_classes()).0),
            ("an endpoint, offline", failed(offline.reach()).0),
            ("the management API, offline", failed(offline.stock()).0),
            ("an endpoint, in a cassette without one", failed(recorded.health()).0),
            ("the management API, in a cassette without it", failed(recorded.workers()).0),
        ],
        ["not-offered"; 5]
    );
    assert!(offline.sources().is_empty());
}

#[test]
fn reach_reports_a_response_without_judgement() {
    let reach = |outcome: Value| {
        let health = exchange("jobs", "deployment", "GET /v2/{endpoint}/health", [0, 250], &outcome);
        now(capabilities(&json!([health]), None).reach()).0.unwrap()
    };
    let facts =
        reach(json!({"status": 401, "headers": {"Content-Type": "application/json"}, "body": {"text": "no\u{e9}"}}));
    let expected = ReachFacts {
        status: Some(401),
        failure: None,
        elapsed: Duration::from_millis(250),
        content_type: Some("application/json".to_owned()),
        body: "no\u{e9}".to_owned(),
        url: "https://api.runpod.ai/v2/{endpoint}/health".to_owned(),
    };
    assert_eq!(facts, expected);
    assert_eq!(reach(json!({"status": 200, "body": {"text": "key rpa_secret"}})).body, "key [redacted]");
    assert_eq!(reach(json!("unresolved")).failure, Some("unresolved"));
    let long = reach(json!({"status": 200, "body": {"text": "é".repeat(2_000)}}));
    assert_eq!(long.body.len(), 2_048);
}

#[test]
fn health_is_understood_or_said_not_to_be() {
    let health = |outcome: Value| {
        let health = exchange("jobs", "deployment", "GET /v2/{endpoint}/health", [0, 250], &outcome);
        now(capabilities(&json!([health]), None).health()).0
    };
    let facts = health(ok(&json!({"workers": {"idle": 2}}))).unwrap();
    assert_eq!(facts.workers.idle, 2);
    let failures = [
        ("status 403", json!({"status": 403})),
        ("status 404", json!({"status": 404})),
        ("JSON of something else", ok(&json!({"error": "not allowed for QB API"}))),
        ("a timeout", json!("timeout")),
    ];
    check_errors!(
        failures.map(|(case, outcome)| (case, health(outcome).unwrap_err())),
        ["access-denied", "unavailable", "unavailable", "unavailable"]
    );
}

fn management(path: &str, took_ms: u64, outcome: &Value) -> Value {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let mut exchange = exchange("management", "deployment", &format!("GET {path}"), [0, took_ms], outcome);
    exchange["request"]["query"] = json!(query);
    exchange
}

#[test]
fn each_request_to_the_management_api_is_sent_once() {
    let endpoint = json!({"id": "x", "networkVolumes": ["v1", "gone"], "env": {"TOKEN": "hf_0123456789"}});
    let log = "data: {\"source\":\"container\",\"line\":\"token hf_0123456789\"}\n\n";
    let capabilities = capabilities(
        &json!([
            management("/v2/serverless/{endpoint}", 100, &ok(&endpoint)),
            management("/v2/network-volumes/v1", 10, &ok(&json!({"id": "v1", "dataCenter": "EU-RO-1", "size": 100}))),
            management("/v2/network-volumes/gone", 10, &json!({"status": 404})),
            management(
                "/v2/serverless/{endpoint}/workers/w1/logs?source=container&tail=50",
                30,
                &json!({"status": 200, "headers": {"content-type": "text/event-stream"}, "body": {"text": log}})
            ),
        ]),
        None,
    );
    assert_eq!(now(capabilities.environment()), (Ok(vec!["TOKEN".to_owned()]), 100));
    let (volumes, took) = now(capabilities.network_volumes());
    let volumes: Vec<_> =
        volumes.unwrap().iter().map(|volume| (volume.id.clone(), volume.data_center.clone())).collect();
    assert_eq!(volumes, [("v1".to_owned(), Some("EU-RO-1".to_owned())), ("gone".to_owned(), None)]);
    assert_eq!(took, 20, "the configuration is known");
    let line = LogLine { at: None, text: "token [redacted]".to_owned() };
    assert_eq!(now(capabilities.worker_logs("w1", "container", 50)), (Ok(Arc::new(vec![line.clone()])), 30));
    assert_eq!(now(capabilities.worker_logs("w1", "container", 50)), (Ok(Arc::new(vec![line.clone()])), 0));
    let other = capabilities.for_instance();
    assert_eq!(now(other.worker_logs("w1", "container", 50)), (Ok(Arc::new(vec![line])), 130));
}

#[test]
fn a_management_api_that_gives_no_answer_has_a_reason_of_its_kind() {
    let endpoint = ok(&json!({"id": "x"}));
    let capabilities = capabilities(
        &json!([
            management("/v2/serverless/{endpoint}", 10, &endpoint),
            management("/v2/serverless/{endpoint}/workers", 10, &json!({"status": 403})),
            management("/v2/serverless/{endpoint}/releases", 10, &json!({"status": 404})),
            management("/v2/catalog/gpus?include=AVAILABILITY&product=SERVERLESS", 10, &ok(&json!([]))),
        ]),
        None,
    );
    check_errors!(
        [
            ("status 403", failed(capabilities.workers()).0),
            ("status 404", failed(capabilities.releases()).0),
            ("JSON of something else", failed(capabilities.stock()).0),
            ("a worker's id that is a path", failed(capabilities.worker_logs("../../secrets", "container", 9)).0),
            ("a source of logs that does not exist", failed(capabilities.worker_logs("w1", "audit", 9)).0),
        ],
        ["access-denied", "unavailable", "unavailable", "unavailable", "other"]
    );
}

/// The lines of a log, as server-sent events.
fn log(lines: &[&str]) -> Value {
    let event = |line: &&str| format!("data: {}\n\n", json!({"source": "container", "line": line}));
    let text: String = lines.iter().map(event).collect();
    json!({"status": 200, "headers": {"content-type": "text/event-stream"}, "body": {"text": text}})
}

fn texts(lines: &[LogLine]) -> Vec<&str> {
    lines.iter().map(|line| line.text.as_str()).collect()
}

#[test]
fn a_whole_log_and_the_builds_are_read_without_values_of_the_environment() {
    let endpoint = ok(&json!({"id": "x", "env": {"TOKEN": "hf_0123456789"}}));
    let builds = ok(&json!({"builds": [{"id": "b", "status": "FAILED", "message": "login hf_0123456789 failed"}]}));
    let whole = "/v2/serverless/{endpoint}/workers/w1/logs?source=container&tail=5000";
    let capabilities = capabilities(
        &json!([
            management("/v2/serverless/{endpoint}", 10, &endpoint),
            management("/v2/serverless/{endpoint}/builds", 10, &builds),
            management(whole, 20, &log(&["first", "token hf_0123456789"])),
        ]),
        None,
    );
    let (lines, took) = now(capabilities.whole_log("w1", "container"));
    assert_eq!((texts(&lines.unwrap()), took), (vec!["first", "token [redacted]"], 30));
    let (builds, _) = now(capabilities.builds());
    assert_eq!(builds.unwrap()[0].message.as_deref(), Some("login [redacted] failed"));
}

#[test]
fn an_older_recording_answers_for_a_whole_log_with_its_end_and_has_no_builds() {
    let endpoint = management("/v2/serverless/{endpoint}", 10, &ok(&json!({"id": "x"})));
    let end = "/v2/serverless/{endpoint}/workers/w1/logs?source=container&tail=100";
    let capabilities = capabilities(&json!([endpoint, management(end, 20, &log(&["end"]))]), None);
    assert_eq!(texts(&now(capabilities.whole_log("w1", "container")).0.unwrap()), ["end"]);
    assert_eq!(kind(&failed(capabilities.whole_log("w2", "container")).0), "not-recorded");
    assert_eq!(kind(&failed(capabilities.builds()).0), "not-recorded");
}

#[test]
fn the_attempts_of_a_sample_name_the_places_of_their_workers() {
    let attempt = |worker: &str, at| AttemptFacts {
        worker: worker.to_owned(),
        retries: 0,
        first_seen: Duration::from_secs(at),
        last_seen: Duration::from_secs(at + 1),
        gpu: None,
        data_center: None,
        machine: None,
    };
    let sample = |index, workflow: &str| Sample {
        job: Some(format!("job-{index}")),
        ending: Ending::Succeeded,
        ..Sample::not_submitted(index, None, workflow.to_owned(), "")
    };
    let trace = JobTrace { attempts: vec![attempt("gone", 1), attempt("w1", 5)], ..JobTrace::default() };
    let samples = Samples {
        samples: vec![sample(0, "{}"), sample(1, "{}"), Sample::not_submitted(2, None, "{}".to_owned(), "in test")],
        files: vec![Vec::new(); 3],
        traces: vec![trace, JobTrace::default(), JobTrace::default()],
        ..Samples::default()
    };
    let workers = ok(&json!({"workers": [
        {"id": "w1", "gpuTypeId": "NVIDIA L4", "dataCenterId": "EU-RO-1", "machineId": "m7"},
    ]}));
    let exchanges = json!([management("/v2/serverless/{endpoint}/workers", 10, &workers)]);
    let capabilities = Capabilities::new(Offer {
        transport: Arc::new(Transport::Replay(replay(&exchanges))),
        round: Phase::Deployment.into(),
        deployment: &deployment(),
        saved: None,
        date: None,
        workflow: no_workflow(),
        samples: Some(Arc::new(samples)),
        price: None,
        secrets: Secrets::default(),
    });
    let attempts = now(capabilities.attempts(0)).0.unwrap();
    let places: Vec<_> = attempts
        .iter()
        .map(|attempt| (attempt.worker.as_str(), attempt.data_center.as_deref(), attempt.machine.as_deref()))
        .collect();
    assert_eq!(places, [("gone", None, None), ("w1", Some("EU-RO-1"), Some("m7"))]);
    assert_eq!(now(capabilities.attempts(1)).0.unwrap(), []);
    let same_as = |index| capabilities.submission(index).map(|submission| submission.same_as);
    assert_eq!([0, 1, 2, 9].map(same_as), [Some(None), Some(Some(0)), None, None]);
}

#[test]
fn an_instance_reads_a_bounded_number_of_logs() {
    let endpoint = management("/v2/serverless/{endpoint}", 10, &ok(&json!({"id": "x"})));
    let capabilities = capabilities(&json!([endpoint]), None);
    let read = |worker: usize| failed(capabilities.worker_logs(&format!("a b {worker}"), "system", 9)).0;
    for worker in 0..64 {
        assert_eq!(kind(&read(worker)), "unavailable");
    }
    check_errors!([("the 65th log", read(64)), ("the first log again", read(0))], ["other", "unavailable"]);
}

#[test]
fn queries_can_be_sent_from_any_thread() {
    fn is_send<T: Send>(_: &T) {}
    let capabilities = Capabilities::offline(no_workflow(), None);
    is_send(&capabilities.models("vae"));
    is_send(&capabilities.reach());
}

//! REST v2.

use crate::scene::{Scene, body, plain, with_key};
use comfycheck_simulator::scenario::bundled;
use comfycheck_simulator::{Api, Method, Request, Response};
use serde_json::json;
use std::time::Duration;

fn get(scene: &mut Scene, at: u64, path: &str) -> Response {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let request = Request { query: query.to_owned(), ..Request::new(Api::Management, Method::Get, path) };
    scene.send(Duration::from_secs(at), &request).outcome.response().unwrap().clone()
}

#[test]
fn the_endpoint_is_described_by_its_configuration() {
    let changes = "endpoint = { workers-min = 1, workers-max = 5, scaling = \"REQUEST_COUNT\", scaling-value = 2, execution-timeout-s = 300, env = { A = \"b\" } }";
    let mut scene = Scene::new(plain(changes));
    let endpoint = body(&get(&mut scene, 0, "/serverless/4m7x2k9q"));
    assert_eq!((&endpoint["id"], &endpoint["type"]), (&json!("4m7x2k9q"), &json!("QUEUE")));
    assert_eq!(endpoint["requestUrls"]["purgeQueue"], "https://api.runpod.ai/v2/4m7x2k9q/purge-queue");
    assert_eq!(endpoint["workers"], json!({"min": 1, "max": 5, "idleTimeout": 5}));
    assert_eq!(endpoint["scaling"], json!({"type": "REQUEST_COUNT", "requestCount": 2}));
    assert_eq!(
        (&endpoint["timeout"], &endpoint["flashboot"], &endpoint["env"]),
        (&json!(300_000), &json!("OFF"), &json!({"A": "b"}))
    );
    assert_eq!(body(&get(&mut scene, 0, "/serverless"))["endpoints"].as_array().unwrap().len(), 1);
}

#[test]
fn the_workers_are_those_that_take_the_jobs() {
    let mut scene = Scene::new(plain("workers = { ready = 1 }"));
    scene.ask(0.0, "POST /run A");
    let job = body(scene.ask(1.0, "GET /status/A").outcome.response().unwrap());
    let workers = body(&get(&mut scene, 2, "/serverless/x/workers"));
    let worker = &workers["workers"][0];
    assert_eq!(
        (&worker["id"], &worker["status"], &worker["uptimeSeconds"]),
        (&job["workerId"], &json!("RUNNING"), &json!(2))
    );
    assert_eq!(
        (&worker["gpuTypeId"], &worker["startedAt"]),
        (&json!("NVIDIA GeForce RTX 4090"), &json!("2026-11-20T12:00:00Z"))
    );
    assert_eq!((&workers["summary"]["running"], &workers["summary"]["total"]), (&json!(1), &json!(1)));
}

#[test]
fn a_container_that_crashes_shows_in_the_log_of_its_worker() {
    let mut scene = Scene::new(bundled("crash-loop").unwrap());
    scene.ask(0.0, "POST /run A");
    let workers = body(&get(&mut scene, 200, "/serverless/x/workers"));
    let id = workers["workers"][0]["id"].as_str().unwrap().to_owned();
    let log = get(&mut scene, 200, &format!("/serverless/x/workers/{id}/logs?source=system"));
    assert_eq!(log.header("content-type"), Some("text/event-stream"));
    let log = String::from_utf8(log.body.to_vec()).unwrap();
    assert!(log.matches("start container for").count() >= 3 && !log.contains("CUDA"), "{log}");
    let log = get(&mut scene, 200, &format!("/serverless/x/workers/{id}/logs?tail=2"));
    let log = String::from_utf8(log.body.to_vec()).unwrap();
    assert!(log.contains("CUDA init failed") && log.matches("data: ").count() == 2, "{log}");
    assert_eq!(get(&mut scene, 200, "/serverless/x/workers/unknown/logs").status, 404);
}

#[test]
fn an_image_that_cannot_be_pulled_shows_in_the_system_log_and_not_in_the_containers() {
    let mut scene = Scene::new(bundled("image-not-found").unwrap());
    scene.ask(0.0, "POST /run A");
    let workers = body(&get(&mut scene, 60, "/serverless/x/workers"));
    let id = workers["workers"][0]["id"].as_str().unwrap().to_owned();
    let mut log = |source: &str| {
        let log = get(&mut scene, 60, &format!("/serverless/x/workers/{id}/logs?source={source}"));
        String::from_utf8(log.body.to_vec()).unwrap()
    };
    assert!(log("system").contains("manifest unknown"));
    assert_eq!(log("container"), "");
}

#[test]
fn a_rollout_shows_in_the_releases() {
    let mut scene = Scene::new(bundled("version-skew").unwrap());
    let releases = body(&get(&mut scene, 0, "/serverless/x/releases"));
    assert_eq!(
        releases["rollout"],
        json!({"inProgress": true, "workersOnLatest": 1, "workersTotal": 2, "percentOnLatest": 50})
    );
    assert_eq!(releases["releases"][0]["diff"][0]["new"], "runpod/worker-comfyui:5.8.5-base");
}

#[test]
fn a_release_reaches_one_worker_after_the_other() {
    let mut scene = Scene::new(bundled("rolling-release").unwrap());
    let mut latest = |at| body(&get(&mut scene, at, "/serverless/x/releases"))["rollout"]["workersOnLatest"].clone();
    assert_eq!([latest(24), latest(25), latest(59), latest(60)], [0, 1, 1, 2]);
    let workers = body(&get(&mut scene, 61, "/serverless/x/workers"))["workers"].clone();
    let states =
        workers.as_array().unwrap().iter().map(|worker| (&worker["status"], &worker["image"], &worker["version"]));
    let image = json!("runpod/worker-comfyui:5.8.5-base");
    assert_eq!(
        states.collect::<Vec<_>>(),
        [(&json!("IDLE"), &image, &json!(2)), (&json!("INITIALIZING"), &image, &json!(2))]
    );
}

#[test]
fn stock_volumes_and_bills_are_listed() {
    let mut scene = Scene::new(bundled("no-workers").unwrap());
    let gpu = &body(&get(&mut scene, 0, "/catalog/gpus?include=AVAILABILITY"))["gpus"][0];
    assert_eq!(
        (&gpu["pool"], &gpu["availability"], &gpu["price"]["serverless"]),
        (&json!("ADA_24"), &json!("HIGH"), &json!(1.1))
    );
    assert_eq!(gpu["dataCenters"][0], json!({"id": "EU-RO-1", "name": "EU-RO-1", "availability": "NONE"}));
    let mut scene = Scene::new(bundled("unmapped-folder").unwrap());
    let volume = body(&get(&mut scene, 0, "/network-volumes/vol7f3k2m9q"));
    assert_eq!((&volume["dataCenter"], &volume["size"]), (&json!("EU-RO-1"), &json!(100)));
    assert_eq!(get(&mut scene, 0, "/network-volumes/other").status, 404);
    let bill = body(&get(&mut scene, 3600, "/billing/serverless?serverlessId=x"));
    assert_eq!(bill["records"][0]["totalAmount"], 1.1);
}

#[test]
fn the_sixty_first_request_of_a_minute_is_refused() {
    let mut scene = Scene::new(plain(""));
    let statuses: Vec<u16> = (0..61).map(|_| get(&mut scene, 10, "/serverless/x").status).collect();
    assert!(statuses[..60].iter().all(|status| *status == 200));
    let refused = get(&mut scene, 12, "/serverless/x");
    assert_eq!((refused.status, refused.header("retry-after")), (429, Some("48")));
    assert_eq!(
        refused.header("ratelimit"),
        Some("\"minute\";r=0;t=48, \"hour\";r=2940;t=3588, \"day\";r=49940;t=86388")
    );
    assert_eq!(
        refused.header("ratelimit-policy"),
        Some("\"minute\";q=60;w=60, \"hour\";q=3000;w=3600, \"day\";q=50000;w=86400")
    );
    assert!(refused.header("x-request-id").is_some());
    assert_eq!(get(&mut scene, 60, "/serverless/x").status, 200);
}

#[test]
fn a_key_reads_what_it_may_and_nothing_can_be_changed() {
    let mut scene = Scene::new(plain("access = { management = \"none\" }\nendpoint = { id = \"right\" }"));
    assert_eq!(get(&mut scene, 0, "/serverless/right").status, 403);
    let mut scene = Scene::new(plain("endpoint = { id = \"right\" }"));
    assert_eq!(get(&mut scene, 0, "/serverless/wrong").status, 404);
    let request = Request::new(Api::Management, Method::Post, "/serverless/right");
    assert_eq!(scene.send(Duration::ZERO, &request).outcome.response().unwrap().status, 405);
    let absent = with_key(Request::new(Api::Management, Method::Get, "/serverless/right"), None);
    let response = scene.send(Duration::ZERO, &absent).outcome.response().unwrap().clone();
    assert_eq!((response.status, response.header("content-type")), (401, Some("application/problem+json")));
}

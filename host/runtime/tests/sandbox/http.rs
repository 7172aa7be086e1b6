//! `comfyui/http` as a guest sees it.

use crate::guest::Trial;
use crate::offer::recorded;
use comfycheck_core::suite::HttpPaths;
use serde_json::{Value, json};

fn exchange(path: &str, response: &Value) -> Value {
    json!({
        "api": "comfyui", "phase": "deployment", "request": {"method": "GET", "path": path},
        "sent-ms": 0, "answered-ms": 70, "response": response,
    })
}

/// The status that the guest measures, or 1,000 more than the case of its error; and the body, or the text of the error.
fn requested(path: &'static str) -> (String, String) {
    let exchanges = json!([
        exchange("/queue", &json!({"status": 200, "body": {"text": "empty"}})),
        exchange("/gone", &json!({"status": 404, "body": {"text": "no such page"}})),
        exchange("/secret", &json!({"status": 403})),
        exchange("/moved", &json!({"status": 302, "headers": {"Location": "/queue"}})),
    ]);
    let http_paths = ["/queue", "/gone", "/secret", "/moved"].map(str::to_owned).to_vec();
    let http_paths = HttpPaths::new(http_paths).unwrap();
    let trial = Trial { capabilities: recorded(&exchanges), http_paths, settings: path, ..Trial::default() };
    let (findings, _) = trial.completed("requests_a_path");
    (findings[0].measurement.as_ref().unwrap().value.to_string(), findings[0].message.clone())
}

#[test]
fn a_guest_gets_the_response_or_the_case_of_its_error() {
    assert_eq!(requested("/queue"), ("200".to_owned(), "empty".to_owned()));
    assert_eq!(requested("/gone"), ("404".to_owned(), "no such page".to_owned()));
    assert_eq!(requested("/moved"), ("200".to_owned(), "empty".to_owned()));
    assert_eq!(requested("/secret").0, "1000");
    assert_eq!(requested("/system_stats").0, "1003");
}

#[test]
fn a_guest_without_a_server_gets_no_response() {
    let http_paths = HttpPaths::new(vec!["/queue".to_owned()]).unwrap();
    let (findings, _) = Trial { http_paths, settings: "/queue", ..Trial::default() }.completed("requests_a_path");
    assert_eq!(findings[0].measurement.as_ref().unwrap().value.to_string(), "1002");
}

#[test]
fn waiting_for_a_response_counts_on_the_instances_clock() {
    let exchanges = json!([exchange("/queue", &json!({"status": 200, "body": {"text": "empty"}}))]);
    let http_paths = HttpPaths::new(vec!["/queue".to_owned()]).unwrap();
    let trial = Trial { capabilities: recorded(&exchanges), http_paths, settings: "/queue", ..Trial::default() };
    assert_eq!(trial.run("requests_a_path").waited.as_millis(), 70);
}

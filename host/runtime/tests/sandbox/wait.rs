//! The waits of a guest: its clock, its limit, and missing answers.

use crate::guest::{Trial, errors};
use crate::offer::recorded;
use comfycheck_core::execution::ErrorKind;
use serde_json::json;
use std::time::Duration;

/// A run whose endpoint answers `/health` after some seconds.
fn slow(seconds: u64) -> Trial {
    let capabilities = recorded(&json!([{
        "api": "jobs", "phase": "deployment",
        "request": {"method": "GET", "path": "/v2/{endpoint}/health"},
        "sent-ms": 0, "answered-ms": seconds * 1000,
        "response": {"status": 200, "body": {"json": {"jobs": {}, "workers": {}}}},
    }]));
    Trial { capabilities, ..Trial::default() }
}

#[test]
fn a_wait_counts_on_the_instances_own_clock() {
    let execution = slow(100).run("asks_for_health_and_is_content");
    assert_eq!(execution.waited, Duration::from_secs(100));
}

#[test]
fn waiting_is_limited() {
    let trial = slow(121);
    insta::assert_snapshot!(errors(&trial, ErrorKind::Waiting, &["asks_for_health_and_is_content"]));
    assert_eq!(trial.run("asks_for_health_and_is_content").waited, Duration::from_mins(2));
}

#[test]
fn a_guest_sees_that_there_is_no_server() {
    let (findings, _) = Trial::default().completed("asks_for_health");
    insta::assert_snapshot!(findings[0].message);
}

#[test]
fn a_guest_never_sees_that_a_request_was_not_recorded() {
    let trial = Trial { capabilities: recorded(&json!([])), ..Trial::default() };
    insta::assert_snapshot!(errors(&trial, ErrorKind::Cassette, &["asks_for_system"]));
}

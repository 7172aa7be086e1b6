//! The waits of a guest: its clock, its limit, and missing answers.

use crate::guest::{Trial, errors};
use crate::offer::{cut_off, recorded};
use comfycheck_core::execution::{ErrorKind, Outcome};
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
fn what_a_recording_does_not_hold_is_not_offered_and_does_not_count() {
    let another = json!([{
        "api": "jobs", "phase": "sampling", "request": {"method": "GET", "path": "/v2/{endpoint}/status/j1"},
        "sent-ms": 0, "answered-ms": 100, "failure": "timeout",
    }]);
    let trial = Trial { capabilities: recorded(&another), ..Trial::default() };
    let (findings, open) = trial.completed("leaves_health_open");
    assert_eq!((findings.len(), open.len(), open[0].unrecorded), (0, 1, true));
    // Without a recording, the same question counts.
    let (_, open) = Trial::default().completed("leaves_health_open");
    assert!(!open[0].unrecorded);
    let skipped = trial.run("is_inconclusive_without_health").outcome;
    assert!(matches!(skipped, Outcome::Skipped { .. }), "{skipped:?}");
    let inconclusive = Trial::default().error("is_inconclusive_without_health").0;
    assert_eq!(inconclusive, ErrorKind::Inconclusive);
}

#[test]
fn after_the_end_of_an_incomplete_recording_a_guest_ends() {
    let trial = Trial { capabilities: cut_off(), ..Trial::default() };
    insta::assert_snapshot!(errors(&trial, ErrorKind::Cassette, &["leaves_health_open"]));
}

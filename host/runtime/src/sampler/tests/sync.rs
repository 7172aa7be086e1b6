//! Submissions that wait for their job, and local workers, which accept no others.

use super::recording::Recording;
use super::{check, reason, reasons, sampling};
use crate::testing::wording;
use crate::transport::testing::ok;
use comfycheck_core::suite::{Sampling, Submit};
use serde_json::{Value, json};

fn sync() -> Sampling {
    Sampling { submit: Submit::Runsync, ..sampling(1) }
}

fn job(status: &str) -> Value {
    json!({"id": "job-0", "status": status, "executionTime": 7, "delayTime": 3, "workerId": "w"})
}

#[test]
fn a_job_that_ended_while_its_submission_waited_is_not_polled_again() {
    for (status, expected) in [("COMPLETED", "succeeded"), ("FAILED", "failed"), ("TIMED_OUT", "expired")] {
        let run = Recording::new().health(0, 1).runsync(0, &ok(&job(status))).replay(1, &sync());
        // Health is read in 100 ms; the submission waits for 2 s.
        check(&run, &[&format!("{expected} 100 2100 2100")]);
    }
}

#[test]
fn a_job_that_takes_longer_than_its_submission_waits_is_watched_from_there() {
    let recording = Recording::new().health(0, 1).runsync(0, &ok(&job("IN_PROGRESS"))).status(0, 0, &job("COMPLETED"));
    check(&recording.replay(1, &sync()), &["succeeded 100 2100 2700"]);
}

#[test]
fn a_submission_that_a_gateway_gave_up_on_may_have_become_a_job() {
    let run = Recording::new().health(0, 1).runsync(0, &json!({"status": 524})).replay(1, &sync());
    check(&run, &["unknown 100 - -"]);
    insta::assert_snapshot!(reasons(&run));
}

#[test]
fn a_job_is_the_answer_to_one_submission_only() {
    let done = ok(&job("COMPLETED"));
    let run = Recording::new().health(0, 1).runsync(0, &done).runsync(1, &done).replay(3, &sync());
    check(&run, &["succeeded 100 2100 2100", "unknown 2200 - -", "not-submitted - - -"]);
    insta::assert_snapshot!(reasons(&run));
}

#[test]
fn a_local_worker_answers_with_the_end_of_a_job_or_with_nothing_that_is_known() {
    let mut words = Vec::new();
    for (outcome, expected) in [
        (ok(&json!({"id": "a", "status": "FAILED", "error": "boom"})), "failed 0 2000 2000"),
        (ok(&json!({"id": "a", "status": "IN_PROGRESS"})), "unknown 0 - -"),
        (ok(&json!({"id": "a", "status": "TIMED_OUT"})), "unknown 0 - -"),
        (ok(&json!({"id": "a", "status": 5})), "unknown 0 - -"),
        (ok(&json!({"id": "a"})), "unknown 0 - -"),
        (json!({"status": 500, "body": {"text": "Internal Server Error"}}), "failed 0 - -"),
        (json!({"status": 502}), "unknown 0 - -"),
        (json!({"status": 404, "body": {"json": {"detail": "Not Found"}}}), "not-submitted - - -"),
        (json!("refused"), "not-submitted - - -"),
    ] {
        let run = Recording::of_local_worker().runsync(0, &outcome).replay(1, &sync());
        check(&run, &[expected]);
        words.push((outcome, reason(&run)));
    }
    insta::assert_snapshot!(wording(words));
}

#[test]
fn a_local_worker_is_not_billed_so_that_no_limit_of_cost_holds() {
    let mut sampling = sync();
    sampling.budget.max_cost = Some(0.0);
    let done = json!({"id": "test-0", "status": "COMPLETED", "output": {"images": []}});
    check(&Recording::of_local_worker().runsync(0, &ok(&done)).replay(1, &sampling), &["succeeded 0 2000 2000"]);
}

#[test]
fn a_status_of_another_job_is_none() {
    let other = json!({"id": "other-job", "status": "COMPLETED", "executionTime": 7});
    let run = Recording::new().health(0, 1).accepted(0).status(0, 0, &other).cancel(0).replay(1, &sampling(1));
    check(&run, &["unknown 100 - -"]);
    insta::assert_snapshot!(reasons(&run));
    let same = json!({"id": "job-0-u1", "status": "COMPLETED", "executionTime": 7});
    let run = Recording::new().health(0, 1).accepted(0).status(0, 0, &same).replay(1, &sampling(1));
    check(&run, &["succeeded 100 800 800"]);
}

#[test]
fn a_local_worker_gets_only_the_submission() {
    for sampling in [sampling(1), sync()] {
        let done = json!({"id": "test-0", "status": "COMPLETED", "output": {"images": []}});
        let recording = Recording::of_local_worker().runsync(0, &ok(&done));
        check(&recording.replay(1, &sampling), &["succeeded 0 2000 2000"]);
        let recording = Recording::of_local_worker().runsync(0, &json!("refused"));
        check(&recording.replay(1, &sampling), &["not-submitted - - -"]);
    }
}

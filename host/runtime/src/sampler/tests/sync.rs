//! Submissions that wait for their job, and local workers, which take no other.

use super::recording::Recording;
use super::{check, sampling};
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
fn a_job_that_ended_while_its_submission_waited_is_not_looked_at_again() {
    for (status, expected) in [("COMPLETED", "succeeded"), ("FAILED", "failed"), ("TIMED_OUT", "expired")] {
        let taken = Recording::new().health(0, 1).runsync(0, &ok(&job(status))).take(1, &sync());
        // Health is read in 100 ms; the submission waits for 2 s.
        check(&taken, &[&format!("{expected} 100 2100 2100")]);
    }
}

#[test]
fn a_job_that_takes_longer_than_its_submission_waits_is_watched_from_there() {
    let recording = Recording::new().health(0, 1).runsync(0, &ok(&job("IN_PROGRESS"))).status(0, 0, &job("COMPLETED"));
    check(&recording.take(1, &sync()), &["succeeded 100 2100 2700"]);
}

#[test]
fn a_submission_that_a_gateway_gave_up_on_may_have_become_a_job() {
    let taken = Recording::new().health(0, 1).runsync(0, &json!({"status": 524})).take(1, &sync());
    check(&taken, &["unknown (RunPod answered the submission with status 524) 100 - -"]);
}

#[test]
fn a_local_worker_is_asked_for_nothing_but_its_job() {
    for sampling in [sampling(1), sync()] {
        let done = json!({"id": "test-0", "status": "COMPLETED", "output": {"images": []}});
        let recording = Recording::of_local_worker().runsync(0, &ok(&done));
        check(&recording.take(1, &sampling), &["succeeded 0 2000 2000"]);
        let recording = Recording::of_local_worker().runsync(0, &json!("refused"));
        let told = "not-submitted (the local worker cannot be reached: the connection was refused) - - -";
        check(&recording.take(1, &sampling), &[told]);
    }
}

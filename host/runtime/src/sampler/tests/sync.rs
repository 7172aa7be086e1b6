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
fn a_job_is_the_answer_to_one_submission_only() {
    let done = ok(&job("COMPLETED"));
    let taken = Recording::new().health(0, 1).runsync(0, &done).runsync(1, &done).take(3, &sync());
    let cached = "RunPod answered the submission with job `job-0`, which is that of another sample: a proxy that answers \
                  from its cache may be in between";
    check(
        &taken,
        &[
            "succeeded 100 2100 2100",
            &format!("unknown ({cached}) 2200 - -"),
            &format!("not-submitted (it is not known what came of sample 1: {cached}) - - -"),
        ],
    );
}

#[test]
fn a_local_worker_answers_with_the_end_of_a_job_or_with_nothing_that_is_known() {
    let ends = "and only `COMPLETED` and `FAILED` end a job";
    for (outcome, expected) in [
        (ok(&json!({"id": "a", "status": "FAILED", "error": "boom"})), "failed 0 2000 2000".to_owned()),
        (
            ok(&json!({"id": "a", "status": "IN_PROGRESS"})),
            format!("unknown (the local worker answered with status `IN_PROGRESS`, {ends}) 0 - -"),
        ),
        (
            ok(&json!({"id": "a", "status": "TIMED_OUT"})),
            format!("unknown (the local worker answered with status `TIMED_OUT`, {ends}) 0 - -"),
        ),
        (
            ok(&json!({"id": "a", "status": 5})),
            format!("unknown (the local worker answered with no status, {ends}) 0 - -"),
        ),
        (ok(&json!({"id": "a"})), format!("unknown (the local worker answered with no status, {ends}) 0 - -")),
        (
            json!({"status": 500, "body": {"text": "Internal Server Error"}}),
            "failed (the local worker answered with status 500: Internal Server Error) 0 - -".to_owned(),
        ),
        (json!({"status": 502}), "unknown (the local worker answered the submission with status 502) 0 - -".to_owned()),
        (
            json!({"status": 404, "body": {"json": {"detail": "Not Found"}}}),
            "not-submitted (the local worker refused it with status 404: Not Found) - - -".to_owned(),
        ),
    ] {
        check(&Recording::of_local_worker().runsync(0, &outcome).take(1, &sync()), &[&expected]);
    }
}

#[test]
fn a_local_worker_is_not_billed_so_that_no_limit_of_cost_holds() {
    let mut sampling = sync();
    sampling.budget.max_cost = Some(0.0);
    let done = json!({"id": "test-0", "status": "COMPLETED", "output": {"images": []}});
    check(&Recording::of_local_worker().runsync(0, &ok(&done)).take(1, &sampling), &["succeeded 0 2000 2000"]);
}

#[test]
fn a_status_of_another_job_is_none() {
    let other = json!({"id": "other-job", "status": "COMPLETED", "executionTime": 7});
    let taken = Recording::new().health(0, 1).accepted(0).status(0, 0, &other).cancel(0).take(1, &sampling(1));
    let why =
        "its status could not be learnt: RunPod's answer to `/status` of job `job-0` is of another job, `other-job`";
    check(&taken, &[&format!("unknown ({why}) 100 - -")]);
    let same = json!({"id": "job-0-u1", "status": "COMPLETED", "executionTime": 7});
    let taken = Recording::new().health(0, 1).accepted(0).status(0, 0, &same).take(1, &sampling(1));
    check(&taken, &["succeeded 100 800 800"]);
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

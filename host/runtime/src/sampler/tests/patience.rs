//! Jobs that time out, and how they are cancelled.

use super::recording::Recording;
use super::{check, line, reason, reasons, sampling};
use crate::event::{RunEvent, SampleState};
use crate::testing::wording;
use comfycheck_core::request::{JobRequest, Policy};
use comfycheck_core::sample::Ending;
use serde_json::json;
use std::sync::Mutex;
use std::time::Duration;

#[test]
fn jobs_that_no_worker_takes_time_out_and_are_cancelled() {
    let queued = json!({"status": "IN_QUEUE"});
    let recording = (0..2).fold(Recording::new().health(0, 0), |recording, index| {
        recording.accepted(index).status(index, 0, &queued).cancel(index)
    });
    let run = recording.replay(3, &sampling(2));
    check(&run, &["never-started 100 - -", "never-started 100 - -", "not-submitted - - -"]);
    insta::assert_snapshot!(reasons(&run));
    assert_eq!(run.samples[0].job.as_deref(), Some("job-0"));
    assert_eq!(run.samples[0].status.as_deref(), Some("IN_QUEUE"));
    assert!(run.observations.len() > 5 && run.observations[3].waiting == 2);
}

#[test]
fn a_queue_that_moves_is_waited_for_however_long() {
    // One worker takes one job after the other, so the last job waits longer than the patience of
    // 60 s.
    let mut recording = Recording::new().health(0, 1);
    for index in 0..4 {
        recording = recording.job(index, 40_000 * u64::from(index), 40_000);
    }
    let run = recording.replay(4, &sampling(4));
    assert!(run.samples[3].delay > Some(Duration::from_mins(1)), "{}", line(&run.samples[3]));
    assert!(run.samples.iter().all(|sample| sample.ending == Ending::Succeeded));
}

#[test]
fn a_job_waits_its_turn_behind_one_of_ours_that_runs() {
    // One worker, and a first job that runs for longer than the patience of 60 s with a job in the queue.
    let recording = Recording::new().health(0, 1).job(0, 0, 85_000).job(1, 85_000, 1_000);
    check(&recording.replay(2, &sampling(2)), &["succeeded 100 800 87540", "succeeded 100 87664 87664"]);

    // The patience starts when the running job times out after 90 s.
    let running = json!({"status": "IN_PROGRESS", "workerId": "w1"});
    let recording = Recording::new().health(0, 1).accepted(0).status(0, 0, &running).cancel(0);
    let recording = recording.accepted(1).status(1, 0, &json!({"status": "IN_QUEUE"})).cancel(1);
    let run = recording.replay(2, &sampling(2));
    check(&run, &["not-finished 100 800 -", "never-started 100 - -"]);
    insta::assert_snapshot!(reasons(&run));
}

#[test]
fn a_job_that_its_ttl_removes_is_reported_as_that() {
    let job = JobRequest {
        policy: Policy { ttl: Some(Duration::from_secs(20)), ..Policy::default() },
        ..JobRequest::default()
    };
    let recording = Recording::new().sending(job).health(0, 1).accepted(0);
    let recording = recording.status(0, 0, &json!({"status": "IN_QUEUE"})).look(0, 30_000, &json!({"status": 404}));
    let run = recording.replay(1, &sampling(1));
    check(&run, &["expired 100 - 46864"]);
    insta::assert_snapshot!(reasons(&run));
}

#[test]
fn a_job_that_waits_to_be_dispatched_again_does_not_count_as_hanging() {
    let queued = json!({"status": "IN_QUEUE", "executionTime": 4200, "retries": 1});
    let recording = Recording::new()
        .health(0, 1)
        .accepted(0)
        .status(0, 0, &json!({"status": "IN_PROGRESS", "workerId": "w1"}))
        .status(0, 5_000, &queued)
        .status(0, 50_000, &json!({"status": "COMPLETED", "workerId": "w2", "executionTime": 5000}));
    check(&recording.replay(1, &sampling(1)), &["succeeded 100 800 51840"]);
}

#[test]
fn a_job_that_does_not_end_times_out() {
    let running = json!({"status": "IN_PROGRESS", "workerId": "w1"});
    let endless = Recording::new().health(0, 1).accepted(0).status(0, 0, &running).cancel(0);
    check(&endless.replay(1, &sampling(1)), &["not-finished 100 800 -"]);

    let frozen = json!({"status": "IN_PROGRESS", "workerId": "w1", "executionTime": 4200, "output": "50 %"});
    let frozen = Recording::new().health(0, 1).accepted(0).status(0, 0, &running).status(0, 5_000, &frozen).cancel(0);
    let run = frozen.replay(2, &sampling(1));
    check(&run, &["not-finished 100 800 -", "not-submitted - - -"]);
    insta::assert_snapshot!(reasons(&run));
    assert_eq!(run.samples[0].execution, Some(Duration::from_millis(4_200)));
}

#[test]
fn an_interruption_cancels_what_was_submitted_and_keeps_what_there_is() {
    let mut recording = Recording::new().health(0, 1).job(0, 0, 1_000).job(1, 0, 60_000).cancel(1);
    recording = recording.job(2, 60_000, 1_000).cancel(2);
    let first_ended = |event: &RunEvent| matches!(event, RunEvent::SampleSeen { state: SampleState::Ended(_), .. });
    let run = recording.take_while(4, &sampling(2), |event| !first_ended(event));
    check(&run, &["succeeded 100 800 1400", "cancelled 100 800 -", "not-submitted - - -", "not-submitted - - -"]);
    insta::assert_snapshot!(reasons(&run));
    assert_eq!(run.samples[1].job.as_deref(), Some("job-1"));
}

#[test]
fn no_more_than_ten_jobs_are_cancelled_at_once() {
    let recording = (0..25).fold(Recording::new().health(0, 0), |recording, index| {
        recording.accepted(index).status(index, 0, &json!({"status": "IN_QUEUE"})).cancel(index)
    });
    let ended = Mutex::new(Vec::new());
    let all_wait = |event: &RunEvent| match event {
        RunEvent::SampleSeen { index: 24, state: SampleState::Waiting { .. }, status: Some(_), .. } => false,
        RunEvent::SampleSeen { at, state: SampleState::Ended(_), .. } => {
            ended.lock().unwrap().push(at.as_millis());
            true
        }
        _ => true,
    };
    recording.take_while(25, &sampling(25), all_wait);
    let ended = ended.into_inner().unwrap();
    let first = ended[0];
    assert_eq!(ended, [vec![first; 10], vec![first + 100; 10], vec![first + 200; 5]].concat());
}

#[test]
fn a_job_is_cancelled_again_where_runpod_may_take_it_later() {
    let waiting = || Recording::new().health(0, 0).accepted(0).status(0, 0, &json!({"status": "IN_QUEUE"}));
    let interrupted = |recording: Recording| {
        let submitted = |event: &RunEvent| matches!(event, RunEvent::SampleSeen { .. });
        let run = recording.take_while(1, &sampling(1), |event| !submitted(event));
        check(&run, &["cancelled 100 - -"]);
        reason(&run)
    };
    let haste = json!({"status": 429, "headers": {"retry-after": "3"}});
    let plain = interrupted(waiting().cancel(0));
    for rejected in [haste, json!({"status": 502}), json!("reset")] {
        let recording = waiting().cancelled(0, &rejected).cancelled(0, &rejected).cancel(0);
        assert_eq!(interrupted(recording), plain, "{rejected}");
    }
    let three_times = (0..3).fold(waiting(), |recording, _| recording.cancelled(0, &json!({"status": 502})));
    // A response that would be the same is not requested again.
    let once = waiting().cancelled(0, &json!({"status": 403}));
    insta::assert_snapshot!(wording([
        ("cancelled", plain),
        ("status 502 three times", interrupted(three_times)),
        ("status 403 once", interrupted(once)),
    ]));
}

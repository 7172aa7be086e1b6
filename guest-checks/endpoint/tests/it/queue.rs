//! Why samples were not taken, by the readings of `/health`.

use crate::said::{lines, rules};
use crate::told::{after, health, observations, sample};
use comfycheck_check_endpoint::rules::{self, Settings};
use comfycheck_sdk::endpoint::Observation;
use comfycheck_sdk::samples::{Ending, Sample};
use comfycheck_sdk::{Answer, Subject};

fn judge(samples: Vec<Sample>, observations: Vec<Observation>) -> Answer {
    rules::after(&after(samples, observations), &Settings::default()).expect("an answer")
}

/// Two samples that no worker ever took.
fn stuck() -> Vec<Sample> {
    vec![sample(0, Ending::NeverStarted), sample(1, Ending::NeverStarted)]
}

#[track_caller]
fn check(readings: &str, expected: &str) {
    assert_eq!(rules(&judge(stuck(), observations(readings))), expected);
}

#[test]
fn no_worker_ever_came() {
    check("0 | 60 | 120 | 300", "no-worker");
    check("0 throttled 1 | 30 | 120 | 300", "no-worker");
}

#[test]
fn workers_went_away() {
    check("0 initializing 1 | 60 initializing 1 | 90 | 120 | 300", "vanished-workers");
    check("0 idle 1 ready 1 | 10 | 120 | 300", "vanished-workers");
    check("0 running 1 progress 1 | 200 running 1 progress 1 | 210 | 300", "vanished-workers");
}

#[test]
fn a_crash_loop_is_never_a_lack_of_capacity() {
    check("0 | 30 unhealthy 1 | 60 unhealthy 2 | 300 unhealthy 2", "crash-loop");
    check("0 throttled 2 | 60 throttled 2 unhealthy 1 | 120 throttled 3 | 300 throttled 3", "crash-loop");
    check("0 initializing 1 | 60 ready 1 | 70 unhealthy 1 | 120 initializing 1 | 180 ready 1", "crash-loop");
    check("0 unhealthy 1 | 60 | 120 | 300", "crash-loop");
}

#[test]
fn hosts_at_capacity() {
    check("0 throttled 1 | 60 throttled 1 | 300 throttled 2", "no-capacity");
    check("0 initializing 1 | 30 throttled 1 | 60 throttled 1 | 300 throttled 1", "no-capacity");
    check("0 throttled 1 | 100 initializing 1 | 130 throttled 1 | 300 initializing 1", "no-capacity");
    check("0 | 60 throttled 1 | 300 throttled 1", "no-capacity");
}

#[test]
fn a_start_that_takes_long() {
    check("0 | 10 initializing 1 | 120 initializing 1 | 300 initializing 2", "slow-cold-start");
    check("0 initializing 1 | 200 initializing 1 ready 1 | 300 initializing 1 ready 1", "slow-cold-start");
    check("0 initializing 1 | 290 initializing 1 | 300 idle 1 ready 1", "slow-cold-start");
    check("0 initializing 1 | 419 initializing 1", "slow-cold-start");
    check("0 initializing 1 | 420 initializing 1", "stuck-initializing");
}

#[test]
fn free_workers_that_take_nothing() {
    check("0 idle 2 ready 2 | 60 idle 2 ready 2 | 300 idle 2 ready 2", "stuck-queue");
    check("0 ready 1 | 300 ready 1", "stuck-queue");
    check("0 initializing 1 | 60 idle 1 | 300 idle 1", "stuck-queue");
    check("0 idle 1 running 1 progress 1 ours 1 | 300 idle 1 running 1 progress 1 ours 1", "stuck-queue");
    check("0 idle 1 unhealthy 1 | 300 idle 1 unhealthy 1", "stuck-queue unhealthy-workers");
}

#[test]
fn workers_that_run_other_jobs() {
    check("0 running 2 progress 2 queue 9 | 300 running 2 progress 2 queue 9", "busy-workers");
    check("0 running 1 progress 1 | 30 idle 1 | 60 running 1 progress 1 | 300 running 1 progress 1", "busy-workers");
    check("0 throttled 1 | 30 running 1 progress 1 | 300 running 1 progress 1", "busy-workers");
}

#[track_caller]
fn check_whose(readings: &str, expected: &str) {
    let answer = judge(stuck(), observations(readings));
    assert!(answer.findings[0].message.contains(expected), "{}", answer.findings[0].message);
}

#[test]
fn whose_jobs_the_workers_run_is_told() {
    check_whose("0 running 1 progress 1 | 300 running 1 progress 1", "ran jobs of other clients for 300 s");
    check_whose(
        "0 running 1 progress 1 ours 1 | 300 running 1 progress 1 ours 1",
        "ran earlier samples of this run for 300 s",
    );
    check_whose(
        "0 running 2 progress 2 ours 1 | 300 running 2 progress 2 ours 1",
        "ran jobs of other clients and earlier samples of this run for 300 s",
    );
}

#[test]
fn what_did_not_last_stays_open() {
    check("0 throttled 1 | 20 throttled 1", "?not-started");
    check("0", "?not-started");
    check("0 | 59", "?not-started");
    check("0 initializing 1 | 30 throttled 1 | 59 initializing 1", "?not-started");
    check("0 idle 1 | 40 idle 1", "?not-started");
}

#[test]
fn without_any_reading_the_reason_stays_open() {
    check("0 ? | 60 ? | 300 ?", "?not-started ?unhealthy-workers");
    assert_eq!(rules(&judge(stuck(), Vec::new())), "?not-started ?unhealthy-workers");
}

#[test]
fn readings_that_failed_are_counted() {
    let answer = judge(stuck(), observations("0 | 60 ? | 120 ? | 300"));
    assert_eq!(
        lines(&answer),
        "error[no-worker]: 2 samples stayed `IN_QUEUE` while `/health` counted no worker in any state (waited 300 s; \
         2 readings of `/health` over 300 s, 2 more failed; at last idle 0, initializing 0, ready 0, running 0, \
         throttled 0, unhealthy 0, `inQueue` 2)"
    );
}

#[test]
fn samples_stayed_in_queue_only_where_that_was_said() {
    let check = |statuses: [Option<&str>; 2], expected: &str| {
        let with = |index, status: Option<&str>| Sample {
            status: status.map(str::to_owned),
            ..sample(index, Ending::NeverStarted)
        };
        let answer = judge(vec![with(0, statuses[0]), with(1, statuses[1])], observations("0 | 60 | 300"));
        let line = lines(&answer);
        assert!(line.contains(&format!("2 samples {expected} while")), "{line}");
    };
    check([Some("IN_QUEUE"); 2], "stayed `IN_QUEUE`");
    check([Some("BANANA"), Some("IN_QUEUE")], "never started (last status `BANANA`, `IN_QUEUE`)");
    check([None, None], "never started (last status none)");
    let gone = judge(vec![Sample { status: None, ..sample(0, Ending::Expired) }], observations("0 | 300"));
    assert_eq!(
        lines(&gone),
        "error[expired-job]: 1 sample removed by RunPod before a result was seen (last status `none`)"
    );
}

#[test]
fn every_sample_that_waited_is_named() {
    let mut samples = stuck();
    samples.push(Sample { status: Some("TIMED_OUT".into()), ..sample(2, Ending::Expired) });
    let answer = judge(samples, observations("0 | 60 | 300"));
    assert_eq!(answer.findings[0].subjects, [Subject::Sample(0), Subject::Sample(1), Subject::Sample(2)]);
}

#[test]
fn the_wait_counts_from_the_last_sample_that_was_taken() {
    let taken = Sample { first_running: Some(100_000), finished: Some(110_000), ..sample(0, Ending::Succeeded) };
    let samples = vec![taken, sample(1, Ending::NeverStarted)];
    let readings = "0 throttled 1 | 90 throttled 1 | 100 running 1 progress 1 ours 1 | 120 idle 1 | 300 idle 1";
    // Before, workers were throttled for longer than they were free after.
    assert_eq!(rules(&judge(samples, observations(readings))), "stuck-queue throttled-workers");
}

#[test]
fn a_sample_that_was_taken_after_others_gave_up_does_not_hide_their_wait() {
    let taken = Sample { first_running: Some(700_000), ..sample(1, Ending::Succeeded) };
    let samples = vec![sample(0, Ending::NeverStarted), taken];
    assert_eq!(
        rules(&judge(samples, observations("0 throttled 1 | 300 throttled 1 | 600 throttled 1"))),
        "no-capacity"
    );
}

#[test]
fn readings_while_nothing_waits_do_not_count() {
    let mut readings = observations("0 idle 3 | 10 | 60 | 300");
    readings[0].waiting = 0;
    let answer = judge(stuck(), readings);
    assert_eq!(rules(&answer), "vanished-workers");
    assert!(
        answer.findings[0].message.contains("3 readings of `/health` over 290 s"),
        "{}",
        answer.findings[0].message
    );
}

#[test]
fn trouble_that_samples_survived_is_a_warning() {
    let succeeded = || vec![Sample { first_running: Some(200_000), ..sample(0, Ending::Succeeded) }];
    let judge = |readings| rules(&judge(succeeded(), observations(readings)));
    assert_eq!(judge("0 throttled 1 | 60 throttled 1 | 70 initializing 1 | 190 running 1"), "throttled-workers");
    assert_eq!(judge("0 throttled 1 | 30 | 60 throttled 1 | 90 running 1"), "");
    assert_eq!(judge("0 unhealthy 1 | 60 running 1"), "unhealthy-workers");
}

#[test]
fn hostile_readings_do_no_harm() {
    let reading = |at, text| Observation { at, health: Some(health(text)), waiting: u32::MAX, running: u32::MAX };
    let most = u32::MAX;
    let all = format!("idle {most} ready {most} running {most} initializing {most}");
    let readings = vec![reading(u64::MAX, &all), reading(0, &all), reading(5, "throttled 1")];
    assert_eq!(rules(&judge(stuck(), readings)), "?not-started");
}

//! Why no worker took the jobs, by the readings of `/health`.

use crate::answer::{Row, finding, measured, problems, row, wording};
use crate::facts::{after, health, observations, sample};
use comfycheck_check_endpoint::Settings;
use comfycheck_check_endpoint::rules;
use comfycheck_sdk::endpoint::Observation;
use comfycheck_sdk::samples::{Ending, Sample};
use comfycheck_sdk::{Answer, Subject};
use insta::assert_snapshot;

fn judge(samples: Vec<Sample>, observations: Vec<Observation>) -> Answer {
    rules::judge_run(&after(samples, observations), &Settings::default()).expect("an answer")
}

/// Two samples that no worker ever took.
fn stuck() -> Vec<Sample> {
    vec![sample(0, Ending::NeverStarted), sample(1, Ending::NeverStarted)]
}

/// A case of two jobs that waited, by its readings.
fn waited(readings: &str, problems: &str) -> Row {
    row(readings, judge(stuck(), observations(readings)), problems)
}

#[test]
fn no_worker_ever_came() {
    assert_table!([waited("0 | 60 | 120 | 300", "no-worker"), waited("0 throttled 1 | 30 | 120 | 300", "no-worker"),]);
    let answer = judge(stuck(), observations("0 | 60 | 120 | 300"));
    let finding = finding(&answer, "no-worker");
    assert_eq!(finding.subjects, [Subject::Sample(0), Subject::Sample(1)]);
    assert_eq!(measured(finding), "300 s");
}

#[test]
fn workers_went_away() {
    assert_table!([
        waited("0 initializing 1 | 60 initializing 1 | 90 | 120 | 300", "vanished-workers"),
        waited("0 idle 1 ready 1 | 10 | 120 | 300", "vanished-workers"),
        waited("0 running 1 progress 1 | 200 running 1 progress 1 | 210 | 300", "vanished-workers"),
    ]);
}

#[test]
fn a_crash_loop_is_never_a_lack_of_capacity() {
    assert_table!([
        waited("0 | 30 unhealthy 1 | 60 unhealthy 2 | 300 unhealthy 2", "crash-loop"),
        waited("0 throttled 2 | 60 throttled 2 unhealthy 1 | 120 throttled 3 | 300 throttled 3", "crash-loop"),
        waited("0 initializing 1 | 60 ready 1 | 70 unhealthy 1 | 120 initializing 1 | 180 ready 1", "crash-loop"),
        waited("0 unhealthy 1 | 60 | 120 | 300", "crash-loop"),
    ]);
}

#[test]
fn hosts_at_capacity() {
    assert_table!([
        waited("0 throttled 1 | 60 throttled 1 | 300 throttled 2", "no-capacity"),
        waited("0 initializing 1 | 30 throttled 1 | 60 throttled 1 | 300 throttled 1", "no-capacity"),
        waited("0 throttled 1 | 100 initializing 1 | 130 throttled 1 | 300 initializing 1", "no-capacity"),
        waited("0 | 60 throttled 1 | 300 throttled 1", "no-capacity"),
    ]);
}

#[test]
fn a_start_that_takes_long() {
    assert_table!([
        waited("0 | 10 initializing 1 | 120 initializing 1 | 300 initializing 2", "slow-cold-start"),
        waited("0 initializing 1 | 200 initializing 1 ready 1 | 300 initializing 1 ready 1", "slow-cold-start"),
        waited("0 initializing 1 | 290 initializing 1 | 300 idle 1 ready 1", "slow-cold-start"),
        waited("0 initializing 1 | 419 initializing 1", "slow-cold-start"),
        waited("0 initializing 1 | 420 initializing 1", "stuck-initializing"),
    ]);
}

#[test]
fn free_workers_that_take_nothing() {
    assert_table!([
        waited("0 idle 2 ready 2 | 60 idle 2 ready 2 | 300 idle 2 ready 2", "stuck-queue"),
        waited("0 ready 1 | 300 ready 1", "stuck-queue"),
        waited("0 initializing 1 | 60 idle 1 | 300 idle 1", "stuck-queue"),
        waited("0 idle 1 running 1 progress 1 ours 1 | 300 idle 1 running 1 progress 1 ours 1", "stuck-queue"),
        waited("0 idle 1 unhealthy 1 | 300 idle 1 unhealthy 1", "stuck-queue unhealthy-workers"),
    ]);
}

#[test]
fn workers_that_run_other_jobs() {
    assert_table!([
        waited("0 running 2 progress 2 queue 9 | 300 running 2 progress 2 queue 9", "busy-workers"),
        waited(
            "0 running 1 progress 1 | 30 idle 1 | 60 running 1 progress 1 | 300 running 1 progress 1",
            "busy-workers"
        ),
        waited("0 throttled 1 | 30 running 1 progress 1 | 300 running 1 progress 1", "busy-workers"),
        waited("0 running 1 progress 1 ours 1 | 300 running 1 progress 1 ours 1", "busy-workers"),
        waited("0 running 2 progress 2 ours 1 | 300 running 2 progress 2 ours 1", "busy-workers"),
    ]);
}

#[test]
fn what_did_not_last_stays_open() {
    assert_table!([
        waited("0 throttled 1 | 20 throttled 1", "?not-started"),
        waited("0", "?not-started"),
        waited("0 | 59", "?not-started"),
        waited("0 initializing 1 | 30 throttled 1 | 59 initializing 1", "?not-started"),
        waited("0 idle 1 | 40 idle 1", "?not-started"),
    ]);
}

#[test]
fn without_any_reading_the_reason_stays_open() {
    let open = "?not-started ?unhealthy-workers";
    assert_table!([waited("0 ? | 60 ? | 300 ?", open), row("no reading at all", judge(stuck(), Vec::new()), open),]);
}

#[test]
fn readings_that_failed_are_counted() {
    assert_table!([waited("0 | 60 ? | 120 ? | 300", "no-worker")]);
}

#[test]
fn the_last_status_is_shown_where_it_is_not_in_queue() {
    let with = |statuses: [Option<&str>; 2]| {
        let sample = |index, status: Option<&str>| Sample {
            status: status.map(str::to_owned),
            ..sample(index, Ending::NeverStarted)
        };
        judge(vec![sample(0, statuses[0]), sample(1, statuses[1])], observations("0 | 60 | 300"))
    };
    assert_table!([
        row("IN_QUEUE", with([Some("IN_QUEUE"); 2]), "no-worker"),
        row("an unknown status", with([Some("BANANA"), Some("IN_QUEUE")]), "no-worker"),
        row("no status", with([None, None]), "no-worker"),
    ]);
}

#[test]
fn an_expired_job_of_which_nothing_is_known_did_not_surely_wait() {
    let gone = Sample { status: None, ..sample(0, Ending::Expired) };
    assert_table!([row("no status", judge(vec![gone], observations("0 | 300")), "expired-job")]);
}

#[test]
fn every_sample_that_waited_is_named() {
    let mut samples = stuck();
    samples.push(Sample { status: Some("TIMED_OUT".into()), ..sample(2, Ending::Expired) });
    let answer = judge(samples, observations("0 | 60 | 300"));
    let named = &finding(&answer, "no-worker").subjects;
    assert_eq!(*named, [Subject::Sample(0), Subject::Sample(1), Subject::Sample(2)]);
}

#[test]
fn the_wait_counts_from_the_last_sample_that_was_taken() {
    let taken = Sample { first_running: Some(100_000), finished: Some(110_000), ..sample(0, Ending::Succeeded) };
    let samples = vec![taken, sample(1, Ending::NeverStarted)];
    let readings = "0 throttled 1 | 90 throttled 1 | 100 running 1 progress 1 ours 1 | 120 idle 1 | 300 idle 1";
    // Before, workers were throttled for longer than they were free after.
    let answer = judge(samples, observations(readings));
    assert_eq!(problems(&answer), "stuck-queue throttled-workers");
    assert_eq!(finding(&answer, "stuck-queue").subjects, [Subject::Sample(1)]);
}

#[test]
fn a_sample_that_was_taken_after_others_gave_up_does_not_hide_their_wait() {
    let taken = Sample { first_running: Some(700_000), ..sample(1, Ending::Succeeded) };
    let samples = vec![sample(0, Ending::NeverStarted), taken];
    let answer = judge(samples, observations("0 throttled 1 | 300 throttled 1 | 600 throttled 1"));
    assert_eq!(problems(&answer), "no-capacity");
}

#[test]
fn readings_while_nothing_waits_do_not_count() {
    let mut readings = observations("0 idle 3 | 10 | 60 | 300");
    readings[0].waiting = 0;
    let answer = judge(stuck(), readings);
    assert_eq!(problems(&answer), "vanished-workers");
    assert_snapshot!(wording(&answer));
}

#[test]
fn trouble_that_samples_survived_is_a_warning() {
    let survived = |readings, problems| {
        let succeeded = vec![Sample { first_running: Some(200_000), ..sample(0, Ending::Succeeded) }];
        row(readings, judge(succeeded, observations(readings)), problems)
    };
    assert_table!([
        survived("0 throttled 1 | 60 throttled 1 | 70 initializing 1 | 190 running 1", "throttled-workers"),
        survived("0 throttled 1 | 30 | 60 throttled 1 | 90 running 1", ""),
        survived("0 unhealthy 1 | 60 running 1", "unhealthy-workers"),
    ]);
}

#[test]
fn hostile_readings_do_no_harm() {
    let reading = |at, text| Observation { at, health: Some(health(text)), waiting: u32::MAX, running: u32::MAX };
    let most = u32::MAX;
    let all = format!("idle {most} ready {most} running {most} initializing {most}");
    let readings = vec![reading(u64::MAX, &all), reading(0, &all), reading(5, "throttled 1")];
    assert_table!([row("times that go back", judge(stuck(), readings), "?not-started")]);
}

//! Samples in virtual time, from cassettes that each test writes down.

mod budget;
mod images;
mod live;
mod patience;
mod recording;
mod sync;
mod watcher;

use super::*;
use crate::testing::wording;
use crate::transport::testing::ok;
use bytes::Bytes;
use comfycheck_core::cost::PriceSource;
use comfycheck_core::money::Budget;
use comfycheck_core::sample::{Ending, Start};
use comfycheck_core::suite::{Patience, Submit};
use recording::Recording;
use serde_json::{Value, json};
use std::num::NonZeroU32;
use std::sync::Mutex;

pub(super) const PRICE: Price = Price { per_second: 0.01, lowest: None, source: PriceSource::Suite, date: None };

fn workflow(index: u32) -> Value {
    json!({"3": {"class_type": "KSampler", "inputs": {"seed": index}}})
}

/// The host of the tests' images.
fn image_hosts() -> [String; 1] {
    ["b.example".to_owned()]
}

pub(super) fn sampling(concurrency: u32) -> Sampling {
    Sampling {
        submit: Submit::Run,
        rate_limit: None,
        samples: 0,
        concurrency: NonZeroU32::new(concurrency).unwrap(),
        variations: Vec::new(),
        seed_inputs: None,
        seed: None,
        patience: Patience { in_queue: Duration::from_mins(1), in_progress: Duration::from_secs(90) },
        budget: Budget::default(),
        share: None,
    }
}

/// A sample in one line: its result, then when it was submitted, first seen running and finished,
/// in milliseconds.
fn line(sample: &Sample) -> String {
    let at = |at: Option<Duration>| at.map_or("-".to_owned(), |at| at.as_millis().to_string());
    let (submitted, running, finished) = (at(sample.submitted), at(sample.first_running), at(sample.finished));
    format!("{} {submitted} {running} {finished}", sample.ending.word())
}

/// Why the first sample ended as it did.
fn reason(samples: &Samples) -> String {
    samples.samples[0].reason.clone().unwrap_or_default()
}

/// Why each sample ended as it did, for a snapshot.
fn reasons(samples: &Samples) -> String {
    let samples = samples.samples.iter();
    wording(samples.map(|sample| {
        let reason = sample.reason.as_deref().unwrap_or("no reason");
        (format!("sample {}, {}", sample.index, sample.ending.word()), reason)
    }))
}

#[track_caller]
fn check(samples: &Samples, expected: &[&str]) {
    assert_eq!(samples.samples.iter().map(line).collect::<Vec<_>>(), expected);
}

#[test]
fn twelve_samples_of_one_worker_have_one_cold_start() {
    let mut recording = Recording::new().health(0, 0).health(30_000, 1);
    recording = recording.job(0, 40_000, 21_000);
    for index in 1..12 {
        recording = recording.job(index, 0, 6_000);
    }
    let run = recording.replay(12, &sampling(1));
    let starts: Vec<_> = run.samples.iter().map(|sample| sample.start).collect();
    assert_eq!(starts, [vec![Start::Cold], vec![Start::Warm; 11]].concat());
    // Seen at most an eighth of the time in its state late, or half a second.
    assert_eq!(line(&run.samples[0]), "succeeded 100 41764 61507");
    assert_eq!(line(&run.samples[1]), "succeeded 61607 62307 67835");
    assert!(run.samples.iter().all(|sample| sample.images.len() == 1 && sample.status.as_deref() == Some("COMPLETED")));
    assert_eq!(run.files[11], [Bytes::from_static(b"hello")]);
}

#[test]
fn the_same_cassette_gives_the_same_samples_each_time() {
    let mut recording = Recording::new().health(0, 0).health(20_000, 2);
    for index in 0..12 {
        recording = recording.job(index, 1_000 * u64::from(index % 5), 6_000 + 10 * u64::from(index));
    }
    for concurrency in [1, 4, 12] {
        let first = recording.replay(12, &sampling(concurrency));
        assert_eq!(recording.replay(12, &sampling(concurrency)), first);
        assert!(first.samples.iter().all(|sample| sample.ending == Ending::Succeeded));
    }
}

#[test]
fn no_more_samples_than_allowed_are_in_flight_at_once() {
    let mut recording = Recording::new().health(0, 4);
    for index in 0..5 {
        recording = recording.job(index, 0, 3_000);
    }
    let submitted = |concurrency: u32| -> Vec<_> {
        let run = recording.replay(5, &sampling(concurrency));
        run.samples.iter().map(|sample| sample.submitted.unwrap().as_millis()).collect()
    };
    assert_eq!(submitted(5), [100; 5]);
    assert_eq!(submitted(2), [100, 100, 3_900, 3_900, 7_700]);
}

#[test]
fn health_is_read_before_samples_are_submitted_and_while_they_wait() {
    let recording = Recording::new().health(0, 0).health(9_000, 1).job(0, 20_000, 5_000).job(1, 0, 5_000);
    let run = recording.replay(2, &sampling(1));
    let observed: Vec<_> = run
        .observations
        .iter()
        .map(|seen| (seen.at.as_millis(), seen.health.unwrap().workers.ready, seen.waiting, seen.running))
        .collect();
    assert_eq!(
        observed,
        [
            (100, 0, 0, 0),    // before the first submission
            (2_200, 0, 1, 0),  // while it waits
            (6_300, 0, 1, 0),  // rarer, because nothing changed
            (14_400, 1, 1, 0), // often again, because it did
            (16_500, 1, 1, 0),
            (20_600, 1, 1, 0),
            (25_400, 1, 0, 0), // before the second submission
        ]
    );
    assert_eq!(run.samples.iter().map(|sample| sample.start).collect::<Vec<_>>(), [Start::Cold, Start::Warm]);
}

#[test]
fn a_worker_that_is_free_is_no_cold_start() {
    let run = Recording::new().health(0, 1).job(0, 0, 5_000).replay(1, &sampling(1));
    assert_eq!(run.samples[0].start, Start::Unclear);
}

#[test]
fn what_runpod_says_of_the_end_is_kept() {
    let cases = [
        (json!({"status": "FAILED", "error": "boom", "executionTime": 5, "workerId": "w"}), "failed 100 800 800"),
        (json!({"status": "CANCELLED"}), "cancelled 100 - 800"),
        (json!({"status": "TIMED_OUT"}), "expired 100 - 800"),
        (json!({"status": "TIMED_OUT", "workerId": "w", "executionTime": 7}), "expired 100 800 800"),
    ];
    for (status, expected) in cases {
        let run = Recording::new().health(0, 1).accepted(0).status(0, 0, &status).replay(1, &sampling(1));
        check(&run, &[expected]);
        assert_eq!(run.samples[0].error.as_deref(), status["error"].as_str());
    }
}

#[test]
fn a_job_that_runpod_does_not_know_is_asked_for_again() {
    let gone = json!({"status": 404, "body": {"text": "job not found"}});
    let running = json!({"status": "IN_PROGRESS", "workerId": "w1"});
    let done = json!({"status": "COMPLETED", "workerId": "w1"});
    let accepted = || Recording::new().health(0, 1).accepted(0);
    let first = |recording: Recording| recording.replay(1, &sampling(1)).samples.remove(0);
    let early = first(accepted().look(0, 0, &gone).status(0, 20_000, &done));
    assert_eq!(early.ending, Ending::Succeeded);
    let late = accepted().status(0, 0, &running).look(0, 40_000, &gone);
    let between = first(late.status(0, 46_000, &done));
    assert_eq!(between.ending, Ending::Succeeded);

    let never_known = first(accepted().look(0, 0, &gone));
    let no_longer_known = first(accepted().status(0, 0, &running).look(0, 40_000, &gone));
    let within = |sample: &Sample, seconds: std::ops::RangeInclusive<u64>| {
        let finished = sample.finished.unwrap().as_secs();
        assert!(sample.ending == Ending::Expired && seconds.contains(&finished), "{finished}");
    };
    within(&never_known, 30..=35);
    within(&no_longer_known, 50..=60);
    let reason = |sample: Sample| sample.reason.unwrap();
    insta::assert_snapshot!(wording([
        ("never known", reason(never_known)),
        ("no longer known", reason(no_longer_known)),
    ]));
}

#[test]
fn a_poll_that_fails_or_is_slow_is_made_up_for_by_the_next() {
    let recording = Recording::new()
        .health(0, 1)
        .accepted(0)
        .look(0, 0, &json!("timeout"))
        .look(0, 1_000, &json!({"status": 502}))
        .status(0, 2_000, &json!({"status": "SOMETHING_NEW"}))
        .status(0, 3_000, &json!({"status": "COMPLETED", "workerId": "w1"}));
    check(&recording.replay(1, &sampling(1)), &["succeeded 100 3800 3800"]);
}

#[test]
fn a_job_whose_status_cannot_be_learnt_is_unknown_and_not_never_started() {
    let denied = json!({"status": 403});
    let run = Recording::new().health(0, 1).accepted(0).look(0, 0, &denied).cancel(0).replay(1, &sampling(1));
    check(&run, &["unknown 100 - -"]);
    insta::assert_snapshot!(reasons(&run));
}

#[test]
fn a_submission_that_is_refused_is_not_repeated() {
    let refusal = |status: u16, error: &str| json!({"status": status, "body": {"json": {"error": error}}});
    let denied = Recording::new().health(0, 1).run(0, &refusal(401, "invalid api key")).replay(2, &sampling(1));
    check(&denied, &["not-submitted - - -"; 2]);
    // Only the rejected sample has an error.
    let errors: Vec<_> = denied.samples.iter().map(|sample| sample.error.as_deref()).collect();
    assert_eq!(errors, [Some("status 401: invalid api key"), None]);
    // Another sample may be smaller.
    let too_large = Recording::new().health(0, 1).run(0, &refusal(400, "exceeded max body size")).job(1, 0, 1_000);
    let too_large = too_large.replay(2, &sampling(1));
    check(&too_large, &["not-submitted - - -", "succeeded 200 900 1500"]);
    insta::assert_snapshot!(wording([("a key that is refused", reasons(&denied)), ("too large", reasons(&too_large))]));
}

#[test]
fn a_submission_that_was_too_early_is_repeated_when_runpod_allows_it() {
    let slow_down = json!({"status": 429, "headers": {"retry-after": "7"}});
    check(
        &Recording::new().health(0, 1).run(0, &slow_down).job(0, 0, 1_000).replay(1, &sampling(1)),
        &["succeeded 7300 8000 8600"],
    );
    let recording = (0..5).fold(Recording::new().health(0, 1), |recording, _| recording.run(0, &slow_down));
    let run = recording.replay(1, &sampling(1));
    check(&run, &["not-submitted - - -"]);
    assert_eq!(run.samples[0].error, None, "a temporary rejection is not an error");
    insta::assert_snapshot!(reasons(&run));
}

#[test]
fn free_workers_are_read_again_before_a_submission_is_repeated() {
    let slow_down = json!({"status": 429, "headers": {"retry-after": "7"}});
    let start =
        |recording: Recording| recording.run(0, &slow_down).job(0, 0, 1_000).replay(1, &sampling(1)).samples[0].start;
    // The free worker stopped meanwhile, or the other way round.
    assert_eq!(start(Recording::new().health(0, 1).health(5_000, 0)), Start::Cold);
    assert_eq!(start(Recording::new().health(0, 0).health(5_000, 1)), Start::Unclear);
    // Two samples that RunPod holds back do not wait for the two free workers.
    let both = (0..2).fold(Recording::new().health(0, 2), |recording, index| recording.run(index, &slow_down));
    let both = both.job(0, 0, 1_000).job(1, 0, 1_000).replay(2, &sampling(2));
    assert_eq!(both.observations.last().map(|seen| seen.waiting), Some(0), "they wait with us");
}

#[test]
fn a_submission_without_an_answer_is_unknown_and_never_repeated() {
    let gateway = json!({"status": 502});
    let recording = Recording::new()
        .health(0, 1)
        .run(0, &gateway)
        .job(1, 0, 1_000)
        .run(2, &json!("timeout"))
        .run(3, &json!("refused"))
        .run(4, &ok(&json!({"status": "IN_QUEUE"})));
    let run = recording.replay(6, &sampling(1));
    check(
        &run,
        &[
            "unknown 100 - -",
            "succeeded 200 900 1500",
            "unknown 1500 - -",
            "not-submitted - - -",
            "unknown 1700 - -",
            "not-submitted - - -",
        ],
    );
    insta::assert_snapshot!(reasons(&run));
}

#[test]
fn a_request_that_the_cassette_does_not_hold_ends_the_sampling_and_proves_nothing() {
    let no_second_job = Recording::new().health(0, 1).job(0, 0, 1_000).replay(3, &sampling(1));
    check(&no_second_job, &["succeeded 100 800 1400", "not-submitted - - -", "not-submitted - - -"]);
    let no_status = Recording::new().health(0, 1).accepted(0).replay(1, &sampling(1));
    check(&no_status, &["unknown 100 - -"]);
    let nothing = Recording::new().replay(1, &sampling(1));
    check(&nothing, &["not-submitted - - -"]);
    insta::assert_snapshot!(wording([
        ("a cassette of one job", reasons(&no_second_job)),
        ("a cassette without the job's status", reasons(&no_status)),
        ("an empty cassette", reasons(&nothing)),
    ]));
}

#[test]
fn many_samples_need_no_runtime_to_make_progress() {
    let recording = (0..300).fold(Recording::new().health(0, 9), |recording, index| recording.job(index, 0, 1_000));
    let ended = Mutex::new(0);
    let counting = |event: &RunEvent| {
        if matches!(event, RunEvent::SampleSeen { state: crate::event::SampleState::Ended(_), .. }) {
            *ended.lock().unwrap() += 1;
        }
        true
    };
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let run = runtime.block_on(async { recording.take_while(300, &sampling(200), counting) });
    assert_eq!((run.samples.len(), ended.into_inner().unwrap()), (300, 300));
}

//! Queue, cold start and generation.

use crate::{check, cold, sample, warm};
use comfycheck_check_performance::rules::times;
use comfycheck_sdk::Subject;
use comfycheck_sdk::samples::{Ending, LostImage, Sample, Start};

#[test]
fn the_queue_time_leaves_cold_samples_out() {
    let all = [cold(0, 60_000, 9000), warm(1, 3000), sample(2, Start::Warm, 7500, 3000)];
    let note = "queue-time: samples waited 7.5 s at most in the queue; 3.85 s on average over 2 samples";
    check(&times::queue_time(&all, Some(7.501)), &[note]);
    // The limit is to be undercut.
    check(
        &times::queue_time(&all, Some(7.5)),
        &[note, "slow-queue: 1 sample waited up to 7.5 s in the queue; below 7.5 s is asked for"],
    );
    check(
        &times::queue_time(&all[..1], None),
        &["queue-time: the queue time was not measured: no sample was taken by a worker that was running already"],
    );
}

#[test]
fn a_wait_that_may_be_a_workers_start_breaks_no_limit() {
    let all = [sample(0, Start::Unclear, 9000, 3000), warm(1, 3000)];
    check(
        &times::queue_time(&all, Some(5.0)),
        &[
            "queue-time: samples waited 9 s at most in the queue; 4.6 s on average over 2 samples; 1 of them may have \
             waited for a worker to start",
            "slow-queue? sample 0 waited 9 s, and it cannot be told how much of it was the start of a worker",
        ],
    );
    let never = [warm(0, 3000), Sample::new(1, Ending::NeverStarted)];
    check(
        &times::queue_time(&never, Some(5.0)),
        &["queue-time: samples waited 0.2 s at most in the queue", "slow-queue? no worker ever took 1 sample"],
    );
}

#[test]
fn a_cold_start_is_the_delay_and_what_the_first_execution_took_longer() {
    // The median of the warm executions is 4 s.
    let all = [cold(0, 12_100, 33_100), warm(1, 3000), warm(2, 4000), warm(3, 90_000)];
    let note = "cold-start: the cold start of sample 0 took 41.2 s: 12.1 s until a worker took the job, and 29.1 s \
                longer than a warm execution";
    check(&times::cold_start(&all, Some(41.3)), &[note]);
    check(&times::cold_start(&all, Some(41.2)), &[note, &format!("slow-{note}; below 41.2 s is asked for")]);
}

#[test]
fn a_first_execution_that_is_no_longer_than_others_costs_nothing() {
    let all = [cold(0, 5000, 2000), warm(1, 3000)];
    check(
        &times::cold_start(&all, None),
        &[
            "cold-start: the cold start of sample 0 took 5 s: 5 s until a worker took the job, and 0 s longer than a warm \
           execution",
        ],
    );
}

#[test]
fn the_longest_cold_start_counts() {
    let all = [
        cold(0, 5000, 9000),
        cold(1, 30_000, 9000),
        warm(2, 3000),
        Sample { ending: Ending::Failed, ..cold(3, 90_000, 1) },
    ];
    let note = "cold-start: the cold start of sample 1 took 36 s: 30 s until a worker took the job, and 6 s longer than a \
                warm execution; it is the longest; 23.5 s on average over 2 samples; 1 cold sample that did not succeed \
                left out";
    check(&times::cold_start(&all, None), &[note]);
    let broken = &times::cold_start(&all, Some(20.0)).findings[1];
    assert_eq!((broken.rule.as_str(), &broken.subjects[..]), ("slow-cold-start", &[Subject::Sample(1)][..]));
}

#[test]
fn an_upper_bound_keeps_a_limit_and_never_breaks_one() {
    let all = [cold(0, 20_000, 30_000)];
    let what =
        "the cold start of sample 0 took 50 s at most: 20 s until a worker took the job, and an execution of 30 s";
    check(&times::cold_start(&all, Some(60.0)), &[&format!("cold-start: {what}")]);
    check(
        &times::cold_start(&all, Some(50.0)),
        &[
            &format!("cold-start: {what}"),
            &format!(
                "slow-cold-start? {what}; below 50 s is asked for, and no warm sample tells how much of it the image took"
            ),
        ],
    );
}

#[test]
fn a_start_that_cannot_be_told_leaves_a_limit_open_that_it_may_break() {
    let all = |unclear| [cold(0, 12_000, 8000), warm(1, 3000), unclear];
    let note = "cold-start: the cold start of sample 0 took 17 s: 12 s until a worker took the job, and 5 s longer than a \
                warm execution";
    let open =
        |ms| format!("slow-cold-start? a worker may have started for sample 2, in up to {ms}; below 60 s is asked for");
    check(&times::cold_start(&all(sample(2, Start::Unclear, 46_000, 3000)), Some(60.0)), &[note]);
    check(&times::cold_start(&all(sample(2, Start::Unclear, 60_000, 3000)), Some(60.0)), &[note, &open("60 s")]);
    // The execution holds the boot of ComfyUI, too.
    check(&times::cold_start(&all(sample(2, Start::Unclear, 46_000, 30_000)), Some(60.0)), &[note, &open("73 s")]);
    let failed = Sample { ending: Ending::Failed, ..sample(2, Start::Unclear, 70_000, 30_000) };
    check(&times::cold_start(&all(failed), Some(60.0)), &[note, &open("70 s")]);
    // What is proven is told, and nothing else.
    let answer = times::cold_start(&all(sample(2, Start::Unclear, 70_000, 3000)), Some(15.0));
    assert_eq!((answer.findings.len(), answer.open.len()), (2, 0));
}

#[test]
fn without_a_cold_sample_a_limit_is_open_and_a_value_is_a_note() {
    let all = [warm(0, 3000)];
    let reason = "the cold start was not measured: no sample met a cold worker";
    check(&times::cold_start(&all, Some(60.0)), &[&format!("slow-cold-start? {reason}")]);
    check(&times::cold_start(&all, None), &[&format!("cold-start: {reason}")]);
}

#[test]
fn after_a_second_dispatch_our_own_clock_counts() {
    // RunPod's times are those of the last attempt; the first one took 100 s.
    let again = Sample {
        retries: 1,
        submitted: Some(1000),
        first_running: Some(31_000),
        finished: Some(141_000),
        ..cold(0, 500, 10_000)
    };
    check(
        &times::cold_start(&[again, warm(1, 10_000)], None),
        &[
            "cold-start: the cold start of sample 0 took 130 s: 30 s until a worker took the job, and 100 s longer than a \
           warm execution",
        ],
    );
}

#[test]
fn the_generation_time_is_the_mean_over_warm_samples_for_each_image() {
    let four = Sample {
        image_count: 3,
        lost_images: vec![LostImage { name: "x.png".into(), reason: "gone".into() }],
        ..warm(2, 16_000)
    };
    let failed = Sample { ending: Ending::Failed, ..warm(3, 1) };
    let empty = Sample { image_count: 0, ..warm(4, 1) };
    let all = [cold(0, 1, 60_000), warm(1, 3000), four, failed, empty];
    let note = "generation-time: an image took 3.5 s to generate on average, 3 s to 4 s; 2 warm samples";
    check(&times::generation_time(&all, Some(3.6)), &[note]);
    check(
        &times::generation_time(&all, Some(3.5)),
        &[note, "slow-generation: an image took 3.5 s to generate on average; below 3.5 s is asked for"],
    );
    check(
        &times::generation_time(&all[..1], Some(3.5)),
        &[
            "slow-generation? the generation time was not measured: no sample met a warm worker, succeeded, and made an image",
        ],
    );
}

#[test]
fn a_percentile_is_given_from_twenty_samples_on() {
    let all: Vec<Sample> = (1..=20).map(|index| warm(index, u64::from(index) * 1000)).collect();
    check(
        &times::generation_time(&all, None),
        &[
            "generation-time: an image took 10.5 s to generate on average, 1 s to 20 s, 95 % of them 19 s at most; 20 warm \
           samples",
        ],
    );
    check(
        &times::generation_time(&all[1..], None),
        &["generation-time: an image took 11 s to generate on average, 2 s to 20 s; 19 warm samples"],
    );
}

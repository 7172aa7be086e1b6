//! Queue, cold start and generation.

use crate::{check, cold, facts, sample, warm};
use comfycheck_check_performance::product::Product;
use comfycheck_check_performance::rules::times::{cold_start, generation_time, queue_time};
use comfycheck_sdk::Answer;
use comfycheck_sdk::samples::{Ending, LostImage, Sample, Start};
use serde_json::{Value, json};

#[test]
fn the_queue_time_leaves_cold_samples_out() {
    let all = [cold(0, 60_000, 9000), warm(1, 3000), sample(2, Start::Warm, 7500, 3000)];
    let two = [sample(0, Start::Warm, 50_223, 1), sample(1, Start::Warm, 12_000, 1), warm(2, 1)];
    check(
        "queue_time",
        &[
            ("below the limit", queue_time(&all, Some(7.501)), &["queue-time: 7.5 s, below 7.501"]),
            (
                "at the limit",
                queue_time(&all, Some(7.5)),
                &["queue-time: 7.5 s, below 7.5", "slow-queue: 7.5 s, below 7.5; sample 2"],
            ),
            (
                "two above the limit",
                queue_time(&two, Some(10.0)),
                &["queue-time: 50.223 s, below 10", "slow-queue: 50.223 s, below 10; sample 0; sample 1"],
            ),
            ("only cold samples", queue_time(&all[..1], Some(5.0)), &["slow-queue?"]),
            ("no sample ran", queue_time(&[Sample::new(0, Ending::NeverStarted)], Some(5.0)), &["slow-queue?"]),
        ],
    );
}

#[test]
fn a_slow_queue_shows_what_the_samples_waited_for() {
    let on = |worker: &str, index, delay| Sample {
        worker: Some(worker.to_owned()),
        ..sample(index, Start::Warm, delay, 6000)
    };
    let own = [on("a", 0, 100), on("a", 1, 6200), on("a", 2, 12_300)];
    let none = [on("a", 0, 100), on("b", 1, 6200), on("c", 2, 12_300)];
    let some = [on("a", 0, 100), on("a", 1, 6200), on("b", 2, 12_300), on("c", 3, 9000)];
    let two = &["queue-time: 12.3 s, below 5", "slow-queue: 12.3 s, below 5; sample 1; sample 2"][..];
    let three = &["queue-time: 12.3 s, below 5", "slow-queue: 12.3 s, below 5; sample 1; sample 2; sample 3"][..];
    check(
        "queue_time_behind_own_jobs",
        &[
            ("all behind jobs of this run", queue_time(&own, Some(5.0)), two),
            ("behind none", queue_time(&none, Some(5.0)), two),
            ("one of three behind a job of this run", queue_time(&some, Some(5.0)), three),
        ],
    );
}

#[test]
fn a_wait_that_may_include_a_worker_start_breaks_no_limit() {
    let all = [sample(0, Start::Unclear, 9000, 3000), warm(1, 3000)];
    let never_started = [warm(0, 3000), Sample::new(1, Ending::NeverStarted)];
    check(
        "queue_time_unclear",
        &[
            ("it may include a start", queue_time(&all, Some(5.0)), &["queue-time: 9 s, below 5", "slow-queue?"]),
            (
                "one never started",
                queue_time(&never_started, Some(5.0)),
                &["queue-time: 0.2 s, below 5", "slow-queue?"],
            ),
        ],
    );
}

#[test]
fn a_wait_behind_a_cold_start_breaks_no_limit() {
    let on = |worker: &str, sample: Sample| Sample { worker: Some(worker.to_owned()), ..sample };
    let first = on("a", cold(0, 42_000, 30_000));
    let with_it = on("a", sample(1, Start::Warm, 50_223, 1));
    let after_it = Sample { submitted: Some(43_000), ..on("a", sample(2, Start::Warm, 29_000, 1)) };
    let elsewhere = on("b", sample(3, Start::Warm, 12_000, 1));
    check(
        "queue_time_behind_a_cold_start",
        &[
            (
                "submitted with the first job of its worker",
                queue_time(&[first.clone(), with_it], Some(10.0)),
                &["queue-time: 50.223 s, below 10", "slow-queue?"],
            ),
            (
                "submitted while the worker ran that job",
                queue_time(&[first.clone(), after_it], Some(10.0)),
                &["queue-time: 29 s, below 10", "slow-queue: 29 s, below 10; sample 2"],
            ),
            (
                "on a worker that was up",
                queue_time(&[first, elsewhere], Some(10.0)),
                &["queue-time: 12 s, below 10", "slow-queue: 12 s, below 10; sample 3"],
            ),
        ],
    );
}

#[test]
fn a_job_that_the_cache_may_have_answered_measures_nothing() {
    let same = |index, execution| Sample { worker: Some("a".to_owned()), ..warm(index, execution) };
    let other = |index, execution| Sample { workflow: r#"{"1": {}}"#.to_owned(), ..same(index, execution) };
    let all = [sample(0, Start::Unclear, 30, 3400), same(1, 100), same(2, 70)]
        .map(|sample| Sample { worker: Some("a".to_owned()), ..sample });
    let one_more = [all.as_slice(), &[other(3, 3000)]].concat();
    check(
        "repeated_jobs",
        &[
            ("all repeat the first", generation_time(&all, Product::Image, Some(1.0)), &["slow-generation?"]),
            ("one does not", generation_time(&one_more, Product::Image, Some(4.0)), &["generation-time: 3 s, below 4"]),
            ("no limit", generation_time(&all, Product::Image, None), &[]),
        ],
    );
}

#[test]
fn a_cold_start_is_the_delay_and_what_the_first_execution_took_longer() {
    // The median of the warm executions is 4 s.
    let all = [cold(0, 12_100, 33_100), warm(1, 3000), warm(2, 4000), warm(3, 90_000)];
    let no_longer = [cold(0, 5000, 2000), warm(1, 3000)];
    check(
        "cold_start",
        &[
            ("below the limit", cold_start(&all, Some(41.3)), &["cold-start: 41.2 s, below 41.3"]),
            (
                "at the limit",
                cold_start(&all, Some(41.2)),
                &["cold-start: 41.2 s, below 41.2", "slow-cold-start: 41.2 s, below 41.2; sample 0"],
            ),
            ("no longer than a warm execution", cold_start(&no_longer, None), &["cold-start: 5 s"]),
        ],
    );
}

#[test]
fn the_longest_cold_start_counts() {
    let all = [
        cold(0, 25_000, 9000),
        cold(1, 30_000, 9000),
        warm(2, 3000),
        Sample { ending: Ending::Failed, ..cold(3, 90_000, 1) },
    ];
    check(
        "cold_start_longest",
        &[
            ("without a limit", cold_start(&all, None), &["cold-start: 36 s"]),
            (
                "one above the limit",
                cold_start(&all, Some(32.0)),
                &["cold-start: 36 s, below 32", "slow-cold-start: 36 s, below 32; sample 1"],
            ),
            (
                "two above the limit",
                cold_start(&all, Some(20.0)),
                &["cold-start: 36 s, below 20", "slow-cold-start: 36 s, below 20; sample 0; sample 1"],
            ),
        ],
    );
}

#[test]
fn an_upper_bound_keeps_a_limit_and_never_breaks_one() {
    let all = [cold(0, 20_000, 30_000)];
    check(
        "cold_start_bound",
        &[
            ("below the limit", cold_start(&all, Some(60.0)), &["cold-start: 50 s, below 60"]),
            ("at the limit", cold_start(&all, Some(50.0)), &["cold-start: 50 s, below 50", "slow-cold-start?"]),
        ],
    );
}

#[test]
fn a_start_that_may_be_cold_leaves_a_limit_open_that_it_may_break() {
    let all = |unclear| [cold(0, 12_000, 8000), warm(1, 3000), unclear];
    let start = |delay, execution, below| cold_start(&all(sample(2, Start::Unclear, delay, execution)), Some(below));
    let failed = Sample { ending: Ending::Failed, ..sample(2, Start::Unclear, 70_000, 30_000) };
    let open: &[&str] = &["cold-start: 17 s, below 60", "slow-cold-start?"];
    check(
        "cold_start_unclear",
        &[
            ("below the limit", start(46_000, 3000, 60.0), &["cold-start: 17 s, below 60"]),
            ("at the limit", start(60_000, 3000, 60.0), open),
            ("its execution includes the boot of ComfyUI", start(46_000, 30_000, 60.0), open),
            ("it failed", cold_start(&all(failed), Some(60.0)), open),
            (
                "another breaks the limit",
                start(70_000, 3000, 15.0),
                &["cold-start: 17 s, below 15", "slow-cold-start: 17 s, below 15; sample 0"],
            ),
        ],
    );
}

#[test]
fn without_a_cold_sample_a_limit_is_open() {
    let failed = Sample { ending: Ending::Failed, ..cold(0, 12_000, 8000) };
    check(
        "cold_start_unmeasured",
        &[
            ("all warm", cold_start(&[warm(0, 3000)], Some(60.0)), &["slow-cold-start?"]),
            ("the cold one failed", cold_start(&[failed], Some(60.0)), &["slow-cold-start?"]),
            ("none ran", cold_start(&[Sample::new(0, Ending::NeverStarted)], Some(60.0)), &["slow-cold-start?"]),
        ],
    );
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
    assert_eq!(facts(&cold_start(&[again, warm(1, 10_000)], None)), ["cold-start: 130 s"]);
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
    check(
        "generation_time",
        &[
            (
                "below the limit",
                generation_time(&all, Product::Image, Some(3.6)),
                &["generation-time: 3.5 s, below 3.6"],
            ),
            (
                "at the limit",
                generation_time(&all, Product::Image, Some(3.5)),
                &["generation-time: 3.5 s, below 3.5", "slow-generation: 3.5 s, below 3.5; sample 2"],
            ),
            ("one warm sample", generation_time(&all[1..2], Product::Image, None), &["generation-time: 3 s"]),
            ("only cold samples", generation_time(&all[..1], Product::Image, Some(3.5)), &["slow-generation?"]),
            ("none succeeded", generation_time(&all[3..4], Product::Image, Some(3.5)), &["slow-generation?"]),
        ],
    );
}

#[test]
fn a_percentile_is_given_from_twenty_samples_on() {
    let all: Vec<Sample> = (1..=20).map(|index| warm(index, u64::from(index) * 1000)).collect();
    check(
        "percentile",
        &[
            ("20 samples", generation_time(&all, Product::Image, None), &["generation-time: 10.5 s"]),
            ("19 samples", generation_time(&all[1..], Product::Image, None), &["generation-time: 11 s"]),
        ],
    );
}

/// The distribution in the data of the first finding.
fn distribution(answer: &Answer) -> Value {
    let data = answer.findings.first().and_then(|finding| finding.data.as_deref()).expect("data");
    serde_json::from_str::<Value>(data).expect("JSON")["distribution"].clone()
}

#[test]
fn the_note_of_each_time_has_its_distribution_in_seconds() {
    let all = [cold(0, 12_100, 33_100), sample(1, Start::Warm, 500, 3000), sample(2, Start::Warm, 1500, 5000)];
    for (answer, p50, max, count) in [
        (queue_time(&all, None), 1.0, 1.5, 2),
        (cold_start(&all, None), 41.2, 41.2, 1),
        (generation_time(&all, Product::Image, None), 4.0, 5.0, 2),
    ] {
        let expected = json!({"p50": p50, "max": max, "count": count, "of": "samples"});
        assert_eq!(distribution(&answer), expected, "{}", answer.findings[0].rule);
    }
    let twenty: Vec<Sample> = (1..=20).map(|index| warm(index, u64::from(index) * 1000)).collect();
    assert_eq!(distribution(&generation_time(&twenty, Product::Image, None))["p95"], 19.0);
}

//! The headline.

use crate::{check, warm};
use comfycheck_check_performance::limits::Limits;
use comfycheck_check_performance::product::Product;
use comfycheck_check_performance::rules::{has_measured, judge};
use comfycheck_sdk::samples::{Ending, Sample};

#[test]
fn the_first_note_says_how_many_limits_are_met() {
    let samples = [warm(0, 3000), warm(1, 4000)];
    let slow = Limits { max_queue_s: Some(0.1), max_generation_s: Some(30.0), ..Limits::default() };
    let fast = Limits { max_queue_s: Some(120.0), ..slow.clone() };
    let one = Limits { max_queue_s: Some(120.0), ..Limits::default() };
    let unknown = Limits { max_cold_start_s: Some(60.0), ..fast.clone() };
    let metrics = ["success-rate: 100 %", "queue-time: 0.2 s, below 120", "generation-time: 3.5 s, below 30"];
    let [rate, queue, generation] = metrics;
    check(
        "limits",
        &[
            ("all", judge(&samples, Product::Image, None, &fast), &["limits", rate, queue, generation]),
            (
                "the only one",
                judge(&samples, Product::Image, None, &one),
                &["limits", rate, queue, "generation-time: 3.5 s"],
            ),
            (
                "one is broken",
                judge(&samples, Product::Image, None, &slow),
                &[
                    "limits",
                    rate,
                    "queue-time: 0.2 s, below 0.1",
                    "slow-queue: 0.2 s, below 0.1; sample 0; sample 1",
                    generation,
                ],
            ),
            (
                "one is unknown",
                judge(&samples, Product::Image, None, &unknown),
                &["limits", rate, queue, generation, "slow-cold-start?"],
            ),
        ],
    );
}

#[test]
fn where_no_sample_ran_there_is_nothing_to_measure() {
    let samples = [Sample::new(0, Ending::NeverStarted), Sample::new(1, Ending::NotSubmitted)];
    let limits = Limits { min_success_rate: Some(100.0), max_queue_s: Some(120.0), ..Limits::default() };
    let answer = judge(&samples, Product::Image, None, &limits);
    let facts: &[&str] =
        &["limits", "success-rate: 0 %, at least 100", "low-success-rate: 0 %, at least 100; sample 0", "slow-queue?"];
    check("limits_nothing_measured", &[("limits", answer, facts)]);
}

#[test]
fn without_limits_there_is_no_headline_and_a_rate_of_0_is_no_measurement() {
    let none = Limits::default();
    let never_started = judge(&[Sample::new(0, Ending::NeverStarted)], Product::Image, None, &none);
    let good = judge(&[warm(0, 3000)], Product::Image, None, &none);
    assert_eq!((has_measured(&never_started), has_measured(&good)), (false, true));
    check(
        "without_limits",
        &[
            ("nothing measured", never_started, &["success-rate: 0 %"]),
            ("one sample", good, &["success-rate: 100 %", "queue-time: 0.2 s", "generation-time: 3 s"]),
        ],
    );
}

#[test]
fn a_limit_as_text_is_kept_broken_or_unknown() {
    let samples: Vec<Sample> = (0..20).map(|index| warm(index, 3000 + u64::from(index))).collect();
    let judged = |texts: &[&str]| {
        let limits = serde_json::json!({ "limits": texts });
        judge(&samples, Product::Image, None, &serde_json::from_value(limits).expect("settings"))
    };
    let metrics = ["success-rate: 100 %", "queue-time: 0.2 s", "generation-time: 3.0095 s"];
    let [rate, queue, generation] = metrics;
    check(
        "limits_as_text",
        &[
            ("kept", judged(&["generation.p95 < 4 s", "queue < 1 s"]), &["limits", rate, queue, generation]),
            (
                "one is broken",
                judged(&["generation.p95 < 3018 ms", "success-rate >= 99%"]),
                &["limits", rate, queue, generation, "broken-limit: 3.018 s, below 3.018"],
            ),
            (
                "too few samples",
                judged(&["generation.p99 < 4 s", "cold-start < 60 s"]),
                &["limits", rate, queue, generation, "broken-limit?", "broken-limit?"],
            ),
            ("throughput", judged(&["throughput > 100/h"]), &["limits", rate, queue, generation]),
        ],
    );
}

#[test]
fn a_text_that_is_not_a_limit_is_refused() {
    for text in ["generation.p95", "speed < 1", "generation.p100 < 1"] {
        let limits: Result<Limits, _> = serde_json::from_value(serde_json::json!({ "limits": [text] }));
        assert!(limits.is_err(), "{text}");
    }
}

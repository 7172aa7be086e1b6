//! Success rate and number of samples.

use crate::{check, warm};
use comfycheck_check_performance::rules::success::{success_rate, too_few_samples};
use comfycheck_sdk::samples::{Ending, Sample};

#[test]
fn the_success_rate_is_that_of_the_samples_that_ended() {
    let all = [
        warm(0, 1),
        Sample::new(1, Ending::Failed),
        Sample::new(2, Ending::NeverStarted),
        Sample::new(3, Ending::NotFinished),
    ];
    let good = [warm(0, 1), warm(1, 1)];
    let few =
        [Sample::new(0, Ending::Failed), Sample::new(1, Ending::NotSubmitted), Sample::new(2, Ending::NotSubmitted)];
    check(
        "success_rate",
        &[
            ("without a limit", success_rate(&all, None), &["success-rate: 25 %"]),
            (
                "below the limit",
                success_rate(&all, Some(50.0)),
                &[
                    "success-rate: 25 %, at least 50",
                    "low-success-rate: 25 %, at least 50; sample 1; sample 2; sample 3",
                ],
            ),
            ("all of them", success_rate(&good, Some(100.0)), &["success-rate: 100 %, at least 100"]),
            (
                "most were not submitted",
                success_rate(&few, Some(100.0)),
                &["success-rate: 0 %, at least 100", "low-success-rate: 0 %, at least 100; sample 0"],
            ),
        ],
    );
}

#[test]
fn samples_without_a_result_neither_break_nor_keep_a_limit() {
    let all = [warm(0, 1), warm(1, 1), Sample::new(2, Ending::Unknown), Sample::new(3, Ending::NotSubmitted)];
    let lost = [warm(0, 1), Sample::new(1, Ending::Failed), Sample::new(2, Ending::Cancelled)];
    check(
        "success_rate_unknown",
        &[
            ("kept either way", success_rate(&all, Some(60.0)), &["success-rate: 100 %, at least 60"]),
            (
                "kept or broken",
                success_rate(&all, Some(90.0)),
                &["success-rate: 100 %, at least 90", "low-success-rate?"],
            ),
            (
                "broken either way",
                success_rate(&lost, Some(90.0)),
                &["success-rate: 50 %, at least 90", "low-success-rate: 50 %, at least 90; sample 1"],
            ),
        ],
    );
}

#[test]
fn where_no_sample_ended_there_is_no_rate() {
    let none = [Sample::new(0, Ending::NotSubmitted), Sample::new(1, Ending::Cancelled)];
    check("success_rate_unmeasured", &[("a limit", success_rate(&none, Some(1.0)), &["low-success-rate?"])]);
}

#[test]
fn too_few_samples_are_an_open_question() {
    let all = [warm(0, 1), Sample::new(1, Ending::Failed), Sample::new(2, Ending::NotSubmitted)];
    check(
        "too_few_samples",
        &[
            ("enough", too_few_samples(&all, 2), &[]),
            ("planned and not submitted", too_few_samples(&all, 3), &["too-few-samples?"]),
            ("too few planned", too_few_samples(&all[..2], 3), &["too-few-samples?"]),
        ],
    );
}

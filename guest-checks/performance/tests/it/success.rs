//! Success rate and number of samples.

use crate::{check, warm};
use comfycheck_check_performance::rules::success;
use comfycheck_sdk::samples::{Ending, Sample};
use comfycheck_sdk::{Bound, Subject};

#[test]
fn the_success_rate_is_that_of_the_samples_that_came_to_an_end() {
    let all = [
        warm(0, 1),
        Sample::new(1, Ending::Failed),
        Sample::new(2, Ending::NeverStarted),
        Sample::new(3, Ending::NotFinished),
    ];
    check(&success::success_rate(&all, None), &["success-rate: 1 of 4 samples succeeded (25 %)"]);
    check(
        &success::success_rate(&all, Some(50.0)),
        &[
            "success-rate: 1 of 4 samples succeeded (25 %)",
            "low-success-rate: 1 of 4 samples succeeded (25 %); at least 50 % should; 1 was never taken by a worker",
        ],
    );
    let broken = &success::success_rate(&all, Some(50.0)).findings[1];
    assert_eq!(broken.subjects, [Subject::Sample(1), Subject::Sample(2), Subject::Sample(3)]);
    let measured = broken.measurement.as_ref().expect("a measurement");
    assert_eq!((measured.value, measured.unit.as_str(), &measured.limit), (25.0, "%", &Some(Bound::AtLeast(50.0))));
}

#[test]
fn all_samples_are_a_hundred_percent_and_keep_that_limit() {
    let all = [warm(0, 1), warm(1, 1)];
    check(&success::success_rate(&all, Some(100.0)), &["success-rate: 2 of 2 samples succeeded (100 %)"]);
}

#[test]
fn samples_that_say_nothing_neither_break_nor_keep_a_limit() {
    let all = [warm(0, 1), warm(1, 1), Sample::new(2, Ending::Unknown), Sample::new(3, Ending::NotSubmitted)];
    let note =
        "success-rate: 2 of 2 samples succeeded (100 %); not counted: 1 cancelled or unanswered, 1 not submitted";
    check(&success::success_rate(&all, Some(60.0)), &[note]);
    check(
        &success::success_rate(&all, Some(90.0)),
        &[
            note,
            "low-success-rate? 2 of 2 samples succeeded (100 %), and how 1 more sample would have ended is not known",
        ],
    );
    let lost = [warm(0, 1), Sample::new(1, Ending::Failed), Sample::new(2, Ending::Cancelled)];
    // Two of three at best.
    assert_eq!(success::success_rate(&lost, Some(90.0)).findings[1].rule, "low-success-rate");
}

#[test]
fn without_an_end_there_is_no_rate() {
    let none = [Sample::new(0, Ending::NotSubmitted), Sample::new(1, Ending::Cancelled)];
    let reason = "the success rate was not measured: no sample came to an end; not counted: 1 cancelled or unanswered, 1 \
                  not submitted";
    check(&success::success_rate(&none, None), &[&format!("success-rate: {reason}")]);
    check(&success::success_rate(&none, Some(1.0)), &[&format!("low-success-rate? {reason}")]);
}

#[test]
fn too_few_samples_are_an_open_question() {
    let all = [warm(0, 1), Sample::new(1, Ending::Failed), Sample::new(2, Ending::NotSubmitted)];
    check(&success::too_few_samples(&all, 2), &[]);
    check(
        &success::too_few_samples(&all, 3),
        &["too-few-samples? 2 samples came to an end, and at least 3 are asked for; not counted: 1 not submitted"],
    );
}

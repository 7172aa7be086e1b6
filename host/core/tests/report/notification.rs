//! Of which runs somebody is told.

use crate::reports::{failed, inconclusive, interrupted, passed};
use comfycheck_core::notification::Occasion::{Always, Change, Failure};
use comfycheck_core::notification::{Occasion, is_told, verdict_before};
use comfycheck_core::report::{Report, Verdict};

const BEFORE: [Option<Verdict>; 4] = [None, Some(Verdict::Passed), Some(Verdict::Failed), Some(Verdict::Inconclusive)];

/// `expected`: after a run of which nothing is known, one that passed, one that failed, one that proved nothing.
#[track_caller]
fn check(report: &Report, on: Occasion, expected: [bool; 4]) {
    assert_eq!(BEFORE.map(|before| is_told(on, report, before)), expected, "{:?} {on:?}", report.summary.verdict);
}

#[test]
fn failures_and_recoveries_are_told() {
    check(&passed(), Failure, [false, false, true, true]);
    check(&failed(), Failure, [true; 4]);
    check(&inconclusive(), Failure, [true; 4]);
}

#[test]
fn changes_are_told_and_where_the_run_before_is_not_known_failures() {
    check(&passed(), Change, [false, false, true, true]);
    check(&failed(), Change, [true, true, false, true]);
    check(&inconclusive(), Change, [true, true, true, false]);
}

#[test]
fn all_is_told_but_of_an_interrupted_run() {
    check(&passed(), Always, [true; 4]);
    for on in [Failure, Change, Always] {
        check(&interrupted(), on, [false; 4]);
    }
}

#[test]
fn the_run_before_counts_if_it_is_one_of_this_suite_and_came_to_its_end() {
    assert_eq!(verdict_before(&failed(), "denrisi"), Ok(Verdict::Failed));
    assert_eq!(verdict_before(&failed(), "another"), Err("it is of another suite"));
    assert_eq!(verdict_before(&interrupted(), "denrisi"), Err("its run was interrupted"));
}

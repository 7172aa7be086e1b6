//! Which runs are worth a notification.

use crate::reports::{failed, inconclusive, interrupted, passed};
use comfycheck_core::notification::Occasion;
use comfycheck_core::notification::Occasion::{Always, Change, Failure};
use comfycheck_core::report::{Origin, Report, Verdict};
use comfycheck_core::report::{notification_is_due, verdict_before};

const BEFORE: [Option<Verdict>; 4] = [None, Some(Verdict::Passed), Some(Verdict::Failed), Some(Verdict::Inconclusive)];

/// `expected`: after a run of which nothing is known, one that passed, one that failed, one that proved nothing.
#[track_caller]
fn check(report: &Report, on: Occasion, expected: [bool; 4]) {
    assert_eq!(
        BEFORE.map(|before| notification_is_due(on, report, before)),
        expected,
        "{:?} {on:?}",
        report.summary.verdict
    );
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
fn every_run_notification_is_due_but_an_interrupted_one() {
    check(&passed(), Always, [true; 4]);
    for on in [Failure, Change, Always] {
        check(&interrupted(), on, [false; 4]);
    }
}

#[test]
fn the_run_before_counts_if_it_is_a_live_one_of_this_suite_and_endpoint_that_came_to_its_end() {
    let live =
        |endpoint: Option<&str>| Origin::Live { endpoint: endpoint.map(str::to_owned), server: None, comfyui: None };
    let replay = || Origin::Replay { cassette: "a".into(), note: None };
    let simulation = || Origin::Simulation { scenario: "healthy".into(), about: "a".into() };
    for (suite, before, now, expected) in [
        ("denrisi", live(Some("a")), live(Some("a")), Some(Verdict::Failed)),
        ("denrisi", live(None), live(None), Some(Verdict::Failed)),
        ("another", live(Some("a")), live(Some("a")), None),
        ("denrisi", live(Some("a")), live(Some("b")), None),
        ("denrisi", live(None), live(Some("b")), None),
        ("denrisi", replay(), live(Some("a")), None),
        ("denrisi", simulation(), live(Some("a")), None),
        // Offline it is not known which endpoint a live run would have.
        ("denrisi", live(Some("a")), replay(), Some(Verdict::Failed)),
        ("denrisi", replay(), replay(), None),
    ] {
        let report = Report { origin: before, ..failed() };
        assert_eq!(verdict_before(&report, suite, &now).ok(), expected, "{:?} {now:?}", report.origin);
    }
    assert!(verdict_before(&interrupted(), "denrisi", &live(Some("abc123"))).is_err());
}

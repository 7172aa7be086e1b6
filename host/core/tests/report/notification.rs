//! Which runs are worth a notification.

use crate::reports::{failed, inconclusive, interrupted, passed};
use crate::scene::{Scene, With, error, found, node};
use comfycheck_core::due::{PreviousRun, history, notification_is_due, previous_run, run_state};
use comfycheck_core::manifest::Scope::Run;
use comfycheck_core::notification::Occasion::{Always, Change, Failure};
use comfycheck_core::notification::{Channel, Occasion, WebhookBody};
use comfycheck_core::report::{History, Origin, Report, Verdict};
use comfycheck_core::suite::{SuiteNotification, WebhookUrl};
use jiff::{SignedDuration, Timestamp};
use std::num::NonZeroU32;

fn recipient(on: Occasion, after: u32, remind: Option<u32>) -> SuiteNotification {
    SuiteNotification {
        to: Channel::Slack,
        on,
        after: NonZeroU32::new(after).unwrap(),
        remind: remind.and_then(NonZeroU32::new),
        body: WebhookBody::Summary,
        url: WebhookUrl::NotSought,
        signing_key: None,
        recipient: "slack A".into(),
    }
}

/// `expected`: after a run of which nothing is known, one that passed, one that failed, one that was inconclusive. Their
/// reports store no history.
#[track_caller]
fn check(report: &Report, on: Occasion, expected: [bool; 4]) {
    let before = [None, Some(passed()), Some(failed()), Some(inconclusive())];
    let before = before.map(|report| report.as_ref().map(PreviousRun::of));
    let due = before.map(|before| notification_is_due(&recipient(on, 1, None), report, before.as_ref(), None));
    assert_eq!(due, expected, "{:?} {on:?}", report.summary.verdict);
}

#[test]
fn failures_and_recoveries_are_reported() {
    check(&passed(), Failure, [false, false, true, true]);
    check(&failed(), Failure, [true; 4]);
    check(&inconclusive(), Failure, [true; 4]);
}

#[test]
fn changes_are_reported_and_without_a_previous_run_failures() {
    check(&passed(), Change, [false, false, true, true]);
    check(&failed(), Change, [true, true, false, true]);
    check(&inconclusive(), Change, [true, true, true, false]);
}

#[test]
fn always_reports_every_run_but_an_interrupted_one() {
    check(&passed(), Always, [true; 4]);
    for on in [Failure, Change, Always] {
        check(&interrupted(), on, [false; 4]);
    }
}

/// A run that fails at a node.
fn broken(id: &str) -> Report {
    let finding = error("broken", "gone").about(node(id, None));
    Scene::new().check("nodes", &[Run]).with("nodes", Run, found([finding])).report()
}

/// Which of these runs, an hour apart, are reported: `1` or `0` for each.
#[track_caller]
fn check_series(notification: &SuiteNotification, runs: &[Report], expected: &str) {
    let (mut previous, mut now, mut due) = (None, Timestamp::UNIX_EPOCH, String::new());
    for run in runs {
        let mut report = run.clone();
        let is_due = notification_is_due(notification, &report, previous.as_ref(), Some(now));
        let mut stored = history(&report, previous.as_ref());
        if is_due {
            stored.notify(&notification.recipient, run_state(&report), now);
        }
        due.push(if is_due { '1' } else { '0' });
        report.history = Some(stored);
        previous = Some(PreviousRun::of(&report));
        now += SignedDuration::from_hours(1);
    }
    assert_eq!(due, expected);
}

#[test]
fn a_failure_of_another_subject_is_a_change() {
    let (ok, a, b) = (passed(), broken("1"), broken("2"));
    let runs = [ok.clone(), a.clone(), a.clone(), b.clone(), b, ok.clone(), ok.clone(), a];
    check_series(&recipient(Change, 1, None), &runs, "01010101");
}

#[test]
fn an_unchanged_failure_is_reported_again_after_the_interval() {
    let runs = vec![broken("1"); 8];
    check_series(&recipient(Change, 1, Some(3)), &runs, "10010010");
    check_series(&recipient(Change, 1, None), &runs, "10000000");
}

#[test]
fn a_failure_that_does_not_last_is_not_reported_and_neither_is_its_recovery() {
    let (ok, a, b) = (passed(), broken("1"), broken("2"));
    let flapping = [ok.clone(), a.clone(), ok.clone(), a.clone(), a.clone(), a.clone(), ok.clone(), ok.clone()];
    check_series(&recipient(Change, 2, None), &flapping, "00001010");
    check_series(&recipient(Failure, 2, None), &flapping, "00001110");
    // A run that fails in turns at different nodes fails all the same.
    let turns = [a.clone(), b.clone(), a.clone(), b.clone(), b, a];
    check_series(&recipient(Change, 2, None), &turns, "010000");
}

#[test]
fn a_run_counts_those_before_it() {
    let first = history(&broken("1"), None);
    assert_eq!((first.not_passed, first.unchanged), (1, 1));
    let report = Report { history: Some(History { not_passed: 4, unchanged: 2, notified: Vec::new() }), ..broken("1") };
    let previous = PreviousRun::of(&report);
    let counts = |report: &Report| {
        let now = history(report, Some(&previous));
        (now.not_passed, now.unchanged)
    };
    assert_eq!([counts(&broken("1")), counts(&broken("2")), counts(&passed())], [(5, 3), (5, 1), (0, 1)]);
}

#[test]
fn the_previous_run_counts_if_it_is_a_complete_live_one_of_this_name_suite_and_endpoint() {
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
        let verdict = previous_run(&report, (suite, "denrisi"), &now).map(|run| run.state.verdict).ok();
        assert_eq!(verdict, expected, "{:?} {now:?}", report.origin);
    }
    assert!(previous_run(&interrupted(), ("denrisi", "denrisi"), &live(Some("abc123"))).is_err());
    let report = Report { origin: live(Some("a")), ..failed() };
    assert!(previous_run(&report, ("denrisi", "denrisi (other.json)"), &live(Some("a"))).is_err());
}

//! Reports of parts of a run: together they are the report of the whole, and what does not belong together is refused.

use crate::reports::{failed, hostile, inconclusive, interrupted, passed, waived};
use crate::scene::{Scene, error, found};
use comfycheck_core::manifest::Scope::{Deployment, Run};
use comfycheck_core::render::{json, read_json};
use comfycheck_core::report::{Report, merge};
use comfycheck_core::sample::Sample;

/// A part of a report, as somebody else stored it: every third thing from `nth` on.
fn part(report: &Report, nth: usize) -> Report {
    let mine = |at: usize| at % 3 == nth;
    let mut part = report.clone();
    part.executions =
        report.executions.iter().enumerate().filter(|(at, _)| mine(*at)).map(|(_, e)| e.clone()).collect();
    part.samples = report.samples.iter().enumerate().filter(|(at, _)| mine(*at)).map(|(_, s)| s.clone()).collect();
    // A part is counted for itself.
    let part = merge(part.clone(), part).expect("it is one with itself");
    read_json(&json(&part)).expect("what was stored is read")
}

#[test]
fn parts_are_the_whole_in_any_order() {
    for report in [passed(), failed(), inconclusive(), interrupted(), hostile(), waived()] {
        let parts = [0, 1, 2].map(|nth| part(&report, nth));
        for [a, b, c] in [[0, 1, 2], [1, 2, 0], [2, 0, 1]] {
            let whole = merge(merge(parts[a].clone(), parts[b].clone()).unwrap(), parts[c].clone()).unwrap();
            assert!(json(&whole) == json(&report), "{}: parts {a}, {b}, {c}", report.suite);
        }
    }
}

#[test]
fn checks_stand_in_the_order_of_both() {
    let of = |names: &[&str]| names.iter().fold(Scene::new(), |scene, name| scene.check(name, &[Run])).report();
    let order = |one: &[&str], other: &[&str]| -> Vec<String> {
        let whole = merge(of(one), of(other)).unwrap();
        let checks: Vec<String> = whole.checks.iter().map(|check| check.suite.name.clone()).collect();
        let executions: Vec<String> = whole.executions.iter().map(|ran| ran.instance.check.clone()).collect();
        assert_eq!(checks, executions);
        checks
    };
    assert_eq!(order(&["a", "b", "d"], &["b", "c", "d"]), ["a", "b", "c", "d"]);
    assert_eq!(order(&["b", "c"], &["a", "b"]), ["a", "b", "c"]);
    assert_eq!(order(&["a"], &["b", "c"]), ["a", "b", "c"]);
}

#[test]
fn a_report_merged_with_itself_is_itself() {
    for report in [passed(), failed(), inconclusive(), interrupted(), hostile(), waived()] {
        let stored = json(&report);
        let read = || read_json(&stored).unwrap();
        assert!(json(&merge(read(), read()).unwrap()) == stored, "{}", report.suite);
    }
}

#[test]
fn a_question_that_one_part_left_open_is_closed_by_another() {
    let whole = passed();
    let (mut before, mut after) = (whole.clone(), whole.clone());
    before.executions.retain(|execution| execution.instance.scope == Deployment);
    after.executions.retain(|execution| execution.instance.scope != Deployment);
    assert!(json(&merge(before, after).unwrap()) == json(&whole));
}

#[test]
fn parts_that_say_differently_why_a_sample_was_not_submitted_are_of_one_run() {
    let gated = |check: &str| {
        let reason = format!("check `{check}` found an error before the samples");
        Scene::new()
            .samples(1)
            .check(check, &[Deployment])
            .with(check, Deployment, found([error("broken", "is missing")]))
            .sample(0, |sample| *sample = Sample::not_submitted(0, Some(1000), String::new(), reason))
            .report()
    };
    let whole = merge(gated("nodes"), gated("models")).unwrap();
    let reason = whole.samples[0].reason.as_deref();
    assert_eq!((whole.samples.len(), reason), (1, Some("check `nodes` found an error before the samples")));
    let taken = Scene::new().samples(1).check("models", &[Deployment]).report();
    check_refused(gated("nodes"), taken, "both hold sample 0, and not the same");
}

#[track_caller]
fn check_refused(one: Report, other: Report, expected: &str) {
    assert_eq!(merge(one, other).expect_err("they are not one").to_string(), expected);
}

#[test]
fn what_is_not_of_one_run_is_refused() {
    let changed = |change: fn(&mut Report)| {
        let mut report = passed();
        change(&mut report);
        report
    };
    let differs = |change, what: &str| {
        check_refused(passed(), changed(change), &format!("they are not of one run: {what} differs"));
    };
    differs(|report| report.suite = "other".into(), "the suite's name");
    differs(|report| report.version = "0.0.1".into(), "the version of comfycheck");
    differs(|report| report.origin = interrupted().origin, "the endpoint or the cassette");
    differs(|report| report.workflow = None, "the workflow");
    differs(|report| report.price = None, "the price");
    check_refused(
        passed(),
        changed(|report| report.checks[1].sha256 = "0".repeat(64)),
        "check `nodes` is not the same in both: its component, its settings or its grants differ",
    );
    check_refused(passed(), changed(|report| report.samples[2].retries = 1), "both hold sample 2, and not the same");
}

#[test]
fn a_check_that_came_out_in_two_ways_is_refused() {
    let scene = |outcome| Scene::new().check("nodes", &[Deployment, Run]).with("nodes", Run, outcome).report();
    check_refused(
        scene(found([])),
        scene(found([error("broken", "a node is missing")])),
        "both tell what came of check `nodes` in scope `run`, and not the same",
    );
}

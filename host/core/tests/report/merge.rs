//! Reports of parts of a run: together they are the report of the whole, and reports of different runs are refused.

use crate::reports::{failed, hostile, inconclusive, interrupted, passed, waived};
use crate::scene::{Scene, With, error, found, node};
use comfycheck_core::manifest::Scope::{Deployment, Run};
use comfycheck_core::render::{json, read_json};
use comfycheck_core::report::{Machine, MergeError, Origin, Report, merge};
use comfycheck_core::sample::Sample;
use comfycheck_core::waiver::UnusedWaiver;
use insta::assert_snapshot;
use std::time::Duration;

/// A part of a report, stored and read again: every third thing from `nth` on.
fn part(report: &Report, nth: usize) -> Report {
    let mine = |at: usize| at % 3 == nth;
    let mut part = report.clone();
    part.executions =
        report.executions.iter().enumerate().filter(|(at, _)| mine(*at)).map(|(_, e)| e.clone()).collect();
    part.samples = report.samples.iter().enumerate().filter(|(at, _)| mine(*at)).map(|(_, s)| s.clone()).collect();
    // A part has a summary of its own.
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
    assert_eq!((whole.samples.len(), &whole.samples[0].reason), (1, &gated("nodes").samples[0].reason));
    let submitted = Scene::new().samples(1).check("models", &[Deployment]).report();
    let error = merge(gated("nodes"), submitted).unwrap_err();
    assert_eq!(error, MergeError::Sample { index: 0 });
}

#[test]
fn a_run_in_parts_took_from_the_first_start_as_long_as_its_longest_part() {
    let of = |started: &str, seconds| {
        let machine = Machine { started: started.into(), elapsed: Duration::from_secs(seconds) };
        Report { machine: Some(machine), ..passed() }
    };
    let first = "2026-11-29T10:00:00Z";
    for later in ["2026-11-29T10:00:00.5Z", "2026-11-29T10:00:01Z", "2026-11-30T09:00:00Z"] {
        for (one, other) in [(of(first, 60), of(later, 61)), (of(later, 61), of(first, 60))] {
            assert_eq!(merge(one, other).unwrap().machine, of(first, 61).machine, "{later}");
        }
    }
}

/// Why two reports are refused, after a line that names the case.
#[track_caller]
fn refused(name: &str, one: Report, other: Report) -> String {
    format!("{name}: {}\n", merge(one, other).expect_err(name))
}

#[test]
fn reports_of_different_runs_are_refused() {
    let changed = |change: fn(&mut Report)| {
        let mut report = passed();
        change(&mut report);
        report
    };
    let of = |origin| Report { origin, ..passed() };
    let (cassette, scenario, about) = ("healthy".to_owned(), "healthy".to_owned(), String::new());
    let replay = of(Origin::Replay { cassette, note: None });
    let live = of(Origin::Live { endpoint: Some(scenario.clone()), server: None, comfyui: None });
    let simulated = of(Origin::Simulation { scenario, about });
    let with_nodes = |outcome| Scene::new().check("nodes", &[Deployment, Run]).with("nodes", Run, outcome).report();
    let cases = [
        ("suite", passed(), changed(|report| report.suite = "other".into())),
        ("version", passed(), changed(|report| report.version = "0.0.1".into())),
        ("origin", passed(), changed(|report| report.origin = interrupted().origin)),
        ("live and replay", live, replay.clone()),
        ("replay and simulation", replay, simulated),
        ("workflow", passed(), changed(|report| report.workflow = None)),
        ("price", passed(), changed(|report| report.price = None)),
        ("component", passed(), changed(|report| report.checks[1].sha256 = "0".repeat(64))),
        ("sample", passed(), changed(|report| report.samples[2].retries = 1)),
        ("outcome", with_nodes(found([])), with_nodes(found([error("broken", "a node is missing")]))),
    ];
    assert_snapshot!(cases.map(|(name, one, other)| refused(name, one, other)).concat());
}

#[test]
fn parts_with_different_twins_are_of_one_run() {
    let missing = || error("broken", "is missing").about(node("2", None));
    let scene = || {
        Scene::new()
            .check("nodes", &[Deployment])
            .check("workflow", &[Deployment])
            .with("nodes", Deployment, found([missing()]))
            .with("workflow", Deployment, found([missing()]))
            .waive("nodes", "broken", None, "2026-12-31")
    };
    let whole = scene().report();
    assert_eq!((whole.summary.errors, whole.summary.waived), (0, 2));
    let mut part = scene();
    part.plan.instances.retain(|planned| planned.instance.check == "workflow");
    part.run.executions.retain(|execution| execution.instance.check == "workflow");
    let part = part.report();
    assert_eq!(part.summary.errors, 1);
    let merged = merge(whole.clone(), part).unwrap();
    assert_eq!((merged.summary.errors, merged.summary.waived), (0, 2));
    assert_eq!(json(&merged), json(&whole));
}

/// The rules of the unused waivers of a run in two parts. Each part names the checks that it ran, and the rules of its own.
fn unused(parts: [(&[&str], &[&str]); 2]) -> Vec<String> {
    let [one, other] = parts.map(|(checks, rules)| {
        let mut report = checks.iter().fold(Scene::new(), |scene, name| scene.check(name, &[Run])).report();
        let waiver = |rule: &&str| UnusedWaiver {
            rule: (*rule).to_owned(),
            subject: None,
            message: format!("no finding for `{rule}`"),
        };
        report.unused_waivers = rules.iter().map(waiver).collect();
        report
    });
    merge(one, other).unwrap().unused_waivers.into_iter().map(|waiver| waiver.rule).collect()
}

#[test]
fn a_waiver_is_unused_if_no_part_that_ran_its_check_used_it() {
    assert_eq!(unused([(&["a"], &["a/x"]), (&["a"], &["a/x"])]), ["a/x"]);
    assert_eq!(unused([(&["a"], &["a/x"]), (&["a"], &[])]), [""; 0]);
    assert_eq!(unused([(&["a"], &[]), (&["a"], &["a/x"])]), [""; 0]);
    assert_eq!(unused([(&["a"], &["a/x"]), (&["b"], &[])]), ["a/x"]);
    assert_eq!(unused([(&["a"], &[]), (&["b"], &["b/x"])]), ["b/x"]);
    assert_eq!(unused([(&["a"], &["a/x"]), (&["a"], &["a/y", "a/x"])]), ["a/x"]);
}

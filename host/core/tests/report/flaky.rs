//! Checks that ran more than once: when that is flaky, and what each format shows of it.

use crate::scene::{Scene, error, errored, found, open, verbose};
use comfycheck_core::execution::{CheckInstance, ErrorKind, Execution, Outcome};
use comfycheck_core::manifest::Scope::{Deployment, Run};
use comfycheck_core::render::{
    LocatedFindings, ReportContext, ctrf, github, html, json, junit, markdown, read_json, sarif,
};
use comfycheck_core::report::{Report, Verdict};
use insta::assert_snapshot;
use serde_json::{Value, json};
use std::time::Duration;

fn nothing() -> Outcome {
    found([])
}

fn unanswered() -> Outcome {
    open("broken", "ComfyUI answered with status 503", "run again")
}

#[track_caller]
fn check(earlier: &[Outcome], outcome: Outcome, is_flaky: bool) {
    let instance = CheckInstance { check: "nodes".into(), scope: Deployment, sample: None };
    let execution = Execution { instance, outcome, earlier: earlier.to_vec(), waited: Duration::ZERO };
    assert_eq!(execution.is_flaky(), is_flaky, "{execution:?}");
}

#[test]
fn what_only_a_later_attempt_answered_is_flaky() {
    let failed = || errored(ErrorKind::Inconclusive, "no response");
    let two_open = || match (unanswered(), unanswered()) {
        (Outcome::Completed { findings, open: one }, Outcome::Completed { open: other, .. }) => {
            Outcome::Completed { findings, open: [one, other].concat() }
        }
        (one, _) => one,
    };
    let closed = || match unanswered() {
        Outcome::Completed { findings, mut open } => {
            open[0].closed = true;
            Outcome::Completed { findings, open }
        }
        other => other,
    };
    check(&[], nothing(), false);
    check(&[], closed(), false);
    check(&[unanswered()], nothing(), true);
    check(&[failed()], nothing(), true);
    check(&[failed(), unanswered()], nothing(), true);
    check(&[unanswered()], unanswered(), false);
    check(&[unanswered()], failed(), false);
    // It was the samples that answered.
    check(&[unanswered()], closed(), false);
    check(&[two_open()], closed(), true);
    // Only the second attempt found the error.
    check(&[unanswered()], found([error("broken", "a class is missing")]), true);
}

/// A question that was answered at the third attempt, and one that never was.
fn report(second: Outcome) -> Report {
    Scene::new()
        .check("nodes", &[Deployment])
        .check("endpoint", &[Run])
        .with("nodes", Deployment, nothing())
        .after("nodes", Deployment, errored(ErrorKind::Inconclusive, "::error the wire\nwas cut"))
        .after("nodes", Deployment, unanswered())
        .with("endpoint", Run, second)
        .after("endpoint", Run, unanswered())
        .report()
}

#[test]
fn a_flaky_answer_passes_and_every_format_shows_its_attempts() {
    let report = report(nothing());
    assert_eq!((report.summary.verdict, report.summary.flaky), (Verdict::Passed, 2));
    let located = LocatedFindings::of(&report);
    let annotations = github(&located, None);
    let is_notice = |line: &str| line.starts_with("::notice ");
    assert_eq!((annotations.lines().count(), annotations.lines().all(is_notice)), (2, true), "{annotations}");
    let log: Value = serde_json::from_str(&sarif(&located)).unwrap();
    let invocation = &log["runs"][0]["invocations"][0];
    let notes = invocation["toolExecutionNotifications"].as_array().unwrap();
    let levels: Vec<&str> = notes.iter().filter_map(|note| note["level"].as_str()).collect();
    assert_eq!((levels, &invocation["executionSuccessful"]), (vec!["note", "note"], &json!(true)));
    assert_snapshot!(format!("{}\n{}\n{annotations}", verbose(&report), markdown(&report, &ReportContext::default())));
    let page = html(&report, &ReportContext::default());
    assert!(page.contains("2 repeated attempts") && page.contains("1 repeated attempt<"), "{page}");
    assert!(page.contains("deployment: flaky, answered at attempt 3"), "{page}");
    let xml = junit(&report);
    assert_eq!((xml.matches("<flakyError").count(), xml.matches("<error").count()), (3, 0), "{xml}");
}

#[test]
fn what_stays_open_is_shown_with_every_attempt() {
    let report = report(unanswered());
    assert_eq!((report.summary.verdict, report.summary.flaky), (Verdict::Inconclusive, 1));
    assert_snapshot!(verbose(&report));
    let xml = junit(&report);
    assert_eq!((xml.matches("<flakyError").count(), xml.matches("<rerunError").count()), (2, 1), "{xml}");
    let ctrf: Value = serde_json::from_str(&ctrf(&report)).unwrap();
    let of = |name: &str| {
        let tests = ctrf["results"]["tests"].as_array().unwrap();
        let test = tests.iter().find(|test| test["name"] == name).unwrap();
        json!([test["status"], test["flaky"], test["retries"], test["retryAttempts"][0]["message"]])
    };
    assert_eq!(of("nodes: deployment"), json!(["passed", true, 2, "::error the wire was cut"]));
    assert_eq!(of("endpoint: run"), json!(["other", null, 1, "ComfyUI answered with status 503"]));
}

#[test]
fn a_stored_report_keeps_the_attempts() {
    for report in [report(nothing()), report(unanswered())] {
        let text = json(&report);
        let read = read_json(&text).unwrap();
        assert_eq!((&read.executions, read.summary.flaky), (&report.executions, report.summary.flaky));
        assert_eq!(json(&read), text);
    }
}

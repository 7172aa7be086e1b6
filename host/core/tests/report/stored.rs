//! A stored report: read again it is the report that was stored, and what is none is refused.

use crate::reports::{failed, hostile, inconclusive, interrupted, passed, waived};
use comfycheck_core::cost::CostRange;
use comfycheck_core::diagnostic::Color;
use comfycheck_core::render::{Located, ctrf, github, human, json, junit, read_json, sarif};
use comfycheck_core::report::{Report, Verdict};
use comfycheck_core::sample::Sample;
use std::error::Error;

#[test]
fn a_report_that_was_read_has_the_same_bytes_in_every_format() {
    for report in [passed(), failed(), inconclusive(), interrupted(), hostile(), waived()] {
        let read = read_json(&json(&report)).unwrap();
        assert!(json(&read) == json(&report), "json of {}", report.suite);
        assert!(junit(&read) == junit(&report), "junit of {}", report.suite);
        assert!(ctrf(&read) == ctrf(&report), "ctrf of {}", report.suite);
        assert!(human(&read, Color::On) == human(&report, Color::On), "human of {}", report.suite);
        let (read, report) = (Located::of(&read), Located::of(&report));
        assert!(sarif(&read) == sarif(&report), "sarif of {}", report.name);
        assert!(github(&read) == github(&report), "github of {}", report.name);
    }
}

#[track_caller]
fn check_refused(text: &str, expected: &str) {
    let error = read_json(text).expect_err("it is refused");
    let cause = error.source().map(|cause| format!(": {cause}")).unwrap_or_default();
    assert_eq!(format!("{error}{cause}"), expected);
}

#[test]
fn what_is_no_report_is_refused() {
    check_refused("", "it is no JSON report of comfycheck: EOF while parsing a value at line 1 column 0");
    check_refused("<testsuites/>", "it is no JSON report of comfycheck: expected value at line 1 column 1");
    check_refused("{}", "it is no JSON report of comfycheck");
    check_refused(r#"{ "version": "2.1.0", "runs": [] }"#, "it is no JSON report of comfycheck");
    check_refused(
        r#"{ "version": "comfycheck.run/2" }"#,
        "it is a report of version `comfycheck.run/2`, and this comfycheck reads `comfycheck.run/1`",
    );
    check_refused(
        r#"{ "version": "comfycheck.run/\u001b[2J\n2" }"#,
        "it is a report of version `comfycheck.run/␛[2J 2`, and this comfycheck reads `comfycheck.run/1`",
    );
    check_refused(
        "{ \"version\": \"comfycheck.run/1\",\n\"suite\": 7 }",
        "it is not a valid report of version `comfycheck.run/1`: invalid type: integer `7`, expected a string at line 2 column 10",
    );
}

/// A report of two samples that failed, with one change.
#[track_caller]
fn check_contradiction(change: impl FnOnce(&mut Report), expected: &str) {
    let mut report = failed();
    change(&mut report);
    check_refused(&json(&report), &format!("it contradicts itself: {expected}"));
}

#[test]
fn what_can_be_counted_is_counted_again() {
    let come_to = "and its executions and samples come to";
    check_contradiction(
        |report| report.summary.verdict = Verdict::Passed,
        &format!("its summary says `verdict` passed, {come_to} failed"),
    );
    let errors = failed().summary.errors;
    check_contradiction(
        |report| report.summary.errors = 0,
        &format!("its summary says `errors` 0, {come_to} {errors}"),
    );
    check_contradiction(
        |report| report.summary.inconclusive.push("nothing".into()),
        &format!(
            "its summary says `inconclusive` of {} lines, {come_to} of {} lines",
            failed().summary.inconclusive.len() + 1,
            failed().summary.inconclusive.len()
        ),
    );
    let cost = failed().summary.cost.unwrap();
    check_contradiction(
        |report| report.summary.cost = None,
        &format!("its summary says `cost` none, {come_to} {} to {}", cost.low, cost.high),
    );
}

#[test]
fn nothing_stands_in_a_report_twice() {
    check_contradiction(|report| report.samples.push(report.samples[0].clone()), "it holds sample 0 twice");
    let first = failed().executions[0].instance.clone();
    check_contradiction(
        |report| report.executions.push(report.executions[0].clone()),
        &format!("it tells twice what came of check `{}` in scope `deployment`", first.check),
    );
}

#[test]
fn a_cost_is_an_amount_of_money() {
    for (low, high) in [(-1.0, 1.0), (2.0, 1.0), (0.0, 1e308)] {
        check_contradiction(
            |report| report.samples[0].cost = Some(CostRange { low, high }),
            "the cost of sample 0 is no amount of money",
        );
        check_contradiction(
            |report| report.dry_run = vec![Sample { cost: Some(CostRange { low, high }), ..report.samples[0].clone() }],
            "the cost of job 0 is no amount of money",
        );
    }
}

#[test]
fn members_that_are_not_known_are_passed_over() {
    let text = json(&passed());
    let later = text.replacen('{', "{ \"later\": { \"a\": [] },", 1);
    assert!(json(&read_json(&later).unwrap()) == text);
}

#[test]
fn a_report_from_before_there_were_waivers_has_none() {
    let stored = json(&passed());
    let older = stored.replacen("    \"waived\": 0,\n", "", 1);
    assert_ne!(older, stored);
    assert!(json(&read_json(&older).unwrap()) == stored);
}

//! What becomes of an answer.

use crate::guest::Trial;
use comfycheck_core::finding::{Finding, Severity};

#[track_caller]
fn check(guest: &str, expected: &str) {
    assert_eq!(Trial::default().ending(guest), expected);
}

fn found() -> Finding {
    Finding {
        rule: "a-rule".to_owned(),
        severity: Severity::Warning,
        message: "something is wrong".to_owned(),
        subjects: Vec::new(),
        measurement: None,
        help: None,
        data: None,
        waiver: None,
    }
}

#[test]
fn a_finding_has_its_rules_severity() {
    assert_eq!(Trial::default().completed("answers"), (vec![found()], Vec::new()));
}

#[test]
fn the_suite_overrides_a_severity() {
    let trial = Trial { severity: [("a-rule".to_owned(), Severity::Error)].into(), ..Trial::default() };
    assert_eq!(trial.completed("answers").0, [Finding { severity: Severity::Error, ..found() }]);
}

#[test]
fn an_open_question_is_not_closed() {
    let (findings, open) = Trial::default().completed("leaves_open");
    assert_eq!(findings, []);
    assert_eq!((open[0].rule.as_str(), open[0].reason.as_str(), open[0].closed), ("a-rule", "nobody knows", false));
}

#[test]
fn what_does_not_apply_is_skipped() {
    check("does_not_apply", "skipped: nobody knows");
}

#[test]
fn what_cannot_be_told_is_an_error_even_without_a_reason() {
    check("cannot_tell", "inconclusive: the check gives no reason");
}

#[test]
fn the_settings_reach_the_guest() {
    let trial = Trial { settings: r#"{"limit": 5}"#, ..Trial::default() };
    assert_eq!(trial.ending("refuses_its_settings"), r#"invalid-settings: {"limit": 5}"#);
}

#[test]
fn an_undeclared_rule_breaks_the_contract() {
    check(
        "names_an_undeclared_rule",
        "contract: `names_an_undeclared_rule` names a rule `a-ru` that its manifest does not declare",
    );
    check(
        "leaves_an_undeclared_rule_open",
        "contract: `leaves_an_undeclared_rule_open` names a rule `a-ru` that its manifest does not declare",
    );
}

#[test]
fn a_number_that_is_not_finite_breaks_the_contract() {
    check(
        "measures_what_is_not_a_number",
        "contract: `measures_what_is_not_a_number` has a measurement of rule `a-rule` that is not finite: NaN",
    );
    check(
        "measures_against_infinity",
        "contract: `measures_against_infinity` has a measurement of rule `a-rule` that is not finite: inf",
    );
}

#[test]
fn data_that_is_not_json_breaks_the_contract() {
    check(
        "has_data_that_is_not_json",
        "contract: `has_data_that_is_not_json` has data in a finding of rule `a-rule` that is not JSON: \
         expected value at line 1 column 1",
    );
}

#[test]
fn deeply_nested_data_is_refused_and_does_no_harm() {
    check(
        "has_data_without_bottom",
        "contract: `has_data_without_bottom` has data in a finding of rule `a-rule` that is not JSON: \
         recursion limit exceeded at line 1 column 128",
    );
}

#[test]
fn text_that_is_not_utf8_breaks_the_contract() {
    check(
        "says_what_is_not_utf8",
        "contract: `says_what_is_not_utf8` gave what cannot be read: \
         invalid utf-8 sequence of 1 bytes from index 0",
    );
}

#[test]
fn a_pointer_beyond_the_memory_breaks_the_contract() {
    check(
        "points_beyond_its_memory",
        "contract: `points_beyond_its_memory` gave what cannot be read: string pointer/length out of bounds of memory",
    );
}

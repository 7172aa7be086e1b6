//! Answers and what becomes of them.

use crate::guest::{Trial, errors};
use comfycheck_core::execution::{ErrorKind, Outcome};
use comfycheck_core::finding::{Finding, Severity};
use comfycheck_core::secret::{Secret, Secrets};

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
fn a_secret_that_a_guest_returns_or_logs_is_redacted() {
    let hiding = |secret: &str| Trial { secrets: Secrets::new([Secret::new(secret)]), ..Trial::default() };
    assert_eq!(hiding("something is").completed("answers").0[0].message, "[redacted] wrong");
    assert_eq!(hiding("known host").completed("leaves_open").1[0].reason, "un[redacted]");
    assert_eq!(
        hiding("known host").run("does_not_apply").outcome,
        Outcome::Skipped { reason: "un[redacted]".to_owned() }
    );
    let trial = Trial { settings: r#"{"limit": "the-secret"}"#, ..hiding("the-secret") };
    assert_eq!(trial.error("refuses_its_settings").1, r#"{"limit": "[redacted]"}"#);
    for guest in ["panics", "aborts_after_an_error"] {
        let told = Trial::default();
        let (_, message) = told.error(guest);
        let line = told.log.lock().unwrap().last().unwrap().1.clone();
        let secret = line.split_whitespace().max_by_key(|word| word.len()).unwrap();
        let trial = hiding(secret);
        assert!(message.contains(secret) && !trial.error(guest).1.contains(secret), "{message}");
        assert!(trial.log.lock().unwrap().iter().all(|(_, line)| !line.contains(secret)), "{line}");
    }
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
    assert_eq!((open[0].rule.as_str(), open[0].reason.as_str(), open[0].closed), ("a-rule", "unknown host", false));
}

#[test]
fn what_does_not_apply_is_skipped() {
    let outcome = Trial::default().run("does_not_apply").outcome;
    assert_eq!(outcome, Outcome::Skipped { reason: "unknown host".to_owned() });
}

#[test]
fn a_check_that_finds_nothing_out_is_inconclusive_even_without_a_reason() {
    insta::assert_snapshot!(errors(&Trial::default(), ErrorKind::Inconclusive, &["cannot_tell"]));
}

#[test]
fn the_settings_reach_the_guest() {
    let trial = Trial { settings: r#"{"limit": 5}"#, ..Trial::default() };
    let refused = (ErrorKind::InvalidSettings, r#"{"limit": 5}"#.to_owned());
    assert_eq!(trial.error("refuses_its_settings"), refused);
}

#[test]
fn an_answer_that_breaks_the_contract_is_an_error_of_the_check() {
    let guests = [
        "names_an_undeclared_rule",
        "leaves_an_undeclared_rule_open",
        "measures_what_is_not_a_number",
        "measures_against_infinity",
        "has_data_that_is_not_json",
        // Deeper than a parser goes.
        "has_data_without_bottom",
        "says_nothing",
        "leaves_open_without_a_reason",
        "says_what_is_not_utf8",
        "points_beyond_its_memory",
    ];
    insta::assert_snapshot!(errors(&Trial::default(), ErrorKind::Contract, &guests));
}

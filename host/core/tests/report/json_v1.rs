//! The JSON report: its bytes, its schema, and that nothing in it harms a reader.

use crate::reports::{failed, hostile, inconclusive, interrupted, passed};
use comfycheck_core::render::{json, json_schema};
use insta::assert_snapshot;
use serde_json::Value;
use std::path::Path;

#[test]
fn a_passed_run_as_json() {
    assert_snapshot!(json(&passed()));
}

#[test]
fn a_failed_run_as_json() {
    assert_snapshot!(json(&failed()));
}

#[test]
fn an_inconclusive_run_as_json() {
    assert_snapshot!(json(&inconclusive()));
}

#[test]
fn an_interrupted_run_as_json() {
    assert_snapshot!(json(&interrupted()));
}

#[test]
fn every_report_is_valid_under_the_schema() {
    let schema = jsonschema::draft202012::new(&json_schema()).unwrap();
    for report in [passed(), failed(), inconclusive(), interrupted(), hostile()] {
        let value: Value = serde_json::from_str(&json(&report)).unwrap();
        let errors: Vec<String> = schema.iter_errors(&value).map(|error| error.to_string()).collect();
        assert_eq!(errors, Vec::<String>::new(), "{}", report.suite);
    }
}

#[test]
fn the_schema_refuses_what_is_no_report() {
    let schema = jsonschema::draft202012::new(&json_schema()).unwrap();
    let report: Value = serde_json::from_str(&json(&passed())).unwrap();
    let refuses = |pointer: &str, value: Value| {
        let mut report = report.clone();
        *report.pointer_mut(pointer).unwrap() = value;
        assert!(!schema.is_valid(&report), "{pointer}");
    };
    refuses("/version", "comfycheck.run/2".into());
    refuses("/summary/verdict", "fine".into());
    refuses("/executions/0/outcome", "done".into());
    refuses("/executions/0/findings/0/severity", "fatal".into());
    refuses("/samples/0/delay-ms", "31 s".into());
}

#[test]
#[expect(clippy::disallowed_methods, reason = "the schema is a file of the repository")]
fn the_published_schema_is_up_to_date() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schemas/run.schema.json");
    let generated = serde_json::to_string_pretty(&json_schema()).unwrap() + "\n";
    if std::env::var("BLESS").is_ok() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, &generated).unwrap();
    }
    let published = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(published == generated, "schemas/run.schema.json is out of date: run the tests with BLESS=1");
}

#[test]
fn hostile_text_survives_and_cannot_reach_the_terminal() {
    let report = hostile();
    let text = json(&report);
    let raw: String =
        text.chars().filter(|c| (c.is_control() && *c != '\n') || "\u{202e}\u{2066}\u{2028}".contains(*c)).collect();
    assert_eq!(raw, "");
    let value: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(value["suite"], report.suite);
    assert_eq!(value["samples"][1]["error"], *report.samples[1].error.as_ref().unwrap());
    assert_eq!(value["samples"][1]["workflow"], "not JSON \u{1b}");
}

#[test]
fn a_workflow_keeps_numbers_that_no_float_can_hold() {
    let mut report = passed();
    report.samples[0].workflow = r#"{"1":{"inputs":{"seed":184467440737095516150123456789}}}"#.into();
    assert!(json(&report).contains(r#""workflow": {"1":{"inputs":{"seed":184467440737095516150123456789}}}"#));
}

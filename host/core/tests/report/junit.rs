//! The JUnit report: its bytes, its keys, and that nothing in it harms a reader.

use crate::reports::{failed, hostile, inconclusive, interrupted, passed, waived};
use crate::scene::{Scene, skipped};
use comfycheck_core::manifest::Scope::Deployment;
use comfycheck_core::render::junit;
use comfycheck_core::report::{Report, Verdict};
use insta::assert_snapshot;
use std::collections::BTreeSet;

#[test]
fn a_passed_run_as_junit() {
    assert_snapshot!(junit(&passed()));
}

#[test]
fn a_failed_run_as_junit() {
    assert_snapshot!(junit(&failed()));
}

#[test]
fn an_inconclusive_run_as_junit() {
    assert_snapshot!(junit(&inconclusive()));
}

#[test]
fn an_interrupted_run_as_junit() {
    assert_snapshot!(junit(&interrupted()));
}

fn every_report() -> Vec<Report> {
    let nothing_done = Scene::new().check("nodes", &[Deployment]).with("nodes", Deployment, skipped("no workflow"));
    vec![passed(), failed(), inconclusive(), interrupted(), hostile(), waived(), nothing_done.report()]
}

#[test]
fn only_a_run_that_passed_has_neither_failures_nor_errors() {
    for report in every_report() {
        let read = quick_junit::Report::deserialize_from_str(&junit(&report)).unwrap();
        let passes = report.summary.verdict == Verdict::Passed;
        assert_eq!(read.failures + read.errors == 0, passes, "{}", report.summary.verdict.word());
    }
}

#[test]
fn gitlab_finds_every_case_by_its_class_and_name() {
    for report in every_report() {
        let read = quick_junit::Report::deserialize_from_str(&junit(&report)).unwrap();
        let cases: Vec<_> = read.test_suites.iter().flat_map(|suite| &suite.test_cases).collect();
        let keys: BTreeSet<_> = cases.iter().map(|case| (case.classname.clone().unwrap(), &case.name)).collect();
        assert_eq!(keys.len(), cases.len());
    }
}

#[test]
fn hostile_text_stays_text_and_short() {
    let text = junit(&hostile());
    let bad: String = text
        .chars()
        .filter(|c| (c.is_control() && *c != '\n') || "\u{202e}\u{2066}\u{2028}\u{ffff}".contains(*c))
        .collect();
    assert_eq!(bad, "");
    for raw in ["<script>", "]]>", "-->", "\n::error"] {
        assert!(!text.contains(raw), "{raw}");
    }
    assert!(text.len() < 32 * 1024, "{} bytes", text.len());
}

//! The JUnit report: its bytes, its keys, and that nothing in it harms a reader.

use crate::reports::{failed, hostile, inconclusive, interrupted, passed, waived};
use crate::scene::{Scene, skipped};
use comfycheck_core::manifest::Scope::Deployment;
use comfycheck_core::render::{junit, junit_gitlab};
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

#[test]
fn gitlab_finds_the_lines_of_failures() {
    let read = quick_junit::Report::deserialize_from_str(&junit_gitlab(&failed())).unwrap();
    let places = read.test_suites.iter().flat_map(|suite| &suite.test_cases).filter_map(|case| {
        let attribute =
            |name: &str| case.extra.iter().find(|(key, _)| key.as_str() == name).map(|(_, value)| value.as_str());
        Some((case.name.as_str(), attribute("file")?, attribute("line")?.parse::<u32>().ok()?))
    });
    let places: Vec<_> = places.collect();
    let [(name, file, line)] = places[..] else { panic!("one failure stands in the workflow: {places:?}") };
    assert_eq!((name, file), ("deployment", failed().workflow.unwrap().path()));
    assert!(line > 1, "{line}");
}

/// The attributes of Jenkins' schema: `junit-10.xsd` of the xUnit plugin, which leaves out a report with any other.
#[test]
fn jenkins_accepts_every_attribute() {
    const ALLOWED: [(&str, &[&str]); 9] = [
        ("testsuites", &["name", "time", "tests", "failures", "errors"]),
        (
            "testsuite",
            &[
                "name",
                "tests",
                "failures",
                "errors",
                "group",
                "time",
                "skipped",
                "timestamp",
                "hostname",
                "id",
                "package",
                "file",
                "log",
                "url",
            ],
        ),
        ("testcase", &["name", "time", "classname", "group"]),
        ("property", &["name", "value"]),
        ("failure", &["type", "message"]),
        ("error", &["type", "message"]),
        ("skipped", &["type", "message"]),
        ("rerunError", &["type", "message"]),
        ("flakyError", &["type", "message"]),
    ];
    for report in every_report() {
        let xml = junit(&report);
        for tag in xml.split('<').skip(2).filter(|tag| !tag.starts_with('/')) {
            let (tag, _) = tag.split_once('>').unwrap();
            let (element, attributes) = tag.trim_end_matches('/').split_once(' ').unwrap_or((tag, ""));
            // A value has no quotation mark inside.
            let names = attributes.split('"').step_by(2).map(|name| name.trim().trim_end_matches('='));
            let names: Vec<_> = names.filter(|name| !name.is_empty()).collect();
            let allowed = ALLOWED.iter().find(|(known, _)| *known == element).map_or(&[][..], |(_, allowed)| allowed);
            assert!(names.iter().all(|name| allowed.contains(name)), "<{element}> has {names:?}");
        }
    }
}

/// Trends need both. A replay has the times of the recording, and nothing of this machine.
#[test]
fn a_suite_has_a_time_and_a_timestamp() {
    for (report, timestamp, seconds) in
        [(interrupted(), "2026-09-14T10:00:00Z", Some(61.5)), (failed(), "2026-09-14T00:00:00Z", None)]
    {
        let xml = junit(&report);
        assert!(xml.contains(&format!("timestamp=\"{timestamp}\"")), "{xml}");
        let read = quick_junit::Report::deserialize_from_str(&xml).unwrap();
        let suite = &read.test_suites[0];
        let of_cases: f64 = suite.test_cases.iter().filter_map(|case| case.time).map(|time| time.as_secs_f64()).sum();
        let time = suite.time.unwrap().as_secs_f64();
        assert!((time - seconds.unwrap_or(of_cases)).abs() < 0.01 && time > 0.0, "{time}");
    }
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

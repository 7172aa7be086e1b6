//! Annotations on GitHub: which, in which order, how many, and that a guest's words give no commands.

use crate::reports::{failed, hostile, inconclusive, passed};
use comfycheck_core::finding::Severity;
use comfycheck_core::render::{FilePlace, LocatedFinding, LocatedFindings, github};
use comfycheck_core::report::Report;
use comfycheck_core::text::Place;
use insta::assert_snapshot;

fn annotated(report: &Report) -> String {
    github(&LocatedFindings::of(report), None)
}

#[test]
fn a_failed_run_is_annotated_where_its_nodes_stand() {
    assert_snapshot!(annotated(&failed()));
}

#[test]
fn what_is_unknown_is_a_warning() {
    assert_snapshot!(annotated(&inconclusive()));
}

#[test]
fn a_passed_run_annotates_nothing() {
    assert_eq!(annotated(&passed()), "");
}

fn finding(number: u32, severity: Severity, line: Option<u32>) -> LocatedFinding {
    let place = line.map(|line| FilePlace { file: "w.json".into(), place: Place { line, column: 1 } });
    let (rule, message) = ("nodes/missing-node".into(), format!("finding {number}"));
    let (details, subject) = (Vec::new(), String::new());
    LocatedFinding { rule, severity, is_waived: false, message, details, subject, place, waiver: None, fix: None }
}

#[test]
fn of_many_those_with_a_place_come_first_and_the_tenth_counts_the_others() {
    let placed = |number| finding(number, Severity::Error, (number >= 20).then_some(number));
    let located = LocatedFindings {
        name: "validate".into(),
        version: "0.1.0".into(),
        rules: Vec::new(),
        findings: (0..25).map(placed).chain([finding(99, Severity::Note, Some(1))]).collect(),
        unknown: (0..10).map(|number| format!("question {number}")).collect(),
        default_place: FilePlace { file: "w.json".into(), place: Place { line: 1, column: 1 } },
        attempts: Vec::new(),
    };
    let text = github(&located, None);
    let of = |kind: &str| text.lines().filter(|line| line.starts_with(kind)).map(str::to_owned).collect::<Vec<_>>();
    let (errors, warnings) = (of("::error "), of("::warning "));
    assert_eq!((errors.len(), warnings.len(), text.lines().count()), (10, 10, 20));
    assert_eq!(errors[0], "::error file=w.json,line=20,col=1,title=nodes/missing-node::finding 20");
    assert_eq!(errors[5], "::error title=nodes/missing-node::finding 0");
    assert!(errors[9].contains("16 more"), "{}", errors[9]);
    assert!(warnings[9].ends_with("::question 9"), "{}", warnings[9]);
}

/// A command as GitHub's runner reads it: its word, its properties, its text.
fn parsed(line: &str) -> (String, Vec<(String, String)>, String) {
    let unescaped = |text: &str, property: bool| {
        let text = text.replace("%0D", "\r").replace("%0A", "\n");
        let text = if property { text.replace("%3A", ":").replace("%2C", ",") } else { text };
        text.replace("%25", "%")
    };
    let (head, text) = line.strip_prefix("::").and_then(|rest| rest.split_once("::")).expect("a command");
    let (word, properties) = head.split_once(' ').expect("properties");
    let properties = properties.split(',').map(|property| {
        let (name, value) = property.split_once('=').expect("a property");
        (name.to_owned(), unescaped(value, true))
    });
    (word.to_owned(), properties.collect(), unescaped(text, false))
}

#[test]
fn a_guests_words_stay_words() {
    let text = annotated(&hostile());
    for line in text.lines() {
        let (word, properties, text) = parsed(line);
        assert!(["error", "warning"].contains(&word.as_str()), "{line}");
        let names: Vec<&str> = properties.iter().map(|(name, _)| name.as_str()).collect();
        assert!(names == ["title"] || names == ["file", "line", "col", "title"], "{names:?}");
        let ours = |line: &str| ["help: ", "waiver: "].iter().any(|key| line.starts_with(key));
        assert!(text.lines().skip(1).all(ours), "{text:?}");
    }
    let (.., first) = parsed(text.lines().next().unwrap());
    assert!(first.contains("%0A | a | b |"), "percent signs are read back as they were: {first}");
    assert!(text.len() < 64 * 1024, "{} bytes", text.len());
}

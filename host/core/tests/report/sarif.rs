//! The SARIF report: its bytes, its fingerprints, and that nothing in it harms a reader.

use crate::reports::{failed, hostile, inconclusive, passed};
use crate::scene::WORKFLOW;
use comfycheck_core::render::{LocatedFindings, sarif};
use comfycheck_core::report::{Report, WorkflowFile};
use comfycheck_core::text::TextFile;
use insta::assert_snapshot;
use serde_json::Value;
use std::path::Path;

fn with_text(path: &str, text: &str) -> WorkflowFile {
    TextFile { path: path.into(), text: text.into() }.into()
}

fn log(report: &Report) -> Value {
    serde_json::from_str(&sarif(&LocatedFindings::of(report))).expect("SARIF is JSON")
}

#[test]
fn a_failed_run_as_sarif() {
    assert_snapshot!(sarif(&LocatedFindings::of(&failed())));
}

#[test]
fn an_inconclusive_run_as_sarif() {
    assert_snapshot!(sarif(&LocatedFindings::of(&inconclusive())));
}

#[test]
fn no_results_prove_nothing_where_something_is_unknown() {
    for (report, successful) in [(passed(), true), (inconclusive(), false)] {
        let run = &log(&report)["runs"][0];
        assert_eq!(run["results"], Value::Array(Vec::new()));
        assert_eq!(run["invocations"][0]["executionSuccessful"], successful);
    }
}

#[test]
fn a_result_is_known_again_when_its_line_moved() {
    let fingerprints = |report: &Report| -> Vec<Value> {
        let log = log(report);
        let results = log["runs"][0]["results"].as_array().unwrap();
        results.iter().map(|result| result["partialFingerprints"].clone()).collect()
    };
    let (before, mut after) = (failed(), failed());
    let workflow = after.workflow.as_mut().unwrap();
    *workflow = with_text(workflow.path(), &format!("\n\n{}", workflow.text()));
    assert_ne!(log(&before), log(&after));
    assert_eq!(fingerprints(&before), fingerprints(&after));
    let [first, second] = &fingerprints(&before)[..] else { panic!("two findings have a place") };
    assert_ne!(first, second);
}

#[test]
fn a_path_is_a_uri_relative_to_the_root_of_the_sources() {
    let mut report = failed();
    let artifact = |report: &Report, root: Option<&str>| {
        let located = LocatedFindings::of(report);
        let located = root.map_or(located.clone(), |root| located.seen_from(Path::new("/r"), Path::new(root)));
        let log: Value = serde_json::from_str(&sarif(&located)).unwrap();
        let artifact = &log["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"];
        (artifact["uri"].as_str().unwrap().to_owned(), artifact["uriBaseId"].as_str().map(str::to_owned))
    };
    let root = || Some("%SRCROOT%".to_owned());
    report.workflow = Some(with_text("my flows/größe#1.json", WORKFLOW));
    assert_eq!(artifact(&report, None), ("my%20flows/gr%C3%B6%C3%9Fe%231.json".into(), root()));
    assert_eq!(artifact(&report, Some("/r/a")), ("a/my%20flows/gr%C3%B6%C3%9Fe%231.json".into(), root()));
    report.workflow = Some(with_text("/srv/w.json", WORKFLOW));
    assert_eq!(artifact(&report, None), ("file:///srv/w.json".into(), None));
}

#[test]
fn hostile_text_stays_text_and_short() {
    let text = sarif(&LocatedFindings::of(&hostile()));
    let log: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(log["runs"][0]["results"].as_array().unwrap().len(), 2, "two of the findings have a place");
    assert!(text.len() < 64 * 1024, "{} bytes", text.len());
}

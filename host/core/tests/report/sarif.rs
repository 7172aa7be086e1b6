//! The SARIF report: its bytes, its fingerprints, and that nothing in it harms a reader.

use crate::reports::{failed, hostile, inconclusive, interrupted, passed, scene, waived};
use crate::scene::{Scene, WORKFLOW, skipped};
use comfycheck_core::manifest::Scope::Deployment;
use comfycheck_core::render::{LocatedFindings, sarif};
use comfycheck_core::report::{Report, Verdict, WorkflowFile};
use comfycheck_core::sample::Ending;
use comfycheck_core::text::TextFile;
use insta::assert_snapshot;
use serde_json::Value;
use std::collections::BTreeSet;
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

/// An upload without results closes the alerts of the last one.
#[test]
fn a_run_without_results_has_passed() {
    let nothing_done = Scene::new().check("nodes", &[Deployment]).with("nodes", Deployment, skipped("no workflow"));
    let unexplained = scene(2).sample(1, |sample| {
        sample.ending = Ending::Failed;
        sample.images.clear();
    });
    let reports = [
        passed(),
        failed(),
        waived(),
        inconclusive(),
        interrupted(),
        hostile(),
        nothing_done.report(),
        unexplained.report(),
    ];
    for report in reports {
        let (verdict, run) = (report.summary.verdict, &log(&report)["runs"][0]);
        let results = run["results"].as_array().unwrap();
        assert_eq!(results.is_empty(), verdict == Verdict::Passed, "{}", verdict.word());
        let levels: BTreeSet<_> = results.iter().map(|result| result["level"].as_str().unwrap()).collect();
        assert_eq!(levels.contains("error"), verdict == Verdict::Failed, "{levels:?}");
        assert!(!levels.contains("note"), "a note would be an alert");
        assert!(
            results.iter().all(|result| result["locations"][0]["physicalLocation"]["region"]["startLine"].is_u64())
        );
    }
}

#[test]
fn an_unknown_question_is_an_alert_of_its_own_rule() {
    let log = log(&inconclusive());
    let run = &log["runs"][0];
    assert_eq!(run["invocations"][0]["executionSuccessful"], false);
    let results = run["results"].as_array().unwrap();
    assert!(results.iter().all(|result| result["ruleId"] == "comfycheck/unknown" && result["level"] == "warning"));
}

/// GitHub requires these members of every rule.
#[test]
fn every_rule_is_described() {
    for report in [failed(), inconclusive(), hostile()] {
        let log = log(&report);
        for rule in log["runs"][0]["tool"]["driver"]["rules"].as_array().unwrap() {
            for text in [&rule["shortDescription"]["text"], &rule["fullDescription"]["text"], &rule["help"]["markdown"]]
            {
                assert!(text.as_str().is_some_and(|text| !text.is_empty()), "{rule}");
            }
        }
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
    let of_results = fingerprints(&before);
    let unique: BTreeSet<_> = of_results.iter().map(ToString::to_string).collect();
    assert_eq!(unique.len(), of_results.len());
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
    let results = log["runs"][0]["results"].as_array().unwrap();
    assert!((2..=100).contains(&results.len()), "{}", results.len());
    assert!(text.len() < 64 * 1024, "{} bytes", text.len());
}

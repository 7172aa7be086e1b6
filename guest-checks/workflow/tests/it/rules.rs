//! What the check decides about a workflow as a whole: its verdict as data, limits, and what stays unknown.

use crate::wording::{defects, found, table, wording};
use crate::{classes, descriptions, nodes, replacements};
use comfycheck_check_workflow::class::Classes;
use comfycheck_check_workflow::rules::{Server, Settings, examine};
use comfycheck_sdk::{Answer, Bound, Finding};
use insta::assert_snapshot;
use serde_json::{Value, json};

/// A workflow without a defect.
const HEALTHY: &str = r#"
    1 Load {"ckpt_name": "anime.safetensors"}
    2 Text {"text": "a cat", "clip": ["1", 1]}
    3 Empty {"width": 512, "frames": 81}
    4 Sample {"model": ["1", 0], "positive": ["2", 0], "latent": ["3", 0], "seed": 7, "steps": 20, "cfg": 7, "sampler": "euler"}
    5 Decode {"samples": ["4", 0], "vae": ["1", 2]}
    6 SaveImage {"images": ["5", 0], "filename_prefix": "cat"}"#;

/// A workflow as the editor saves it.
pub(crate) const EDITOR_FILE: &str = r#"{"last_node_id": 1, "last_link_id": 0, "version": 0.4, "links": [], "nodes": [
    {"id": 1, "type": "Int", "mode": 0, "order": 0, "inputs": [], "outputs": [], "properties": {}, "widgets_values": [3]}]}"#;

/// The healthy workflow, with a replacement in its text.
pub(crate) fn with(old: &str, new: &str) -> String {
    assert!(HEALTHY.contains(old), "the workflow has no {old}");
    nodes(&HEALTHY.replacen(old, new, 1))
}

pub(crate) fn answer(source: &str, settings: &Settings) -> Answer {
    let (classes, replacements) = (classes(), replacements());
    let class_names = || descriptions().into_keys().collect();
    let server =
        Server { classes: &classes, replacements: Some(&replacements), is_core_only: false, class_names: &class_names };
    examine(source, &server, settings)
}

fn complete() -> Settings {
    Settings { complete: true, ..Settings::default() }
}

#[track_caller]
fn finding<'a>(answer: &'a Answer, rule: &str) -> &'a Finding {
    answer.findings.iter().find(|finding| finding.rule == rule).unwrap_or_else(|| panic!("no finding of {rule}"))
}

#[track_caller]
fn data(finding: &Finding) -> Value {
    serde_json::from_str(finding.data.as_deref().expect("data")).expect("JSON")
}

#[test]
fn a_healthy_workflow_has_notes_only() {
    let answer = answer(&nodes(HEALTHY), &Settings::default());
    let rules: Vec<_> = answer.findings.iter().map(|finding| finding.rule.as_str()).collect();
    assert_eq!(rules, ["comfyui-verdict", "fixed-seed"]);
    assert_snapshot!(wording(&answer));
}

#[test]
fn the_verdict_is_data() {
    let two = nodes("1 Int {\"v\": 99}\n2 Int {\"v\": 1}");
    let cases: [(&str, &str, Option<&str>, Value); 8] = [
        (
            "an error in the only output",
            &with("\"cfg\": 7", "\"cfg\": 99"),
            None,
            json!({"ok": false, "error_type": "prompt_outputs_failed_validation", "good_outputs": [],
                "node_errors": {"4": [{"type": "value_bigger_than_max", "input_name": "cfg"}]}}),
        ),
        (
            "an error in one of two outputs",
            &two,
            None,
            json!({"ok": true, "error_type": null, "good_outputs": ["2"], "skipped_outputs": ["1"],
                "node_errors": {"1": [{"type": "value_bigger_than_max", "input_name": "v"}]}}),
        ),
        (
            "the good output as target",
            &two,
            Some("2"),
            json!({"ok": true, "error_type": null, "good_outputs": ["2"], "node_errors": {}}),
        ),
        (
            "a target that is not an output",
            &two,
            Some("9"),
            json!({"ok": false, "error_type": "prompt_no_outputs", "good_outputs": [], "node_errors": {}}),
        ),
        (
            "a missing class",
            &nodes("1 Nope {}"),
            None,
            json!({"ok": false, "error_type": "missing_node_type", "good_outputs": [], "node_errors": {}}),
        ),
        (
            "no class",
            "{\"1\": {}}",
            None,
            json!({"ok": false, "error_type": "missing_node_type", "good_outputs": [], "node_errors": {}}),
        ),
        (
            "not a workflow",
            "[]",
            None,
            json!({"ok": false, "error_type": "http_500", "good_outputs": [], "node_errors": {}}),
        ),
        ("not JSON", "{", None, json!({"ok": false, "error_type": "http_500", "good_outputs": [], "node_errors": {}})),
    ];
    let words = table(cases.into_iter().map(|(name, source, target, expected)| {
        let targets = target.map(|target| vec![target.to_owned()]);
        let answer = answer(source, &Settings { targets, ..Settings::default() });
        assert_eq!(data(finding(&answer, "comfyui-verdict")), expected, "{name}");
        (name, wording(&answer))
    }));
    assert_snapshot!(words);
}

#[test]
fn a_very_long_verdict_is_cut() {
    let lines: Vec<_> = (0..5000).map(|id| format!("{id} Int {{\"v\": 99}}")).collect();
    let source = nodes(&lines.join("\n"));
    let errors =
        |answer: &Answer| answer.findings.iter().filter(|finding| finding.rule == "value-bigger-than-max").count();
    let cut = answer(&source, &Settings::default());
    let verdict = finding(&cut, "comfyui-verdict");
    assert!(verdict.data.as_ref().is_some_and(|data| data.len() < 64 * 1024));
    assert_eq!(data(verdict)["cut"], true);
    assert_eq!(errors(&cut), 101, "100 findings, and one that counts the others");
    let last = cut.findings.last().expect("a finding").clone();
    assert_eq!(last.subjects, []);
    assert_snapshot!(wording(&last.into()));
    let whole = answer(&source, &complete());
    assert_eq!((errors(&whole), data(finding(&whole, "comfyui-verdict")).get("cut")), (5000, None));
}

#[test]
fn without_descriptions_only_what_needs_none_is_found() {
    let classes = Classes::new(|_| Err("no inventory".to_owned()));
    let server = Server { classes: &classes, replacements: None, is_core_only: false, class_names: &Vec::new };
    assert_eq!(examine(&nodes(HEALTHY), &server, &Settings::default()), Answer::default());
    assert_eq!(classes.failure().as_deref(), Some("no inventory"));
    assert_eq!(found(&defects(examine("{", &server, &Settings::default()))), ["not-json"]);
    let editor = examine(EDITOR_FILE, &server, &Settings::default());
    assert_eq!(editor.findings, []);
    assert_eq!(editor.open.iter().map(|open| open.rule.as_str()).collect::<Vec<_>>(), ["not-converted"]);
    assert_snapshot!(wording(&editor));
}

#[test]
fn a_class_that_may_be_replaced_is_unknown_without_the_replacements() {
    let classes = classes();
    let server = Server { classes: &classes, replacements: None, is_core_only: false, class_names: &Vec::new };
    let answer = examine(&nodes("1 T2IAdapterLoader {}\n2 Nope {}"), &server, &Settings::default());
    let answer = defects(answer);
    assert_eq!(found(&answer), ["missing-node-type 2"]);
    assert_eq!(answer.open.iter().map(|open| open.rule.as_str()).collect::<Vec<_>>(), ["missing-node-type"]);
    assert_snapshot!(wording(&answer));
}

#[test]
fn a_workflow_that_is_too_large_for_a_job_is_found_with_its_size() {
    let long = "x".repeat(10_000_000);
    let answer_to = |text: &str, new: &str| answer(&with(text, new), &Settings::default());
    let large = answer_to("a cat", &long);
    let measurement = finding(&large, "payload-too-large").measurement.clone().expect("a measurement");
    assert!(measurement.value > 1e7 && measurement.unit == "By", "{measurement:?}");
    assert_eq!(measurement.limit, Some(Bound::AtMost(1e7)));
    assert_snapshot!(wording(&finding(&large, "payload-too-large").clone().into()));
    // Space between values is not sent.
    let spaced = answer_to("\"text\":", &format!("\"text\":{}", " ".repeat(10_000_000)));
    assert_eq!(found(&defects(spaced)), [""; 0]);
}

#[test]
fn a_chain_that_python_may_not_follow_is_unknown() {
    let link = |id: usize| format!("{id} Blend {{\"a\": [\"{}\", 0]}}", id + 1);
    let mut lines: Vec<_> = (2..1002).map(link).collect();
    lines.insert(0, r#"1 PreviewImage {"images": ["2", 0]}"#.to_owned());
    lines.push(r#"1002 LoadImage {"image": "cat.png"}"#.to_owned());
    let answer = answer(&nodes(&lines.join("\n")), &Settings::default());
    assert_eq!(answer.open.iter().map(|open| open.rule.as_str()).collect::<Vec<_>>(), ["comfyui-verdict"]);
    assert_snapshot!(wording(&answer));
}

#[test]
fn a_file_of_the_editor_is_checked_after_conversion() {
    let answer = answer(EDITOR_FILE, &complete());
    let conversion = data(finding(&answer, "ui-format"));
    assert_eq!(conversion["converted"]["ok"], true);
    assert_eq!(conversion["converted"]["good_outputs"], json!(["1"]));
    assert_eq!(conversion["api"]["1"]["inputs"], json!({ "v": 3 }));
    assert_eq!(data(finding(&answer, "comfyui-verdict"))["error_type"], "http_500");
    assert_snapshot!(wording(&answer));
}

/// A file with values of which one is submitted, and one whose class may be replaced.
#[test]
fn a_file_of_the_editor_can_stay_unknown() {
    let inner = r#"{"id": 2, "type": "Int", "inputs": [{"name": "v", "link": 1}], "widgets_values": [3]}"#;
    let link = r#"{"id": 1, "origin_id": -10, "origin_slot": 0}"#;
    let definition =
        format!(r#"{{"id": "s", "inputs": [{{"name": "a", "linkIds": [1]}}], "nodes": [{inner}], "links": [{link}]}}"#);
    let conflicting = format!(
        r#"{{"nodes": [{{"id": 1, "type": "s", "properties": {{"proxyWidgets": [["2", "v"]]}}, "widgets_values": [4]}}],
        "definitions": {{"subgraphs": [{definition}]}}}}"#
    );
    let replaced = EDITOR_FILE.replace("\"Int\"", "\"T2IAdapterLoader\"");
    let classes = classes();
    let server = Server { classes: &classes, replacements: None, is_core_only: false, class_names: &Vec::new };
    let words = table([("two values", &conflicting), ("a class", &replaced)].map(|(name, source)| {
        let answer = defects(examine(source, &server, &Settings::default()));
        assert_eq!(found(&answer), [""; 0], "{name}");
        assert_eq!(answer.open.iter().map(|open| open.rule.as_str()).collect::<Vec<_>>(), ["not-converted"], "{name}");
        (name, wording(&answer))
    }));
    assert_snapshot!(words);
}

#[test]
fn a_conversion_says_what_it_changed_and_what_is_doubtful() {
    let node = |rest: &str| EDITOR_FILE.replace("\"mode\": 0", rest);
    let second = r#"{"id": 2, "type": "Int", "mode": 4}, {"id": 3, "type": "Int", "mode": 2}, {"id": 1, "#;
    let cases: [(&str, String, &[&str]); 7] = [
        ("an error in the conversion", EDITOR_FILE.replace("[3]", "[99]"), &["ui-format", "value-bigger-than-max 1.v"]),
        ("one change", node("\"mode\": 4"), &["ui-format", "no-outputs 1"]),
        ("two changes", EDITOR_FILE.replace("{\"id\": 1, ", second), &["ui-format"]),
        ("a missing value", EDITOR_FILE.replace("[3]", "[]"), &["ui-format"]),
        ("too many values", EDITOR_FILE.replace("[3]", "[3, 4]"), &["ui-format"]),
        ("a value of another type", EDITOR_FILE.replace("[3]", "[true, 3]"), &["ui-format", "doubtful-conversion"]),
        ("a missing class", EDITOR_FILE.replace("\"Int\"", "\"Nope\""), &["not-converted"]),
    ];
    let words = table(cases.into_iter().map(|(name, source, expected)| {
        let answer = defects(answer(&source, &Settings::default()));
        assert_eq!(found(&answer), expected, "{name}");
        (name, wording(&answer))
    }));
    assert_snapshot!(words);
}

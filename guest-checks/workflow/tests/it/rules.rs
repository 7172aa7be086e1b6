//! What the check tells, in its words.

use crate::{classes, descriptions, nodes, replacements};
use comfycheck_check_workflow::class::Classes;
use comfycheck_check_workflow::rules::{Server, Settings, examine};
use comfycheck_sdk::{Answer, Subject};

/// A workflow in which nothing is wrong.
const HEALTHY: &str = r#"
    1 Load {"ckpt_name": "anime.safetensors"}
    2 Text {"text": "a cat", "clip": ["1", 1]}
    3 Empty {"width": 512, "frames": 81}
    4 Sample {"model": ["1", 0], "positive": ["2", 0], "latent": ["3", 0], "seed": 7, "steps": 20, "cfg": 7, "sampler": "euler"}
    5 Decode {"samples": ["4", 0], "vae": ["1", 2]}
    6 SaveImage {"images": ["5", 0], "filename_prefix": "cat"}"#;

/// The healthy workflow, with a replacement in its text.
pub(crate) fn with(old: &str, new: &str) -> String {
    assert!(HEALTHY.contains(old), "the workflow has no {old}");
    nodes(&HEALTHY.replacen(old, new, 1))
}

pub(crate) fn answer(source: &str, settings: &Settings) -> Answer {
    let (classes, replacements) = (classes(), replacements());
    let class_names = || descriptions().into_keys().collect();
    let server = Server { classes: &classes, replacements: Some(&replacements), class_names: &class_names };
    examine(source, &server, settings)
}

/// The findings as text, but for the verdict and the seeds: a line for each, with its subjects, and one for its help.
fn told(source: &str) -> String {
    let answer = answer(source, &Settings::default());
    assert_eq!(answer.open, [], "nothing is open");
    let told = answer.findings.iter().filter(|finding| !["comfyui-verdict", "fixed-seed"].contains(&&*finding.rule));
    let told = told.map(|finding| {
        let subjects: Vec<_> = finding.subjects.iter().map(subject).collect();
        let help = finding.help.as_deref().expect("help");
        format!("{}: {} [{}]\n  {help}\n", finding.rule, finding.message, subjects.join(", "))
    });
    told.collect::<Vec<_>>().concat()
}

fn subject(subject: &Subject) -> String {
    match subject {
        Subject::Node(node) => {
            node.input.as_ref().map_or_else(|| node.id.clone(), |input| format!("{}.{input}", node.id))
        }
        other => format!("{other:?}"),
    }
}

/// Checks what is told of a workflow: lines as [`told`] has them.
#[track_caller]
pub(crate) fn check_told(source: &str, expected: &str) {
    assert_eq!(told(source), expected, "{source}");
}

#[test]
fn of_a_healthy_workflow_only_notes_are_told() {
    check_told(&nodes(HEALTHY), "");
    let answer = answer(&nodes(HEALTHY), &Settings::default());
    let notes: Vec<_> =
        answer.findings.iter().map(|finding| (finding.rule.as_str(), finding.message.as_str())).collect();
    let expected = [
        ("comfyui-verdict", "ComfyUI would accept the workflow and carry it out for node `6`"),
        ("fixed-seed", "the seed of node `4` is fixed (the first: `7`)"),
    ];
    assert_eq!(notes, expected);
}

#[test]
fn the_verdict_is_told_as_data() {
    #[track_caller]
    fn check(source: &str, targets: Option<&[&str]>, message: &str, data: &str) {
        let targets = targets.map(|targets| targets.iter().map(ToString::to_string).collect());
        let answer = answer(source, &Settings { targets, ..Settings::default() });
        let verdict = answer.findings.iter().find(|finding| finding.rule == "comfyui-verdict").expect("a verdict");
        assert_eq!((verdict.message.as_str(), verdict.data.as_deref()), (message, Some(data)));
    }
    check(
        &with("\"cfg\": 7", "\"cfg\": 99"),
        None,
        "ComfyUI would refuse the workflow because of errors in node `4`",
        r#"{"ok":false,"error_type":"prompt_outputs_failed_validation","good_outputs":[],"node_errors":{"4":[{"type":"value_bigger_than_max","input_name":"cfg"}]}}"#,
    );
    let two = nodes("1 Int {\"v\": 99}\n2 Int {\"v\": 1}");
    check(
        &two,
        None,
        "ComfyUI would accept the workflow, carry it out for node `2` alone, and leave out what depends on node `1`",
        r#"{"ok":true,"error_type":null,"good_outputs":["2"],"node_errors":{"1":[{"type":"value_bigger_than_max","input_name":"v"}]}}"#,
    );
    check(
        &two,
        Some(&["2"]),
        "ComfyUI would accept the workflow and carry it out for node `2`",
        r#"{"ok":true,"error_type":null,"good_outputs":["2"],"node_errors":{}}"#,
    );
    check(
        "{",
        None,
        "ComfyUI would break on the file (HTTP 500): it is not JSON",
        r#"{"ok":false,"error_type":"http_500","good_outputs":[],"node_errors":{}}"#,
    );
}

#[test]
fn a_very_long_verdict_is_cut() {
    let lines: Vec<_> = (0..5000).map(|id| format!("{id} Int {{\"v\": 99}}")).collect();
    let answer = answer(&nodes(&lines.join("\n")), &Settings::default());
    let data = answer.findings[0].data.as_deref().expect("data");
    assert!(data.len() < 64 * 1024 && data.ends_with("\"cut\":true}"), "{}", data.len());
    let told: Vec<_> = answer.findings.iter().filter(|finding| finding.rule == "value-bigger-than-max").collect();
    assert_eq!(told.len(), 101);
    assert_eq!(told[100].message, "4900 more of the same kind are not listed");
}

#[test]
fn without_descriptions_only_what_needs_none_is_told() {
    let classes = Classes::new(|_| Err("no inventory".to_owned()));
    let server = Server { classes: &classes, replacements: None, class_names: &Vec::new };
    assert_eq!(examine(&nodes(HEALTHY), &server, &Settings::default()), Answer::default());
    assert_eq!(classes.failure().as_deref(), Some("no inventory"));
    let broken = examine("{", &server, &Settings::default());
    assert_eq!(broken.findings.iter().map(|finding| finding.rule.as_str()).collect::<Vec<_>>(), ["not-json"]);
}

#[test]
fn a_class_that_may_be_replaced_is_open_where_replacements_are_unknown() {
    let classes = classes();
    let server = Server { classes: &classes, replacements: None, class_names: &Vec::new };
    let answer = examine(&nodes("1 T2IAdapterLoader {}\n2 Nope {}"), &server, &Settings::default());
    let open: Vec<_> = answer.open.iter().map(|open| open.reason.as_str()).collect();
    assert_eq!(open, ["class `T2IAdapterLoader` is not installed, and whether ComfyUI replaces it could not be asked"]);
    assert!(answer.findings.iter().any(|finding| finding.message.contains("`Nope`")));
}

#[test]
fn a_workflow_that_is_too_large_for_a_job_is_told_with_its_size() {
    let long = "x".repeat(10_000_000);
    let answer = answer(&with("a cat", &long), &Settings::default());
    let finding = answer.findings.iter().find(|finding| finding.rule == "payload-too-large").expect("a finding");
    let measured = finding.measurement.as_ref().expect("a measurement");
    assert!(measured.value > 1e7 && measured.unit == "By", "{measured:?}");
    // Space between values is not sent.
    let spaced = with("\"text\":", &format!("\"text\":{}", " ".repeat(10_000_000)));
    assert!(!told(&spaced).contains("payload-too-large"));
}

#[test]
fn chains_that_python_may_not_follow_are_an_open_question() {
    let link = |id: usize| format!("{id} Blend {{\"a\": [\"{}\", 0]}}", id + 1);
    let mut lines: Vec<_> = (2..1002).map(link).collect();
    lines.insert(0, r#"1 PreviewImage {"images": ["2", 0]}"#.to_owned());
    lines.push(r#"1002 LoadImage {"image": "cat.png"}"#.to_owned());
    let answer = answer(&nodes(&lines.join("\n")), &Settings::default());
    assert_eq!(answer.open.len(), 1);
    assert!(answer.open[0].reason.starts_with("links run through 1002 nodes in a row"), "{}", answer.open[0].reason);
}

#[test]
fn a_file_of_the_editor_is_examined_as_converted() {
    let answer = answer(EDITORS, &Settings { complete: true, ..Settings::default() });
    let finding = answer.findings.iter().find(|finding| finding.rule == "ui-format").expect("a finding");
    let data: serde_json::Value = serde_json::from_str(finding.data.as_deref().expect("data")).expect("JSON");
    assert_eq!(data["converted"]["ok"], true);
    assert_eq!(data["converted"]["good_outputs"], serde_json::json!(["1"]));
    assert_eq!(data["api"]["1"]["inputs"], serde_json::json!({ "v": 3 }));
    let verdict = answer.findings.iter().find(|finding| finding.rule == "comfyui-verdict").expect("a verdict");
    assert!(verdict.data.as_deref().is_some_and(|data| data.contains("http_500")));
}

/// A workflow as the editor saves it.
pub(crate) const EDITORS: &str = r#"{"last_node_id": 1, "last_link_id": 0, "version": 0.4, "links": [], "nodes": [
    {"id": 1, "type": "Int", "mode": 0, "order": 0, "inputs": [], "outputs": [], "properties": {}, "widgets_values": [3]}]}"#;

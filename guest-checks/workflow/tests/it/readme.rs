//! The README, the manifest and the settings.

use crate::nodes;
use crate::rules::{EDITOR_FILE, answer, with};
use comfycheck_check_workflow::Workflow;
use comfycheck_check_workflow::rules::{RULES, Settings, Worker, partial_inventory};
use comfycheck_packs::Version;
use comfycheck_sdk::{Answer, Check, Severity, assert_examples};

/// At least one finding of every rule.
fn findings() -> Answer {
    let long = "x".repeat(10_000_000);
    let workflows = [
        with("cat", "cat"),
        "{\"1\": {,}}".to_owned(),
        "{\"1\": []}".to_owned(),
        EDITOR_FILE.to_owned(),
        EDITOR_FILE.replace("[3]", "[true]"),
        EDITOR_FILE.replace("\"Int\"", "\"Nope\""),
        nodes("9 ClownsharkChainsampler_Beta {}"),
        "{}".to_owned(),
        with("\"steps\": 20, ", ""),
        with("[\"5\", 0]", "[\"5\"]"),
        with("[\"1\", 2]", "[\"1\", 1]"),
        with("\"steps\": 20", "\"steps\": \"many\""),
        with("\"steps\": 20", "\"steps\": 0"),
        with("\"steps\": 20", "\"steps\": 101"),
        with("\"euler\"", "\"eulr\""),
        nodes("1 SaveImage {\"images\": [\"2\", 0], \"filename_prefix\": \"x\"}\n2 LoadImage {\"image\": \"cow.png\"}"),
        with("[\"5\", 0]", "[\"55\", 0]"),
        nodes("1 PreviewImage {\"images\": [\"2\", 0]}\n2 Blend {\"a\": [\"3\", 0]}\n3 Blend {\"a\": [\"2\", 0]}"),
        with("\"steps\": 20", "\"steps\": 20, \"options\": [\"99\", 0]"),
        with("[\"5\", 0]", "\"cat.png\""),
        nodes(
            "1 SaveImage {\"images\": [\"2\", 0], \"filename_prefix\": \"x\"}\n2 Decode {\"samples\": [\"3\", 0], \"vae\": [\"9\", 2]}\n3 LooseSample {\"steps\": 5}\n9 Load {\"ckpt_name\": \"anime.safetensors\"}",
        ),
        with("\"steps\": 20", "\"steps\": 20, \"stepz\": 3"),
        nodes(
            "1 VHS_VideoCombine {\"images\": [\"2\", 0], \"frame_rate\": 8, \"format\": \"mp4\", \"crf\": 500}\n2 LoadImage {\"image\": \"cat.png\"}",
        ),
        with("\"steps\": 20", "\"steps\": 20, \"options\": [\"3\", 0]"),
        nodes("1 SaveImage {\"images\": [\"2\", 0], \"filename_prefix\": \"x\"}\n2 Vague {\"extra\": 3}"),
        nodes("1 SaveImage {\"images\": [\"2\", 0], \"filename_prefix\": \"x\"}\n2 WidgetToString {\"id\": 3}"),
        nodes("1 SaveImage {\"images\": [\"2\", 0], \"filename_prefix\": \"x\"}\n2 Unlisted {\"file\": \"cat.png\"}"),
        nodes("1 Bool {\"v\": \"false\"}"),
        with("\"cat\"", "\"/workspace/out/cat\""),
        with("\"steps\": 20", "\"steps\": 20, \"steps\": 30"),
        with("\"width\": 512", "\"width\": 515"),
        nodes("1 PreviewImage {\"images\": [\"2\", 0]}\n2 PaidImage {\"prompt\": \"x\"}\n3 Give {}"),
        with("a cat", &long),
        "{\"4\": {\"class_type\": \"OldLoader\", \"inputs\": {\"file\": \"x\"}, \"_meta\": {}}}".to_owned(),
        nodes(
            "1 SaveImage {\"images\": [\"2\", 0], \"filename_prefix\": \"x\"}\n2 LoadImage {\"image\": \"cat.png\", \"upload\": \"image\"}",
        ),
        r#"{"7": {"class_type": "SaveAudio", "inputs": {}}}"#.to_owned(),
        r#"{"1": {"class_type": "EmptyImage", "inputs": {"width": 1024, "height": 1024, "batch_size": 8}},
            "9": {"class_type": "SaveImage", "inputs": {"images": ["1", 0]}}}"#
            .to_owned(),
    ];
    let partial = partial_inventory(&["KSampler".to_owned()]).expect("a question");
    workflows.iter().map(|workflow| answer(workflow, &Settings::default())).chain([partial.into()]).collect()
}

#[test]
fn every_rule_has_an_example_that_the_check_can_give() {
    assert_examples(&Workflow::manifest().rules, &findings());
}

#[test]
fn every_error_and_warning_says_what_to_do() {
    let is_note = |rule: &str| RULES.contains(&(rule, Severity::Note));
    for finding in findings().findings.iter().filter(|finding| !is_note(&finding.rule)) {
        assert!(finding.help.is_some(), "{}: {}", finding.rule, finding.message);
    }
}

#[test]
fn the_schema_is_json_that_allows_no_other_keys() {
    let schema: serde_json::Value = serde_json::from_str(&Workflow::manifest().settings_schema).expect("JSON");
    assert_eq!(schema["additionalProperties"], false);
    let keys: Vec<_> = schema["properties"].as_object().expect("properties").keys().cloned().collect();
    assert_eq!(keys, ["targets", "complete", "comfyui-version", "core-only", "image", "packs", "worker"]);
    let json = r#"{"targets": ["9"], "complete": true, "comfyui-version": "0.17", "core-only": true,
        "image": {"name": "a/b:1", "models": ["vae/a.pt"], "volume-folders": ["vae"]}, "packs": [{"pack": "mine", "facts": [{"classes": ["Mine"], "any_inputs": ["*"]}]}]}"#;
    let settings: Settings = serde_json::from_str(json).expect("settings");
    assert_eq!(settings.targets.as_deref(), Some(&["9".to_owned()][..]));
    assert_eq!(settings.comfyui_version, Some(Version(0, 17, 0)));
    assert_eq!(settings.worker, Worker::WorkerComfyui);
    assert_eq!((settings.complete, settings.core_only, settings.packs.len()), (true, true, 1));
}

//! README, schema and settings agree with the check.

use crate::file;
use crate::rules::{AUDIO, VIDEO, answer, lenient, named, sample};
use comfycheck_check_media::rules::manifest;
use comfycheck_check_media::rules::sample::{judge, judge_all};
use comfycheck_check_media::settings::Settings;
use comfycheck_sdk::samples::{LostImage, Sample};
use comfycheck_sdk::{Answer, assert_examples};

/// One finding of every rule.
fn findings() -> Answer {
    let video = |nodes: &str, bytes, json| answer(nodes, &[named("ComfyUI_00001_.mp4", bytes)], json);
    let audio = |of, json| answer(AUDIO, &[named("ComfyUI_00001_.wav", file(of))], json);
    let whole = file("h264.mp4");
    let twelve: Vec<_> = (0..12).map(|_| (sample(VIDEO), vec![named("a.mp4", file("h264.mp4"))])).collect();
    let combine = r#"1: VHS_VideoCombine {"images": ["9", 0], "frame_rate": 16}"#;
    let reason = "download failed with status 403".into();
    let lost_images = vec![LostImage { name: "a.mp4".into(), reason }];
    let lost = Sample { lost_images, ..sample(VIDEO) };
    let longer = VIDEO.replace("320", "832").replace("256", "480").replace("33", "81");
    [
        judge_all(&twelve).expect("an answer"),
        video(VIDEO, whole[..whole.len() / 2].to_vec(), "{}"),
        video(VIDEO, Vec::new(), "{}"),
        answer(combine, &[], "{}"),
        judge(&lost, &[], &Settings::default()).expect("an answer"),
        answer(VIDEO, &[named("x.fbx", b"Kaydara FBX Binary  \0\x1a\0".to_vec())], "{}"),
        video(VIDEO, file("vp9.webm"), "{}"),
        video(&longer, whole.clone(), "{}"),
        video(VIDEO, whole.clone(), r#"{"min-duration-s": 5}"#),
        video(VIDEO, file("black.mp4"), "{}"),
        audio("silent.flac", "{}"),
        audio("clipped.wav", "{}"),
        answer(VIDEO, &[lenient("ComfyUI_00001_.mp4", whole.clone())], "{}"),
        answer(VIDEO, &[named("a.txt", b"a caption".to_vec())], r#"{"json-text": true}"#),
        judge_all(&[(sample(&longer), vec![named("a.mp4", whole)])]).expect("an answer"),
    ]
    .into_iter()
    .collect()
}

#[test]
fn the_example_of_every_rule_is_an_answer_of_the_check() {
    assert_examples(&manifest().rules, &findings());
}

#[test]
fn every_finding_is_of_a_rule() {
    let rules: Vec<String> = manifest().rules.into_iter().map(|rule| rule.id).collect();
    for finding in findings().findings {
        assert!(rules.contains(&finding.rule), "{}", finding.rule);
    }
}

#[test]
fn the_schema_has_the_settings_and_their_defaults() {
    let schema: serde_json::Value = serde_json::from_str(&manifest().settings_schema).expect("JSON");
    let properties = schema["properties"].as_object().expect("properties");
    assert_eq!(properties.len(), 7);
    let defaults =
        properties.iter().filter_map(|(name, property)| Some((name.clone(), property.get("default")?.clone())));
    let defaults = serde_json::Value::Object(defaults.collect());
    assert_eq!(serde_json::from_value::<Settings>(defaults).expect("settings"), Settings::default());
    for name in ["width", "height", "frames", "min-duration-s", "max-duration-s"] {
        let settings: Settings = serde_json::from_str(&format!("{{\"{name}\": 7}}")).expect(name);
        assert_ne!(settings, Settings::default(), "{name}");
    }
    assert!(serde_json::from_str::<Settings>(r#"{"max-size": 1}"#).is_err());
}

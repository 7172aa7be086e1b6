//! Output nodes whose files a worker does not return.

use crate::rules::answer;
use crate::wording::{table, wording};
use comfycheck_check_workflow::class::Classes;
use comfycheck_check_workflow::rules::samples::after_samples;
use comfycheck_check_workflow::rules::{OUTPUT_NOT_RETURNED, Server, Settings, Worker, examine};
use comfycheck_sdk::samples::{Ending, Sample};
use comfycheck_sdk::{Answer, Subject};
use insta::assert_snapshot;

fn saver(class: &str, inputs: &str) -> String {
    format!(
        r#"{{"7": {{"class_type": "{class}", "inputs": {inputs}}}, "8": {{"class_type": "{class}", "inputs": {inputs}}}}}"#
    )
}

fn dropped(answer: &Answer) -> Vec<&str> {
    let findings = answer.findings.iter().filter(|finding| finding.rule == OUTPUT_NOT_RETURNED);
    let subjects = findings.flat_map(|finding| &finding.subjects);
    subjects
        .filter_map(|subject| if let Subject::Node(node) = subject { Some(node.id.as_str()) } else { None })
        .collect()
}

#[test]
fn files_that_worker_comfyui_drops_are_known_before_the_samples() {
    let words = table(["VHS_VideoCombine", "SaveAudio", "SaveGLB"].map(|class| {
        let mut answer = answer(&saver(class, "{}"), &Settings::default());
        assert_eq!(dropped(&answer), ["7", "8"], "{class}");
        answer.findings.retain(|finding| finding.rule == OUTPUT_NOT_RETURNED);
        (class, wording(&answer))
    }));
    assert_snapshot!(words);
    for class in ["SaveVideo", "SaveWEBM", "SaveImage", "SaveAnimatedWEBP", "PreviewImage"] {
        assert_eq!(dropped(&answer(&saver(class, "{}"), &Settings::default())), Vec::<&str>::new(), "{class}");
    }
}

#[test]
fn a_preview_another_worker_and_another_target_are_not_reported() {
    let other = Settings { worker: Worker::Other, ..Settings::default() };
    let target = Settings { targets: Some(vec!["8".to_owned()]), ..Settings::default() };
    for (inputs, settings, expected) in [
        (r#"{"save_output": false}"#, Settings::default(), &[][..]),
        (r#"{"save_output": true}"#, Settings::default(), &["7", "8"]),
        ("{}", other, &[]),
        ("{}", target, &["8"]),
    ] {
        assert_eq!(dropped(&answer(&saver("VHS_VideoCombine", inputs), &settings)), expected, "{inputs} {settings:?}");
    }
}

#[test]
fn a_file_that_a_sample_returned_withdraws_the_warning() {
    let workflow = r#"{"7": {"class_type": "VHS_VideoCombine", "inputs": {"filename_prefix": "video/boat"}},
        "8": {"class_type": "VHS_VideoCombine", "inputs": {"filename_prefix": "other"}},
        "9": {"class_type": "SaveVideo", "inputs": {"filename_prefix": "video/boat"}}}"#;
    for (output, expected) in [
        (r#"{"gifs": [{"filename": "boat_00001.mp4", "subfolder": "video"}]}"#, &["7"][..]),
        (r#"{"result": [["https://x.example/a/boat_00001.WEBM"], "other_1.gif"]}"#, &["7", "8"]),
        (r#"{"images": [{"filename": "boat_00001.png"}]}"#, &[]),
        ("no JSON", &[]),
    ] {
        let sample = |index| Sample {
            workflow: workflow.to_owned(),
            output: Some(output.to_owned()),
            ..Sample::new(index, Ending::Succeeded)
        };
        let answer = after_samples(&[sample(0), sample(1)]).unwrap_or_default();
        assert_eq!(dropped(&answer), expected, "{output}");
        let mut withdrawn = answer.findings.iter().filter(|finding| finding.rule == OUTPUT_NOT_RETURNED);
        assert!(withdrawn.all(|finding| finding.data.as_deref() == Some(r#"{"withdrawn":true}"#)), "{output}");
    }
}

#[test]
fn no_inventory_is_needed() {
    let classes = Classes::new(|_| Err("there is none".to_owned()));
    let server = Server { classes: &classes, replacements: None, is_core_only: false, class_names: &Vec::new };
    assert_eq!(dropped(&examine(&saver("SaveAudio", "{}"), &server, &Settings::default())), ["7", "8"]);
}

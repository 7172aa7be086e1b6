//! Results near RunPod's limit.

use crate::rules::answer;
use crate::wording::{table, wording};
use comfycheck_check_workflow::rules::samples::after_samples;
use comfycheck_check_workflow::rules::{LARGE_RESULT, Settings, Worker};
use comfycheck_sdk::samples::{Ending, Sample};
use comfycheck_sdk::{Answer, Finding, Subject};
use insta::assert_snapshot;

/// A workflow that saves frames of an empty image with a class.
fn saves(class: &str, inputs: &str, (width, height, frames): (u32, u32, u32)) -> String {
    format!(
        r#"{{"1": {{"class_type": "EmptyImage", "inputs": {{"width": {width}, "height": {height}, "batch_size": {frames}, "color": 0}}}},
        "2": {{"class_type": "CreateVideo", "inputs": {{"images": ["1", 0], "fps": 16}}}},
        "9": {{"class_type": "{class}", "inputs": {{"images": ["1", 0], "video": ["2", 0]{inputs}}}}}}}"#
    )
}

fn large(answer: &Answer) -> Vec<&Finding> {
    answer.findings.iter().filter(|finding| finding.rule == LARGE_RESULT).collect()
}

#[test]
fn a_result_near_the_limit_is_forecast_from_size_number_and_format() {
    let square = (1024, 1024);
    for (class, inputs, (width, height), frames, expected) in [
        ("SaveImage", "", square, 3, false),
        ("SaveImage", "", square, 4, true),
        ("SaveImage", "", (8192, 8192), 1, true),
        ("SaveAnimatedPNG", "", square, 4, true),
        ("SaveAnimatedWEBP", ", \"lossless\": false", square, 4, false),
        ("SaveAnimatedWEBP", ", \"lossless\": true", square, 8, true),
        ("SaveAnimatedWEBP", ", \"lossless\": false", (1280, 720), 81, true),
        ("SaveVideo", "", (1280, 720), 81, false),
        ("SaveVideo", "", (1920, 1080), 161, true),
        ("PreviewImage", "", square, 100, false),
    ] {
        let examined = answer(&saves(class, inputs, (width, height, frames)), &Settings::default());
        assert_eq!(large(&examined).len(), usize::from(expected), "{class}{inputs} {frames} × {width} × {height}");
    }
}

#[test]
fn a_forecast_names_the_node_and_has_the_size_with_its_limit() {
    let workflow = saves("SaveImage", "", (1024, 1024, 8));
    let mut examined = answer(&workflow, &Settings::default());
    examined.findings.retain(|finding| finding.rule == LARGE_RESULT);
    let measured = examined.findings[0].measurement.as_ref().expect("a size");
    assert!((measured.value - 16_777_216.0).abs() < 1.0 && measured.limit.is_some(), "{measured:?}");
    assert!(matches!(&examined.findings[0].subjects[..], [Subject::Node(node)] if node.id == "9"));
    assert_snapshot!(table([("before the samples", wording(&examined))]));
    let other = Settings { worker: Worker::Other, ..Settings::default() };
    assert_eq!(large(&answer(&workflow, &other)).len(), 0, "another worker may return URLs");
    let scaled = workflow.replace("EmptyImage", "SomePackNode");
    assert_eq!(large(&answer(&scaled, &Settings::default())).len(), 0, "the size is unknown");
}

#[test]
fn samples_show_the_largest_result_or_withdraw_the_forecast() {
    let workflow = saves("SaveImage", "", (1024, 1024, 8));
    let sample = |index, bytes: u64| {
        let image = format!(r#"{{"filename": "a.png", "data": "data:image/png;base64,<base64, {bytes} bytes>"}}"#);
        let output = Some(format!(r#"{{"images": [{image}, {image}]}}"#));
        Sample { workflow: workflow.clone(), output, image_count: 2, ..Sample::new(index, Ending::Succeeded) }
    };
    let after = |samples: &[Sample]| {
        let mut answer = after_samples(samples).unwrap();
        answer.findings.retain(|finding| finding.rule == LARGE_RESULT);
        answer
    };
    let near = after(&[sample(0, 100), sample(1, 3_000_000), sample(2, 2_000_000)]);
    assert!(matches!(&near.findings[0].subjects[..], [Subject::Sample(1)]), "{near:?}");
    let small = after(&[sample(0, 100_000)]);
    let is_withdrawal = |finding: &Finding| finding.data.as_deref().is_some_and(|data| data.contains("withdrawn"));
    assert!(small.findings.iter().all(is_withdrawal) && small.findings.len() == 1, "{small:?}");
    assert_snapshot!(table([("a large result", wording(&near)), ("a small result", wording(&small))]));
    let urls = Sample { output: Some(r#"{"images": ["https://b.example/a.png"]}"#.to_owned()), ..sample(0, 0) };
    assert_eq!(after(&[urls]).findings.len(), 1, "the worker uploads: the forecast is withdrawn");
    let lost = Sample { output: None, ..sample(0, 0) };
    assert_eq!(after(&[lost]).findings.len(), 0, "nothing is known of a result that is too large for a report");
}

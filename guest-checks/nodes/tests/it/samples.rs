//! What the samples' own errors show of node classes.

use crate::{failed, sample, workflow_text};
use comfycheck_check_nodes::rules::samples::after_samples;
use comfycheck_sdk::Answer;
use comfycheck_sdk::samples::{Ending, Sample};

const MISSING: &str = r#"Node 'ClownsharKSampler' not found. The custom node may not be installed.. Raw response: {"error": {"type": "missing_node_type", "message": "…", "details": "Node ID '#9'", "extra_info": {"node_id": "9", "class_type": "ClownsharKSampler_Beta", "node_title": "ClownsharKSampler"}}, "node_errors": {}}"#;
const MISSING_OLDER: &str =
    "Cannot execute because node Sigmas Rescale does not exist.. Raw response: {\"error\": {\"type\": \"inv";
const MISSING_OLDEST: &str = "Unexpected error queuing workflow: 'list' object has no attribute 'items'";
const MISSING_CUT: &str = "Node 'Save Image' not found. The custom node may not be installed.. Raw resp";
const NO_CLASS: &str = "Node 'ID #10' has no class_type. The workflow may be corrupted or a custom node is missing.";
const REFUSED: &str = "Error queuing workflow: 400 Client Error: Bad Request for url: http://127.0.0.1:8188/prompt";
const TIMEOUT: &str = "job timed out after 1 retries";
const INPUTS: &str = "Workflow validation failed:\n• Node 3 (errors): []";

fn answer(samples: &[Sample]) -> Answer {
    after_samples(samples).expect("an answer")
}

#[test]
fn an_image_or_a_refusal_of_inputs_proves_every_class() {
    assert_answers!([
        ("one sample with an image", answer(&[failed(0, TIMEOUT), sample(1)]), &[]),
        ("inputs refused after the classes were found", answer(&[failed(0, INPUTS)]), &[]),
    ]);
}

#[test]
fn a_missing_class_is_one_finding_with_all_its_samples() {
    let two = [failed(0, MISSING), failed(1, TIMEOUT), failed(2, MISSING), failed(3, MISSING_OLDER)];
    let twelve: Vec<_> = (0..12).map(|index| failed(index, MISSING)).collect();
    assert_answers!([
        ("two classes", answer(&two), &["missing-node: node 9, sample 0, sample 2", "missing-node: node 8, sample 3"],),
        (
            "twelve samples",
            answer(&twelve),
            &[
                "missing-node: node 9, sample 0, sample 1, sample 2, sample 3, sample 4, sample 5, sample 6, sample 7, sample 8, sample 9, sample 10, sample 11"
            ],
        ),
        ("other workers have it", answer(&[sample(0), failed(1, MISSING)]), &["missing-node: node 9, sample 1"]),
        ("no class named", answer(&[failed(0, MISSING_OLDEST)]), &["missing-node: sample 0"]),
        ("only the title named", answer(&[failed(0, MISSING_CUT)]), &["missing-node: node 11, sample 0"]),
        ("node without a class", answer(&[failed(0, NO_CLASS)]), &["node-without-class: node 10, sample 0"]),
    ]);
}

#[test]
fn samples_that_show_nothing_of_classes_leave_the_question_open() {
    let of_workflow = |old, new| Sample { workflow: workflow_text(&[(old, new)]), ..failed(0, MISSING_OLDEST) };
    let no_image = Sample { image_count: 0, ..sample(0) };
    let not_submitted = Sample { ending: Ending::NotSubmitted, ..failed(1, "") };
    let reasons = [
        ("no samples", vec![]),
        ("no image, not submitted, another failure", vec![no_image, not_submitted, failed(2, "Job processing failed")]),
        ("refused as a whole, no output of every version", vec![of_workflow("\"SaveImage\"", "\"SaveMyImage\"")]),
        ("refused as a whole, a node has no class", vec![of_workflow("\"class_type\": \"VAEDecode\",", "")]),
        ("refused without a reason", vec![failed(0, REFUSED)]),
    ]
    .map(|(name, samples)| format!("{name}: {}", after_samples(&samples).expect_err(name)));
    let reasons = reasons.join("\n");
    insta::assert_snapshot!(reasons);
}

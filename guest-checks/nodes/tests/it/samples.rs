//! What the samples' own errors tell.

use crate::{failed, sample, told, workflow_text};
use comfycheck_check_nodes::rules::samples::after_samples;
use comfycheck_sdk::samples::{Ending, Sample};

const MISSING: &str = r#"Node 'ClownsharKSampler' not found. The custom node may not be installed.. Raw response: {"error": {"type": "missing_node_type", "message": "…", "details": "Node ID '#9'", "extra_info": {"node_id": "9", "class_type": "ClownsharKSampler_Beta", "node_title": "ClownsharKSampler"}}, "node_errors": {}}"#;
const MISSING_OLDER: &str =
    "Cannot execute because node Sigmas Rescale does not exist.. Raw response: {\"error\": {\"type\": \"inv";
const MISSING_OLDEST: &str = "Unexpected error queuing workflow: 'list' object has no attribute 'items'";
const REFUSED: &str = "Error queuing workflow: 400 Client Error: Bad Request for url: http://127.0.0.1:8188/prompt";

#[track_caller]
fn check(samples: &[Sample], expected: &str) {
    assert_eq!(after_samples(samples).map(|answer| told(&answer)).as_deref(), Ok(expected));
}

#[track_caller]
fn check_nothing(samples: &[Sample], why: &str) {
    assert_eq!(after_samples(samples).map(|answer| told(&answer)), Err(why.to_owned()));
}

#[test]
fn one_sample_with_an_image_proves_every_class() {
    check(&[failed(0, "job timed out after 1 retries"), sample(1)], "");
}

#[test]
fn inputs_are_refused_only_after_every_class_was_found() {
    check(&[failed(0, "Workflow validation failed:\n• Node 3 (errors): []")], "");
}

#[test]
fn one_missing_class_is_one_finding_with_all_its_samples() {
    check(
        &[failed(0, MISSING), failed(1, "executionTimeout exceeded"), failed(2, MISSING), failed(3, MISSING_OLDER)],
        "missing-node: class `ClownsharKSampler_Beta` of node `9` is not installed where samples 0, 2 ran [node 9, sample 0, sample 2]\n\
         help: install the pack `RES4LYF`, which provides it, and rebuild the worker's image; ComfyUI names only the first missing class\n\
         missing-node: class `Sigmas Rescale` of node `8` is not installed where sample 3 ran [node 8, sample 3]\n\
         help: install the pack `RES4LYF`, which provides it, and rebuild the worker's image; ComfyUI names only the first missing class\n",
    );
    let twelve: Vec<_> = (0..12).map(|index| failed(index, MISSING)).collect();
    let message = after_samples(&twelve).expect("an answer").findings[0].message.clone();
    assert_eq!(
        message,
        "class `ClownsharKSampler_Beta` of node `9` is not installed where 12 samples (the first: 0) ran"
    );
}

#[test]
fn workers_that_differ_are_told() {
    check(
        &[sample(0), failed(1, MISSING)],
        "missing-node: class `ClownsharKSampler_Beta` of node `9` is not installed where sample 1 ran [node 9, sample 1]\n\
         help: other samples found every class, so that the workers run different images: wait until the newest is rolled out to all\n",
    );
}

#[test]
fn a_class_that_the_worker_does_not_name_is_told_where_nothing_else_can_be_wrong() {
    check(
        &[failed(0, MISSING_OLDEST)],
        "missing-node: the class of a node is not installed where sample 0 ran [sample 0]\n\
         help: the worker does not say which class: look for `ComfyUI returned 400` in its log, or update worker-comfyui to 5.1.0 or later\n",
    );
    let why = "ComfyUI refused the workflow of sample 0, and the worker does not say why";
    let of_workflow = |workflow| Sample { workflow, ..failed(0, MISSING_OLDEST) };
    check_nothing(&[of_workflow(workflow_text(&[("\"SaveImage\"", "\"SaveMyImage\"")]))], why);
    check_nothing(&[of_workflow(workflow_text(&[("\"class_type\": \"VAEDecode\",", "")]))], why);
    check_nothing(&[failed(0, REFUSED)], why);
}

#[test]
fn a_node_is_found_by_its_title_where_the_class_was_cut_off() {
    check(
        &[failed(0, "Node 'Save Image' not found. The custom node may not be installed.. Raw resp")],
        "missing-node: the class of the node titled `Save Image` is not installed where sample 0 ran [node 11, sample 0]\n\
         help: install the node pack that provides it and rebuild the worker's image, or correct the class in the workflow\n",
    );
}

#[test]
fn a_node_without_class_is_told_with_its_samples() {
    check(
        &[failed(0, "Node 'ID #10' has no class_type. The workflow may be corrupted or a custom node is missing.")],
        "node-without-class: node `10` has no `class_type` [node 10, sample 0]\n\
         help: export the workflow again from a ComfyUI that has the node's pack installed\n",
    );
}

#[test]
fn samples_that_say_nothing_of_nodes_leave_the_question_open() {
    let why = "no sample tells whether every node class is installed";
    check_nothing(&[], why);
    let no_image = Sample { image_count: 0, ..sample(0) };
    let not_submitted = Sample { ending: Ending::NotSubmitted, ..failed(1, "") };
    check_nothing(&[no_image, not_submitted, failed(2, "Job processing failed")], why);
}

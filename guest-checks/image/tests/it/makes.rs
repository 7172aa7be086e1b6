//! The part of a workflow that makes its images.

use comfycheck_check_image::expected::expected;
use comfycheck_check_image::makes::makes_images;
use comfycheck_sdk::Workflow;
use serde_json::{Value, json};

/// A sampler with its seed, a node that saves its images under a name, and another node.
fn workflow(seed: u64, name: &str, other: &Value) -> Workflow {
    let nodes = json!({
        "1": {"class_type": "KSampler", "inputs": {"seed": seed}},
        "2": {"class_type": "VAEDecode", "inputs": {"samples": ["1", 0]}},
        "3": {"class_type": "SaveImage", "inputs": {"images": ["2", 0], "filename_prefix": name}},
        "4": other,
    });
    Workflow::parse(&nodes.to_string()).expect("a workflow")
}

#[track_caller]
fn check(one: &Workflow, other: &Workflow, alike: bool) {
    let part = |workflow: &Workflow| makes_images(workflow, &expected(workflow));
    assert_eq!(part(one) == part(other), alike, "{one:?}\n{other:?}");
}

#[test]
fn only_what_reaches_the_saved_images_counts() {
    let unused = |seed: u64| json!({"class_type": "Noise", "inputs": {"seed": seed}});
    check(&workflow(1, "a", &unused(1)), &workflow(1, "b", &unused(2)), true);
    check(&workflow(1, "a", &unused(1)), &workflow(2, "a", &unused(1)), false);
}

#[test]
fn a_node_that_may_save_counts_as_a_whole() {
    let saves = |seed: u64| json!({"class_type": "Noise Saver", "inputs": {"seed": seed, "model": ["2", 0]}});
    check(&workflow(1, "a", &saves(1)), &workflow(1, "a", &saves(2)), false);
}

#[test]
fn without_a_node_that_is_known_to_save_all_nodes_count() {
    let only = |seed: u64| {
        let nodes = json!({"1": {"class_type": "Unknown", "inputs": {"seed": seed}}});
        Workflow::parse(&nodes.to_string()).expect("a workflow")
    };
    check(&only(1), &only(2), false);
}

#[test]
fn links_in_a_circle_end() {
    let circle = json!({"class_type": "Save Circle", "inputs": {"a": ["4", 0]}});
    check(&workflow(1, "a", &circle), &workflow(1, "a", &circle), true);
}

//! The workflow as a whole: what ComfyUI checks before any input.

use crate::{check, check_nodes, judged};

#[test]
fn what_is_not_a_workflow_is_an_internal_error() {
    for workflow in [
        "[]",
        "5",
        "null",
        r#""text""#,
        r#"{"1": []}"#,
        r#"{"version": 0.4}"#,
        r#"{"1": {"class_type": "Load", "inputs": []}}"#,
        r#"{"1": {"class_type": "Load", "inputs": null}}"#,
        r#"{"1": {"class_type": ["Load"], "inputs": {}}}"#,
        r#"{"1": {"class_type": {}, "inputs": {}}}"#,
        // All nodes are read before any class is looked up.
        r#"{"1": {"class_type": "Nope", "inputs": {}}, "2": 5}"#,
        // To name the node, ComfyUI reads its title.
        r#"{"1": {"class_type": "Nope", "inputs": {}, "_meta": "title"}}"#,
        r#"{"1": {"inputs": {}, "_meta": null}}"#,
    ] {
        check(workflow, "http_500");
    }
}

#[test]
fn one_missing_class_refuses_the_workflow() {
    for node in [
        r#"{"class_type": "Nope", "inputs": {}}"#,
        r#"{"inputs": {}}"#,
        r#"{"class_type": null}"#,
        r#"{"class_type": 5}"#,
        "{}",
    ] {
        check(&format!(r#"{{"1": {{"class_type": "Int", "inputs": {{"v": 1}}}}, "2": {node}}}"#), "missing_node_type");
    }
    check(
        r#"{"1": {"class_type": "Nope"}, "2": {"class_type": "Load", "inputs": {}, "_meta": 5}}"#,
        "missing_node_type",
    );
}

#[test]
fn a_workflow_needs_an_output() {
    check("{}", "prompt_no_outputs");
    check_nodes(r#"1 Load {"ckpt_name": "nope"}"#, "prompt_no_outputs");
}

#[test]
fn one_good_output_is_enough() {
    check_nodes(
        r#"1 Int {"v": 99}
           2 Int {"v": 1}
           3 Int {}"#,
        "ok 2 | 1: value_bigger_than_max v | 3: required_input_missing v",
    );
}

#[test]
fn only_what_outputs_depend_on_is_checked() {
    check_nodes("1 Int {\"v\": 1}\n2 Load {\"ckpt_name\": \"nope\"}", "ok 1");
}

#[test]
fn undeclared_inputs_are_ignored() {
    check_nodes(r#"1 Int {"v": 1, "extra": ["99", 0], "unique_id": 5}"#, "ok 1");
}

#[test]
fn targets_choose_among_the_outputs() {
    let workflow = crate::nodes("1 Int {\"v\": 99}\n2 Int {\"v\": 1}\n3 Give {}");
    for (targets, expected) in [
        (&["2"][..], "ok 2"),
        (&["1"], "prompt_outputs_failed_validation | 1: value_bigger_than_max v"),
        (&["2", "1"], "ok 2 | 1: value_bigger_than_max v"),
        (&["3"], "prompt_no_outputs"),
        (&["9"], "prompt_no_outputs"),
        (&[], "prompt_no_outputs"),
    ] {
        assert_eq!(judged(&workflow, Some(targets)), expected, "{targets:?}");
    }
}

#[test]
fn a_missing_class_is_reported_before_targets_are_read() {
    assert_eq!(judged(&crate::nodes("1 Nope {}"), Some(&[])), "missing_node_type");
}

/// A workflow whose second node is replaced.
fn replaced(node: &str) -> String {
    format!(
        r#"{{"1": {{"class_type": "SaveImage", "inputs": {{"images": ["2", 1], "filename_prefix": "x"}}, "_meta": {{}}}}, "2": {node}}}"#
    )
}

#[test]
fn a_removed_class_is_replaced() {
    check(
        &replaced(r#"{"class_type": "OldLoader", "inputs": {"file": "x", "other": 1}, "_meta": {"title": "t"}}"#),
        "ok 1",
    );
    check(
        &replaced(r#"{"class_type": "OldLoader", "inputs": {"file": "z"}, "_meta": {}}"#),
        "prompt_outputs_failed_validation | 2: value_not_in_list name",
    );
    // A value that is set wins over one that is moved.
    check(&replaced(r#"{"class_type": "Fixed", "inputs": {"file": "z"}, "_meta": {}}"#), "ok 1");
    // Only the first replacement counts.
    check(&replaced(r#"{"class_type": "Second", "inputs": {"file": "x"}, "_meta": {}}"#), "missing_node_type");
}

#[test]
fn a_replacement_without_a_mapping_drops_the_inputs() {
    check(
        r#"{"1": {"class_type": "Save Image", "inputs": {"images": ["2", 0], "filename_prefix": "x"}, "_meta": {}},
            "2": {"class_type": "LoadImage", "inputs": {"image": "cat.png"}}}"#,
        "prompt_outputs_failed_validation | 1: required_input_missing images, required_input_missing filename_prefix",
    );
}

#[test]
fn a_replacement_without_its_inputs_is_an_internal_error() {
    check(&replaced(r#"{"class_type": "OldLoader", "inputs": {"file": "x"}}"#), "http_500");
    check(&replaced(r#"{"class_type": "OldLoader", "inputs": {"file": "x"}, "_meta": "t"}"#), "http_500");
    check(&replaced(r#"{"class_type": "OldLoader", "inputs": {}, "_meta": {}}"#), "http_500");
    // Without `inputs`, ComfyUI does not replace the node.
    check(&replaced(r#"{"class_type": "OldLoader", "_meta": {}}"#), "missing_node_type");
}

#[test]
fn a_class_is_kept_if_it_is_installed_or_its_replacement_is_not() {
    check_nodes("1 Any {\"v\": [\"2\", 0]}\n2 Load {\"ckpt_name\": \"anime.safetensors\"}", "ok 1");
    check(r#"{"1": {"class_type": "Gone", "inputs": {}, "_meta": {}}}"#, "missing_node_type");
}

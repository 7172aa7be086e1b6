//! Links: which node they lead to, which types match, and what raises.

use crate::{check, check_nodes, judged};

/// Checks which outputs of `Give` can be linked to input `v` of a class.
#[track_caller]
fn check_types(class: &str, fitting: &[&str], others: &[&str]) {
    const OUTPUTS: [&str; 11] =
        ["INT", "FLOAT", "IMAGE", "*", "MATCH", "INT,FLOAT", "IMAGE, MASK", "[a, b]", "COMBO", "int", "INT,*"];
    for output in fitting.iter().chain(others) {
        let slot = OUTPUTS.iter().position(|known| known == output).expect("an output of `Give`");
        let lines = format!("1 {class} {{\"v\": [\"2\", {slot}]}}\n2 Give {{}}");
        let expected = if fitting.contains(output) {
            "ok 1"
        } else {
            "prompt_outputs_failed_validation | 1: return_type_mismatch v"
        };
        check_nodes(&lines, expected);
    }
}

#[test]
fn an_output_can_be_linked_where_its_type_is_accepted() {
    check_types("Int", &["INT", "*", "MATCH", "INT,FLOAT", "INT,*"], &["FLOAT", "IMAGE", "[a, b]", "int", "COMBO"]);
    check_types("Comma", &["INT", "FLOAT", "INT,FLOAT", "*"], &["IMAGE", "IMAGE, MASK", "int"]);
    check_types("Spaced", &["IMAGE", "IMAGE, MASK", "INT,*"], &["INT"]);
    check_types("Old", &["[a, b]", "*", "MATCH"], &["COMBO", "INT", "INT,*"]);
    check_types("New", &["[a, b]", "COMBO", "*"], &["INT"]);
    check_types("Any", &["INT", "[a, b]", "int"], &[]);
    check_types("Match", &["INT", "[a, b]", "int"], &[]);
    check_types("Image", &["IMAGE", "IMAGE, MASK", "INT,*"], &["INT", "int"]);
}

#[test]
fn an_index_counts_from_either_end_and_can_be_a_boolean() {
    let link = |slot: &str| format!("1 Int {{\"v\": [\"2\", {slot}]}}\n2 Give {{}}");
    check_nodes(&link("-11"), "ok 1");
    check_nodes(&link("false"), "ok 1");
    check_nodes(&link("true"), "prompt_outputs_failed_validation | 1: return_type_mismatch v");
    for slot in ["11", "-12", "99999999999999999999", "0.0", "\"0\"", "null", "[]", "{}"] {
        check_nodes(&link(slot), "prompt_outputs_failed_validation | 1: exception_during_validation");
    }
}

#[test]
fn an_array_of_two_is_a_link_whatever_it_holds() {
    for link in [r#"["9", 0]"#, r#"["a", "b"]"#, "[1, 2]", "[null, 0]", "[[], 0]", "[{}, 0]", "[2, 0]"] {
        check_nodes(
            &format!("1 String {{\"v\": {link}}}"),
            "prompt_outputs_failed_validation | 1: exception_during_validation",
        );
    }
    for array in ["[]", r#"["1"]"#, r#"["1", 0, 0]"#] {
        check_nodes(
            &format!("1 String {{\"v\": {array}}}"),
            "prompt_outputs_failed_validation | 1: bad_linked_input v",
        );
    }
}

#[test]
fn an_inner_exception_is_reported_on_the_child_under_its_parents_input() {
    check_nodes(
        r#"1 SaveImage {"images": ["2", 0], "filename_prefix": "x"}
           2 Decode {"samples": ["99", 0], "vae": ["3", 2]}
           3 Load {"ckpt_name": "nope"}"#,
        "prompt_outputs_failed_validation | 2: exception_during_inner_validation images",
    );
}

#[test]
fn an_exception_hides_the_other_errors_of_its_node() {
    check_nodes(
        r#"1 SaveImage {"images": ["99", 0]}"#,
        "prompt_outputs_failed_validation | 1: exception_during_validation",
    );
}

#[test]
fn a_node_without_inputs_raises_where_it_is_reached() {
    check(
        r#"{"1": {"class_type": "PreviewImage", "inputs": {"images": ["2", 0]}}, "2": {"class_type": "LoadImage"}}"#,
        "prompt_outputs_failed_validation | 2: exception_during_inner_validation images",
    );
    check(
        r#"{"1": {"class_type": "PreviewImage"}, "2": {"class_type": "LoadImage"}}"#,
        "prompt_outputs_failed_validation | 1: exception_during_validation",
    );
}

#[test]
fn a_mismatched_link_is_not_followed() {
    check_nodes(
        r#"1 Image {"v": ["2", 0]}
           2 Load {"ckpt_name": "nope"}"#,
        "prompt_outputs_failed_validation | 1: return_type_mismatch v",
    );
}

#[test]
fn a_class_can_validate_types_itself() {
    check_nodes("1 TripoConversionNode {\"original_model_task_id\": [\"2\", 0]}\n2 Give {}", "ok 1");
}

#[test]
fn a_child_is_checked_once_for_all_parents() {
    check_nodes(
        r#"1 PreviewImage {"images": ["3", 0]}
           2 PreviewImage {"images": ["3", 0]}
           3 Blend {"a": ["4", 0], "b": ["4", 0]}
           4 LoadImage {"image": "nope"}"#,
        "prompt_outputs_failed_validation | 4: custom_validation_failed image",
    );
}

#[test]
fn every_node_of_a_cycle_has_the_error() {
    check_nodes(
        r#"1 PreviewImage {"images": ["2", 0]}
           2 Blend {"a": ["3", 0]}
           3 Blend {"a": ["4", 0]}
           4 Blend {"a": ["3", 0]}"#,
        "prompt_outputs_failed_validation | 3: dependency_cycle | 4: dependency_cycle",
    );
    check_nodes(r#"1 PreviewImage {"images": ["1", 0]}"#, "prompt_outputs_failed_validation | 1: dependency_cycle");
}

#[test]
fn cycles_do_not_affect_a_good_output() {
    let workflow = crate::nodes(
        r#"1 PreviewImage {"images": ["2", 0]}
           2 Blend {"a": ["3", 0], "b": ["2", 0]}
           3 Blend {"a": ["2", 0]}
           4 PreviewImage {"images": ["5", 0]}
           5 LoadImage {"image": "cat.png"}"#,
    );
    assert_eq!(judged(&workflow, None), "ok 4 | 2: dependency_cycle | 3: dependency_cycle");
}

#[test]
fn a_cycle_that_no_output_reaches_is_not_checked() {
    check_nodes(
        r#"1 PreviewImage {"images": ["2", 0]}
           2 LoadImage {"image": "cat.png"}
           3 Blend {"a": ["3", 0]}"#,
        "ok 1",
    );
}

//! Workflows: what is refused and how it is said, what is submitted for a sample, and where nodes stand.

use comfycheck_core::diagnostic::Color;
use comfycheck_core::suite::{Budget, NodeInput, Patience, Sampling, Submit, TextFile, Variation};
use comfycheck_core::workflow::Workflow;
use insta::assert_snapshot;
use serde_json::{Value, json};
use std::num::NonZeroU32;

fn file(text: &str) -> TextFile {
    TextFile { path: "workflow.json".into(), text: text.into() }
}

#[track_caller]
fn refused(text: &str) -> String {
    Workflow::parse(file(text)).expect_err("a refused workflow").render(Color::Off)
}

#[test]
fn an_empty_file_is_refused() {
    assert_snapshot!(refused(" \n"), @r"
    error: the workflow is empty
     --> workflow.json:1:1
      |
    1 |  
      | ^
      |
      = help: in ComfyUI, choose Workflow → Export (API).
    ");
}

#[test]
fn text_that_is_not_json_is_refused_at_its_place() {
    assert_snapshot!(refused("{\"3\": {\"class_type\": \"KSampler\"\n  \"inputs\": {}}}"), @r#"
    error: the workflow is not JSON: expected `,` or `}`
     --> workflow.json:2:3
      |
    2 |   "inputs": {}}}
      |   ^
      |
      = help: correct it, or export it again: in ComfyUI, choose Workflow → Export (API).
    "#);
}

#[test]
fn a_file_that_was_cut_is_refused_at_its_end() {
    assert_snapshot!(refused("{\"3\": {\"class_type\": \"KSam"), @r#"
    error: the workflow is not JSON: the file ends within a string
     --> workflow.json:1:27
      |
    1 | {"3": {"class_type": "KSam
      |                           ^
      |
      = help: correct it, or export it again: in ComfyUI, choose Workflow → Export (API).
    "#);
}

#[test]
fn a_bare_nan_is_refused_by_name() {
    assert_snapshot!(refused("{\"3\": {\"inputs\": {\"cfg\": NaN}}}"), @r#"
    error: the workflow is not JSON: it holds a bare `NaN`
     --> workflow.json:1:26
      |
    1 | {"3": {"inputs": {"cfg": NaN}}}
      |                          ^^^
      |
      = help: give this input a number, and export the workflow again.
    "#);
    assert_snapshot!(refused("{\"3\": {\"inputs\": {\"cfg\": -Infinity}}}"), @r#"
    error: the workflow is not JSON: it holds a bare `-Infinity`
     --> workflow.json:1:26
      |
    1 | {"3": {"inputs": {"cfg": -Infinity}}}
      |                          ^^^^^^^^^
      |
      = help: give this input a number, and export the workflow again.
    "#);
}

#[test]
fn a_byte_order_mark_is_refused_by_name() {
    assert_snapshot!(refused("\u{feff}{}"), @r"
    error: the workflow is not JSON: it begins with a byte order mark
     --> workflow.json:1:1
      |
    1 | ﻿{}
      | ^
      |
      = help: save the file as UTF-8 without a byte order mark.
    ");
}

#[test]
fn nesting_without_end_is_refused() {
    let deep = format!("{{\"3\": {}", "[".repeat(1_000_000));
    assert_snapshot!(refused(&deep), @r"
    error: the workflow is nested deeper than 127 levels
    --> workflow.json:1:133
     = note: the line reads `…[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[…` there
    ");
}

#[test]
fn a_file_that_is_too_large_is_refused() {
    assert_snapshot!(refused(&" ".repeat(17 * 1024 * 1024)), @r"
    error: the workflow has 17 MiB, more than 16 MiB
    --> workflow.json:1:1
     = note: the line reads `…                                                            …` there
    ");
}

#[test]
fn what_is_no_object_is_refused() {
    assert_snapshot!(refused("[1, 2]"), @r"
    error: the workflow is an array, not an object of nodes
     --> workflow.json:1:1
      |
    1 | [1, 2]
      | ^
      |
      = help: in ComfyUI, choose Workflow → Export (API).
    ");
    assert_snapshot!(refused("{}"), @r"
    error: the workflow has no nodes
     --> workflow.json:1:1
      |
    1 | {}
      | ^
      |
      = help: in ComfyUI, choose Workflow → Export (API).
    ");
}

#[test]
fn the_editors_format_is_refused_with_the_way_to_export() {
    assert_snapshot!(refused("{\n  \"last_node_id\": 9,\n  \"nodes\": [],\n  \"links\": []\n}"), @r#"
    error: the workflow is in the format of ComfyUI's editor, which an endpoint does not run
     --> workflow.json:3:3
      |
    3 |   "nodes": [],
      |   ^^^^^^^
      |
      = help: in ComfyUI, choose Workflow → Export (API).
    "#);
}

#[test]
fn a_whole_request_is_refused_with_what_to_save() {
    assert_snapshot!(refused("{\"input\": {\"workflow\": {\"3\": {\"class_type\": \"A\"}}}}"), @r#"
    error: this is a request to an endpoint, not a workflow
     --> workflow.json:1:2
      |
    1 | {"input": {"workflow": {"3": {"class_type": "A"}}}}
      |  ^^^^^^^
      |
      = help: save the value of `input.workflow` as a file of its own.
    "#);
    assert_snapshot!(refused("{\"prompt\": {\"3\": {\"class_type\": \"A\"}}, \"client_id\": \"x\"}"), @r#"
    error: this is a request to ComfyUI, not a workflow
     --> workflow.json:1:2
      |
    1 | {"prompt": {"3": {"class_type": "A"}}, "client_id": "x"}
      |  ^^^^^^^^
      |
      = help: save the value of `prompt` as a file of its own.
    "#);
}

#[test]
fn a_member_that_is_no_node_is_refused() {
    assert_snapshot!(refused("{\"3\": {\"class_type\": \"A\"}, \"version\": 0.4}"), @r#"
    error: `version` is no node: it is a number, not an object
     --> workflow.json:1:28
      |
    1 | {"3": {"class_type": "A"}, "version": 0.4}
      |                            ^^^^^^^^^
      |
      = help: in ComfyUI, choose Workflow → Export (API), which writes nodes and nothing else.
    "#);
    assert_snapshot!(refused("{\"3\": {\"class_type\": \"A\", \"inputs\": []}}"), @r#"
    error: the inputs of node `3` are an array, not an object
     --> workflow.json:1:2
      |
    1 | {"3": {"class_type": "A", "inputs": []}}
      |  ^^^
      |
      = help: in ComfyUI, choose Workflow → Export (API), which writes nodes and nothing else.
    "#);
}

#[test]
fn a_node_without_class_and_inputs_is_left_to_the_checks() {
    let workflow = Workflow::parse(file(r#"{"prompt": {"class_type": "A"}, "10": {}, "9": {}}"#)).expect("a workflow");
    assert_eq!(workflow.nodes().keys().collect::<Vec<_>>(), ["prompt", "10", "9"]);
}

const KSAMPLER: &str = r#"{
  "10": {"class_type": "KSampler", "inputs": {"seed": 18446744073709551615, "cfg": 1.0499999523162842, "steps": 8}},
  "4": {
    "class_type": "CLIPTextEncode", "inputs": {
      "text": "a \"quoted\" tram",
      "clip": ["2", 0]
    }
  },
  "57:3": {"class_type": "Noise", "inputs": {"noise_seed": 5, "seed": ["10", 0]}}
}"#;

#[track_caller]
fn check_place(node: &str, input: Option<&str>, expected: Option<&str>) {
    let workflow = Workflow::parse(file(KSAMPLER)).expect("a workflow");
    assert_eq!(workflow.place_of(node, input).map(|place| place.to_string()).as_deref(), expected);
}

#[test]
fn nodes_and_inputs_have_their_place() {
    check_place("10", None, Some("2:3"));
    check_place("4", None, Some("3:3"));
    check_place("4", Some("clip"), Some("6:7"));
    check_place("57:3", Some("seed"), Some("9:63"));
    check_place("4", Some("title"), None);
    check_place("11", None, None);
}

fn sampling(variations: &[(&str, &str, &[Value])]) -> Sampling {
    Sampling {
        submit: Submit::Run,
        rate_limit: None,
        samples: 3,
        concurrency: NonZeroU32::MIN,
        variations: variations
            .iter()
            .map(|(node, input, values)| Variation { input: input_of(node, input), values: values.to_vec() })
            .collect(),
        seed_inputs: None,
        seed: None,
        patience: Patience::default(),
        budget: Budget::default(),
        share: None,
    }
}

fn input_of(node: &str, input: &str) -> NodeInput {
    NodeInput { node: node.into(), input: input.into() }
}

#[track_caller]
fn check_varied(sampling: &Sampling, index: u32, expected: &str, seed: Option<u64>) {
    let workflow = Workflow::parse(file(KSAMPLER)).expect("a workflow");
    let varied = workflow.vary(sampling, 7, index).expect("a varied workflow");
    assert_eq!((varied.workflow.to_string().as_str(), varied.seed), (expected, seed));
}

#[test]
fn a_sample_takes_its_turn_of_each_variation_and_its_seed_and_keeps_all_else() {
    let texts = [json!("one"), json!("two")];
    let sampling = sampling(&[("4", "text", &texts), ("10", "steps", &[json!(4)])]);
    let expected = r#"{"10":{"class_type":"KSampler","inputs":{"seed":7,"cfg":1.0499999523162842,"steps":4}},"4":{"class_type":"CLIPTextEncode","inputs":{"text":"one","clip":["2",0]}},"57:3":{"class_type":"Noise","inputs":{"noise_seed":7,"seed":["10",0]}}}"#;
    check_varied(&sampling, 0, expected, Some(7));
    check_varied(&sampling, 1, &expected.replace("one", "two"), Some(7));
    check_varied(&sampling, 2, expected, Some(7));
}

#[test]
fn without_inputs_for_it_no_seed_is_set_and_numbers_survive() {
    let mut without = sampling(&[]);
    without.seed_inputs = Some(Vec::new());
    let as_it_stands = serde_json::from_str::<Value>(KSAMPLER).expect("JSON").to_string();
    assert!(as_it_stands.contains("18446744073709551615") && as_it_stands.contains("1.0499999523162842"));
    check_varied(&without, 0, &as_it_stands, None);
}

#[test]
fn a_variation_of_a_seed_wins_over_the_samples_seed() {
    let mut varied = sampling(&[("10", "seed", &[json!(99)])]);
    varied.seed_inputs = Some(vec![input_of("10", "seed")]);
    let expected = serde_json::from_str::<Value>(&KSAMPLER.replace("18446744073709551615", "99")).expect("JSON");
    check_varied(&varied, 0, &expected.to_string(), None);
}

#[track_caller]
fn check_unknown(node: &str, input: &str, what: &str, help: &str) {
    let workflow = Workflow::parse(file(KSAMPLER)).expect("a workflow");
    let unknown = workflow.vary(&sampling(&[(node, input, &[json!(1)])]), 0, 0).expect_err("an unknown input");
    assert_eq!((unknown.what.as_str(), unknown.help.as_deref().unwrap_or("")), (what, help));
}

#[test]
fn an_input_that_the_workflow_does_not_have_is_an_error() {
    check_unknown("57:4", "text", "the workflow has no node `57:4`", "did you mean `57:3`?");
    check_unknown("lighthouse", "text", "the workflow has no node `lighthouse`", "there are `10`, `4` and `57:3`.");
    check_unknown("4", "txt", "node `4` (CLIPTextEncode) of the workflow has no input `txt`", "did you mean `text`?");
}

#[test]
fn an_integer_beyond_64_bits_is_not_submitted_in_another_form() {
    let workflow = |seed: &str| {
        Workflow::parse(file(&format!(r#"{{"3": {{"class_type": "A", "inputs": {{"seed": {seed}}}}}}}"#))).expect("one")
    };
    let refusal = workflow("18446744073709551616").not_submittable().expect("a refusal");
    assert_snapshot!(refusal.render(Color::Off), @r#"
    error: `18446744073709551616` does not fit in 64 bits, and cannot be submitted
     --> workflow.json:1:46
      |
    1 | {"3": {"class_type": "A", "inputs": {"seed": 18446744073709551616}}}
      |                                              ^^^^^^^^^^^^^^^^^^^^
      |
      = help: give this input a smaller number.
    "#);
    assert_eq!(workflow("18446744073709551615").not_submittable(), None);
    assert_eq!(workflow("-9223372036854775808").not_submittable(), None);
    assert_eq!(workflow("1e30").not_submittable(), None);
}

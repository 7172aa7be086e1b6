//! Hostile workflows and descriptions: no panic, and time and memory in proportion to their size.

use crate::classes;
use crate::rules::answer;
use comfycheck_check_workflow::class::Classes;
use comfycheck_check_workflow::json::parse;
use comfycheck_check_workflow::replacement::Replacements;
use comfycheck_check_workflow::rules::Settings;
use comfycheck_check_workflow::verdict::judge;
use std::fmt::Write;

const NODES: usize = 100_000;

/// A workflow with one output and `NODES` nodes, each made from its number.
fn many(node: impl Fn(usize) -> String) -> String {
    let mut text = r#"{"out": {"class_type": "PreviewImage", "inputs": {"images": ["0", 0]}}"#.to_owned();
    for number in 0..NODES {
        let _ = write!(text, ", \"{number}\": {}", node(number));
    }
    text + "}"
}

fn blend(a: usize, b: usize) -> String {
    format!(r#"{{"class_type": "Blend", "inputs": {{"a": ["{a}", 0], "b": ["{b}", 0]}}}}"#)
}

/// Checks that a workflow gets a verdict, and how many nodes have errors.
#[track_caller]
fn check(text: &str, nodes_with_errors: usize) {
    let (verdict, _) = judge(&parse(text).expect("JSON"), &classes(), &Replacements::default(), None);
    assert_eq!(verdict.node_errors.len(), nodes_with_errors);
}

#[test]
fn the_findings_of_one_rule_are_limited() {
    let text = many(|number| blend((number * 7919 + 1) % NODES, (number * 104_729 + 5) % NODES));
    let answer = answer(&text, &Settings::default());
    assert_eq!(answer.findings.iter().filter(|finding| finding.rule == "dependency-cycle").count(), 101);
}

#[test]
fn a_chain_of_all_nodes_is_followed() {
    check(&many(|number| blend(number + 1, number + 1)), 1);
}

#[test]
fn a_ring_of_all_nodes_is_one_cycle() {
    check(&many(|number| blend((number + 1) % NODES, (number + 1) % NODES)), NODES);
}

#[test]
fn cycles_everywhere_are_found() {
    check(&many(|number| blend((number + 1) % NODES, number)), NODES);
    check(&many(|number| blend((number + 1) % NODES, number.saturating_sub(1))), NODES);
}

#[test]
fn every_node_can_be_broken() {
    let text =
        many(|number| format!(r#"{{"class_type": "Blend", "inputs": {{"a": ["{}", 0], "b": []}}}}"#, number + 1));
    check(&text, NODES);
    check(&many(|_| r#"{"class_type": "Blend"}"#.to_owned()), 1);
}

#[test]
fn every_second_node_can_save_an_image() {
    let text = many(|number| match number % 2 {
        0 => r#"{"class_type": "EmptyImage", "inputs": {"width": 64, "height": 64, "batch_size": 1}}"#.to_owned(),
        _ => format!(r#"{{"class_type": "SaveImage", "inputs": {{"images": ["{}", 0]}}}}"#, number - 1),
    });
    let answer = answer(&text, &Settings::default());
    assert_eq!(answer.findings.iter().filter(|finding| finding.rule == "large-result").count(), 1);
}

#[test]
fn a_node_can_have_very_many_inputs() {
    let inputs: Vec<_> = (0..NODES).map(|number| format!("\"g.v{number}\": [\"{number}\", {number}]")).collect();
    for class in ["Grow", "GrowFar", "Int", "Choice"] {
        check(
            &format!(r#"{{"1": {{"class_type": "{class}", "inputs": {{{}}}}}}}"#, inputs.join(", ")),
            1 - usize::from(class == "Choice"),
        );
    }
}

#[test]
fn very_many_inputs_are_examined() {
    let inputs: Vec<_> = (0..NODES).map(|number| format!("\"g.v{number}\": {{\"__value__\": 5}}")).collect();
    for (class, undeclared) in [("GrowFar", 0), ("Int", 101)] {
        let own = if class == "Int" { r#""v": 5, "# } else { "" };
        let text = format!(r#"{{"1": {{"class_type": "{class}", "inputs": {{{own}{}}}}}}}"#, inputs.join(", "));
        let answer = answer(&text, &Settings::default());
        assert_eq!(answer.findings.iter().filter(|finding| finding.rule == "undeclared-input").count(), undeclared);
    }
}

#[test]
fn every_node_can_be_of_a_missing_class() {
    let text = many(|number| format!(r#"{{"class_type": "Nope{}"}}"#, number % 500));
    let answer = answer(&text, &Settings::default());
    assert_eq!(answer.findings.iter().filter(|finding| finding.rule == "missing-node-type").count(), 101);
}

#[test]
fn keys_can_repeat_and_values_can_be_deep() {
    let equal = "\"v\": 1, ".repeat(NODES);
    check(&format!(r#"{{"1": {{"class_type": "Int", "inputs": {{{equal}"v": 1}}}}}}"#), 0);
    let deep = format!("{}{}", "[".repeat(900), "]".repeat(900));
    check(&format!(r#"{{"1": {{"class_type": "String", "inputs": {{"v": {{"__value__": {deep}}}}}}}}}"#), 0);
}

#[test]
fn descriptions_can_claim_anything() {
    for description in [
        "5",
        "{}",
        r#"{"input": 5, "output": 5, "output_node": true}"#,
        r#"{"input": {"required": {"v": []}}, "output_node": true}"#,
        r#"{"input": {"required": {"v": [null, null]}}, "output_node": true}"#,
        r#"{"input": {"required": {"v": ["COMFY_AUTOGROW_V3", {"template": {"input": {"required": {"x": ["INT"]}}, "prefix": "", "min": 999999999999, "max": 999999999999}}]}}, "output_node": true}"#,
        r#"{"input": {"required": {"v": ["COMFY_AUTOGROW_V3", {"template": {"input": {"required": {"x": ["COMFY_AUTOGROW_V3", {}]}}, "names": [5, null], "min": -5}}]}}, "output_node": true}"#,
        r#"{"input": {"required": {"v": ["COMFY_DYNAMICCOMBO_V3", {"options": [{"key": 1, "inputs": []}, 5]}]}}, "output_node": true}"#,
        r#"{"input": {"required": {"v": ["INT", {"min": {}, "max": [], "step": 0}]}}, "output_node": true}"#,
        r#"{"input": {"required": {"v": ["INT", {"min": -9223372036854775808, "step": -9223372036854775808}]}}, "output_node": true}"#,
    ] {
        let fetch = |_: &str| Ok(Some(description.to_owned()));
        for value in ["1", "-9223372036854775808", "9223372036854775807", "null", r#"["1", -9223372036854775808]"#] {
            let text = format!(r#"{{"1": {{"class_type": "X", "inputs": {{"v": {value}, "v.0": 5}}}}}}"#);
            let classes = Classes::new(fetch);
            let server = comfycheck_check_workflow::rules::Server {
                classes: &classes,
                replacements: Some(&Replacements::default()),
                is_core_only: false,
                class_names: &|| vec!["X".to_owned()],
            };
            let _ = comfycheck_check_workflow::rules::examine(&text, &server, &Settings::default());
        }
    }
}

/// A good text after a fixed sequence of random changes. The fuzzer in `fuzz/` goes further.
#[test]
fn changed_texts_are_examined() {
    let good = crate::rules::with("anime", "anime");
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut next = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state % below as u64).unwrap_or_default()
    };
    let pieces = [
        "[",
        "]",
        "{",
        "}",
        "\"",
        ",",
        ":",
        "0",
        "-",
        "1e999",
        "null",
        "\\ud800",
        "[\"1\", 0]",
        "__value__",
        "\"nodes\": [1], ",
    ];
    for _ in 0..3000 {
        let mut text = good.clone();
        for _ in 0..=next(3) {
            let at = next(text.len());
            let end = (at + next(12)).min(text.len());
            text.replace_range(at..end, pieces[next(pieces.len())]);
        }
        let _ = answer(&text, &Settings::default());
    }
}

//! Inputs of dynamic types, whose names have dots.

use crate::check_nodes;

#[track_caller]
fn check_inputs(class: &str, inputs: &str, errors: &str) {
    let expected =
        if errors == "ok" { "ok 1".to_owned() } else { format!("prompt_outputs_failed_validation | 1: {errors}") };
    check_nodes(&format!("1 {class} {inputs}"), &expected);
}

#[test]
fn an_option_adds_its_inputs() {
    check_inputs("Choice", r#"{"mode": "none"}"#, "ok");
    check_inputs("Choice", r#"{"mode": "size", "mode.n": 5}"#, "ok");
    check_inputs("Choice", r#"{"mode": "size"}"#, "required_input_missing mode.n");
    check_inputs(
        "Choice",
        r#"{"mode": "size", "mode.n": 10, "mode.crop": "maybe"}"#,
        "value_bigger_than_max mode.n, value_not_in_list mode.crop",
    );
    check_inputs("Choice", r#"{"mode": "none", "mode.n": 10}"#, "ok");
    check_inputs("Choice", r#"{"mode": "more", "mode.imgs.i0": 5}"#, "ok");
    check_inputs("Choice", r#"{"mode": "more"}"#, "required_input_missing mode.imgs.i0");
    check_inputs("Choice", r#"{"mode": "deep", "mode.sub": "x", "mode.sub.f": 2}"#, "value_bigger_than_max mode.sub.f");
    check_inputs("Choice", r#"{"mode": "deep", "mode.sub": "x"}"#, "required_input_missing mode.sub.f");
}

#[test]
fn without_a_known_option_nothing_is_declared() {
    for inputs in [
        "{}",
        r#"{"mode": "size "}"#,
        r#"{"mode": {"__value__": "size"}}"#,
        r#"{"mode": ["9", 0]}"#,
        r#"{"mode": "deep"}"#,
    ] {
        check_inputs("Choice", inputs, "ok");
    }
}

#[test]
fn inputs_grow_from_the_minimum_to_the_maximum() {
    check_inputs("Grow", r#"{"g.v0": 1, "g.v1": 2}"#, "ok");
    check_inputs("Grow", r#"{"g.v0": 1}"#, "required_input_missing g.v1");
    check_inputs("Grow", r#"{"g": 1}"#, "required_input_missing g.v0, required_input_missing g.v1");
    check_inputs("Grow", r#"{"g.v0": 1, "g.v1": 2, "g.v3": 10}"#, "value_bigger_than_max g.v3");
    check_inputs("Grow", r#"{"g.v0": 1, "g.v1": 2, "g.v4": 10, "g.v02": 10, "g.x": 10}"#, "ok");
    check_inputs("GrowNamed", r#"{"g.first": 1}"#, "ok");
    check_inputs("GrowNamed", r#"{"g.second": 10}"#, "required_input_missing g.first, value_bigger_than_max g.second");
    check_inputs("GrowOptional", "{}", "ok");
    check_inputs("GrowOptional", r#"{"g.v0": 10}"#, "value_bigger_than_max g.v0");
}

#[test]
fn a_slot_that_is_set_adds_its_inputs() {
    check_inputs("Slot", "{}", "ok");
    check_inputs("Slot", r#"{"s": 1}"#, "required_input_missing s.n");
    check_inputs("Slot", r#"{"s.n": 99}"#, "ok");
    check_nodes("1 Slot {\"s\": [\"2\", 3], \"s.n\": 1}\n2 Give {}", "ok 1");
    check_nodes(
        "1 Slot {\"s\": [\"2\", 2], \"s.n\": 1}\n2 Give {}",
        "prompt_outputs_failed_validation | 1: return_type_mismatch s",
    );
}

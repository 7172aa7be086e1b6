//! Values that are no links: conversions, bounds and choices.

use crate::{check, check_nodes};

/// Checks the verdict on an output node of a class with one input `v`: `ok`, or the type of its error.
#[track_caller]
fn check_value(class: &str, value: &str, expected: &str) {
    let workflow = format!(r#"{{"1": {{"class_type": "{class}", "inputs": {{"v": {value}}}}}}}"#);
    let expected = match expected {
        "ok" => "ok 1".to_owned(),
        // What raises names no input.
        "exception_during_validation" => format!("prompt_outputs_failed_validation | 1: {expected}"),
        error => format!("prompt_outputs_failed_validation | 1: {error} v"),
    };
    check(&workflow, &expected);
}

#[track_caller]
fn check_values(class: &str, expected: &str, values: &[&str]) {
    for value in values {
        check_value(class, value, expected);
    }
}

#[test]
fn integers_are_read_as_python_reads_them() {
    check_values("Int", "ok", &["0", "10", "-5", "2.9", "-5.9", "10.9", "true", "false", "-0", "1e1"]);
    check_values(
        "Int",
        "ok",
        &[r#""5""#, r#"" 7\n""#, r#""1_0""#, r#""+3""#, r#""-2""#, r#""007""#, r#""٣""#, r#""１""#],
    );
    check_values(
        "Int",
        "invalid_input_type",
        &[
            r#""5.7""#,
            r#""""#,
            r#""1e1""#,
            r#""0x1""#,
            r#""nan""#,
            r#""_1""#,
            r#""1__0""#,
            r#""1_""#,
            r#""+-5""#,
            r#""- 5""#,
        ],
    );
    check_values("Int", "invalid_input_type", &["null", "{}", r#"{"x": 1}"#, "NaN", "Infinity", "-Infinity", "1e400"]);
}

#[test]
fn bounds_hold_for_integers_of_any_size() {
    check_values("Int", "value_bigger_than_max", &["11", "1e30", "123456789012345678901234567890123456789012"]);
    check_values("Int", "value_smaller_than_min", &["-6", "-1e300", "-123456789012345678901234567890123456789012"]);
    check_values("BigInt", "ok", &["18446744073709551615", r#""18446744073709551615""#, "0"]);
    check_values("BigInt", "value_bigger_than_max", &["18446744073709551616", "1.8446744073709552e19"]);
    check_value("BigInt", "-1", "value_smaller_than_min");
    check_values("HugeInt", "ok", &["-18446744073709551615"]);
    check_value("HugeInt", "-18446744073709551616", "value_smaller_than_min");
    check_values("FreeInt", "ok", &["1e308", "-99999999999999999999999999"]);
}

#[test]
fn floats_are_read_as_python_reads_them() {
    check_values(
        "Float",
        "ok",
        &["0", "2.5", "true", r#""2.5""#, r#"" 1_0e-1 ""#, r#"".5""#, r#""2.""#, "NaN", r#""nan""#],
    );
    check_values(
        "Float",
        "value_bigger_than_max",
        &["2.5000001", "3", r#""inf""#, r#""1e400""#, r#""Infinity""#, "1e400"],
    );
    check_values("Float", "value_smaller_than_min", &["-0.1", r#""-inf""#, "-Infinity"]);
    check_values(
        "Float",
        "invalid_input_type",
        &[r#""""#, r#""abc""#, r#""0x1""#, r#""1_.5""#, r#""1,5""#, "null", "{}"],
    );
    check_value("Float", &format!("1{}", "0".repeat(400)), "invalid_input_type");
    check_values("OpenFloat", "ok", &["1e308", r#""inf""#]);
}

#[test]
fn anything_converts_to_a_string_or_a_boolean() {
    check_values("String", "ok", &["null", "5", "0.5", "true", "{}", r#""""#, r#"{"__value__": ["a", 0]}"#]);
    check_values("MinString", "ok", &[r#""b""#, r#""c""#, r#""d""#]);
    check_values(
        "MinString",
        "value_smaller_than_min",
        &["null", "5", "1e308", r#""a""#, r#""B""#, "[]".replace("[]", r#"{"__value__": []}"#).as_str()],
    );
    check_values("MinString", "value_bigger_than_max", &[r#""da""#, "{}", r#""nan""#]);
    check_value("NumberString", r#""9""#, "exception_during_validation");
    check_values("Bool", "ok", &["true", r#""false""#, "5", "NaN", r#"{"x": 1}"#]);
    check_values("Bool", "value_smaller_than_min", &["false", "0", "0.0", r#""""#, "null", "{}"]);
}

#[test]
fn a_choice_has_every_value_that_python_finds_equal() {
    for class in ["Old", "New"] {
        check_values(class, "ok", &[r#""a""#, r#"{"__value__": "b"}"#, r#"{"__type__": "x", "__value__": "a"}"#]);
        check_values(
            class,
            "value_not_in_list",
            &[r#""A""#, r#""""#, r#""c""#, "0", "null", "{}", r#"{"__value__": ["a"]}"#],
        );
    }
    check_values("Mixed", "ok", &[r#""auto""#, "1", "1.0", "true", "2.5", "null"]);
    check_values("Mixed", "value_not_in_list", &[r#""1""#, "2", "false", "NaN"]);
    check_values("Digits", "value_not_in_list", &["1", "2.0", "true"]);
    check_values("NoOptions", "value_not_in_list", &[r#""a""#, "null"]);
}

#[test]
fn several_values_of_a_choice_are_wrapped() {
    check_values("Many", "ok", &[r#"{"__value__": ["a", "b"]}"#, r#"{"__value__": []}"#, r#""a""#]);
    check_values("Many", "value_not_in_list", &[r#"{"__value__": ["a", "c"]}"#, r#"{"__value__": [["a"]]}"#, "null"]);
}

#[test]
fn types_that_are_not_converted_take_any_value_within_bounds() {
    for class in ["Any", "Match", "Image", "Spaced"] {
        check_values(class, "ok", &["5", "null", r#""x""#, "{}"]);
    }
    check_values("Comma", "ok", &["0", "9.0", "true"]);
    check_value("Comma", "-1", "value_smaller_than_min");
    check_value("Comma", "9.5", "value_bigger_than_max");
    check_values("Comma", "exception_during_validation", &[r#""5""#, "null", "{}"]);
}

#[test]
fn an_input_that_is_absent_counts_only_where_it_is_required() {
    check_nodes(
        r#"1 SaveImage {"images": ["2", 0]}
           2 Blend {"a": ["3", 2]}
           3 Give {}"#,
        "prompt_outputs_failed_validation | 1: required_input_missing filename_prefix",
    );
}

#[test]
fn all_errors_of_a_node_are_reported_in_the_declared_order() {
    check_nodes(
        r#"1 SaveImage {"images": ["2", 0], "filename_prefix": "x"}
           2 Decode {"samples": ["3", 0], "vae": ["4", 2]}
           3 Sample {"sampler": "x", "steps": 0, "cfg": 99, "latent": 5, "strength": "strong", "positive": ["a"]}
           4 Load {"ckpt_name": "anime.safetensors"}"#,
        "prompt_outputs_failed_validation | 3: required_input_missing model, bad_linked_input positive, \
         required_input_missing seed, value_smaller_than_min steps, value_bigger_than_max cfg, \
         value_not_in_list sampler, invalid_input_type strength",
    );
}

#[test]
fn what_a_class_validates_itself_is_not_compared_with_bounds_and_lists() {
    check_nodes(r#"1 CustomCombo {"choice": "anything", "option1": "anything"}"#, "ok 1");
    check_nodes("1 CustomCombo {}", "prompt_outputs_failed_validation | 1: exception_during_validation");
    let load = |image: &str| format!("1 PreviewImage {{\"images\": [\"2\", 0]}}\n2 LoadImage {{\"image\": {image}}}");
    check_nodes(&load(r#""cat.png""#), "ok 1");
    check_nodes(&load(r#""cat.png [input]""#), "ok 1");
    let refused = "prompt_outputs_failed_validation | 2: custom_validation_failed image";
    check_nodes(&load(r#""Cat.png""#), refused);
    check_nodes(&load(r#"{"__value__": "cow.png"}"#), refused);
    // The validator calls string methods on any value, and Python raises.
    for value in ["5", "null", "true", "{}", r#"{"__value__": ["cat.png"]}"#] {
        check_nodes(&load(value), "prompt_outputs_failed_validation | 2: exception_during_inner_validation images");
    }
    check_nodes(
        "1 PreviewImage {\"images\": [\"2\", 0]}\n2 LoadImage {}",
        "prompt_outputs_failed_validation | 2: exception_during_inner_validation images",
    );
}

#[test]
fn some_lists_of_res4lyf_accept_more_than_they_show() {
    let sampler = |name: &str| format!("1 ClownsharKSampler_Beta {{\"sampler_name\": \"{name}\"}}");
    for name in ["multistep/res_2m", "res_2m", "exponential/res_2m"] {
        check_nodes(&sampler(name), "ok 1");
    }
    check_nodes(&sampler("res_3m"), "prompt_outputs_failed_validation | 1: value_not_in_list sampler_name");
    check_nodes(r#"1 AdvancedNoise {"noise_type": "no such noise"}"#, "ok 1");
}

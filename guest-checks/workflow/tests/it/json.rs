//! JSON as Python reads it.

use comfycheck_check_workflow::json::parse;
use comfycheck_check_workflow::python::repr;

/// Checks that a text is read as the value that Python prints so.
#[track_caller]
fn check(json: &str, expected: &str) {
    assert_eq!(repr(&parse(json).expect("JSON")), expected, "{json}");
}

#[track_caller]
fn check_error(json: &str, expected: &str) {
    assert_eq!(parse(json).expect_err("an error").to_string(), expected, "{json}");
}

#[test]
fn numbers_are_integers_unless_they_have_a_fraction_or_an_exponent() {
    check("[0, -0, 12, 0.0, -0.0, 1e2, 1E+2, 1.5e-7]", "[0, 0, 12, 0.0, -0.0, 100.0, 100.0, 1.5e-07]");
    check("123456789012345678901234567890", "123456789012345678901234567890");
    check("[1e16, 1e15, 0.0001, 0.00001, 1e400, 5e-324]", "[1e+16, 1000000000000000.0, 0.0001, 1e-05, inf, 5e-324]");
    check("[NaN, Infinity, -Infinity]", "[nan, inf, -inf]");
}

#[test]
fn of_equal_keys_the_last_value_counts_at_the_place_of_the_first() {
    check(r#"{"b": 1, "a": 2, "b": 3, "c": 4, "a": 5}"#, "{'b': 3, 'a': 5, 'c': 4}");
}

#[test]
fn texts_keep_every_character() {
    check(r#""\u00fc\n\"\\\/ é 😀 \ud83d\ude00""#, "'ü\\n\"\\\\/ é 😀 😀'");
    check(r#"["\ud800", "\ude00x", "\ud800\ud800", "it's"]"#, r#"['\ud800', '\ude00x', '\ud800\ud800', "it's"]"#);
    check("\"\u{7f}\"", "'\\x7f'");
}

#[test]
fn what_python_refuses_is_refused_with_its_place() {
    check_error("", "expected a value at line 1 column 1");
    check_error("{\"a\": 1,\n  \"é\" 2}", "expected `:` at line 2 column 7");
    check_error("[1, 2,]", "expected a value at line 1 column 7");
    check_error("{\"a\": 1,}", "expected a key in double quotes at line 1 column 9");
    check_error("[1] x", "text after the end of the JSON at line 1 column 5");
    check_error("\u{feff}{}", "expected a value at line 1 column 1");
    check_error("\"a\tb\"", "a control character in a string at line 1 column 3");
    check_error(r#""\x""#, "an unknown escape in a string at line 1 column 3");
    check_error(r#""\u12g4""#, "a `\\u` escape without four hex digits at line 1 column 3");
    check_error("\"abc", "a string has no end at line 1 column 5");
    check_error("-", "a number without digits at line 1 column 2");
    check_error("01", "text after the end of the JSON at line 1 column 2");
    check_error("1.", "text after the end of the JSON at line 1 column 2");
    check_error("[1 2]", "expected `,` or `]` at line 1 column 4");
    check_error("nul", "expected a value at line 1 column 1");
    check_error(&"9".repeat(4301), "an integer of more than 4300 digits at line 1 column 4302");
}

#[test]
fn values_may_be_nested_as_deep_as_python_follows() {
    assert!(parse(&format!("{}{}", "[".repeat(990), "]".repeat(990))).is_ok());
    check_error(&"[".repeat(100_000), "values are nested too deeply at line 1 column 992");
}

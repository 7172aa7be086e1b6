//! JSON as Python reads it.

use crate::wording::table;
use comfycheck_check_workflow::json::parse;
use comfycheck_check_workflow::python::repr;
use insta::assert_snapshot;

/// Checks that a text is read as the value that Python prints so.
#[track_caller]
fn check(json: &str, expected: &str) {
    assert_eq!(repr(&parse(json).expect("JSON")), expected, "{json}");
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
    let digits = "9".repeat(4301);
    let deep = "[".repeat(100_000);
    let cases: [(&str, &str, usize, usize); 18] = [
        ("an empty text", "", 1, 1),
        ("a key without a colon", "{\"a\": 1,\n  \"é\" 2}", 2, 7),
        ("a comma at the end of a list", "[1, 2,]", 1, 7),
        ("a comma at the end of an object", "{\"a\": 1,}", 1, 9),
        ("text after the value", "[1] x", 1, 5),
        ("a byte order mark", "\u{feff}{}", 1, 1),
        ("a tab in a string", "\"a\tb\"", 1, 3),
        ("an unknown escape", r#""\x""#, 1, 3),
        ("a short escape", r#""\u12g4""#, 1, 3),
        ("an open string", "\"abc", 1, 5),
        ("a sign alone", "-", 1, 2),
        ("a leading zero", "01", 1, 2),
        ("a point without digits", "1.", 1, 2),
        ("values without a comma", "[1 2]", 1, 4),
        ("members without a comma", "{\"a\": 1 2}", 1, 9),
        ("an unknown word", "nul", 1, 1),
        ("too many digits", &digits, 1, 4302),
        ("too many levels", &deep, 1, 992),
    ];
    let words = table(cases.into_iter().map(|(name, json, line, column)| {
        let error = parse(json).expect_err(name);
        assert_eq!((error.line, error.column), (line, column), "{name}");
        (name, error.to_string())
    }));
    assert_snapshot!(words);
}

#[test]
fn values_can_be_nested_as_deep_as_python_follows() {
    assert!(parse(&format!("{}{}", "[".repeat(990), "]".repeat(990))).is_ok());
}

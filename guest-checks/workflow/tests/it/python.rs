//! Python's semantics of values.

use comfycheck_check_workflow::json::{Value, parse};
use comfycheck_check_workflow::python::{CastError, equal, order, repr, to_float, to_int};
use std::cmp::Ordering;

fn value(json: &str) -> Value {
    parse(json).expect("JSON")
}

#[test]
fn values_of_different_types_can_be_equal() {
    for (a, b) in [
        ("1", "1.0"),
        ("1", "true"),
        ("0.0", "false"),
        ("[1, {}]", "[1.0, {}]"),
        (r#"{"a": 1, "b": 2}"#, r#"{"b": 2.0, "a": 1}"#),
    ] {
        assert!(equal(&value(a), &value(b)), "{a} {b}");
    }
    for (a, b) in [
        ("1", r#""1""#),
        ("null", "0"),
        ("NaN", "NaN"),
        ("[]", "{}"),
        ("9007199254740993", "9007199254740992.0"),
        (r#"{"a": 1}"#, "{}"),
    ] {
        assert!(!equal(&value(a), &value(b)), "{a} {b}");
    }
}

#[test]
fn integers_and_floats_are_compared_exactly() {
    for (a, b, expected) in [
        ("9007199254740993", "9007199254740992.0", Some(Ordering::Greater)),
        ("5", "5.5", Some(Ordering::Less)),
        ("-5", "-5.5", Some(Ordering::Greater)),
        ("100000000000000000000000000000000000000000", "1e41", Some(Ordering::Less)),
        ("1", "Infinity", Some(Ordering::Less)),
        ("1", "NaN", None),
        (r#""a""#, r#""B""#, Some(Ordering::Greater)),
        ("[1, 2]", "[1, 3]", Some(Ordering::Less)),
    ] {
        assert_eq!(order(&value(a), &value(b)), Ok(expected), "{a} {b}");
    }
    assert_eq!(order(&value(r#""5""#), &value("3")), Err(("str", "int")));
    assert_eq!(order(&value("null"), &value("3.5")), Err(("NoneType", "float")));
}

#[test]
fn conversions_fail_in_pythons_words() {
    let int = |json| to_int(&value(json)).map(|int| int.to_string()).map_err(|CastError(why)| why);
    assert_eq!(int(r#""5.7""#), Err("invalid literal for int() with base 10: '5.7'".into()));
    assert_eq!(
        int("null"),
        Err("int() argument must be a string, a bytes-like object or a real number, not 'NoneType'".into())
    );
    assert_eq!(int("NaN"), Err("cannot convert float NaN to integer".into()));
    assert_eq!(int("1e400"), Err("cannot convert float infinity to integer".into()));
    assert_eq!(int("-1e23"), Ok("-99999999999999991611392".into()));
    assert!(int(&format!("\"{}\"", "9".repeat(4301))).is_err());
    let float = |json| to_float(&value(json)).map_err(|CastError(why)| why);
    assert_eq!(float(r#""x""#), Err("could not convert string to float: 'x'".into()));
    assert_eq!(float("[]"), Err("float() argument must be a string or a real number, not 'list'".into()));
    assert_eq!(float(r#""1_000.5""#), Ok(1000.5));
}

#[test]
fn values_are_printed_as_python_prints_them() {
    assert_eq!(
        repr(&value(r#"{"a": [null, true, 1.0, "it's \"so\""], "b": {}}"#)),
        r#"{'a': [None, True, 1.0, 'it\'s "so"'], 'b': {}}"#
    );
}

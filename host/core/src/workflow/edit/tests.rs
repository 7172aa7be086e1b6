//! Only the bytes of the values change.

use super::*;
use crate::text::edited;
use serde_json::json;

/// The text after edits; none if they do not fit it.
fn after(text: &str, edits: &Value) -> Option<String> {
    let file = TextFile { path: "w.json".into(), text: text.into() };
    let edits: Vec<NodeEdit> = serde_json::from_value(edits.clone()).expect("edits");
    let edits = EditableWorkflow::of(&file)?.text_edits(&edits)?;
    edited(text, &edits)
}

/// Edits of the inputs of node 1, by what they do: `-x`, `x>y`, `x=1`, `+x=1`.
#[track_caller]
fn check(inputs: &str, edits: &str, expected: &str) {
    let edit = |edit: &str| {
        let value = |text: &str| serde_json::from_str::<Value>(text).expect("a value");
        if let Some(input) = edit.strip_prefix('-') {
            json!({"edit": "remove-input", "node": "1", "input": input})
        } else if let Some((input, to)) = edit.split_once('>') {
            json!({"edit": "rename-input", "node": "1", "input": input, "to": to})
        } else {
            let (input, new) = edit.split_once('=').expect("an edit");
            match input.strip_prefix('+') {
                Some(input) => json!({"edit": "add-input", "node": "1", "input": input, "value": value(new)}),
                None => json!({"edit": "set-input", "node": "1", "input": input, "value": value(new)}),
            }
        }
    };
    let edits: Value = edits.split_whitespace().map(edit).collect();
    let file = |inputs: &str| format!("{{\"1\": {{\"inputs\": {inputs}, \"class_type\": \"é\"}}}}\r\n");
    assert_eq!(after(&file(inputs), &edits), Some(file(expected)), "{edits}");
}

#[test]
fn only_the_bytes_of_what_changes_are_edited() {
    check(r#"{"a": 1, "b" :2}"#, r#"b="x""#, r#"{"a": 1, "b" :"x"}"#);
    check("{\"l\": [\r\n\t\"4\",\r\n\t0\r\n]}", r#"l=["4",1]"#, "{\"l\": [\r\n\t\"4\",\r\n\t1\r\n]}");
    check(r#"{"l": "4"}"#, r#"l=["4",1]"#, r#"{"l": ["4", 1]}"#);
    check(r#"{"a": 1, "b": "}, \"a\": 2"}"#, "a=3", r#"{"a": 3, "b": "}, \"a\": 2"}"#);
    check(r#"{"\u0061": 1}"#, "a=3", r#"{"\u0061": 3}"#);
    check(r#"{"a": 1, "b": 2}"#, "a>c b=3", r#"{"c": 1, "b": 3}"#);
}

#[test]
fn members_are_removed_with_their_comma() {
    for (edits, expected) in [
        ("-a", "{\r\n  \"b\": 2,\r\n  \"c\": 3\r\n}"),
        ("-b", "{\r\n  \"a\": 1,\r\n  \"c\": 3\r\n}"),
        ("-c", "{\r\n  \"a\": 1,\r\n  \"b\": 2\r\n}"),
        ("-a -b", "{\r\n  \"c\": 3\r\n}"),
        ("-b -c", "{\r\n  \"a\": 1\r\n}"),
        ("-a -c", "{\r\n  \"b\": 2\r\n}"),
        ("-a -b -c", "{\r\n  \r\n}"),
        ("-a -b -c +d=4", "{\r\n  \"d\": 4\r\n}"),
        ("-c +d=4", "{\r\n  \"a\": 1,\r\n  \"b\": 2,\r\n  \"d\": 4\r\n}"),
        ("-a b>a", "{\r\n  \"a\": 2,\r\n  \"c\": 3\r\n}"),
    ] {
        check("{\r\n  \"a\": 1,\r\n  \"b\": 2,\r\n  \"c\": 3\r\n}", edits, expected);
    }
}

#[test]
fn new_members_look_like_those_beside_them() {
    check("{\n\t\"a\": 1\n}", "+b=2", "{\n\t\"a\": 1,\n\t\"b\": 2\n}");
    check(r#"{"a":1}"#, "+b=2 +c=3", r#"{"a":1,"b":2,"c":3}"#);
    check(r#"{"a": 1}"#, "+b=2", r#"{"a": 1, "b": 2}"#);
    check(r#"{"a":1,"z":1}"#, r#"+b=["4",0]"#, r#"{"a":1,"z":1,"b":["4", 0]}"#);
    check("{}", "+b=2 +c=3", r#"{"b": 2, "c": 3}"#);
}

#[test]
fn classes_are_set_and_nodes_removed() {
    let text = "{\"1\": {\"class_type\": \"A\"},\n \"2\": {\"class_type\": \"B\"}}";
    let set = json!([{"edit": "set-class", "node": "2", "class": "C"}, {"edit": "remove-node", "node": "1"}]);
    assert_eq!(after(text, &set).as_deref(), Some("{\"2\": {\"class_type\": \"C\"}}"));
    let remove = json!([{"edit": "remove-node", "node": "2"}]);
    assert_eq!(after(text, &remove).as_deref(), Some("{\"1\": {\"class_type\": \"A\"}}"));
}

#[test]
fn edits_that_do_not_fit_the_file_change_nothing() {
    let set = json!([{"edit": "set-input", "node": "1", "input": "a", "value": 2}]);
    let add = json!([{"edit": "add-input", "node": "1", "input": "a", "value": 2}]);
    let rename = json!([{"edit": "rename-input", "node": "1", "input": "b", "to": "a"}]);
    let twice = json!([{"edit": "remove-input", "node": "1", "input": "a"}, set[0]]);
    for (text, edits) in [
        ("", &set),
        ("[]", &set),
        (r#"{"1": 7}"#, &set),
        (r#"{"1": {"inputs": []}}"#, &set),
        (r#"{"1": {"inputs": {"b": 1}}}"#, &set),
        (r#"{"2": {"inputs": {"a": 1}}}"#, &set),
        (r#"{"1": {"inputs": {"a": 1, "a": 3}}}"#, &set),
        (r#"{"1": {"inputs": {"a": 1}}, "1": {"inputs": {"a": 1}}}"#, &set),
        (r#"{"1": {"inputs": {"a": 1}, "inputs": {"a": 1}}}"#, &set),
        (r#"{"nodes": [], "1": {"inputs": {"a": 1}}}"#, &set),
        (r#"{"1": {"inputs": {"a": 1}}}"#, &add),
        (r#"{"1": {"inputs": {"a": 1, "b": 2}}}"#, &rename),
        (r#"{"1": {"inputs": {"a": 1}}}"#, &twice),
    ] {
        assert_eq!(after(text, edits), None, "{text} {edits}");
    }
}

#[test]
fn any_cut_is_edited_without_a_panic() {
    let text = "{\"1\": {\"inputs\": {\"a\": [\"é\", 0], \"b\": 1}, \"class_type\": \"A\"}, \"2\": {}}";
    let edits = json!([
        {"edit": "set-input", "node": "1", "input": "a", "value": ["2", 1]},
        {"edit": "remove-input", "node": "1", "input": "b"},
        {"edit": "add-input", "node": "1", "input": "c", "value": null},
        {"edit": "set-class", "node": "1", "class": "B"},
        {"edit": "remove-node", "node": "2"},
    ]);
    for (end, _) in text.char_indices() {
        after(&text[..end], &edits);
    }
}

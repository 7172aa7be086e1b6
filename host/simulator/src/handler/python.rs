//! JSON values as Python prints them: worker-comfyui writes lists of errors with `str()`.

use serde_json::Value;
use std::fmt::Write;

/// A value as Python's `repr` prints it.
pub(crate) fn repr(value: &Value) -> String {
    let mut text = String::new();
    write_value(value, &mut text);
    text
}

// Bounded: serde_json parsed every value here, and refuses more than 127 levels.
fn write_value(value: &Value, text: &mut String) {
    match value {
        Value::Null => text.push_str("None"),
        Value::Bool(true) => text.push_str("True"),
        Value::Bool(false) => text.push_str("False"),
        Value::Number(number) => text.push_str(&number.to_string()),
        Value::String(string) => write_string(string, text),
        Value::Array(items) => {
            text.push('[');
            for (index, item) in items.iter().enumerate() {
                text.push_str(if index == 0 { "" } else { ", " });
                write_value(item, text);
            }
            text.push(']');
        }
        Value::Object(members) => {
            text.push('{');
            for (index, (key, member)) in members.iter().enumerate() {
                text.push_str(if index == 0 { "" } else { ", " });
                write_string(key, text);
                text.push_str(": ");
                write_value(member, text);
            }
            text.push('}');
        }
    }
}

/// Python prefers single quotes, and takes double ones where that saves an escape.
fn write_string(string: &str, text: &mut String) {
    let quote = if string.contains('\'') && !string.contains('"') { '"' } else { '\'' };
    text.push(quote);
    for c in string.chars() {
        match c {
            '\\' => text.push_str("\\\\"),
            '\n' => text.push_str("\\n"),
            '\r' => text.push_str("\\r"),
            '\t' => text.push_str("\\t"),
            c if c == quote => {
                text.push('\\');
                text.push(c);
            }
            c if u32::from(c) < 0x20 || u32::from(c) == 0x7f => {
                // Writing to a string does not fail.
                let _ = write!(text, "\\x{:02x}", u32::from(c));
            }
            c => text.push(c),
        }
    }
    text.push(quote);
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_value_is_printed_as_python_prints_it() {
        for (value, expected) in [
            (json!(null), "None"),
            (json!([true, false, 1, 0.5]), "[True, False, 1, 0.5]"),
            (json!("plain"), "'plain'"),
            (json!("it's"), "\"it's\""),
            (json!("it's \"so\""), "'it\\'s \"so\"'"),
            (json!("a\n\\b\u{1}"), "'a\\n\\\\b\\x01'"),
            (json!({"input_config": [["a"], {}], "x": []}), "{'input_config': [['a'], {}], 'x': []}"),
        ] {
            assert_eq!(repr(&value), expected);
        }
    }
}

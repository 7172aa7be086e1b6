//! `repr(v)` and `str(v)`.

use crate::json::Value;
use std::fmt::Write;

/// `str(value)`.
#[must_use]
pub fn to_str(value: &Value) -> String {
    value.text().map_or_else(|| repr(value), str::to_owned)
}

/// `repr(value)`, but beyond ASCII only control characters and lone surrogates are escaped.
#[must_use]
pub fn repr(value: &Value) -> String {
    let mut out = String::new();
    write_repr(value, &mut out);
    out
}

/// Recursive: the JSON reader limits how deep values are nested.
fn write_repr(value: &Value, out: &mut String) {
    match value {
        Value::Null => out.push_str("None"),
        Value::Bool(true) => out.push_str("True"),
        Value::Bool(false) => out.push_str("False"),
        Value::Int(int) => {
            let _ = write!(out, "{int}");
        }
        Value::Float(float) => write_float(*float, out),
        Value::Text(text) => write_text(text, out),
        Value::List(list) => {
            out.push('[');
            for (index, value) in list.iter().enumerate() {
                out.push_str(if index > 0 { ", " } else { "" });
                write_repr(value, out);
            }
            out.push(']');
        }
        Value::Object(object) => {
            out.push('{');
            for (index, (key, value)) in object.entries().iter().enumerate() {
                out.push_str(if index > 0 { ", " } else { "" });
                write_text(key, out);
                out.push_str(": ");
                write_repr(value, out);
            }
            out.push('}');
        }
    }
}

/// The shortest digits that read back as the same float, with an exponent below 1e-4 and from 1e16 on.
fn write_float(float: f64, out: &mut String) {
    if float.is_nan() {
        return out.push_str("nan");
    }
    if float.is_infinite() {
        return out.push_str(if float > 0.0 { "inf" } else { "-inf" });
    }
    if float == 0.0 || (1e-4..1e16).contains(&float.abs()) {
        let _ = write!(out, "{float:?}");
        return;
    }
    let scientific = format!("{float:e}");
    let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let (sign, exponent) = exponent.strip_prefix('-').map_or(('+', exponent), |exponent| ('-', exponent));
    let _ = write!(out, "{digits}e{sign}{exponent:0>2}");
}

fn write_text(text: &str, out: &mut String) {
    let quote = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
    out.push(quote);
    for char in text.chars() {
        let code = u32::from(char);
        let _ = match char {
            '\n' => write!(out, "\\n"),
            '\r' => write!(out, "\\r"),
            '\t' => write!(out, "\\t"),
            '\\' => write!(out, "\\\\"),
            char if char == quote => write!(out, "\\{char}"),
            '\u{10f800}'.. => write!(out, "\\u{:04x}", code - 0x10_f800 + 0xd800),
            char if char.is_control() => write!(out, "\\x{code:02x}"),
            char => write!(out, "{char}"),
        };
    }
    out.push(quote);
}

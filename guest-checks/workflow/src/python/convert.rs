//! `int(v)` and `float(v)`.

use super::{repr, type_name};
use crate::json::{Int, MOST_DIGITS, Value};

/// Python's error message for a conversion.
#[derive(Clone, Debug, PartialEq)]
pub struct CastError(pub String);

/// `int(value)`.
pub fn to_int(value: &Value) -> Result<Int, CastError> {
    match value {
        Value::Bool(value) => Ok(Int::from(i64::from(*value))),
        Value::Int(value) => Ok(value.clone()),
        Value::Float(value) => Int::trunc(*value).ok_or_else(|| {
            let what = if value.is_nan() { "NaN" } else { "infinity" };
            CastError(format!("cannot convert float {what} to integer"))
        }),
        Value::Text(text) => {
            let ascii = ascii_number(text);
            ascii
                .as_deref()
                .and_then(decimal)
                .ok_or_else(|| CastError(format!("invalid literal for int() with base 10: {}", repr(value))))
        }
        _ => Err(CastError(format!(
            "int() argument must be a string, a bytes-like object or a real number, not '{}'",
            type_name(value)
        ))),
    }
}

/// `float(value)`.
pub fn to_float(value: &Value) -> Result<f64, CastError> {
    match value {
        Value::Bool(value) => Ok(f64::from(u8::from(*value))),
        Value::Int(value) => value.to_float().ok_or_else(|| CastError("int too large to convert to float".into())),
        Value::Float(value) => Ok(*value),
        // Rust reads the same floats once underscores, other digits and spaces are normalized.
        Value::Text(text) => ascii_number(text)
            .and_then(|text| text.parse().ok())
            .ok_or_else(|| CastError(format!("could not convert string to float: {}", repr(value)))),
        _ => Err(CastError(format!("float() argument must be a string or a real number, not '{}'", type_name(value)))),
    }
}

/// Reads decimal digits after an optional sign.
fn decimal(text: &str) -> Option<Int> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let is_integer = digits.len() <= MOST_DIGITS && digits.bytes().all(|digit| digit.is_ascii_digit());
    is_integer.then(|| Int::from_decimal(text.strip_prefix('+').unwrap_or(text))).flatten()
}

/// A number as ASCII: trimmed, with Unicode digits as `0` to `9`, and without underscores between digits. None if there
/// is any other underscore or a character without an ASCII form.
fn ascii_number(text: &str) -> Option<String> {
    let is_space = |char: char| char.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(&char);
    let ascii = |char: char| if char.is_ascii() { Some(char) } else { decimal_digit(char) };
    let text: String = text.trim_matches(is_space).chars().map(ascii).collect::<Option<_>>()?;
    let bytes = text.as_bytes();
    let is_digit = |at: Option<usize>| at.and_then(|at| bytes.get(at)).is_some_and(u8::is_ascii_digit);
    let misplaced = |(at, _): (usize, &str)| !is_digit(at.checked_sub(1)) || !is_digit(Some(at + 1));
    (!text.match_indices('_').any(misplaced)).then(|| text.replace('_', ""))
}

fn decimal_digit(char: char) -> Option<char> {
    let code = u32::from(char);
    let zero = ZEROS[..ZEROS.partition_point(|&zero| zero <= code)].last()?;
    char::from_digit(code - zero, 10)
}

/// The digit zero of every decimal number system in Unicode 14 (Python 3.11); the digits 1 to 9 follow each.
const ZEROS: [u32; 66] = [
    0x30, 0x660, 0x6f0, 0x7c0, 0x966, 0x9e6, 0xa66, 0xae6, 0xb66, 0xbe6, 0xc66, 0xce6, 0xd66, 0xde6, 0xe50, 0xed0,
    0xf20, 0x1040, 0x1090, 0x17e0, 0x1810, 0x1946, 0x19d0, 0x1a80, 0x1a90, 0x1b50, 0x1bb0, 0x1c40, 0x1c50, 0xa620,
    0xa8d0, 0xa900, 0xa9d0, 0xa9f0, 0xaa50, 0xabf0, 0xff10, 0x104a0, 0x10d30, 0x11066, 0x110f0, 0x11136, 0x111d0,
    0x112f0, 0x11450, 0x114d0, 0x11650, 0x116c0, 0x11730, 0x118e0, 0x11950, 0x11c50, 0x11d50, 0x11da0, 0x16a60,
    0x16ac0, 0x16b50, 0x1d7ce, 0x1d7d8, 0x1d7e2, 0x1d7ec, 0x1d7f6, 0x1e140, 0x1e2f0, 0x1e950, 0x1fbf0,
];

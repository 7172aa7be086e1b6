//! Python's semantics of values: equality, order, truth, and the conversions `int`, `float` and `str`.

mod convert;
mod repr;

pub use convert::{CastError, to_float, to_int};
pub use repr::{repr, to_str};

use crate::json::{Int, Value};
use std::cmp::Ordering;

/// Python's `==`: `1`, `1.0` and `true` are equal, `"1"` is not.
#[must_use]
pub fn equal(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Null, Value::Null) => true,
        (Value::Text(a), Value::Text(b)) => a == b,
        (Value::List(a), Value::List(b)) => a.len() == b.len() && a.iter().zip(&**b).all(|(a, b)| equal(a, b)),
        (Value::Object(a), Value::Object(b)) => {
            let same = |key, value| b.get(key).is_some_and(|other| equal(value, other));
            a.entries().len() == b.entries().len() && a.entries().iter().all(|(key, value)| same(key, value))
        }
        _ => numbers(a, b).is_some_and(|(a, b)| a.partial_cmp(&b) == Some(Ordering::Equal)),
    }
}

/// Python's `<` and `>`; none if neither holds (NaN).
///
/// Fails with the names of two types that Python cannot compare.
pub fn order(a: &Value, b: &Value) -> Result<Option<Ordering>, (&'static str, &'static str)> {
    if let Some((a, b)) = numbers(a, b) {
        return Ok(a.partial_cmp(&b));
    }
    match (a, b) {
        (Value::Text(a), Value::Text(b)) => Ok(Some(a.cmp(b))),
        (Value::List(left), Value::List(right)) => {
            let differ = left.iter().zip(&**right).find(|(a, b)| !equal(a, b));
            differ.map_or_else(|| Ok(Some(left.len().cmp(&right.len()))), |(a, b)| order(a, b))
        }
        _ => Err((type_name(a), type_name(b))),
    }
}

/// Python's `bool(value)`.
#[must_use]
pub fn truth(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(value) => *value,
        Value::Int(value) => *value != Int::from(0),
        Value::Float(value) => *value != 0.0,
        Value::Text(text) => !text.is_empty(),
        Value::List(list) => !list.is_empty(),
        Value::Object(object) => !object.entries().is_empty(),
    }
}

/// Python's `type(value).__name__`.
#[must_use]
pub fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "NoneType",
        Value::Bool(_) => "bool",
        Value::Int(_) => "int",
        Value::Float(_) => "float",
        Value::Text(_) => "str",
        Value::List(_) => "list",
        Value::Object(_) => "dict",
    }
}

/// Two values as numbers, with `true` as 1; none if one is not a number.
fn numbers(a: &Value, b: &Value) -> Option<(Number, Number)> {
    Some((number(a)?, number(b)?))
}

fn number(value: &Value) -> Option<Number> {
    match value {
        Value::Bool(value) => Some(Number::Int(Int::from(i64::from(*value)))),
        Value::Int(value) => Some(Number::Int(value.clone())),
        Value::Float(value) => Some(Number::Float(*value)),
        _ => None,
    }
}

enum Number {
    Int(Int),
    Float(f64),
}

impl Number {
    /// The exact order; none for NaN.
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Int(a), Self::Int(b)) => Some(a.cmp(b)),
            (Self::Float(a), Self::Float(b)) => a.partial_cmp(b),
            (Self::Int(a), Self::Float(b)) => a.partial_cmp_float(*b),
            (Self::Float(a), Self::Int(b)) => b.partial_cmp_float(*a).map(Ordering::reverse),
        }
    }
}

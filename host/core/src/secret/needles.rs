//! The texts to look for.

use super::base64::decided_digits;
use super::{SHORTEST_OF_ENVIRONMENT, Secret};
use serde_json::Value;
use std::collections::BTreeSet;

/// A shorter secret is not looked for: that would destroy the text and hide nothing.
const SHORTEST: usize = 4;
/// A shorter secret is not looked for in base64.
pub(super) const SHORTEST_IN_BASE64: usize = 8;

/// A text to look for.
pub(super) struct Needle {
    pub(super) bytes: Vec<u8>,
    pub(super) is_base64: bool,
}

/// All texts to look for, each once.
pub(super) fn needles(secrets: &[Secret]) -> Vec<Needle> {
    let mut texts = BTreeSet::new();
    for Secret(value) in secrets {
        if value.len() >= SHORTEST {
            texts.insert(value.clone());
        }
        parts(value, &mut texts);
    }
    let long = texts.iter().filter(|text| text.len() >= SHORTEST_IN_BASE64);
    let base64: BTreeSet<_> = long.flat_map(|text| decided_digits(text.as_bytes())).collect();
    let plain = texts.into_iter().map(|text| Needle { bytes: text.into_bytes(), is_base64: false });
    plain.chain(base64.into_iter().map(|bytes| Needle { bytes, is_base64: true })).collect()
}

/// The parts of a value that are secrets of their own, because programs print them alone: its lines, and the strings of a
/// value that is JSON.
fn parts(value: &str, texts: &mut BTreeSet<String>) {
    let lines = value.lines().map(str::trim).filter(|line| line.len() >= SHORTEST_OF_ENVIRONMENT);
    texts.extend(lines.map(str::to_owned));
    if value.trim_start().starts_with(['{', '[', '"'])
        && let Ok(json) = serde_json::from_str::<Value>(value)
    {
        strings(&json, texts);
    }
}

/// The strings in a JSON value. The parser bounds the depth.
fn strings(json: &Value, texts: &mut BTreeSet<String>) {
    match json {
        Value::String(text) => {
            if text.len() >= SHORTEST_OF_ENVIRONMENT {
                texts.insert(text.clone());
            }
            parts(text, texts);
        }
        Value::Array(items) => items.iter().for_each(|item| strings(item, texts)),
        Value::Object(fields) => fields.values().for_each(|field| strings(field, texts)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

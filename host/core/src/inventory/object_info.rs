//! `ComfyUI`'s node classes, as its `/object_info` describes them.

use super::strict::strict;
use serde_json::value::RawValue;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The description of every node class, as strict JSON text.
///
/// Two megabytes are usual. A description is not looked into: nobody asks for most of them, and their integers exceed
/// 64 bits.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ObjectInfo {
    names: Arc<Vec<String>>,
    classes: BTreeMap<String, Arc<str>>,
}

/// Why a text is no object info.
#[derive(Debug, thiserror::Error)]
pub enum ObjectInfoError {
    /// It is not UTF-8.
    #[error("the text is not UTF-8")]
    Utf8(#[source] std::str::Utf8Error),
    /// It is not an object of JSON.
    #[error("it is not a JSON object by node class")]
    Json(#[source] serde_json::Error),
    /// The description of a class is not an object, as in a workflow or an error.
    #[error("`{0}` is not described by a JSON object with `input` and `output`")]
    NotAClass(String),
}

impl ObjectInfo {
    /// Reads what ComfyUI answers to `/object_info`.
    pub fn parse(bytes: &[u8]) -> Result<Self, ObjectInfoError> {
        let text = std::str::from_utf8(bytes).map_err(ObjectInfoError::Utf8)?;
        let text = strict(text);
        let entries: BTreeMap<String, &RawValue> = serde_json::from_str(&text).map_err(ObjectInfoError::Json)?;
        Self::of(&entries)
    }

    /// Of the members of such an answer, which are strict JSON.
    pub(super) fn of(entries: &BTreeMap<String, &RawValue>) -> Result<Self, ObjectInfoError> {
        let is_class = |json: &&RawValue| serde_json::from_str::<Shape<'_>>(json.get()).is_ok();
        if let Some((name, _)) = entries.iter().find(|(_, json)| !is_class(json)) {
            return Err(ObjectInfoError::NotAClass(name.clone()));
        }
        Ok(Self {
            names: Arc::new(entries.keys().cloned().collect()),
            classes: entries.iter().map(|(name, json)| (name.clone(), Arc::from(json.get()))).collect(),
        })
    }

    /// The names of all classes, sorted by code point.
    pub fn names(&self) -> &Arc<Vec<String>> {
        &self.names
    }

    /// The description of one class; none if it is not installed.
    pub fn class(&self, name: &str) -> Option<Arc<str>> {
        self.classes.get(name).cloned()
    }

    /// All classes with their descriptions, sorted by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.classes.iter().map(|(name, json)| (name.as_str(), &**json))
    }
}

/// What every version of ComfyUI says of every class.
#[derive(serde::Deserialize)]
struct Shape<'a> {
    #[serde(borrow, rename = "input")]
    _input: &'a RawValue,
    #[serde(borrow, rename = "output")]
    _output: &'a RawValue,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_are_named_in_order_and_described_as_they_were() {
        let info = ObjectInfo::parse(
            br#"{"b": {"input": {}, "output": ["X"]}, "a": {"output": [], "input": {"required": {"x": ["FLOAT", {"max": Infinity,
                 "min": -18446744073709551615}]}}}}"#,
        )
        .unwrap();
        assert_eq!(**info.names(), ["a", "b"]);
        assert_eq!(info.class("b").as_deref(), Some(r#"{"input": {}, "output": ["X"]}"#));
        assert!(
            info.class("a").unwrap().contains(r#""max": null"#)
                && info.class("a").unwrap().contains("-18446744073709551615")
        );
        assert_eq!(info.class("c"), None);
    }

    #[test]
    fn what_is_something_else_is_refused() {
        for (text, expected) in [
            ("", "it is not a JSON object by node class"),
            ("[]", "it is not a JSON object by node class"),
            (r#"{"error": "not found"}"#, "`error` is not described by a JSON object with `input` and `output`"),
            (
                r#"{"3": {"class_type": "KSampler", "inputs": {}}}"#,
                "`3` is not described by a JSON object with `input` and `output`",
            ),
        ] {
            assert_eq!(ObjectInfo::parse(text.as_bytes()).unwrap_err().to_string(), expected, "{text}");
        }
    }
}

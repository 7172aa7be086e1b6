//! `ComfyUI`'s node classes, as its `/object_info` describes them.

use super::members::SyntaxError;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The description of every node class, as strict JSON text.
///
/// Descriptions stay text: most are never read, and their integers can exceed 64 bits.
#[derive(Clone, Debug, Default)]
pub struct ObjectInfo {
    names: Arc<Vec<String>>,
    /// In the same order.
    descriptions: Arc<[Description]>,
}

/// The text of a description.
#[derive(Clone, Debug)]
pub(super) enum Description {
    /// A part of an embedded inventory.
    Embedded(&'static str),
    /// The parts of a text that was read. Equal parts of several classes are one text in memory.
    Parts(Box<[Arc<str>]>),
}

/// Why a text is not ComfyUI's object info.
#[derive(Debug, thiserror::Error)]
pub enum ObjectInfoError {
    #[error("it is not UTF-8")]
    Utf8,
    #[error("it is not a JSON object of node classes")]
    Json(#[source] SyntaxError),
    /// A member is not a description of a class. So it is in a workflow or an error.
    #[error("`{0}` is not a node class with `input` and `output`")]
    NotAClass(String),
}

impl ObjectInfo {
    pub(super) fn of(classes: BTreeMap<String, Description>) -> Self {
        let (names, descriptions): (Vec<_>, Vec<_>) = classes.into_iter().unzip();
        Self { names: Arc::new(names), descriptions: descriptions.into() }
    }

    /// The names of all classes, sorted by code point.
    pub fn names(&self) -> &Arc<Vec<String>> {
        &self.names
    }

    /// The description of a class. None if it is not installed.
    pub fn class(&self, name: &str) -> Option<Arc<str>> {
        let position = self.names.binary_search_by(|known| known.as_str().cmp(name)).ok()?;
        Some(match self.descriptions.get(position)? {
            Description::Embedded(text) => Arc::from(*text),
            Description::Parts(parts) => match &**parts {
                [whole] => Arc::clone(whole),
                parts => parts.concat().into(),
            },
        })
    }

    /// How many bytes all names and descriptions have.
    pub(super) fn size(&self) -> usize {
        let descriptions = self.descriptions.iter().map(|description| match description {
            Description::Embedded(text) => text.len(),
            Description::Parts(parts) => parts.iter().map(|part| part.len()).sum(),
        });
        self.names.iter().map(String::len).chain(descriptions).sum()
    }

    /// All classes with their descriptions, sorted by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, Cow<'_, str>)> {
        self.names.iter().map(String::as_str).zip(self.descriptions.iter().map(Description::text))
    }
}

impl Description {
    fn text(&self) -> Cow<'_, str> {
        match self {
            Self::Embedded(text) => Cow::Borrowed(text),
            Self::Parts(parts) => match &**parts {
                [whole] => Cow::Borrowed(whole),
                parts => Cow::Owned(parts.concat()),
            },
        }
    }
}

/// Equal if the classes are, wherever their descriptions are.
impl PartialEq for ObjectInfo {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_are_listed_in_order_with_their_unchanged_descriptions() {
        let info = ObjectInfo::parse(
            r#"{"b": {"input": {}, "output": ["X"]}, "a": {"output": [], "input": {"required": {"x": ["FLOAT", {"max": Infinity,
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
    fn another_text_is_refused() {
        let error = |text: &str| ObjectInfo::parse(text).unwrap_err();
        for text in ["", "[]"] {
            assert!(matches!(error(text), ObjectInfoError::Json(_)), "{text}");
        }
        assert!(matches!(ObjectInfo::parse(b"{\"a\": \"\xff\"}").unwrap_err(), ObjectInfoError::Utf8));
        for (text, member) in [
            (r#"{"error": "not found"}"#, "error"),
            (r#"{"3": {"class_type": "KSampler", "inputs": {}}}"#, "3"),
            (r#"{"version": "comfycheck.inventory/1", "date": "2026-11-20", "object_info": {}}"#, "date"),
        ] {
            assert!(matches!(error(text), ObjectInfoError::NotAClass(name) if name == member), "{text}");
        }
    }
}

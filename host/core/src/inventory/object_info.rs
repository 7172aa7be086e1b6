//! `ComfyUI`'s node classes, as its `/object_info` describes them.

use super::strict::strict;
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

/// The description of every node class, as strict JSON text.
///
/// It usually has two megabytes, and a hundred with many packs and files. So there is one copy of the text. Descriptions stay
/// text: most are never read, and their integers can exceed 64 bits.
#[derive(Clone, Debug, Default)]
pub struct ObjectInfo {
    names: Arc<Vec<String>>,
    /// With the descriptions in it.
    text: Arc<Cow<'static, str>>,
    /// Where in the text the description of each name begins and ends, in the same order.
    places: Vec<Range<usize>>,
}

/// Why a text is not ComfyUI's object info.
#[derive(Debug, thiserror::Error)]
pub enum ObjectInfoError {
    #[error("it is not UTF-8")]
    Utf8(#[source] std::str::Utf8Error),
    #[error("it is not a JSON object of node classes")]
    Json(#[source] serde_json::Error),
    /// A member is not a description of a class. So it is in a workflow or an error.
    #[error("`{0}` is not a node class with `input` and `output`")]
    NotAClass(String),
}

impl ObjectInfo {
    /// Reads ComfyUI's response to `/object_info`. It keeps the bytes themselves: a large response is not copied.
    pub fn parse(bytes: Vec<u8>) -> Result<Self, ObjectInfoError> {
        let text = String::from_utf8(bytes).map_err(|error| ObjectInfoError::Utf8(error.utf8_error()))?;
        let strict = match strict(&text) {
            Cow::Owned(strict) => Some(strict),
            Cow::Borrowed(_) => None,
        };
        let text = Arc::new(Cow::Owned(strict.unwrap_or(text)));
        let entries: BTreeMap<String, &RawValue> = serde_json::from_str(&text).map_err(ObjectInfoError::Json)?;
        Ok(Classes::of(&text, &entries)?.within(Arc::clone(&text)))
    }

    /// The names of all classes, sorted by code point.
    pub fn names(&self) -> &Arc<Vec<String>> {
        &self.names
    }

    /// The description of a class. None if it is not installed.
    pub fn class(&self, name: &str) -> Option<Arc<str>> {
        let position = self.names.binary_search_by(|known| known.as_str().cmp(name)).ok()?;
        self.text.get(self.places.get(position)?.clone()).map(Arc::from)
    }

    /// All classes with their descriptions, sorted by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        let names = self.names.iter().map(String::as_str);
        names.zip(self.places.iter().filter_map(|place| self.text.get(place.clone())))
    }
}

/// Equal if the classes are, wherever their descriptions are.
impl PartialEq for ObjectInfo {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

/// The places of classes in a text.
pub(super) struct Classes {
    names: Vec<String>,
    places: Vec<Range<usize>>,
}

impl Classes {
    /// From the members of a response, which are strict JSON and parts of this text.
    pub(super) fn of(text: &str, entries: &BTreeMap<String, &RawValue>) -> Result<Self, ObjectInfoError> {
        let is_class = |json: &&RawValue| serde_json::from_str::<Shape<'_>>(json.get()).is_ok();
        if let Some((name, _)) = entries.iter().find(|(_, json)| !is_class(json)) {
            return Err(ObjectInfoError::NotAClass(name.clone()));
        }
        let begin = text.as_ptr().addr();
        let place = |json: &&RawValue| {
            let start = json.get().as_ptr().addr() - begin;
            start..start + json.get().len()
        };
        Ok(Self { names: entries.keys().cloned().collect(), places: entries.values().map(place).collect() })
    }

    /// With the text that they are in.
    pub(super) fn within(self, text: Arc<Cow<'static, str>>) -> ObjectInfo {
        ObjectInfo { names: Arc::new(self.names), text, places: self.places }
    }
}

/// The members that every version of ComfyUI reports for every class.
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
    fn classes_are_listed_in_order_with_their_unchanged_descriptions() {
        let info = ObjectInfo::parse(
            br#"{"b": {"input": {}, "output": ["X"]}, "a": {"output": [], "input": {"required": {"x": ["FLOAT", {"max": Infinity,
                 "min": -18446744073709551615}]}}}}"#
                .to_vec(),
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
        let error = |text: &str| ObjectInfo::parse(text.as_bytes().to_vec()).unwrap_err();
        for text in ["", "[]"] {
            assert!(matches!(error(text), ObjectInfoError::Json(_)), "{text}");
        }
        assert!(matches!(ObjectInfo::parse(b"\xff".to_vec()).unwrap_err(), ObjectInfoError::Utf8(_)));
        for (text, member) in
            [(r#"{"error": "not found"}"#, "error"), (r#"{"3": {"class_type": "KSampler", "inputs": {}}}"#, "3")]
        {
            assert!(matches!(error(text), ObjectInfoError::NotAClass(name) if name == member), "{text}");
        }
    }
}

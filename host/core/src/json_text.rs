//! JSON texts, which are written into other JSON as they are, number by number.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;
use serde_json::value::RawValue;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::Range;
use std::sync::Arc;

/// A text, usually JSON. Texts of one [`Template`] share all but their values, so ten thousand of them fit in memory.
#[derive(Clone, Default)]
pub struct JsonText {
    template: Arc<str>,
    /// In order of their place, each with the byte of the template before which it stands.
    values: Arc<[(usize, Arc<str>)]>,
}

impl JsonText {
    pub fn len(&self) -> usize {
        self.template.len() + self.values.iter().map(|(_, value)| value.len()).sum::<usize>()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The parts of the text, in their order.
    fn parts(&self) -> impl Iterator<Item = &str> {
        let starts = std::iter::once(0).chain(self.values.iter().map(|(place, _)| *place));
        let ends = self.values.iter().map(|(place, _)| *place).chain([self.template.len()]);
        let values = self.values.iter().map(|(_, value)| &**value).chain([""]);
        starts.zip(ends).zip(values).flat_map(|((start, end), value)| [&self.template[start..end], value])
    }
}

/// The text.
impl fmt::Display for JsonText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.parts().try_for_each(|part| f.write_str(part))
    }
}

impl fmt::Debug for JsonText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.to_string(), f)
    }
}

impl PartialEq for JsonText {
    fn eq(&self, other: &Self) -> bool {
        // A template has its gaps in one place only.
        if Arc::ptr_eq(&self.template, &other.template) {
            return self.values == other.values;
        }
        self.len() == other.len() && self.parts().flat_map(str::bytes).eq(other.parts().flat_map(str::bytes))
    }
}

impl Eq for JsonText {}

/// That of the text, whatever its parts are.
impl Hash for JsonText {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.to_string().hash(state);
    }
}

impl From<String> for JsonText {
    fn from(text: String) -> Self {
        Self { template: text.into(), values: Arc::default() }
    }
}

impl From<&str> for JsonText {
    fn from(text: &str) -> Self {
        text.to_owned().into()
    }
}

/// JSON text, unchanged. Other text becomes a JSON string.
impl Serialize for JsonText {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match RawValue::from_string(self.to_string()) {
            Ok(json) => json.serialize(serializer),
            Err(_) => Value::String(self.to_string()).serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for JsonText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Box::<RawValue>::deserialize(deserializer).map(|json| json.get().into())
    }
}

/// A text with gaps for values.
#[derive(Clone, Debug)]
pub(crate) struct Template {
    text: Arc<str>,
    gaps: Vec<usize>,
}

impl Template {
    /// The text without these ranges, which are in order and do not overlap. Each leaves a gap.
    pub(crate) fn without(text: &str, ranges: impl IntoIterator<Item = Range<usize>>) -> Self {
        let (mut rest, mut gaps, mut end) = (String::with_capacity(text.len()), Vec::new(), 0);
        for range in ranges {
            rest.push_str(&text[end..range.start]);
            gaps.push(rest.len());
            end = range.end;
        }
        rest.push_str(&text[end..]);
        Self { text: rest.into(), gaps }
    }

    /// The text with a value in each gap, in order.
    pub(crate) fn fill(&self, values: impl IntoIterator<Item = Arc<str>>) -> JsonText {
        JsonText { template: Arc::clone(&self.text), values: self.gaps.iter().copied().zip(values).collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::iter::once;

    #[test]
    fn a_filled_template_is_the_text() {
        let template = Template::without("{\"a\": 1, \"b\": 2}", [6..7, 14..15]);
        for (one, other) in [("1", "2"), ("", "\"ü\""), ("[]", "")] {
            let filled = template.fill([one, other].map(Arc::from));
            let expected = format!("{{\"a\": {one}, \"b\": {other}}}");
            assert_eq!((filled.to_string(), filled.len()), (expected.clone(), expected.len()));
            assert_eq!(filled, JsonText::from(expected));
        }
        assert_ne!(template.fill(["1", "2"].map(Arc::from)), template.fill(["1", "3"].map(Arc::from)));
        assert_eq!(Template::without("ab", []).fill([]), JsonText::from("ab"));
    }

    #[test]
    fn texts_of_two_templates_are_equal_if_they_read_the_same() {
        let one = Template::without("abc", once(0..1)).fill(["a".into()]);
        let other = Template::without("abc", once(2..3)).fill(["c".into()]);
        assert_eq!(one, other);
        assert_ne!(one, Template::without("abc", once(2..3)).fill(["d".into()]));
    }
}

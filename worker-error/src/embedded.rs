//! Values inside other text: JSON, and Python's notation of it.

use crate::python;
use serde_json::Value;

/// How many values of one text are read. A job's error holds one or two.
const MOST: usize = 16;
/// How deep text is read that is itself a value of a text: an exception's message within the error of a job.
const DEPTH: u32 = 4;

/// How many braces that begin no value are tried.
const MOST_FAILURES: usize = 1000;

/// Every object that the text holds, from the outside to the inside. The texts within an object are searched, too.
pub(crate) fn values(text: &str) -> Vec<Value> {
    let mut search = Search { found: Vec::new(), failures: 0 };
    search.text(text, DEPTH);
    search.found
}

/// Visits a value and every value within it, until `of` gives something.
pub(crate) fn first<T>(value: &Value, of: &mut impl FnMut(&Value) -> Option<T>) -> Option<T> {
    of(value).or_else(|| match value {
        Value::Array(items) => items.iter().find_map(|item| first(item, of)),
        Value::Object(fields) => fields.values().find_map(|field| first(field, of)),
        _ => None,
    })
}

struct Search {
    found: Vec<Value>,
    failures: usize,
}

impl Search {
    fn text(&mut self, text: &str, depth: u32) {
        let Some(depth) = depth.checked_sub(1) else { return };
        let mut rest = text;
        while let Some(start) = rest.find('{').filter(|_| self.found.len() < MOST && self.failures < MOST_FAILURES) {
            rest = &rest[start..];
            match json(rest).or_else(|| python::prefix(rest)) {
                Some((Value::Object(fields), length)) if !fields.is_empty() => {
                    rest = &rest[length..];
                    let value = Value::Object(fields);
                    let mut texts = Vec::new();
                    collect_texts(&value, &mut texts);
                    self.found.push(value);
                    for text in &texts {
                        self.text(text, depth);
                    }
                }
                _ => {
                    self.failures += 1;
                    rest = &rest[1..];
                }
            }
        }
    }
}

/// A JSON value at the start of a text, and its length.
fn json(text: &str) -> Option<(Value, usize)> {
    let mut values = serde_json::Deserializer::from_str(text).into_iter::<Value>();
    let value = values.next()?.ok()?;
    Some((value, values.byte_offset()))
}

/// The texts of a value that may hold further values.
fn collect_texts(value: &Value, texts: &mut Vec<String>) {
    let _: Option<()> = first(value, &mut |value| {
        texts.extend(value.as_str().filter(|text| text.contains('{')).map(str::to_owned));
        None
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        let found: Vec<_> = values(text).iter().map(Value::to_string).collect();
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn values_are_found_within_text_and_within_each_other() {
        check("refused: {\"a\": 1} (and [{\"b\": 2}])", &[r#"{"a":1}"#, r#"{"b":2}"#]);
        check("Exception({'a': None})", &[r#"{"a":null}"#]);
        check(
            r#"{"outer": "failed: {\"inner\": [1]}"}"#,
            &[r#"{"outer":"failed: {\"inner\": [1]}"}"#, r#"{"inner":[1]}"#],
        );
        check("[info] {not a value} {} [] plain", &[]);
    }

    #[test]
    fn the_work_is_bounded() {
        assert_eq!(values(&"{\"a\": 1} ".repeat(1000)).len(), MOST);
        for hostile in ["{".repeat(60_000), "[".repeat(60_000), "{'a': ".repeat(10_000), "{\"".repeat(30_000)] {
            assert_eq!(values(&hostile), [] as [Value; 0]);
        }
    }
}

//! A suite file as TOML: its value, and the place of everything in it.

use super::foreign;
use crate::diagnostic::{Diagnostic, Kind, Refusal};
use crate::text::{Place, TextFile};
use serde_json::{Map, Value};
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// A suite file, parsed as TOML.
pub(crate) struct Source<'a> {
    file: &'a TextFile,
    root: DeValue<'a>,
}

/// What to mark of a path: its last key, or the value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mark {
    Key,
    Value,
}

impl<'a> Source<'a> {
    /// Parses the text as TOML.
    pub(crate) fn parse(file: &'a TextFile) -> Result<Self, Diagnostic> {
        match DeTable::parse(&file.text) {
            Ok(table) => Ok(Self { file, root: DeValue::Table(table.into_inner()) }),
            Err(err) => {
                if let Some(diagnostic) = foreign::json(file) {
                    return Err(diagnostic.at(file, 0..0));
                }
                let end = file.text.trim_end().len();
                let what = format!("the suite is not valid TOML: {}", err.message());
                Err(Diagnostic::of(Kind::Syntax, what).at(file, err.span().unwrap_or(end..end)).hide_secret())
            }
        }
    }

    /// The whole file as JSON, in the order of the file; dates as their text. Refuses all numbers that JSON does not have.
    pub(crate) fn to_json(&self) -> Result<Value, Refusal> {
        let mut problems = Vec::new();
        let value = json(&self.root, &(0..0), &mut problems);
        let at = |(what, span)| Diagnostic::of(Kind::OutOfRange, what).at(self.file, span).hide_secret();
        let diagnostics: Vec<_> = problems.into_iter().map(at).collect();
        if diagnostics.is_empty() { Ok(value) } else { Err(Refusal { diagnostics }) }
    }

    /// The diagnostic at the place of a path of keys and indexes. A path that is not in the file has the place of the nearest
    /// table above it.
    pub(crate) fn locate(&self, diagnostic: Diagnostic, path: &[String], mark: Mark) -> Diagnostic {
        match self.span(path, mark) {
            Some(span) => diagnostic.at(self.file, span).hide_secret(),
            None => diagnostic,
        }
    }

    /// The place of the last key of a path.
    pub(crate) fn place(&self, path: &[String]) -> Option<Place> {
        self.span(path, Mark::Key).map(|span| Place::of(&self.file.text, span.start))
    }

    /// The bytes of a path. None if nothing of it is in the file.
    pub(crate) fn span(&self, path: &[String], mark: Mark) -> Option<Range<usize>> {
        let (mut here, mut found) = (&self.root, None);
        for (depth, step) in path.iter().enumerate() {
            let Some((key, value)) = member(here, step) else { break };
            let of_value = mark == Mark::Value && depth + 1 == path.len();
            let preferred = if of_value { value.span() } else { key.clone() };
            // A table that only headers of its inner tables name has an empty span.
            found = [preferred, key].into_iter().find(|span| !span.is_empty()).or(found);
            here = value.get_ref();
        }
        found
    }
}

/// A member of a table or an array, with the span of its key; in an array, with that of the item itself.
fn member<'t, 'a>(value: &'t DeValue<'a>, step: &str) -> Option<(Range<usize>, &'t Spanned<DeValue<'a>>)> {
    match value {
        DeValue::Table(table) => {
            table.iter().find(|(key, _)| key.get_ref() == step).map(|(key, value)| (key.span(), value))
        }
        DeValue::Array(items) => items.get(step.parse::<usize>().ok()?).map(|item| (item.span(), item)),
        _ => None,
    }
}

/// The value as JSON. Adds each number that JSON does not have to the problems, with its place.
///
/// Bounded: the TOML parser refuses more than 80 levels.
fn json(value: &DeValue<'_>, span: &Range<usize>, problems: &mut Vec<(String, Range<usize>)>) -> Value {
    match value {
        DeValue::String(text) => Value::from(text.as_ref()),
        DeValue::Boolean(yes) => Value::from(*yes),
        DeValue::Datetime(instant) => Value::from(instant.to_string()),
        DeValue::Integer(integer) => {
            let (text, radix) = (integer.as_str(), integer.radix());
            let signed = i64::from_str_radix(text, radix).map(Value::from);
            let value = signed.or_else(|_| u64::from_str_radix(text, radix).map(Value::from));
            value.unwrap_or_else(|_| {
                problems.push((format!("`{integer}` does not fit in 64 bits"), span.clone()));
                Value::Null
            })
        }
        DeValue::Float(float) => {
            let number = float.as_str().parse().ok().and_then(serde_json::Number::from_f64);
            number.map_or_else(
                || {
                    problems.push((format!("`{float}` is not a finite number"), span.clone()));
                    Value::Null
                },
                Value::Number,
            )
        }
        DeValue::Array(items) => items.iter().map(|item| json(item.get_ref(), &item.span(), problems)).collect(),
        DeValue::Table(table) => {
            let member = |(key, value): (&Spanned<_>, &Spanned<DeValue<'_>>)| {
                (String::from(AsRef::<str>::as_ref(key.get_ref())), json(value.get_ref(), &value.span(), problems))
            };
            Value::Object(table.iter().map(member).collect::<Map<_, _>>())
        }
    }
}

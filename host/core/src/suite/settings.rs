//! Settings of a check. The host reads the files that they name: checks read no files.

use super::problems::Problems;
use super::surroundings::{FileLocation, FileRequest, Surroundings};
use crate::diagnostic::{Diagnostic, Kind};
use serde_json::{Map, Value};
use std::path::{Component, Path};

/// The most bytes of a file in settings.
const LARGEST: u64 = 4 * 1024 * 1024;

/// The settings with every `{ file = "PATH" }` replaced by the content of that file, which is not searched again. `path` leads
/// to the settings in the suite.
pub(super) fn with_files(
    settings: Map<String, Value>,
    path: &[&str],
    surroundings: &Surroundings<'_>,
    problems: &mut Problems<'_>,
) -> Value {
    let mut path: Vec<_> = path.iter().map(|&step| step.to_owned()).collect();
    resolve(Value::Object(settings), &mut path, surroundings, problems)
}

/// Bounded: the TOML parser refuses more than 80 levels.
fn resolve(
    value: Value,
    path: &mut Vec<String>,
    surroundings: &Surroundings<'_>,
    problems: &mut Problems<'_>,
) -> Value {
    match value {
        Value::Object(table) => {
            if let Some(file) = reference(&table) {
                return content(file, surroundings).unwrap_or_else(|diagnostic| {
                    let path: Vec<_> = path.iter().map(String::as_str).collect();
                    problems.value(&path, diagnostic);
                    Value::Null
                });
            }
            let mut member = |(key, value): (String, Value)| {
                path.push(key.clone());
                let value = resolve(value, path, surroundings, problems);
                path.pop();
                (key, value)
            };
            Value::Object(table.into_iter().map(&mut member).collect())
        }
        Value::Array(items) => {
            let mut item = |(index, value): (usize, Value)| {
                path.push(index.to_string());
                let value = resolve(value, path, surroundings, problems);
                path.pop();
                value
            };
            Value::Array(items.into_iter().enumerate().map(&mut item).collect())
        }
        other => other,
    }
}

/// The path of a table that stands for a file: its one key is `file`.
fn reference(table: &Map<String, Value>) -> Option<&str> {
    if table.len() == 1 { table.get("file").and_then(Value::as_str) } else { None }
}

fn content(path: &str, surroundings: &Surroundings<'_>) -> Result<Value, Diagnostic> {
    let inside = |part: Component<'_>| matches!(part, Component::Normal(_) | Component::CurDir);
    if !Path::new(path).components().all(inside) {
        return Err(Diagnostic::of(Kind::Unreadable, format!("`{path}` is outside the suite's folder"))
            .help("move the file into the suite's folder"));
    }
    let request = FileRequest { path, limit: LARGEST, within: FileLocation::SuiteFolder };
    let unreadable = |error| Diagnostic::of(Kind::Unreadable, request.refusal(&error));
    let text = surroundings.text(&request).map_err(unreadable)?;
    if Path::new(path).extension().is_some_and(|extension| extension.eq_ignore_ascii_case("json")) {
        return serde_json::from_str(&text)
            .map_err(|err| Diagnostic::of(Kind::Syntax, format!("`{path}` is not JSON: {err}")));
    }
    Ok(Value::String(text))
}

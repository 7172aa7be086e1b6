//! Explains why a value does not match its JSON Schema: for suites and for settings.

mod work;

pub use work::is_bounded;

use crate::diagnostic::Kind;
use crate::nearest::did_you_mean;
use jsonschema::error::{TypeKind, ValidationErrorKind};
use jsonschema::types::{JsonType, JsonTypeSet};
use jsonschema::{Draft, PatternOptions, ValidationError, Validator};
use serde_json::Value;

/// One problem of a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    pub kind: Kind,
    /// The keys and indexes that lead to it, from the root.
    pub path: Vec<String>,
    /// Whether the last key of the path is wrong, and not its value.
    pub key: bool,
    /// The message. One line.
    pub what: String,
    pub help: Option<String>,
}

/// A validator of a schema (draft 2020-12) without requests: a reference to another document is an error. Patterns take linear
/// time.
pub fn validator(schema: &Value) -> Result<Validator, ValidationError<'static>> {
    jsonschema::options()
        .with_draft(Draft::Draft202012)
        .offline()
        .with_pattern_options(PatternOptions::regex())
        .build(schema)
}

/// The first twenty problems of a value, in the schema's order. Messages call the whole value `whole`, such as `the suite`.
pub fn violations(validator: &Validator, schema: &Value, value: &Value, whole: &str) -> Vec<Violation> {
    validator.iter_errors(value).flat_map(|error| explain(&error, schema, whole)).take(20).collect()
}

fn explain(error: &ValidationError<'_>, schema: &Value, whole: &str) -> Vec<Violation> {
    let path: Vec<_> = error.instance_path().iter().map(|segment| segment.to_string()).collect();
    let name = name(&path, whole);
    let one = |kind: Kind, what: String, help: Option<String>| {
        vec![Violation { kind, path: path.clone(), key: false, what, help }]
    };
    match error.kind() {
        ValidationErrorKind::AdditionalProperties { unexpected }
        | ValidationErrorKind::UnevaluatedProperties { unexpected } => {
            let known = known_keys(error, schema);
            let unknown = |key: &String| Violation {
                kind: Kind::UnknownKey,
                path: path.iter().chain([key]).cloned().collect(),
                key: true,
                what: format!("unknown key `{key}`"),
                help: did_you_mean(key, known.iter().map(String::as_str)),
            };
            unexpected.iter().map(unknown).collect()
        }
        ValidationErrorKind::PropertyNames { error } => {
            let key = error.instance().as_str().unwrap_or_default();
            let path = path.iter().cloned().chain([key.to_owned()]).collect();
            vec![Violation {
                kind: Kind::InvalidValue,
                path,
                key: true,
                what: format!("`{key}` is not a valid name: {}", error.masked()),
                help: None,
            }]
        }
        ValidationErrorKind::Type { kind } => {
            let (what, help) = wrong_type(&name, &expected(kind), error.instance());
            one(Kind::WrongType, what, help)
        }
        ValidationErrorKind::AnyOf { context } | ValidationErrorKind::OneOfNotValid { context } => {
            no_branch(error, context, schema, whole)
        }
        ValidationErrorKind::Required { property } => {
            let property = property.as_str().unwrap_or_default();
            one(Kind::MissingKey, format!("{name} must have `{property}`"), None)
        }
        ValidationErrorKind::Enum { options } => {
            let options = options.as_array().map(Vec::as_slice).unwrap_or_default();
            let (what, help) = no_option(&name, options.iter(), error.instance());
            one(Kind::InvalidValue, what, help)
        }
        ValidationErrorKind::Constant { expected_value } => {
            let (what, help) = no_option(&name, [&**expected_value], error.instance());
            one(Kind::InvalidValue, what, help)
        }
        ValidationErrorKind::Minimum { limit } => {
            one(Kind::OutOfRange, format!("{name} must be at least {limit}"), None)
        }
        ValidationErrorKind::ExclusiveMinimum { limit } => {
            one(Kind::OutOfRange, format!("{name} must be above {limit}"), None)
        }
        ValidationErrorKind::Maximum { limit } => {
            one(Kind::OutOfRange, format!("{name} must be at most {limit}"), None)
        }
        ValidationErrorKind::ExclusiveMaximum { limit } => {
            one(Kind::OutOfRange, format!("{name} must be below {limit}"), None)
        }
        ValidationErrorKind::MinItems { limit: 1 } | ValidationErrorKind::MinLength { limit: 1 } => {
            one(Kind::InvalidValue, format!("{name} must not be empty"), None)
        }
        ValidationErrorKind::Pattern { pattern } => one(
            Kind::InvalidValue,
            format!("{name} is {}, which does not match `{pattern}`", shown(error.instance())),
            None,
        ),
        // Only its author can say in words what a schema excludes.
        ValidationErrorKind::Not { schema } => {
            let why = schema.get("description").and_then(Value::as_str).map(|why| format!(": {why}"));
            let what = format!("{name} cannot be {}{}", shown(error.instance()), why.unwrap_or_default());
            one(Kind::InvalidValue, what, None)
        }
        // The rarer ones, in the validator's words. The value itself can be long.
        _ => one(Kind::InvalidValue, format!("{name}: {}", error.masked()), None),
    }
}

/// None of several alternatives fits: explains the one that was probably meant, else names all allowed types.
fn no_branch(
    error: &ValidationError<'_>,
    branches: &[Vec<ValidationError<'static>>],
    schema: &Value,
    whole: &str,
) -> Vec<Violation> {
    let here = error.instance_path();
    let other = |error: &ValidationError<'_>| {
        let decides = matches!(error.kind(), ValidationErrorKind::Type { .. } | ValidationErrorKind::Constant { .. });
        decides && error.instance_path() == here
    };
    if let Some(meant) = branches.iter().find(|branch| !branch.iter().any(other)) {
        return meant.iter().flat_map(|error| explain(error, schema, whole)).collect();
    }
    let path: Vec<_> = here.iter().map(|segment| segment.to_string()).collect();
    let errors = || branches.iter().flatten();
    let types: Vec<_> = errors().filter_map(|error| kind(error)).flat_map(expected).collect();
    let options: Vec<_> = errors().filter_map(|error| option(error)).collect();
    let name = name(&path, whole);
    let (kind, (what, help)) = match types.as_slice() {
        [] => (Kind::InvalidValue, no_option(&name, options, error.instance())),
        types => (Kind::WrongType, wrong_type(&name, types, error.instance())),
    };
    vec![Violation { kind, path, key: false, what, help }]
}

fn kind<'e>(error: &'e ValidationError<'_>) -> Option<&'e TypeKind> {
    match error.kind() {
        ValidationErrorKind::Type { kind } => Some(kind),
        _ => None,
    }
}

fn option<'e>(error: &'e ValidationError<'_>) -> Option<&'e Value> {
    match error.kind() {
        ValidationErrorKind::Constant { expected_value } => Some(expected_value),
        _ => None,
    }
}

/// A value is not one of the allowed values.
fn no_option<'v>(name: &str, options: impl IntoIterator<Item = &'v Value>, value: &Value) -> (String, Option<String>) {
    let options: Vec<_> = options.into_iter().filter_map(Value::as_str).collect();
    let help = did_you_mean(value.as_str().unwrap_or_default(), options);
    (format!("{name} cannot be {}", shown(value)), help)
}

fn wrong_type(name: &str, expected: &[JsonType], value: &Value) -> (String, Option<String>) {
    let mut words: Vec<_> = expected.iter().map(|kind| with_article(*kind)).collect();
    words.dedup();
    // A node's id is a string that looks like a number.
    let quote =
        (expected == [JsonType::String] && value.is_number()).then(|| format!("write it in quotes: `\"{value}\"`"));
    (format!("{name} must be {}, not {}", words.join(" or "), kind_of(value)), quote)
}

fn expected(kind: &TypeKind) -> Vec<JsonType> {
    let set = match kind {
        TypeKind::Single(kind) => JsonTypeSet::from(*kind),
        TypeKind::Multiple(kinds) => *kinds,
    };
    set.iter().collect()
}

/// Settings and suites are TOML: a JSON object is a table there.
fn with_article(kind: JsonType) -> &'static str {
    match kind {
        JsonType::Null => "null",
        JsonType::Boolean => "a boolean",
        JsonType::Integer => "an integer",
        JsonType::Number => "a number",
        JsonType::String => "a string",
        JsonType::Array => "an array",
        JsonType::Object => "a table",
    }
}

/// The type of a value. TOML distinguishes integers from floats.
fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Number(number) if number.is_f64() => "a float",
        Value::Number(_) => "an integer",
        other => with_article(JsonType::from(other)),
    }
}

/// The keys that the schema has where it refuses one.
fn known_keys(error: &ValidationError<'_>, schema: &Value) -> Vec<String> {
    let pointer = error.schema_path().as_str();
    let parent = pointer.rsplit_once('/').map_or("", |(parent, _)| parent);
    let properties = schema.pointer(parent).and_then(|schema| schema.get("properties")).and_then(Value::as_object);
    properties.map(|properties| properties.keys().cloned().collect()).unwrap_or_default()
}

/// The name of the value at a path.
fn name(path: &[String], whole: &str) -> String {
    match path {
        [] => whole.to_owned(),
        [.., list, index] if index.parse::<usize>().is_ok() => format!("`{list}[{index}]`"),
        [.., key] => format!("`{key}`"),
    }
}

/// A value as a message shows it: short, or by its type. A URL is not shown: it can be a secret.
fn shown(value: &Value) -> String {
    match value {
        Value::String(text) if text.contains("://") => "a URL".to_owned(),
        Value::String(text) if text.chars().count() <= 60 => format!("`{text}`"),
        Value::Number(_) | Value::Bool(_) => format!("`{value}`"),
        other => kind_of(other).to_owned(),
    }
}

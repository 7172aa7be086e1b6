//! The JSON Schema of suites: for editors, and to explain what is wrong with a suite.

use super::file::SuiteFile;
use schemars::generate::SchemaSettings;
use schemars::transform::RecursiveTransform;
use schemars::{JsonSchema, Schema};
use serde_json::{Map, Value};

/// The JSON Schema (draft 2020-12) of the suite file. `schemas/suite.schema.json` is a copy.
pub fn schema() -> Value {
    toml_schema::<SuiteFile>()
}

/// The JSON Schema (draft 2020-12) of a type that is written as TOML.
pub fn toml_schema<T: JsonSchema>() -> Value {
    let settings = SchemaSettings::draft2020_12().with_transform(RecursiveTransform(as_toml));
    let mut schema = settings.into_generator().into_root_schema_for::<T>();
    let first = ["$schema", "title", "description"].map(|key| (key.to_owned(), schema.remove(key)));
    let first = first.into_iter().filter_map(|(key, value)| Some((key, value?)));
    let rest = std::mem::take(schema.ensure_object());
    Value::Object(first.chain(rest).collect())
}

/// Adapts a schema to TOML, which has no null. An integer has bounds instead of a format.
fn as_toml(schema: &mut Schema) {
    if schema.remove("format").is_some_and(|format| format == "uint32") && schema.get("maximum").is_none() {
        schema.insert("maximum".into(), u32::MAX.into());
    }
    let is_null = |value: &Value| value == "null" || value.get("type").is_some_and(|kind| kind == "null");
    if schema.get("default").is_some_and(|default| default.is_null() || default.as_object().is_some_and(Map::is_empty))
    {
        schema.remove("default");
    }
    if let Some(Value::Array(types)) = schema.get_mut("type") {
        types.retain(|kind| !is_null(kind));
        if let [only] = types.as_slice() {
            let only = only.clone();
            schema.insert("type".into(), only);
        }
    }
    if let Some(Value::Array(branches)) = schema.get_mut("anyOf") {
        branches.retain(|branch| !is_null(branch));
        if let [Value::Object(only)] = branches.as_slice() {
            let only = only.clone();
            schema.remove("anyOf");
            for (key, value) in only {
                schema.insert(key, value);
            }
        }
    }
}

//! The JSON Schema of scenarios, for editors.

use super::Scenario;
use comfycheck_core::suite::toml_schema;
use serde_json::Value;

/// The JSON Schema (draft 2020-12) of scenario files, as in `schemas/scenario.schema.json`.
pub fn schema() -> Value {
    let mut schema = toml_schema::<Scenario>();
    spans_in_seconds(&mut schema);
    schema
}

/// Writes default spans as seconds. Bounded: the schema is ours.
fn spans_in_seconds(schema: &mut Value) {
    match schema {
        Value::Object(members) => {
            if let Some(default) = members.get_mut("default")
                && let (Some(secs), Some(nanos)) = (default["secs"].as_u64(), default["nanos"].as_u64())
            {
                debug_assert_eq!(nanos, 0, "every default is whole seconds");
                *default = secs.into();
            }
            members.values_mut().for_each(spans_in_seconds);
        }
        Value::Array(items) => items.iter_mut().for_each(spans_in_seconds),
        _ => {}
    }
}

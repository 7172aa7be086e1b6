//! The JSON Schema of scenarios, for editors.

use super::Scenario;
use comfycheck_core::suite::toml_schema;
use serde_json::Value;

/// The JSON Schema (draft 2020-12) of the scenario file. `schemas/scenario.schema.json` holds it.
pub fn schema() -> Value {
    toml_schema::<Scenario>()
}

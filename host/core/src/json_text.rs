//! JSON texts that are written into other JSON as they are, number by number.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;
use serde_json::value::RawValue;

/// JSON text, unchanged. Other text becomes a JSON string.
pub(crate) fn serialize<S: Serializer>(text: &str, serializer: S) -> Result<S::Ok, S::Error> {
    match RawValue::from_string(text.to_owned()) {
        Ok(json) => json.serialize(serializer),
        Err(_) => Value::String(text.to_owned()).serialize(serializer),
    }
}

pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    Box::<RawValue>::deserialize(deserializer).map(|json| json.get().to_owned())
}

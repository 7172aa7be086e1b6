//! The environment variables of an endpoint, in responses of the management API.

use comfycheck_core::secret::{SHORTEST_OF_ENVIRONMENT, Secret};
use serde_json::Value;

const MARK: &str = "[redacted]";

/// Replaces the values of every environment in a response, and returns them: they may be secrets that we do not know.
pub(in crate::transport) fn hide_values(json: &mut Value) -> Vec<Value> {
    let mut hidden = Vec::new();
    hide_env(json, &mut hidden);
    hidden
}

/// Those of the values that are long enough to be secrets.
pub(in crate::transport) fn secrets_of(hidden: &[Value]) -> impl Iterator<Item = Secret> {
    hidden.iter().filter_map(Value::as_str).filter(|text| text.len() >= SHORTEST_OF_ENVIRONMENT).map(Secret::new)
}

/// The parser bounds the depth.
fn hide_env(json: &mut Value, hidden: &mut Vec<Value>) {
    match json {
        Value::Object(fields) => {
            // A release lists a change as `{"field": "env", "old": …, "new": …}`.
            let is_change = fields.get("field").is_some_and(|field| field == "env");
            for (name, field) in fields {
                let is_env = name == "env" || (is_change && name != "field");
                if is_env { hide(field, hidden) } else { hide_env(field, hidden) }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| hide_env(item, hidden)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Removes all values. Names of variables stay, because checks need them: the keys of an object,
/// and `name` and `key` in a list of variables.
fn hide(value: &mut Value, hidden: &mut Vec<Value>) {
    match value {
        Value::Object(fields) => {
            let values = fields.iter_mut().filter(|(name, _)| !matches!(name.as_str(), "name" | "key"));
            values.for_each(|(_, field)| hide(field, hidden));
        }
        Value::Array(items) => items.iter_mut().for_each(|item| hide(item, hidden)),
        Value::Null => {}
        // Hidden before.
        Value::String(text) if text == MARK => {}
        Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            hidden.push(std::mem::replace(value, Value::from(MARK)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn values_of_eight_characters_are_secrets() {
        assert_eq!(secrets_of(&[json!("1234567"), json!("12345678"), json!(123_456_789)]).count(), 1);
    }
}

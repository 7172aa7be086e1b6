//! How much work a validation takes, so that no check can keep the host busy.
//!
//! A schema that refers to itself is followed once for each level of a value. If it does so twice at each level, the work doubles
//! with each level.

use serde_json::Value;

/// The most schemas that a validation can apply to values.
const MOST: u32 = 100_000;
/// The deepest nesting of schemas, with references followed. Validators recurse.
const DEEPEST: u32 = 1_000;

/// Whether a validation of this value takes bounded work. The references of the schema are known to be places in it.
pub fn is_bounded(schema: &Value, value: &Value) -> bool {
    Work { root: schema, left: MOST, depth: 0 }.apply(schema, value).is_some()
}

struct Work<'a> {
    root: &'a Value,
    left: u32,
    depth: u32,
}

/// Keywords with a schema for the same value.
const OF_VALUE: [&str; 4] = ["not", "if", "then", "else"];
/// Keywords with a list or a table of schemas for the same value.
const ALL_OF_VALUE: [&str; 4] = ["allOf", "anyOf", "oneOf", "dependentSchemas"];
/// Keywords with a schema for each part of the value.
const OF_PARTS: [&str; 6] =
    ["additionalProperties", "unevaluatedProperties", "propertyNames", "items", "contains", "unevaluatedItems"];

impl Work<'_> {
    /// Counts what a validator applies. None if it is too much.
    fn apply(&mut self, schema: &Value, value: &Value) -> Option<()> {
        self.left = self.left.checked_sub(1)?;
        if self.depth == DEEPEST {
            return None;
        }
        self.depth += 1;
        for (keyword, given) in schema.as_object().into_iter().flatten() {
            self.keyword(keyword, given, value)?;
        }
        self.depth -= 1;
        Some(())
    }

    fn keyword(&mut self, keyword: &str, given: &Value, value: &Value) -> Option<()> {
        match keyword {
            "$ref" => {
                let pointer = given.as_str().and_then(|reference| reference.strip_prefix('#')).unwrap_or_default();
                let root = self.root;
                self.apply(root.pointer(pointer)?, value)
            }
            _ if OF_VALUE.contains(&keyword) => self.apply(given, value),
            _ if ALL_OF_VALUE.contains(&keyword) => parts(given).try_for_each(|schema| self.apply(schema, value)),
            _ if OF_PARTS.contains(&keyword) => parts(value).try_for_each(|part| self.apply(given, part)),
            "properties" => {
                let fields = given.as_object().into_iter().flatten();
                let mut present = fields.filter_map(|(name, schema)| Some((schema, value.get(name)?)));
                present.try_for_each(|(schema, field)| self.apply(schema, field))
            }
            // Each pattern is compared with each name.
            "patternProperties" => {
                parts(given).try_for_each(|schema| parts(value).try_for_each(|part| self.apply(schema, part)))
            }
            "prefixItems" => parts(given).zip(parts(value)).try_for_each(|(schema, part)| self.apply(schema, part)),
            _ => Some(()),
        }
    }
}

/// The items of a list, or the values of a table.
fn parts(value: &Value) -> impl Iterator<Item = &Value> {
    let fields = value.as_object().into_iter().flat_map(|fields| fields.values());
    value.as_array().into_iter().flatten().chain(fields)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// `{"a": {"a": … 1}}`
    fn nested(levels: usize) -> Value {
        (0..levels).fold(json!(1), |value, _| json!({"a": value}))
    }

    #[test]
    fn work_that_multiplies_with_each_level_is_refused() {
        let twice = json!([{"$ref": "#"}, {"$ref": "#"}]);
        let wide = Value::from(vec![json!({"$ref": "#"}); 300]);
        for (schema, bounded, unbounded) in [
            (json!({"additionalProperties": {"allOf": twice}}), 10, 30),
            (json!({"additionalProperties": {"anyOf": wide}}), 1, 3),
            (json!({"properties": {"a": {"oneOf": twice}}}), 10, 30),
            (json!({"patternProperties": {"a": {"$ref": "#"}, ".": {"$ref": "#"}}}), 10, 30),
            (json!({"additionalProperties": {"$ref": "#"}, "unevaluatedProperties": {"$ref": "#"}}), 10, 30),
        ] {
            assert!(is_bounded(&schema, &nested(bounded)), "{schema}");
            assert!(!is_bounded(&schema, &nested(unbounded)), "{schema}");
        }
    }

    #[test]
    fn a_reference_that_leads_nowhere_is_refused() {
        let schema = json!({"$ref": "#/$defs/a", "$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"$ref": "#/$defs/a"}}});
        assert!(!is_bounded(&schema, &json!({})));
    }

    #[test]
    fn a_tree_of_settings_is_fine() {
        let node = json!({"type": "object", "properties": {"left": {"$ref": "#"}, "right": {"$ref": "#"}}});
        let tree = (0..10).fold(json!({}), |tree, _| json!({"left": tree, "right": tree}));
        assert!(is_bounded(&node, &tree));
        let list = json!({"items": {"type": "string"}, "prefixItems": [{}, {"contains": {}}]});
        assert!(is_bounded(&list, &Value::from(vec!["a"; 1_000])));
    }
}

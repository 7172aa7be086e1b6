//! The cost of a validation, so that no check can keep the host busy.

use serde_json::Value;
use std::collections::BTreeMap;

/// Keywords that change the target of a reference, or refer in ways that are not followed here.
const NOT_FOLLOWED: [&str; 3] = ["$dynamicRef", "$recursiveRef", "$id"];

/// The deepest nesting of schemas, with references followed. Validators recurse.
const DEEPEST: u32 = 256;

/// Why a schema cannot be weighed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Unweighable {
    /// A reference that is not a place in the schema (`#` or `#/…`).
    Outside(String),
    /// A keyword that is not supported.
    Keyword(String),
}

/// How many objects and arrays a schema has. A reference counts as much as its target. `u64::MAX` if it is nested too deeply.
///
/// This is an upper bound of what a validator visits for one value, because a cycle ends where it began.
pub(super) fn weight(schema: &Value) -> Result<u64, Unweighable> {
    Weights { root: schema, known: BTreeMap::new(), depth: 0 }.of(schema)
}

struct Weights<'a> {
    root: &'a Value,
    /// By pointer. None while it is being computed.
    known: BTreeMap<&'a str, Option<u64>>,
    depth: u32,
}

impl<'a> Weights<'a> {
    fn of(&mut self, value: &'a Value) -> Result<u64, Unweighable> {
        if self.depth == DEEPEST {
            return Ok(u64::MAX);
        }
        self.depth += 1;
        let mut sum = 0_u64;
        match value {
            Value::Array(items) => {
                for item in items {
                    sum = sum.saturating_add(self.of(item)?);
                }
            }
            Value::Object(members) => {
                // The schema's own `$id`, at its root, changes nothing.
                let root = std::ptr::eq(value, self.root);
                for (key, member) in members.iter().filter(|(key, _)| !(root && key.as_str() == "$id")) {
                    sum = sum.saturating_add(self.of_member(key, member)?);
                }
            }
            _ => {}
        }
        self.depth -= 1;
        Ok(sum.saturating_add(u64::from(value.is_array() || value.is_object())))
    }

    fn of_member(&mut self, key: &'a str, member: &'a Value) -> Result<u64, Unweighable> {
        match member {
            Value::String(reference) if key == "$ref" => self.of_reference(reference),
            Value::String(_) if NOT_FOLLOWED.contains(&key) => Err(Unweighable::Keyword(key.to_owned())),
            _ => self.of(member),
        }
    }

    fn of_reference(&mut self, reference: &'a str) -> Result<u64, Unweighable> {
        let target = reference.strip_prefix('#').and_then(|pointer| Some((pointer, self.root.pointer(pointer)?)));
        let Some((pointer, target)) = target else { return Err(Unweighable::Outside(reference.to_owned())) };
        if let Some(known) = self.known.get(pointer) {
            return Ok(known.unwrap_or(0));
        }
        self.known.insert(pointer, None);
        let weight = self.of(target)?;
        self.known.insert(pointer, Some(weight));
        Ok(weight)
    }
}

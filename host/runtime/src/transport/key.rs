//! Which requests are equal.

use super::exchange::{Api, Method, Request};
use comfycheck_core::secret::Secrets;
use serde_json::Value;

/// The key of an exchange.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    pub(super) api: Api,
    pub(super) method: Method,
    /// With `{endpoint}` for the endpoint's id.
    pub(super) path: String,
    /// Its parts, sorted.
    pub(super) query: String,
    /// The range header; empty if there is none.
    pub(super) range: String,
    /// Canonical if it is JSON; empty if there is none.
    pub(super) body: String,
}

impl Key {
    pub(super) fn of(request: &Request) -> Self {
        Self {
            api: request.api(),
            method: request.method,
            path: request.path(),
            query: sorted_query(request.query()),
            range: request.range_header(),
            // Redacted like the recorder's, so a workflow that contains a key matches its exchange.
            body: request.body.as_ref().map(|body| Secrets::default().redact(&canonical(body))).unwrap_or_default(),
        }
    }
}

/// The parts of a query, sorted.
pub(super) fn sorted_query(query: &str) -> String {
    let mut parts: Vec<&str> = query.split('&').filter(|part| !part.is_empty()).collect();
    parts.sort_unstable();
    parts.join("&")
}

/// Canonical JSON if the bytes are JSON, else their text.
pub(super) fn canonical_body(bytes: &[u8]) -> String {
    match serde_json::from_slice::<Value>(bytes) {
        Ok(value) => canonical(&value),
        Err(_) => String::from_utf8_lossy(bytes).into_owned(),
    }
}

/// JSON text with sorted keys and without white space.
fn canonical(value: &Value) -> String {
    let mut value = value.clone();
    value.sort_all_objects();
    value.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_of_keys_and_of_a_query_does_not_matter() {
        assert_eq!(canonical_body(br#"{"b": [{"y": 1, "x": 2.5}], "a": null}"#), r#"{"a":null,"b":[{"x":2.5,"y":1}]}"#);
        assert_eq!(sorted_query("b=2&a=1&&b=1"), "a=1&b=1&b=2");
    }

    #[test]
    fn a_body_that_is_not_json_is_its_text() {
        assert_eq!(canonical_body(b"{not json"), "{not json");
    }
}

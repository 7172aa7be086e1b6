//! An output for a report: without the data of files, without secrets, and bounded.

use super::base64::{is_base64, media};
use super::keys::{Role, role};
use crate::secret::Secrets;
use serde_json::Value;
use url::Url;

/// The most bytes of an output in a report, as JSON text.
const LARGEST: usize = 256 << 10;

/// The deepest nesting. Parsers limit it, and a report nests the output further.
const DEEPEST: usize = 64;

/// Replaces the data of files by its size, removes the query of URLs (a presigned one is a key), redacts
/// secrets and truncates deep nesting. None if the result is still too large for a report.
pub fn strip(mut output: Value, secrets: &Secrets) -> Option<Value> {
    strip_value(&mut output, "", secrets, DEEPEST);
    (output.to_string().len() <= LARGEST).then_some(output)
}

fn strip_value(value: &mut Value, key: &str, secrets: &Secrets, levels: usize) {
    match value {
        Value::Array(_) | Value::Object(_) if levels == 0 => {
            *value = Value::String(format!("<nested, {} bytes>", value.to_string().len()));
        }
        Value::String(text) => *text = strip_text(text, key, secrets),
        Value::Array(items) => items.iter_mut().for_each(|item| strip_value(item, key, secrets, levels - 1)),
        Value::Object(fields) => {
            fields.iter_mut().for_each(|(key, field)| strip_value(field, key, secrets, levels - 1));
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn strip_text(text: &str, key: &str, secrets: &Secrets) -> String {
    // Shorter base64 looks like a word, unless the key says that it is data.
    const SURELY: usize = 256;
    let is_data = matches!(key, "data" | "image" | "images" | "base64" | "video");
    let is_file = || matches!(role(key), Role::Of(_) | Role::Files) && media(text).is_some();
    // Else the search would read megabytes of data.
    let (prefix, data) = match text.starts_with("data:").then(|| text.split_once(";base64,")).flatten() {
        Some((kind, data)) => (format!("{kind};base64,"), data),
        None => (String::new(), text),
    };
    let sure = !prefix.is_empty() || data.len() >= SURELY;
    if is_base64(data) && (sure || is_file() || (is_data && base64_simd::STANDARD.check(data.as_bytes()).is_ok())) {
        return format!("{prefix}<base64, {} bytes>", decoded_length(data));
    }
    if let Some(url) = web_url(text) {
        return secrets.redact(&url);
    }
    if is_data && text.len() > 4 * SURELY {
        return format!("<{} characters>", text.chars().count());
    }
    secrets.redact(text)
}

fn decoded_length(base64: &str) -> usize {
    base64.trim_end_matches('=').bytes().filter(|byte| !byte.is_ascii_whitespace()).count() * 3 / 4
}

/// A URL with `…` in place of its query. None if the text is not a URL.
fn web_url(text: &str) -> Option<String> {
    let url = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https"))?;
    let mut shown = url.clone();
    shown.set_query(None);
    shown.set_fragment(None);
    let _ = (shown.set_username(""), shown.set_password(None));
    Some(if url.query().is_some() { format!("{shown}?…") } else { shown.into() })
}

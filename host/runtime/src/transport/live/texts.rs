//! Texts about jobs, without what a handler wrote by mistake: values of the endpoint's environment, and secrets in its `logs`.
//!
//! They are removed from responses, so no guest, report or cassette gets them.

use crate::transport::record::{hide_values, secrets_of};
use bytes::Bytes;
use comfycheck_core::secret::Secrets;
use serde_json::Value;
use std::sync::{Mutex, PoisonError};
use url::Url;

/// The values of the endpoint's environment, once the management API has shown them.
#[derive(Debug, Default)]
pub(super) struct Environment(Mutex<Secrets>);

/// Words in the name of a setting that is a secret.
const SECRET_NAMES: [&str; 8] = ["token", "key", "secret", "password", "passwd", "credential", "auth", "bearer"];

/// The longest text of an output that is searched, in bytes.
const LONGEST_TEXT: usize = 64 << 10;

/// The shortest value of such a setting, in bytes.
const SHORTEST: usize = 4;

const MARK: &str = "[redacted]";

impl Environment {
    /// Keeps the values of a response of the management API.
    pub(super) fn learn(&self, body: &[u8]) {
        let Ok(mut json) = serde_json::from_slice::<Value>(body) else { return };
        let hidden = hide_values(&mut json);
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *known = known.with(secrets_of(&hidden));
    }

    /// A response about a job. Addresses in its output stay: a value of the environment may be that of the downloads.
    pub(super) fn clean(&self, body: Bytes) -> Bytes {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        // With what ends the name, plain and inside of a text: base64 has the letters alone, too.
        let is_name =
            |window: &[u8]| window.starts_with(LOGS.as_bytes()) && matches!(window.last(), Some(b'"' | b'\\'));
        let has_logs = body.windows(LOGS.len() + 1).any(is_name);
        if !has_logs && !known.finds_known(&body) {
            return body;
        }
        let Ok(mut json) = serde_json::from_slice::<Value>(&body) else { return body };
        let before = json.clone();
        if let Some(error) = json.get_mut("error") {
            error_text(error, &known);
        }
        if let Some(output) = json.get_mut("output") {
            texts(output, &known);
        }
        if json == before { body } else { json.to_string().into() }
    }
}

/// The field of an error in which RunPod's SDK sends what the handler wrote.
const LOGS: &str = "logs";

/// The error of a job: a text, or JSON as a text.
fn error_text(error: &mut Value, known: &Secrets) {
    if let Value::String(text) = error {
        if let Ok(mut inner @ Value::Object(_)) = serde_json::from_str::<Value>(text) {
            logs(&mut inner);
            // What JSON escapes is found only inside.
            known.redact_json(&mut inner);
            *text = inner.to_string();
        }
        *text = String::from_utf8_lossy(&known.redact_known(text.as_bytes())).into_owned();
        return;
    }
    logs(error);
    known.redact_json(error);
}

fn logs(error: &mut Value) {
    match error.get_mut(LOGS) {
        Some(Value::String(text)) => *text = without_settings(text),
        Some(Value::Array(lines)) => {
            for line in lines {
                if let Value::String(text) = line {
                    *text = without_settings(text);
                }
            }
        }
        _ => {}
    }
}

/// Images are longer than texts.
fn texts(value: &mut Value, known: &Secrets) {
    match value {
        Value::String(text) if text.len() <= LONGEST_TEXT && Url::parse(text).is_err() => {
            *text = String::from_utf8_lossy(&known.redact_known(text.as_bytes())).into_owned();
        }
        Value::Array(items) => items.iter_mut().for_each(|item| texts(item, known)),
        Value::Object(fields) => fields.iter_mut().for_each(|(_, field)| texts(field, known)),
        _ => {}
    }
}

/// A log without the values of settings whose names sound like secrets: `HF_TOKEN=…`, `"api_key": "…"`, `Bearer …`.
fn without_settings(log: &str) -> String {
    log.split_inclusive('\n').map(without_settings_in_line).collect()
}

fn without_settings_in_line(line: &str) -> String {
    let is_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    let mut shown = String::new();
    let mut rest = line;
    while let Some(start) = rest.find(is_word) {
        let (before, from_name) = rest.split_at(start);
        let end = from_name.find(|c| !is_word(c)).unwrap_or(from_name.len());
        let (name, after) = from_name.split_at(end);
        shown.push_str(before);
        shown.push_str(name);
        rest = after;
        let lower = name.to_ascii_lowercase();
        // `KeyError: 'prompt'` names no secret.
        if lower.ends_with("error") || !SECRET_NAMES.iter().any(|secret| lower.contains(secret)) {
            continue;
        }
        let gap = after.find(|c: char| !matches!(c, ' ' | '=' | ':' | '"' | '\'')).unwrap_or(after.len());
        let (between, value) = after.split_at(gap);
        if !between.contains(['=', ':']) && lower != "bearer" {
            continue;
        }
        // `Authorization: Bearer …`: the next word is the secret.
        if value.get(..6).is_some_and(|word| word.eq_ignore_ascii_case("bearer")) {
            continue;
        }
        let length =
            value.find(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | ',' | ';' | '}')).unwrap_or(value.len());
        if length >= SHORTEST {
            shown.push_str(between);
            shown.push_str(MARK);
            rest = &value[length..];
        }
    }
    shown.push_str(rest);
    shown
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn cleaned(environment: &Environment, body: &Value) -> Value {
        serde_json::from_slice(&environment.clean(body.to_string().into())).unwrap()
    }

    fn learned() -> Environment {
        let environment = Environment::default();
        let values = json!({"PASS": "opensesame99", "BUCKET": "https://b.example/x", "MODE": "COMPLETED"});
        environment.learn(json!({"id": "e", "env": values}).to_string().as_bytes());
        environment
    }

    #[test]
    fn values_of_the_environment_are_removed_from_texts_about_jobs() {
        let job = json!({
            "id": "opensesame99", "status": "COMPLETED", "error": "login with opensesame99 failed",
            "output": {
                "images": [{"data": "https://b.example/x/a.png"}],
                "details": ["the key opensesame99 is wrong"],
                "text": "opensesame99", "data": "A".repeat(100_000) + "opensesame99",
            },
        });
        let expected = json!({
            "id": "opensesame99", "status": "COMPLETED", "error": "login with [redacted] failed",
            "output": {
                "images": [{"data": "https://b.example/x/a.png"}],
                "details": ["the key [redacted] is wrong"],
                "text": "[redacted]", "data": "A".repeat(100_000) + "opensesame99",
            },
        });
        assert_eq!(cleaned(&learned(), &job), expected);
        assert_eq!(cleaned(&Environment::default(), &job), job, "before the environment is known");
    }

    #[test]
    fn an_error_that_is_json_is_cleaned_inside() {
        let error = json!({"error_message": "no \"opensesame99\"", "logs": "HF_TOKEN=hunter2 PORT=8188\nMemoryError"});
        let shown = cleaned(&learned(), &json!({"error": error.to_string()}));
        let inner: Value = serde_json::from_str(shown["error"].as_str().unwrap()).unwrap();
        let expected =
            json!({"error_message": "no \"[redacted]\"", "logs": "HF_TOKEN=[redacted] PORT=8188\nMemoryError"});
        assert_eq!(inner, expected);
        assert_eq!(cleaned(&learned(), &json!({"error": error}))["error"], expected);
    }

    #[test]
    fn what_sounds_like_a_secret_is_removed_from_a_log() {
        for (log, expected) in [
            ("HF_TOKEN=hunter2", "HF_TOKEN=[redacted]"),
            ("'api_key': 'hunter2', 'seed': 1", "'api_key': '[redacted]', 'seed': 1"),
            ("{\"password\":\"hunter2\"}", "{\"password\":\"[redacted]\"}"),
            ("Authorization: Bearer hunter2 sent", "Authorization: Bearer [redacted] sent"),
            ("aws_secret_access_key = hunter2", "aws_secret_access_key = [redacted]"),
            ("KeyError: 'prompt'", "KeyError: 'prompt'"),
            ("the key is missing", "the key is missing"),
            ("seed=12345678", "seed=12345678"),
            ("é token", "é token"),
            ("", ""),
        ] {
            assert_eq!(without_settings(log), expected);
        }
    }

    #[test]
    fn what_is_not_json_stays() {
        let body = Bytes::from_static(b"<html>logs opensesame99</html>");
        assert_eq!(learned().clean(body.clone()), body);
    }
}

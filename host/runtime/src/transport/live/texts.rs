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
            logs(output);
            texts(output, &known);
        }
        if json == before { body } else { json.to_string().into() }
    }
}

/// The field of an error in which RunPod's SDK sends what the handler wrote. Handlers return it in outputs, too.
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

/// Cleans every field `logs`, also in JSON that is a text.
fn logs(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            for (name, field) in fields {
                if name == LOGS { log(field) } else { logs(field) }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(logs),
        Value::String(text) if text.len() <= LONGEST_TEXT && text.contains(LOGS) => {
            if let Ok(mut inner @ Value::Object(_)) = serde_json::from_str::<Value>(text) {
                logs(&mut inner);
                *text = inner.to_string();
            }
        }
        _ => {}
    }
}

/// Cleans all texts of a log.
fn log(value: &mut Value) {
    match value {
        Value::String(text) => *text = without_secrets(text),
        Value::Array(items) => items.iter_mut().for_each(log),
        Value::Object(fields) => fields.iter_mut().for_each(|(_, field)| log(field)),
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

/// A log without what is, or can be, a secret. It only has to name the cause of a failure: no message quotes it.
fn without_secrets(log: &str) -> String {
    let known_by_name: String = log.split_inclusive('\n').map(without_settings_in_line).collect();
    without_random_words(&Secrets::default().redact(&known_by_name))
}

/// The shortest word that can be a key.
const SHORTEST_KEY: usize = 16;

/// A text without long words that mix letters and digits, as keys do. Folders and hosts stay.
fn without_random_words(text: &str) -> String {
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '+' | '/' | '=' | '~');
    let mut shown = String::new();
    let mut rest = text;
    while let Some(start) = rest.find(is_part) {
        let (before, from_word) = rest.split_at(start);
        let end = from_word.find(|c| !is_part(c)).unwrap_or(from_word.len());
        let (word, after) = from_word.split_at(end);
        shown.push_str(before);
        // A path begins with a slash, or follows the end of a host's name.
        let is_path = word.starts_with('/') || (shown.ends_with('.') && word.contains('/'));
        let parts = if is_path { word.split_inclusive('/').collect() } else { vec![word] };
        for part in parts {
            let (name, slash) = part.strip_suffix('/').map_or((part, ""), |name| (name, "/"));
            shown.push_str(if is_random(name) { MARK } else { name });
            shown.push_str(slash);
        }
        rest = after;
    }
    shown.push_str(rest);
    shown
}

fn is_random(word: &str) -> bool {
    // `name=value`: the name is not part of the secret.
    let value = word.trim_end_matches('=').rsplit('=').next().unwrap_or(word);
    value.len() >= SHORTEST_KEY
        && value.bytes().any(|byte| byte.is_ascii_digit())
        && value.bytes().any(|byte| byte.is_ascii_alphabetic())
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
            // Without a name.
            ("using k9XbQ2mZr7Lw0TfY4vNd for it", "using [redacted] for it"),
            ("x9aQ1w2E3r4T5y6U7i8O9p0A.s1D2f3G4h5J6k7L8z9X0c1V", "[redacted].[redacted]"),
            ("login wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "login [redacted]"),
            ("postgres://bot:hunter2hunter2@db.example/x", "postgres://bot:[redacted]@db.example/x"),
            ("at /comfyui/models/flux1-dev.safetensors", "at /comfyui/models/flux1-dev.safetensors"),
            ("RuntimeError: CUDA error: no kernel image", "RuntimeError: CUDA error: no kernel image"),
            ("CUDA_ERROR_OUT_OF_MEMORY", "CUDA_ERROR_OUT_OF_MEMORY"),
            ("401 for https://huggingface.co/org/model2/resolve", "401 for https://huggingface.co/org/model2/resolve"),
            ("", ""),
        ] {
            assert_eq!(without_secrets(log), expected);
        }
    }

    #[test]
    fn logs_are_cleaned_wherever_a_job_returns_them() {
        let dirty = "using k9XbQ2mZr7Lw0TfY4vNd";
        let bodies = [
            json!({"output": {"error": "no", "logs": dirty}}),
            json!({"output": [{"result": {"logs": [dirty, {"line": dirty}]}}]}),
            json!({"output": json!({"error": "no", "logs": dirty}).to_string()}),
            json!({"error": json!({"detail": {"logs": dirty}}).to_string()}),
            json!({"error": {"detail": json!({"logs": {"stderr": dirty}}).to_string()}}),
        ];
        for body in bodies {
            let shown = cleaned(&Environment::default(), &body).to_string();
            assert!(!shown.contains("k9XbQ2mZ") && shown.contains("using [redacted]"), "{shown}");
        }
        let other = json!({"output": {"images": [{"data": "k9XbQ2mZr7Lw0TfY4vNd"}], "logs": ""}});
        assert_eq!(cleaned(&Environment::default(), &other), other, "only logs are searched for what looks like a key");
    }

    #[test]
    fn what_is_not_json_stays() {
        let body = Bytes::from_static(b"<html>logs opensesame99</html>");
        assert_eq!(learned().clean(body.clone()), body);
    }
}

//! What a job itself says went wrong.

use crate::samples::{Ending, Sample};
use comfycheck_worker_error::{NodeFailure, WorkerError};
use serde_json::{Map, Value};

/// What a job's error, or its output, says went wrong.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Failure {
    /// The error in words, or ComfyUI's JSON. It may have several lines.
    pub text: String,
    /// The traceback of the handler's exception.
    pub traceback: Option<String>,
    /// What the handler wrote before it failed. It may hold secrets: look for known texts in it, and never quote it.
    pub logs: Option<String>,
    /// Whether RunPod reports the job completed, and only its output reports the failure.
    pub in_output: bool,
}

impl Sample {
    /// Whether ComfyUI ran the workflow, with or without a result: so it found every node class and accepted the inputs.
    ///
    /// A file proves it, also one that was lost afterwards, a node that failed while it ran, and worker-comfyui's report of a run without images. Workers
    /// before 4.1 report errors as success, so a completed job alone proves nothing.
    #[must_use]
    pub fn was_executed(&self) -> bool {
        let without_images = || {
            let output: Option<Value> = self.output.as_deref().and_then(|json| serde_json::from_str(json).ok());
            output.is_some_and(|output| output.get("status").and_then(Value::as_str) == Some("success_no_images"))
        };
        match self.ending {
            Ending::Succeeded if self.file_count() > 0 || !self.lost_images.is_empty() || without_images() => true,
            Ending::Succeeded | Ending::Failed => {
                self.failure().is_some_and(|failure| NodeFailure::parse(&failure.text).is_some())
            }
            _ => false,
        }
    }

    /// What the job says went wrong; none if it says nothing.
    ///
    /// A failed job reports an `error`. Its output can hold the details. A handler can also complete a job with an output
    /// that is an error: `{"error": …}`, `{"success": false, …}`, `{"status": "failed", "message": …}` and the like, a
    /// list of those, one of those within another object, or a text. The output of a job with files is not such an error.
    #[must_use]
    pub fn failure(&self) -> Option<Failure> {
        let output: Option<Value> = self.output.as_deref().and_then(|json| serde_json::from_str(json).ok());
        match self.ending {
            Ending::Succeeded if self.file_count() > 0 || !self.lost_images.is_empty() => None,
            Ending::Succeeded => Some(Failure { in_output: true, ..of_value(&failed_part(&output?, DEPTH)?) }),
            _ => {
                let mut failure = self.error.as_deref().map(of_error).unwrap_or_default();
                let details = output.iter().flat_map(details);
                let details = details.filter(|detail| !failure.text.contains(detail.as_str())).collect::<Vec<_>>();
                let texts = [failure.text.clone()].into_iter().chain(details).filter(|text| !text.is_empty());
                failure.text = texts.collect::<Vec<_>>().join(": ");
                Some(failure).filter(|failure| !failure.text.is_empty())
            }
        }
    }
}

/// Reads the `error` of a job: a text, or JSON as text.
fn of_error(error: &str) -> Failure {
    match serde_json::from_str::<Value>(error) {
        Ok(value @ Value::Object(_)) => of_value(&value),
        _ => Failure { text: error.trim().to_owned(), ..Failure::default() },
    }
}

fn of_value(value: &Value) -> Failure {
    if let Value::String(text) = value {
        return of_error(text);
    }
    let text = |key: &str| value.get(key).and_then(Value::as_str).map(str::to_owned);
    // RunPod's SDK reports an exception of the handler like this, and since 2.0 one before the first job.
    let Some(message) = text("error_message") else { return Failure { text: in_words(value), ..Failure::default() } };
    let kind = text("error_type").unwrap_or_default();
    let kind = kind.trim_start_matches("<class '").trim_end_matches("'>").to_owned();
    let parts = [text("event").unwrap_or_default(), kind, message];
    let parts = parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>();
    let logs = value.get("logs").map(|logs| logs.as_str().map_or_else(|| logs.to_string(), str::to_owned));
    Failure { text: parts.join(": "), traceback: text("error_traceback"), logs, in_output: false }
}

/// The message of an error; else the whole error as JSON, as where the message leaves out what ComfyUI said.
fn in_words(value: &Value) -> String {
    match said(value) {
        Some(message) if !quotes_comfyui(value) || is_of_comfyui(message) => message.trim().to_owned(),
        _ => value.to_string(),
    }
}

/// The words of an error in an object.
fn said(value: &Value) -> Option<&str> {
    const KEYS: [&str; 10] = [
        "message",
        "error",
        "detail",
        "details",
        "exception_message",
        "reason",
        "msg",
        "description",
        "error_message",
        "exception",
    ];
    KEYS.iter().find_map(|key| value.get(key)?.as_str().filter(|text| !text.trim().is_empty()))
}

/// Whether ComfyUI's own words about the workflow are somewhere in a value.
fn quotes_comfyui(value: &Value) -> bool {
    /// ComfyUI's refusals are shorter, in bytes.
    const LONGEST: usize = 1 << 18;
    let text = value.to_string();
    text.len() <= LONGEST && is_of_comfyui(&text)
}

fn is_of_comfyui(text: &str) -> bool {
    NodeFailure::parse(text).is_some() || WorkerError::parse(text) != WorkerError::Unrecognised
}

/// How deep an error is searched in an output.
const DEPTH: u32 = 6;

/// The part of an output that says that the job failed.
fn failed_part(output: &Value, depth: u32) -> Option<Value> {
    /// What the handler got, and not what came of it.
    const INPUTS: [&str; 5] = ["input", "workflow", "prompt", "request", "extra_pnginfo"];
    let depth = depth.checked_sub(1)?;
    match output {
        Value::Array(items) => items.iter().rev().find_map(|item| failed_part(item, depth)),
        Value::String(text) => is_error_text(text).then(|| output.clone()),
        Value::Object(fields) => {
            let within = || {
                let mut fields = fields.iter().filter(|(key, _)| !INPUTS.contains(&key.as_str()));
                fields.find_map(|(_, value)| failed_part(value, depth))
            };
            reported(fields).or_else(within).map(|error| whole(error, output))
        }
        _ => None,
    }
}

/// The error, or the output around it if only that has ComfyUI's own words.
fn whole(error: Value, output: &Value) -> Value {
    if !quotes_comfyui(&error) && quotes_comfyui(output) { output.clone() } else { error }
}

/// The error that an object reports: in a field for errors, or in words beside a sign of failure.
fn reported(fields: &Map<String, Value>) -> Option<Value> {
    const SIGNS: [&str; 4] = ["success", "ok", "succeeded", "successful"];
    let output = || Value::Object(fields.clone());
    if fields.get("node_errors").is_some_and(|nodes| !is_empty(nodes)) {
        return Some(output());
    }
    // RunPod's SDK has the exception in several fields.
    if fields.contains_key("error_message") {
        return Some(output());
    }
    let is_error = |key: &str| {
        let key = key.to_ascii_lowercase();
        ["error", "exception", "traceback"].iter().any(|word| key.contains(word))
    };
    let errors = || fields.iter().filter(|(key, value)| is_error(key) && has_words(value));
    let named = ["error", "errors"].iter().find_map(|key| fields.get(*key).filter(|value| has_words(value)));
    if let Some(error) = named.or_else(|| errors().map(|(_, value)| value).next()) {
        return Some(joined(error));
    }
    let is_negative = |value: &Value| match value {
        Value::Bool(succeeded) => !succeeded,
        Value::String(word) => word.eq_ignore_ascii_case("false"),
        _ => false,
    };
    let has_failed = |value: &Value| match value {
        Value::String(word) => {
            let word = word.to_ascii_lowercase();
            ["fail", "error", "exception"].iter().any(|start| word.starts_with(start))
        }
        // An HTTP status.
        Value::Number(status) => status.as_u64().is_some_and(|status| (400..600).contains(&status)),
        _ => false,
    };
    let failed = SIGNS.iter().any(|key| fields.get(*key).is_some_and(is_negative))
        || ["status", "state", "code", "status_code", "statusCode", "result"]
            .iter()
            .any(|key| fields.get(*key).is_some_and(has_failed));
    failed.then(|| said(&output()).map_or_else(output, |text| Value::String(text.to_owned())))
}

/// Several errors as one text.
fn joined(error: &Value) -> Value {
    match error {
        Value::Array(errors) if errors.iter().all(Value::is_string) => {
            let errors: Vec<_> = errors.iter().filter_map(Value::as_str).collect();
            Value::String(errors.join(": "))
        }
        error => error.clone(),
    }
}

/// Whether a value says anything about an error.
fn has_words(value: &Value) -> bool {
    !matches!(value, Value::Null | Value::Bool(_) | Value::Number(_)) && !is_empty(value)
}

/// Whether a text is an error and not a result, such as base64 or a URL.
fn is_error_text(text: &str) -> bool {
    const WORDS: [&str; 12] = [
        "error",
        "exception",
        "traceback",
        "failed",
        "out of memory",
        "could not",
        "unable to",
        "timed out",
        "refused",
        "not reachable",
        "not ready",
        "not found",
    ];
    let start: String = text.trim_start().chars().take(200).collect();
    let lower = start.to_ascii_lowercase();
    start.contains(char::is_whitespace) && WORDS.iter().any(|word| lower.contains(word))
}

/// What the output of a failed job adds to its error.
fn details(output: &Value) -> Vec<String> {
    let mut details: Vec<String> = Vec::new();
    let listed = output.get("details").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
    details.extend(listed.take(1).map(|detail| detail.trim().to_owned()));
    if details.is_empty() {
        details.extend(failed_part(output, DEPTH).map(|part| of_value(&part).text));
    }
    details
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::String(text) => text.trim().is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failed(error: Option<&str>, output: Option<&str>) -> Option<Failure> {
        let (error, output) = (error.map(str::to_owned), output.map(str::to_owned));
        Sample { error, output, ..Sample::new(0, Ending::Failed) }.failure()
    }

    fn completed(output: &str) -> Option<Failure> {
        Sample { output: Some(output.to_owned()), ..Sample::new(0, Ending::Succeeded) }.failure()
    }

    #[test]
    fn an_error_is_completed_by_the_output() {
        for (error, output, expected) in [
            (Some("it broke\n"), None, "it broke"),
            (Some("it broke"), Some(r#"{"details": ["node 3", "more"]}"#), "it broke: node 3"),
            (Some("it broke"), Some(r#"{"error": "it broke"}"#), "it broke"),
            (None, Some(r#"{"error": {"message": "no model", "code": 3}}"#), "no model"),
            (Some(r#"{"message": "no model"}"#), None, "no model"),
            (
                Some("it broke"),
                Some(r#"{"result": {"data": {"error": {"message": "no model"}}}}"#),
                "it broke: no model",
            ),
        ] {
            let failure = failed(error, output).expect("a failure");
            assert_eq!((failure.text.as_str(), failure.in_output), (expected, false));
        }
        assert_eq!(failed(None, None), None);
        assert_eq!(failed(Some(""), Some("{}")), None);
    }

    #[test]
    fn an_exception_of_the_sdk_is_unwrapped() {
        let error = r#"{"error_type": "<class 'KeyError'>", "error_message": "'prompt'", "error_traceback": "Traceback", "logs": "x"}"#;
        let (traceback, logs) = (Some("Traceback".to_owned()), Some("x".to_owned()));
        let expected = Failure { text: "KeyError: 'prompt'".into(), traceback, logs, in_output: false };
        assert_eq!(failed(Some(error), None), Some(expected));
        let error = r#"{"event": "prestart_failed", "error_type": "OSError", "error_message": "no disk"}"#;
        assert_eq!(failed(Some(error), None).expect("a failure").text, "prestart_failed: OSError: no disk");
    }

    #[test]
    fn a_refusal_of_comfyui_stays_whole() {
        let body = r#"{"error":{"type":"x"},"node_errors":{"4":{}}}"#;
        assert_eq!(failed(Some(body), None).expect("a failure").text, body);
        assert_eq!(completed(body).expect("a failure").text, body);
    }

    #[test]
    fn a_refusal_of_comfyui_counts_more_than_the_words_around_it() {
        let refusal = r#"{"4":{"class_type":"X","errors":[{"type":"value_not_in_list"}]}}"#;
        for body in [
            format!(r#"{{"message":"refused","body":{refusal}}}"#),
            format!(r#"{{"details":{{"node_errors":{refusal}}},"message":"refused","status":"error"}}"#),
            format!(r#"{{"error":"refused","response":{{"node_errors":{refusal}}}}}"#),
        ] {
            assert!(failed(Some(&body), None).expect("a failure").text.contains(refusal), "{body}");
            assert!(completed(&body).is_none_or(|failure| failure.text.contains(refusal)), "{body}");
        }
    }

    #[test]
    fn an_output_can_be_an_error() {
        for (output, expected) in [
            (r#"{"error": "no memory"}"#, "no memory"),
            (r#"{"error": {"message": "no memory"}}"#, "no memory"),
            (r#"{"errors": "no memory"}"#, "no memory"),
            (r#"{"errors": ["no", "memory"]}"#, "no: memory"),
            (r#"{"status": "FAILED", "message": "no memory"}"#, "no memory"),
            (r#"{"success": false, "detail": "no memory"}"#, "no memory"),
            (r#"{"success": false}"#, r#"{"success":false}"#),
            (r#"[{"progress": 1}, {"error": "no memory"}]"#, "no memory"),
            (r#""Error: no memory""#, "Error: no memory"),
            (r#"{"ok": false, "reason": "no memory"}"#, "no memory"),
            (r#"{"statusCode": 500, "msg": "no memory"}"#, "no memory"),
            (r#"{"code": 503, "message": "no memory"}"#, "no memory"),
            (r#"{"state": "errored", "description": "no memory"}"#, "no memory"),
            (r#"{"image": null, "errorMessage": "no memory"}"#, "no memory"),
            (r#"{"job": {"run": [{"exception": "no memory"}]}}"#, "no memory"),
            (r#"{"traceback": "ValueError: no memory"}"#, "ValueError: no memory"),
            (r#"{"error_type": "ValueError", "error_message": "no memory"}"#, "ValueError: no memory"),
            (r#"{"text": "ComfyUI is not reachable"}"#, "ComfyUI is not reachable"),
        ] {
            let failure = completed(output).expect("a failure");
            assert_eq!((failure.text.as_str(), failure.in_output), (expected, true), "{output}");
        }
    }

    #[test]
    fn a_run_is_proved_by_what_comfyui_did() {
        let executed = |ending, error: &str, output: &str| {
            let (error, output) = (Some(error.to_owned()), Some(output.to_owned()));
            Sample { error, output, ..Sample::new(0, ending) }.was_executed()
        };
        assert!(executed(Ending::Succeeded, "", r#"{"status": "success_no_images", "images": []}"#));
        assert!(executed(Ending::Failed, "failed", r#"{"details": ["Node Type: KSampler, Node ID: 3, Message: no"]}"#));
        assert!(Sample { image_count: 1, ..Sample::new(0, Ending::Succeeded) }.was_executed());
        let lost = vec![crate::samples::LostImage { name: "a.png".into(), reason: "not uploaded".into() }];
        assert!(Sample { lost_images: lost, ..Sample::new(0, Ending::Succeeded) }.was_executed());
        assert!(!executed(Ending::Succeeded, "", r#"{"status": "success"}"#));
        assert!(!executed(Ending::Failed, "ComfyUI server not reachable", "{}"));
        assert!(!executed(Ending::NotFinished, "", "{}"));
    }

    #[test]
    fn an_output_with_a_result_is_no_error() {
        let results = [
            r#"{"images": []}"#,
            r#"{"error": null, "video": "x"}"#,
            r#"{"errors": [], "error_count": 0, "success": true, "status": "ok", "statusCode": 200}"#,
            r#"{"workflow": {"3": {"inputs": {"text": "a fatal error in a machine"}}}}"#,
            r#""aGVycm9y""#,
            "3",
            "[]",
        ];
        for output in results {
            assert_eq!(completed(output), None, "{output}");
        }
        let output = Some(r#"{"error": "late"}"#.to_owned());
        assert_eq!(Sample { output, image_count: 1, ..Sample::new(0, Ending::Succeeded) }.failure(), None);
    }
}

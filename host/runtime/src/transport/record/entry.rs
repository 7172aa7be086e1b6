//! An exchange as a cassette has it: redacted, and timed on its own line.

use super::RecordedAnswer;
use super::environment::{hide_values, secrets_of};
use super::folder::{Folder, RecordError};
use crate::transport::cassette_v1::{ApiV1, BodyV1, ExchangeV1, MethodV1, PhaseV1, RequestV1, ResponseV1};
use crate::transport::exchange::{Api, Method, Phase, Request, Response, Round, SendError, created_job, status_job};
use crate::transport::timeline::millis;
use comfycheck_core::secret::Secrets;
use serde_json::Value;
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::time::Duration;

#[derive(Debug)]
pub(in crate::transport) struct ExchangeRecord {
    pub(in crate::transport) round: Round,
    /// When it could be sent, from the start of the round.
    pub(in crate::transport) sent: Duration,
    /// The task's place among tasks that wake at the same time.
    pub(in crate::transport) order: u32,
    pub(in crate::transport) request: Request,
    pub(in crate::transport) answered: RecordedAnswer,
}

/// Longer bodies are files.
const LONGEST_INLINE: usize = 4 << 10;

/// Makes entries, and writes their bodies.
pub(super) struct Entries {
    pub(super) folder: Folder,
    pub(super) secrets: Secrets,
    /// Values of the endpoint's environment, which workers' logs may contain. They are only
    /// redacted from logs: one of them may be the address of the downloads.
    pub(super) environment: Secrets,
    /// When the submission of a job was answered.
    pub(super) created: BTreeMap<String, Duration>,
}

impl Entries {
    /// The entry of an exchange; none if a cassette does not need it.
    pub(super) fn entry(&mut self, record: &ExchangeRecord) -> Result<Option<ExchangeV1>, RecordError> {
        let ExchangeRecord { round: Round { phase, attempt }, sent, order: _, request, answered } = record;
        let (response, failure) = match &answered.outcome {
            Ok(response) => (Some(self.response(request.api(), response)?), None),
            Err(SendError::Failed(failure)) => (None, Some((*failure).into())),
            // Only a replay returns this.
            Err(SendError::NotRecorded(_)) => return Ok(None),
        };
        let start = self.start(request, answered);
        let path = self.text(&request.path());
        let query = Some(self.text(request.query())).filter(|query| !query.is_empty());
        let range = Some(request.range_header()).filter(|range| !range.is_empty());
        let body = match &request.body {
            Some(body) => self.body(self.redacted(body.to_string().as_bytes()).as_ref())?,
            None => None,
        };
        let method = match request.method {
            Method::Get => MethodV1::Get,
            Method::Head => MethodV1::Head,
            Method::Post => MethodV1::Post,
        };
        Ok(Some(ExchangeV1 {
            api: match request.api() {
                Api::Jobs => ApiV1::Jobs,
                Api::Management => ApiV1::Management,
                Api::ComfyUi => ApiV1::ComfyUi,
                Api::Result => ApiV1::Result,
                Api::Volume => ApiV1::Volume,
            },
            phase: match phase {
                Phase::Deployment => PhaseV1::Deployment,
                Phase::Sampling => PhaseV1::Sampling,
                Phase::Sample => PhaseV1::Sample,
                Phase::Run => PhaseV1::Run,
            },
            attempt: Some(*attempt).filter(|attempt| *attempt > 1),
            request: RequestV1 { method, path, query, range, body },
            sent_ms: millis(sent.saturating_sub(start)),
            answered_ms: millis(answered.at.saturating_sub(start)),
            response,
            failure,
        }))
    }

    /// The start of the line on which an exchange is timed. For a job's status, the response to its
    /// submission.
    fn start(&mut self, request: &Request, answered: &RecordedAnswer) -> Duration {
        let path = request.path();
        if let Some(job) = created_job(request.method, &path, answered.outcome.as_ref().ok()) {
            self.created.insert(job, answered.at);
        }
        status_job(&path).and_then(|job| self.created.get(job)).copied().unwrap_or_default()
    }

    fn response(&mut self, api: Api, response: &Response) -> Result<ResponseV1, RecordError> {
        let Response { status, content_type, retry_after, object, location, body } = response;
        // Other headers are never read, so they cannot be written.
        let content_type = content_type.as_ref().map(|value| ("content-type".to_owned(), self.text(value)));
        let retry_after = retry_after.map(|value| ("retry-after".to_owned(), value.as_secs().to_string()));
        let location = location.as_ref().map(|value| ("location".to_owned(), self.text(value)));
        let object = object.iter().map(|(name, value)| (name.to_owned(), self.text(value))).collect::<Vec<_>>();
        let body = match api {
            Api::Management => self.without_env(body),
            Api::Jobs | Api::ComfyUi | Api::Result | Api::Volume => Cow::Borrowed(&**body),
        };
        let body = self.body(&self.redacted(&body))?;
        Ok(ResponseV1 {
            status: *status,
            headers: content_type.into_iter().chain(retry_after).chain(location).chain(object).collect(),
            body,
        })
    }

    /// A response of the management API without the values of environment variables, also in
    /// workers' logs.
    fn without_env<'b>(&mut self, body: &'b [u8]) -> Cow<'b, [u8]> {
        let mut json = serde_json::from_slice::<Value>(body).unwrap_or_default();
        let hidden = hide_values(&mut json);
        if !hidden.is_empty() {
            self.environment = self.environment.with(secrets_of(&hidden));
            return Cow::Owned(json.to_string().into_bytes());
        }
        self.environment.redact_known(body)
    }

    /// Short bodies are JSON or text, longer ones a file.
    fn body(&self, bytes: &[u8]) -> Result<Option<BodyV1>, RecordError> {
        if bytes.is_empty() {
            return Ok(None);
        }
        let short = std::str::from_utf8(bytes).ok().filter(|text| text.len() <= LONGEST_INLINE);
        let Some(text) = short else { return Ok(Some(BodyV1::File(self.folder.body(bytes)?))) };
        let json = serde_json::from_str::<&RawValue>(text).ok();
        // White space around it would be lost.
        Ok(Some(match json.filter(|json| json.get() == text) {
            Some(json) => BodyV1::Json(json.to_owned()),
            None => BodyV1::Text(text.to_owned()),
        }))
    }

    fn text(&self, text: &str) -> String {
        String::from_utf8_lossy(&self.redacted(text.as_bytes())).into_owned()
    }

    fn redacted<'b>(&self, bytes: &'b [u8]) -> Cow<'b, [u8]> {
        self.secrets.redact_bytes(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn of_an_environment_only_the_names_are_written() {
        let folder = tempfile::tempdir().unwrap();
        let mut entries = Entries {
            folder: Folder::create(folder.path()).unwrap(),
            secrets: Secrets::default(),
            environment: Secrets::default(),
            created: BTreeMap::new(),
        };
        for (original, written) in [
            (r#"{"env":{"TOKEN":"hidden-value","N":1}}"#, r#"{"env":{"TOKEN":"[redacted]","N":"[redacted]"}}"#),
            (r#"[{"env":[{"key":"T","value":"x"}]}]"#, r#"[{"env":[{"key":"T","value":"[redacted]"}]}]"#),
            (
                r#"[{"field":"env","old":{"T":"x"},"new":{}},{"field":"image","old":"a"}]"#,
                r#"[{"field":"env","old":{"T":"[redacted]"},"new":{}},{"field":"image","old":"a"}]"#,
            ),
            ("data: started with TOKEN=hidden-value", "data: started with TOKEN=[redacted]"),
            (r#"{"a" : 1.50}"#, r#"{"a" : 1.50}"#),
        ] {
            assert_eq!(String::from_utf8_lossy(&entries.without_env(original.as_bytes())), written);
        }
    }

    #[test]
    fn the_values_of_an_environment_are_removed_from_logs_however_a_program_prints_them() {
        let folder = tempfile::tempdir().unwrap();
        let mut entries = Entries {
            folder: Folder::create(folder.path()).unwrap(),
            secrets: Secrets::default(),
            environment: Secrets::default(),
            created: BTreeMap::new(),
        };
        let key = "-----BEGIN KEY-----\nMIIEvQIBADANBgkqhkiG\n-----END KEY-----\n";
        let account = serde_json::to_string_pretty(&json!({"type": "x", "password": "hunter2-hunter2"})).unwrap();
        let environment = json!({"KEY": key, "ACCOUNT": account, "PATH": "p@ss\\BACK\\slash", "TAB": "tab\tin-it", "NAME": "naïve-clé"});
        entries.without_env(json!({"env": environment}).to_string().as_bytes());
        let printed = [
            "MIIEvQIBADANBgkqhkiG".to_owned(),
            r#"  "password": "hunter2-hunter2""#.to_owned(),
            r"'p@ss\\BACK\\slash'".to_owned(),
            "p@ss\\BACK\\slash tab\tin-it naïve-clé".to_owned(),
            environment.to_string(),
            environment.to_string().replace('ï', "\\u00ef").replace('é', "\\u00e9"),
        ];
        for line in printed {
            let body = format!("data: {}\n", json!({"source": "container", "line": line}));
            let written = String::from_utf8(entries.without_env(body.as_bytes()).into_owned()).unwrap();
            for part in ["MIIE", "hunter2", "BACK", "in-it", "clé", "00e9"] {
                assert!(!written.contains(part), "{part} in {written}");
            }
            let json = written.strip_prefix("data:").and_then(|json| serde_json::from_str::<Value>(json).ok());
            assert!(json.is_some_and(|json| json["line"].as_str().unwrap().contains("[redacted]")), "{written}");
        }
    }
}

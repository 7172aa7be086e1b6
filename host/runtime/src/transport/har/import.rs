//! From a HAR file to a cassette, through the recorder, so no secret is written to disk.

use crate::transport::cassette::LONGEST_MS;
use crate::transport::cassette_v1::{FailureV1, InputV1, VolumeV1};
use crate::transport::exchange::{Api, ENDPOINT, Failure, Method, Phase, Request, Response, Round, SendError, Target};
use crate::transport::record::{CassetteHead, ExchangeRecord, RecordError, RecordedAnswer, Recorder};
use bytes::Bytes;
use comfycheck_core::secret::Secrets;
use comfycheck_core::suite::{RUNPOD, volume_problems};
use jiff::Timestamp;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;
use std::path::Path;
use std::str::FromStr;
use std::time::Duration;
use url::Url;

/// Why a HAR file cannot become a cassette.
#[derive(Debug, thiserror::Error)]
pub enum HarError {
    #[error("not a HAR file")]
    Json(#[source] serde_json::Error),
    #[error("no request to endpoint `{endpoint}` in it")]
    NoJobs { endpoint: String },
    /// comfycheck did not write it, and no endpoint is given.
    #[error("not written by `comfycheck cassette to-har`: the endpoint is unknown")]
    NoEndpoint,
    /// The cassette would be refused.
    #[error("{0}")]
    Invalid(String),
    #[error(transparent)]
    Record(#[from] RecordError),
}

/// The result of an import.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImportSummary {
    /// In the cassette.
    pub exchanges: usize,
    /// Entries that do not belong in a cassette, such as the pages of a console.
    pub left_out: usize,
    /// Those of them with an invalid URL: its text.
    pub bad_urls: Vec<String>,
}

/// Writes the cassette of a HAR file. It contains the requests to `endpoint`, to RunPod's
/// management API and to a `ComfyUI`, and the downloads of images. A file that was a cassette needs
/// no `endpoint`, and no request to one.
pub fn import(text: &str, endpoint: Option<&str>, folder: &Path) -> Result<ImportSummary, HarError> {
    let Har { log } = serde_json::from_str(text).map_err(HarError::Json)?;
    let (endpoint, is_own) = match (endpoint, &log.own) {
        (None, None) => return Err(HarError::NoEndpoint),
        (endpoint, own) => (endpoint.unwrap_or(ENDPOINT), own.is_some()),
    };
    let own = log.own.unwrap_or_default();
    let volumes = own.volumes.iter().map(|volume| (volume.id.as_str(), volume.data_center.as_str()));
    if let Some(problem) = volume_problems(volumes, &Secrets::default()).into_iter().next() {
        return Err(HarError::Invalid(problem.what));
    }
    let entries: Vec<_> = log.entries.iter().filter_map(|entry| Some((entry, target(entry, endpoint)?))).collect();
    if !is_own && !entries.iter().any(|(_, target)| matches!(target, Target::Jobs(_))) {
        return Err(HarError::NoJobs { endpoint: endpoint.to_owned() });
    }
    let mut starts: BTreeMap<Round, Timestamp> = BTreeMap::new();
    for (entry, target) in &entries {
        let start = starts.entry(entry.round(target)).or_insert(entry.started);
        *start = entry.started.min(*start);
    }
    let earliest = log.entries.iter().map(|entry| entry.started).min().unwrap_or_default();
    let mut records: Vec<_> = entries
        .into_iter()
        .filter_map(|(entry, target)| {
            let round = entry.round(&target);
            entry.record(round, starts.get(&round).copied().unwrap_or_default(), target)
        })
        .collect();
    let is_late = |record: &&ExchangeRecord| record.answered.at > Duration::from_millis(LONGEST_MS);
    if let Some(ExchangeRecord { request, .. }) = records.iter().find(is_late) {
        let what =
            format!("`{} {}` ends more than 31 days after the start of its phase", request.method, request.path());
        return Err(HarError::Invalid(what));
    }
    // In the order in which a recorder gets them.
    records.sort_by_key(|record| (record.round, record.answered.at));
    let head = CassetteHead {
        recorded: own.recorded.unwrap_or_else(|| earliest.strftime("%Y-%m-%d").to_string()),
        seed: own.seed,
        server: records.iter().any(|record| matches!(record.request.target, Target::ComfyUi(_))),
        local_worker: own.local_worker,
        volumes: own.volumes,
        inputs: own.inputs,
        base_url: own.base_url.unwrap_or_else(|| RUNPOD.to_owned()),
        secrets: Secrets::default(),
    };
    let left_out = log.entries.len() - records.len();
    let recorder = Recorder::create(folder, head)?;
    for record in records {
        recorder.write(record);
    }
    let exchanges = recorder.finish(Some("imported from a HAR file".to_owned()))?;
    let urls = log.entries.iter().map(|entry| &entry.request.url);
    let bad_urls = urls.filter(|url| url.parse::<Url>().is_err()).map(|url| Secrets::default().redact(url)).collect();
    Ok(ImportSummary { exchanges, left_out, bad_urls })
}

#[derive(Deserialize)]
struct Har {
    log: Log,
}

#[derive(Deserialize)]
struct Log {
    entries: Vec<Entry>,
    #[serde(rename = "_comfycheck")]
    own: Option<OwnLog>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
struct OwnLog {
    recorded: Option<String>,
    #[serde(default)]
    seed: u64,
    #[serde(default)]
    volumes: Vec<VolumeV1>,
    #[serde(default)]
    inputs: Vec<InputV1>,
    #[serde(default)]
    local_worker: bool,
    base_url: Option<String>,
}

#[derive(Deserialize)]
struct Entry {
    #[serde(rename = "startedDateTime", deserialize_with = "parsed")]
    started: Timestamp,
    /// In milliseconds.
    #[serde(default)]
    time: f64,
    request: HarRequest,
    response: HarResponse,
    #[serde(rename = "_comfycheck")]
    own: Option<OwnEntry>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct OwnEntry {
    phase: String,
    attempt: Option<u32>,
    at_ms: u64,
    failure: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct HarRequest {
    method: String,
    /// Browsers write what a page requested, which may not be a URL.
    url: String,
    #[serde(default)]
    headers: Vec<Header>,
    post_data: Option<Text>,
}

#[derive(Deserialize)]
struct HarResponse {
    status: u16,
    #[serde(default)]
    headers: Vec<Header>,
    #[serde(default)]
    content: Text,
}

#[derive(Deserialize)]
struct Header {
    name: String,
    value: String,
}

#[derive(Default, Deserialize)]
struct Text {
    text: Option<String>,
    encoding: Option<String>,
}

/// Parses a value from a string.
fn parsed<'de, T, D>(deserializer: D) -> Result<T, D::Error>
where
    T: FromStr<Err: fmt::Display>,
    D: Deserializer<'de>,
{
    String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
}

/// The paths that a run requests from a `ComfyUI`; with a final `/`, a prefix.
const COMFYUI: [&str; 8] = [
    "/system_stats",
    "/object_info",
    "/node_replacements",
    "/models",
    "/models/",
    "/api/experiment/models/",
    "/v2/customnode/installed",
    "/customnode/installed",
];

/// The target of an entry; none if a run never requests it.
fn target(entry: &Entry, endpoint: &str) -> Option<Target> {
    let url = &entry.request.url.parse::<Url>().ok()?;
    let query = url.query().map(|query| format!("?{query}")).unwrap_or_default();
    if url.as_str().strip_prefix(super::VOLUME).is_some_and(|path| path.starts_with('/')) {
        return Some(Target::Volume(format!("{}{query}", url.path())));
    }
    if let Some(path) = url.as_str().strip_prefix(super::COMFYUI).filter(|path| path.starts_with('/')) {
        return Some(Target::ComfyUi(path.to_owned()));
    }
    // A URL escapes the braces of `{endpoint}`.
    let path = url.path().replace("%7Bendpoint%7D", endpoint);
    if let Some((_, below)) = path.split_once(&format!("/v2/{endpoint}/")) {
        return Some(Target::Jobs(format!("/{below}")));
    }
    if url.host_str().is_some_and(|host| host.ends_with(".runpod.io")) {
        return Some(Target::Management(format!("{}{query}", path.strip_prefix("/v2")?.replace(endpoint, ENDPOINT))));
    }
    if COMFYUI.iter().any(|known| path == *known || (known.ends_with('/') && path.starts_with(known))) {
        return Some(Target::ComfyUi(path));
    }
    let header = entry.response.header("content-type");
    let is_image = header.is_some_and(|kind| kind.starts_with("image/") || kind.starts_with("video/"));
    let is_own = entry.own.is_some();
    (entry.request.method == "GET" && (is_image || is_own)).then(|| Target::Result(url.clone()))
}

impl Entry {
    /// Another program's HAR has no phases: jobs belong to the samples, and other requests come
    /// before.
    fn round(&self, target: &Target) -> Round {
        let own = self.own.as_ref().and_then(|own| Phase::ALL.into_iter().find(|phase| phase.word() == own.phase));
        let phase = own.unwrap_or(match target {
            Target::Jobs(_) | Target::Result(_) => Phase::Sampling,
            Target::Management(_) | Target::ComfyUi(_) | Target::Volume(_) => Phase::Deployment,
        });
        let attempt = self.own.as_ref().and_then(|own| own.attempt);
        Round { phase, attempt: attempt.unwrap_or(1).max(1) }
    }

    /// None if a run never sends it like this.
    fn record(&self, round: Round, start: Timestamp, target: Target) -> Option<ExchangeRecord> {
        let method = match self.request.method.as_str() {
            "GET" => Method::Get,
            "HEAD" => Method::Head,
            "POST" => Method::Post,
            _ => return None,
        };
        let text =
            self.request.post_data.as_ref().and_then(|data| data.text.as_deref()).filter(|text| !text.is_empty());
        let body = text.map(serde_json::from_str).transpose().ok()?;
        let sent = match &self.own {
            Some(own) => Duration::from_millis(own.at_ms),
            None => Duration::try_from(self.started.duration_since(start)).unwrap_or_default(),
        };
        // Cassettes count whole milliseconds.
        let took = Duration::try_from_secs_f64(self.time.max(0.0).round() / 1000.0).unwrap_or_default();
        let request = Request { method, target, range: self.range(), body, sent: None, largest: None };
        let answered = RecordedAnswer { outcome: self.outcome(request.api()), at: sent + took };
        Some(ExchangeRecord { round, sent, order: 0, request, answered })
    }

    /// The wanted bytes. None for all of them, or for a header in another form.
    fn range(&self) -> Option<Range<u64>> {
        let header = header(&self.request.headers, "range")?;
        let (first, last) = header.strip_prefix("bytes=")?.split_once('-')?;
        Some(first.parse().ok()?..last.parse::<u64>().ok()?.checked_add(1)?)
    }

    fn outcome(&self, api: Api) -> Result<Response, SendError> {
        if self.response.status == 0 {
            let failure = self.own.as_ref().and_then(|own| own.failure.as_deref());
            let failure = serde_json::from_value::<FailureV1>(failure.into());
            return Err(SendError::Failed(failure.map_or(Failure::Other, Failure::from)));
        }
        let Text { text, encoding } = &self.response.content;
        let text = text.as_deref().unwrap_or_default();
        let body = match encoding.as_deref() {
            Some("base64") => base64_simd::STANDARD.decode_to_vec(text).map(Bytes::from).unwrap_or_default(),
            _ => Bytes::copy_from_slice(text.as_bytes()),
        };
        Ok(Response::new(api, self.response.status, |name| self.response.header(name), body))
    }
}

impl HarResponse {
    fn header(&self, name: &str) -> Option<&str> {
        header(&self.headers, name)
    }
}

fn header<'h>(headers: &'h [Header], name: &str) -> Option<&'h str> {
    let header = headers.iter().find(|header| header.name.eq_ignore_ascii_case(name));
    header.map(|header| header.value.as_str())
}

#[cfg(test)]
mod tests {
    use super::super::export;
    use super::*;
    use crate::testing::wording;
    use crate::transport::cassette::Cassette;
    use serde_json::{Value, json};

    /// A cassette of the repository.
    fn fixture(name: &str) -> std::path::PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/cassettes").join(name)
    }

    #[test]
    fn a_cassette_comes_back_as_it_was() {
        for name in ["denrisi-healthy", "denrisi-no-worker"] {
            let original = Cassette::load(&fixture(name)).unwrap();
            let har = export(&original);
            let folder = tempfile::tempdir().unwrap();
            let imported = import(&har, Some("ep1"), folder.path()).unwrap();
            assert_eq!(imported, ImportSummary { exchanges: original.exchanges.len(), ..ImportSummary::default() });
            let again = Cassette::load(folder.path()).unwrap();
            assert_eq!(
                (again.seed, &again.recorded, again.server),
                (original.seed, &original.recorded, original.server)
            );
            let sorted = |cassette: &Cassette| {
                let mut lines: Vec<_> = cassette.exchanges.iter().map(|exchange| format!("{exchange:?}")).collect();
                lines.sort();
                lines
            };
            assert!(sorted(&again) == sorted(&original), "{name} differs");
        }
    }

    #[test]
    fn a_request_to_a_volume_keeps_its_headers() {
        let exchange = |api: &str, request: Value, response: Value| json!({"api": api, "phase": "deployment", "request": request, "sent-ms": 0, "answered-ms": 5, "response": response});
        let cassette = json!({
            "version": "comfycheck.cassette/1", "recorded": "2026-11-20", "seed": 1, "sources": [],
            "volumes": [{"id": "vol", "data-center": "EU-RO-1"}],
            "exchanges": [
                exchange("volume", json!({"method": "HEAD", "path": "/vol/models/a%20b.sft"}),
                         json!({"status": 200, "headers": {"content-length": "70"}})),
                exchange("volume", json!({"method": "GET", "path": "/vol/models/a%20b.sft", "range": "bytes=0-2"}),
                         json!({"status": 206, "headers": {"content-range": "bytes 0-2/70"}, "body": {"text": "abc"}})),
                exchange("volume", json!({"method": "GET", "path": "/vol", "query": "delimiter=%2F&list-type=2"}),
                         json!({"status": 200, "body": {"text": "<ListBucketResult/>"}})),
            ],
        });
        let parse = |text: &str| {
            Cassette::parse(text.as_bytes(), Path::new("c"), "c".to_owned(), &mut |_| Ok(Bytes::new())).unwrap()
        };
        let original = parse(&cassette.to_string());
        let folder = tempfile::tempdir().unwrap();
        import(&export(&original), None, folder.path()).unwrap();
        let again = Cassette::load(folder.path()).unwrap();
        assert_eq!(again.volumes, original.volumes);
        let sorted = |cassette: &Cassette| {
            let mut lines: Vec<_> = cassette.exchanges.iter().map(|exchange| format!("{exchange:?}")).collect();
            lines.sort();
            lines
        };
        assert_eq!(sorted(&again), sorted(&original));
    }

    #[test]
    fn a_recording_of_a_local_worker_comes_back_as_one() {
        let cassette = json!({
            "version": "comfycheck.cassette/1", "recorded": "2026-11-20", "seed": 1, "sources": [],
            "local-worker": true, "base-url": "http://127.0.0.1:8000",
            "exchanges": [{
                "api": "jobs", "phase": "sampling", "sent-ms": 0, "answered-ms": 5,
                "request": {"method": "POST", "path": "/v2/{endpoint}/runsync", "body": {"json": {"input": {}}}},
                "response": {"status": 200, "body": {"json": {"id": "j1", "status": "COMPLETED"}}},
            }],
        });
        let parse = |text: &str| {
            Cassette::parse(text.as_bytes(), Path::new("c"), "c".to_owned(), &mut |_| Ok(Bytes::new())).unwrap()
        };
        let original = parse(&cassette.to_string());
        let folder = tempfile::tempdir().unwrap();
        import(&export(&original), None, folder.path()).unwrap();
        let again = Cassette::load(folder.path()).unwrap();
        assert_eq!((again.local_worker, again.base_url.as_str()), (true, "http://127.0.0.1:8000"));
        assert_eq!(format!("{:?}", again.exchanges), format!("{:?}", original.exchanges));
    }

    #[test]
    fn what_a_browser_saw_becomes_a_cassette_without_its_headers() {
        let entry = |at: &str, method: &str, url: &str, answer: Value| {
            json!({"startedDateTime": format!("2026-11-20T10:00:{at}Z"), "time": 250.4,
                   "request": {"method": method, "url": url, "headers": [{"name": "Authorization", "value": "Bearer rpa_0123456789ABCDEFGHIJ"}]},
                   "response": {"status": 200, "headers": [{"name": "Set-Cookie", "value": "s=1"}], "content": {"text": answer.to_string()}}})
        };
        let har = json!({"log": {"entries": [
            entry("00.000", "GET", "https://console.runpod.io/assets/app.js", json!(0)),
            entry("00.000", "GET", "https://exa mple.com/x", json!(0)),
            entry("01.000", "POST", "https://api.runpod.ai/v2/ep1/run", json!({"id": "j1"})),
            entry("04.000", "GET", "https://api.runpod.ai/v2/ep1/status/j1", json!({"status": "COMPLETED"})),
        ]}});
        let folder = tempfile::tempdir().unwrap();
        let expected = ImportSummary { exchanges: 2, left_out: 2, bad_urls: vec!["https://exa mple.com/x".to_owned()] };
        assert_eq!(import(&har.to_string(), Some("ep1"), folder.path()).unwrap(), expected);
        let text = std::fs::read_to_string(folder.path().join("cassette.json")).unwrap();
        assert!(!["rpa_", "Set-Cookie", "Authorization", "ep1"].iter().any(|word| text.contains(word)), "{text}");
        let cassette = Cassette::load(folder.path()).unwrap();
        let times: Vec<_> =
            cassette.exchanges.iter().map(|one| (one.sent.as_millis(), one.answered.as_millis())).collect();
        // The status counts from the response to `/run`.
        assert_eq!(times, [(0, 250), (2_750, 3_000)]);
        assert_eq!(cassette.recorded, "2026-11-20");
    }

    #[test]
    fn what_is_no_har_or_not_of_this_endpoint_is_refused_and_nothing_written() {
        let folder = tempfile::tempdir().unwrap();
        let new = folder.path().join("new");
        let refused = |text: &str| import(text, Some("ep1"), &new).unwrap_err();
        let other = refused("{}");
        assert!(matches!(other, HarError::Json(_)), "{other:?}");
        let empty = refused(r#"{"log": {"entries": []}}"#);
        assert!(matches!(&empty, HarError::NoJobs { endpoint } if endpoint == "ep1"), "{empty:?}");
        let volume =
            r#"{"log": {"entries": [], "_comfycheck": {"volumes": [{"id": "../x", "data-center": "EU-RO-1"}]}}}"#;
        let volume = refused(volume);
        assert!(matches!(volume, HarError::Invalid(_)), "{volume:?}");
        let slow = json!({"log": {"entries": [{
            "startedDateTime": "2026-11-20T10:00:00Z", "time": 1e14, "response": {"status": 200},
            "request": {"method": "GET", "url": "https://api.runpod.ai/v2/ep1/health"},
        }]}});
        let slow = refused(&slow.to_string());
        assert!(matches!(slow, HarError::Invalid(_)), "{slow:?}");
        let unnamed = import(r#"{"log": {"entries": []}}"#, None, &new).unwrap_err();
        assert!(matches!(unnamed, HarError::NoEndpoint), "{unnamed:?}");
        insta::assert_snapshot!(wording([
            ("another JSON", other),
            ("no request to the endpoint", empty),
            ("a volume that no suite could name", volume),
            ("an exchange of more than a month", slow),
            ("no endpoint", unnamed),
        ]));
        assert!(!new.exists());
    }
}

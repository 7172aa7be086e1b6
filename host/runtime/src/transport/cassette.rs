//! Cassettes: recordings of exchanges, read and verified as a whole before a replay.

use super::cassette_v1::{
    ApiV1, BodyV1, CassetteV1, ExchangeV1, INTERRUPTED, InputV1, MethodV1, PhaseV1, SourceV1, SuiteFileV1, VERSION,
    VolumeV1,
};
use super::exchange::{Api, Failure, JOBS_BASE, MANAGEMENT_BASE, Method, Phase, Response, Round, is_submission};
use super::key::{Key, canonical_body, sorted_query};
use crate::file::{self, FileError};
use bytes::Bytes;
use comfycheck_core::digest::sha256_hex;
use comfycheck_core::secret::Secrets;
use comfycheck_core::suite::{RUNPOD, volume_problems};
use comfycheck_core::wording::bytes;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A verified recording of exchanges.
#[derive(Debug)]
pub struct Cassette {
    /// The name of its folder.
    pub name: String,
    /// `YYYY-MM-DD`: the date of the run in replay.
    pub recorded: String,
    /// A note for readers of reports.
    pub note: Option<String>,
    pub seed: u64,
    /// Whether the recorded run had a ComfyUI server.
    pub server: bool,
    /// Whether jobs ran on a worker outside RunPod.
    pub local_worker: bool,
    /// In order.
    pub volumes: Vec<VolumeV1>,
    /// The files that were sent with jobs, in order.
    pub inputs: Vec<InputV1>,
    /// The files of the suite's folder that checks asked for.
    pub suite_files: Vec<SuiteFileV1>,
    /// The base of the job API, for messages.
    pub base_url: String,
    /// Of `cassette.json`, which contains the hashes of all bodies; in lower-case hex.
    pub sha256: String,
    pub(super) exchanges: Vec<Exchange>,
}

#[derive(Debug)]
pub(super) struct Exchange {
    pub(super) round: Round,
    pub(super) key: Key,
    pub(super) sent: Duration,
    pub(super) answered: Duration,
    pub(super) outcome: Result<Response, Failure>,
}

/// Why a cassette cannot be replayed.
#[derive(Debug, thiserror::Error)]
pub enum CassetteError {
    #[error("cannot read `{}`", path.display())]
    Read { path: PathBuf, source: FileError },
    /// Its bodies together are too large.
    #[error("the bodies beside `{}` are larger than {}", path.display(), bytes(BODIES_BYTES))]
    TooLarge { path: PathBuf },
    /// It is not JSON, was truncated, or has unknown keys.
    #[error("`{}` is not a cassette", path.display())]
    Json {
        path: PathBuf,
        /// With line and column.
        source: serde_json::Error,
    },
    #[error("`{}` has version `{found}`; this comfycheck reads `{VERSION}`", path.display())]
    Version { path: PathBuf, found: String },
    /// It contradicts itself.
    #[error("`{}` is not a cassette: {reason}", path.display())]
    Invalid {
        path: PathBuf,
        /// What is wrong, and where.
        reason: String,
    },
    #[error("`{}` was modified or truncated: its SHA-256 differs from its name", path.display())]
    Hash { path: PathBuf },
}

impl Cassette {
    /// Reads and verifies a cassette with all bodies.
    pub fn load(folder: &Path) -> Result<Self, CassetteError> {
        let path = folder.join("cassette.json");
        let text = read_text(&path)?;
        // Absolute, so `.` and `..` have a name.
        let name = fs::canonicalize(folder)
            .ok()
            .and_then(|folder| Some(folder.file_name()?.to_string_lossy().into_owned()))
            .unwrap_or_else(|| folder.display().to_string());
        let mut left = BODIES_BYTES;
        Self::parse(&text, &path, name, &mut |file| {
            let body = read_body(&folder.join("bodies").join(file))?;
            left = left.checked_sub(body.len() as u64).ok_or_else(|| CassetteError::TooLarge { path: path.clone() })?;
            Ok(body)
        })
    }

    /// Verifies a cassette that is not a folder, such as one inside a program. `body` returns a file of `bodies`.
    pub fn of_files(
        name: &str,
        cassette: &[u8],
        body: &dyn Fn(&str) -> Option<&'static [u8]>,
    ) -> Result<Self, CassetteError> {
        let folder = Path::new(name);
        Self::parse(cassette, &folder.join("cassette.json"), name.to_owned(), &mut |file| {
            let missing = || CassetteError::Read {
                path: folder.join("bodies").join(file),
                source: io::Error::from(io::ErrorKind::NotFound).into(),
            };
            body(file).map(Bytes::from_static).ok_or_else(missing)
        })
    }

    /// Verifies a cassette. `path` is for messages; `body` reads a file of the folder `bodies`.
    pub(crate) fn parse(
        text: &[u8],
        path: &Path,
        name: String,
        body: &mut dyn FnMut(&str) -> Result<Bytes, CassetteError>,
    ) -> Result<Self, CassetteError> {
        let not_json = |source| CassetteError::Json { path: path.to_owned(), source };
        let invalid = |reason| CassetteError::Invalid { path: path.to_owned(), reason };
        let VersionHeader { version } = serde_json::from_slice(text).map_err(not_json)?;
        if version != VERSION {
            return Err(CassetteError::Version { path: path.to_owned(), found: version });
        }
        let file: CassetteV1 = serde_json::from_slice(text).map_err(not_json)?;
        if file.recorded.parse::<jiff::civil::Date>().is_err() || file.recorded.len() != "YYYY-MM-DD".len() {
            return Err(invalid(format!("`recorded` is `{}`, not a date such as `2026-11-20`", file.recorded)));
        }
        let volumes = file.volumes.iter().map(|volume| (volume.id.as_str(), volume.data_center.as_str()));
        if let Some(problem) = volume_problems(volumes, &Secrets::default()).first() {
            return Err(invalid(format!("volumes[{}]: {}", problem.index, problem.what)));
        }
        let mut bodies = Bodies { read: body, known: BTreeMap::new() };
        let mut exchanges = Vec::with_capacity(file.exchanges.len());
        for (index, exchange) in file.exchanges.iter().enumerate() {
            let at = |reason: String| invalid(format!("exchanges[{index}]: {reason}"));
            check(exchange).map_err(at)?;
            exchanges.push(parse_exchange(exchange, &mut bodies).map_err(|err| match err {
                BodyError::File(err) => err,
                BodyError::Name(name) => at(format!("`{name}` is not a SHA-256 in lower-case hex")),
            })?);
        }
        Ok(Self {
            name,
            recorded: file.recorded,
            note: file.note,
            seed: file.seed,
            volumes: file.volumes,
            inputs: file.inputs,
            suite_files: file.suite_files,
            server: file.sources.contains(&SourceV1::Server),
            local_worker: file.local_worker,
            base_url: file.base_url.unwrap_or_else(|| RUNPOD.to_owned()),
            sha256: sha256_hex(text),
            exchanges,
        })
    }

    /// Whether the recorded run came to its end. Older recordings say in other words how they were cut off.
    pub fn is_complete(&self) -> bool {
        !self.note.as_deref().is_some_and(|note| note.starts_with("cut off: ") || note == INTERRUPTED)
    }

    /// Whether it has requests to a RunPod endpoint.
    pub fn has_jobs(&self) -> bool {
        self.exchanges.iter().any(|exchange| exchange.key.api == Api::Jobs)
    }

    /// Whether it has requests of a round.
    pub(super) fn has_round(&self, round: Round) -> bool {
        self.exchanges.iter().any(|exchange| exchange.round == round)
    }

    /// Whether a job was submitted before the samples.
    pub fn has_dry_run(&self) -> bool {
        let is_job = |key: &Key| is_submission(key.method, &key.path);
        self.exchanges.iter().any(|exchange| exchange.round.phase == Phase::Deployment && is_job(&exchange.key))
    }

    /// Whether it has requests to RunPod's management API.
    pub fn has_management(&self) -> bool {
        self.exchanges.iter().any(|exchange| exchange.key.api == Api::Management)
    }
}

/// Parsed first, so a newer cassette is refused by its version and not by its keys.
#[derive(Deserialize)]
struct VersionHeader {
    version: String,
}

/// The largest `cassette.json`. A run of a thousand samples has some 10 MB.
const TEXT_BYTES: u64 = 256 << 20;
/// The largest body. A live response has at most half of it.
pub(super) const BODY_BYTES: u64 = 512 << 20;
/// All bodies together. They are kept in memory.
const BODIES_BYTES: u64 = 2 << 30;

/// The latest response, from the start of its phase. Virtual time passes step by step, and no run
/// takes a month.
pub(super) const LONGEST_MS: u64 = 31 * 24 * 3600 * 1000;

/// What the types of the file cannot express.
fn check(exchange: &ExchangeV1) -> Result<(), String> {
    if exchange.answered_ms < exchange.sent_ms {
        return Err("`answered-ms` is before `sent-ms`".to_owned());
    }
    if exchange.attempt.is_some_and(|attempt| attempt < 2) {
        return Err("`attempt` starts at 2".to_owned());
    }
    if exchange.answered_ms > LONGEST_MS {
        return Err(format!("`answered-ms` is {}, more than 31 days", exchange.answered_ms));
    }
    if exchange.response.is_some() == exchange.failure.is_some() {
        return Err("expected either `response` or `failure`".to_owned());
    }
    if let Some(response) = &exchange.response
        && !(100..600).contains(&response.status)
    {
        return Err(format!("{} is not an HTTP status", response.status));
    }
    let path = &exchange.request.path;
    let (fits, form) = match exchange.api {
        ApiV1::Jobs => (path.starts_with(&format!("{JOBS_BASE}/")), "/v2/{endpoint}/…"),
        ApiV1::Management => (path.starts_with(&format!("{MANAGEMENT_BASE}/")), "/v2/…"),
        ApiV1::ComfyUi => (path.starts_with('/'), "/…"),
        ApiV1::Volume => (path.len() > 1 && path.starts_with('/'), "/volume/…"),
        ApiV1::Result => {
            (!path.starts_with('/') && path.contains('/') && exchange.request.query.is_none(), "host/path")
        }
    };
    if !fits || path.contains(['?', '#']) {
        return Err(format!("path `{path}` must have the form `{form}`"));
    }
    Ok(())
}

/// Reads each file once.
struct Bodies<'a> {
    read: &'a mut dyn FnMut(&str) -> Result<Bytes, CassetteError>,
    known: BTreeMap<String, Bytes>,
}

enum BodyError {
    Name(String),
    File(CassetteError),
}

impl Bodies<'_> {
    fn bytes(&mut self, body: Option<&BodyV1>) -> Result<Bytes, BodyError> {
        Ok(match body {
            None => Bytes::new(),
            Some(BodyV1::Json(json)) => Bytes::copy_from_slice(json.get().as_bytes()),
            Some(BodyV1::Text(text)) => Bytes::copy_from_slice(text.as_bytes()),
            Some(BodyV1::File(name)) => {
                if let Some(bytes) = self.known.get(name) {
                    return Ok(bytes.clone());
                }
                // The name becomes part of a path and must not lead to another folder.
                if name.len() != 64 || !name.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')) {
                    return Err(BodyError::Name(name.clone()));
                }
                let bytes = (self.read)(name).map_err(BodyError::File)?;
                self.known.insert(name.clone(), bytes.clone());
                bytes
            }
        })
    }
}

/// The text of `cassette.json`.
pub(super) fn read_text(path: &Path) -> Result<Vec<u8>, CassetteError> {
    file::read(path, TEXT_BYTES).map_err(|source| CassetteError::Read { path: path.to_owned(), source })
}

fn read_body(path: &Path) -> Result<Bytes, CassetteError> {
    let read = file::read(path, BODY_BYTES);
    let bytes = read.map_err(|source| CassetteError::Read { path: path.to_owned(), source })?;
    if path.file_name().is_none_or(|name| name != sha256_hex(&bytes).as_str()) {
        return Err(CassetteError::Hash { path: path.to_owned() });
    }
    Ok(bytes.into())
}

fn parse_exchange(exchange: &ExchangeV1, bodies: &mut Bodies<'_>) -> Result<Exchange, BodyError> {
    let request = &exchange.request;
    let body = match &request.body {
        Some(body) => canonical_body(&bodies.bytes(Some(body))?),
        None => String::new(),
    };
    let key = Key {
        api: match exchange.api {
            ApiV1::Jobs => Api::Jobs,
            ApiV1::Management => Api::Management,
            ApiV1::ComfyUi => Api::ComfyUi,
            ApiV1::Result => Api::Result,
            ApiV1::Volume => Api::Volume,
        },
        method: match request.method {
            MethodV1::Get => Method::Get,
            MethodV1::Head => Method::Head,
            MethodV1::Post => Method::Post,
        },
        path: request.path.clone(),
        query: sorted_query(request.query.as_deref().unwrap_or_default()),
        range: request.range.clone().unwrap_or_default(),
        body,
    };
    let outcome = match (&exchange.response, exchange.failure) {
        (Some(response), _) => {
            let header = |name: &str| {
                let found = response.headers.iter().find(|(header, _)| header.eq_ignore_ascii_case(name));
                found.map(|(_, value)| value.as_str())
            };
            Ok(Response::new(key.api, response.status, header, bodies.bytes(response.body.as_ref())?))
        }
        (None, failure) => Err(failure.map_or(Failure::Other, Failure::from)),
    };
    let phase = match exchange.phase {
        PhaseV1::Deployment => Phase::Deployment,
        PhaseV1::Sampling => Phase::Sampling,
        PhaseV1::Sample => Phase::Sample,
        PhaseV1::Run => Phase::Run,
    };
    Ok(Exchange {
        round: Round { phase, attempt: exchange.attempt.unwrap_or(1) },
        key,
        sent: Duration::from_millis(exchange.sent_ms),
        answered: Duration::from_millis(exchange.answered_ms),
        outcome,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::wording;

    const HEAD: &str = r#""version": "comfycheck.cassette/1", "recorded": "2026-11-20", "seed": 1, "sources": []"#;

    fn parse(text: &str) -> Result<Cassette, CassetteError> {
        Cassette::parse(text.as_bytes(), Path::new("c/cassette.json"), "c".to_owned(), &mut |_| Ok(Bytes::new()))
    }

    /// An error with its causes.
    fn in_words(error: &CassetteError) -> String {
        let mut message = error.to_string();
        let mut source = std::error::Error::source(error);
        while let Some(cause) = source {
            message = format!("{message}: {cause}");
            source = cause.source();
        }
        message
    }

    #[test]
    fn what_is_not_a_cassette_of_this_version_is_refused() {
        let cut = parse(&format!("{{{HEAD}, \"exchanges\": [{{\"api\"")).unwrap_err();
        assert!(matches!(cut, CassetteError::Json { .. }), "{cut:?}");
        // By its version, though its keys are unknown.
        let newer = parse(r#"{"version": "comfycheck.cassette/2", "tracks": []}"#).unwrap_err();
        assert!(
            matches!(&newer, CassetteError::Version { found, .. } if found == "comfycheck.cassette/2"),
            "{newer:?}"
        );
        let key = parse(&format!(r#"{{{HEAD}, "exchange": []}}"#)).unwrap_err();
        assert!(matches!(key, CassetteError::Json { .. }), "{key:?}");
        let dated = HEAD.replace("2026-11-20", "2026-13-20");
        let date = parse(&format!(r#"{{{dated}, "exchanges": []}}"#)).unwrap_err();
        assert!(matches!(date, CassetteError::Invalid { .. }), "{date:?}");
        let cases = [("a file that was cut", cut), ("a newer version", newer), ("a key", key), ("a date", date)];
        insta::assert_snapshot!(wording(cases.map(|(case, error)| (case, in_words(&error)))));
    }

    /// The reason, without the name of the file.
    #[track_caller]
    fn invalid(text: &str) -> String {
        match parse(text) {
            Err(CassetteError::Invalid { reason, .. }) => reason,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_volume_that_no_suite_could_name_is_refused() {
        let volume = |id: &str, center: &str| format!(r#"{{"id": "{id}", "data-center": "{center}"}}"#);
        let twice = format!("{}, {}", volume("vol", "EU-RO-1"), volume("vol", "US-KS-2"));
        let volumes = [volume("../x", "EU-RO-1"), volume(r"a\u001bb", "EU-RO-1"), twice, volume("vol", "EU RO")];
        let reason = |volumes: &str| invalid(&format!(r#"{{{HEAD}, "volumes": [{volumes}], "exchanges": []}}"#));
        let reasons: Vec<_> = volumes.iter().map(|volumes| (volumes, reason(volumes))).collect();
        let at: Vec<_> = reasons.iter().map(|(_, reason)| reason.split(':').next().unwrap()).collect();
        assert_eq!(at, ["volumes[0]", "volumes[0]", "volumes[1]", "volumes[0]"]);
        insta::assert_snapshot!(wording(reasons));
    }

    #[test]
    fn an_exchange_that_contradicts_itself_is_refused() {
        let exchange = |api: &str, path: &str, times: &str, rest: &str| {
            format!(
                r#"{{"api": "{api}", "phase": "run", "request": {{"method": "GET", "path": "{path}"}}, {times}, {rest}}}"#
            )
        };
        let times = r#""sent-ms": 1, "answered-ms": 2"#;
        let fine = r#""response": {"status": 200}"#;
        let outside = r#""response": {"status": 200, "body": {"file": "../../etc/passwd"}}"#;
        let cases = [
            exchange("comfyui", "/x", r#""sent-ms": 2, "answered-ms": 1"#, fine),
            exchange("comfyui", "/x", r#""sent-ms": 2, "answered-ms": 2678400001"#, fine),
            exchange("comfyui", "/x", times, &format!(r#"{fine}, "failure": "reset""#)),
            exchange("comfyui", "/x", times, &format!(r#"{fine}, "attempt": 1"#)),
            exchange("comfyui", "/x", times, r#""response": {"status": 20}"#),
            exchange("jobs", "/v2/abc/health", times, fine),
            exchange("management", "/v1/x", times, fine),
            exchange("result", "/x", times, fine),
            exchange("volume", "/", times, fine),
            exchange("comfyui", "/x?y=1", times, fine),
            exchange("comfyui", "/x", times, outside),
        ];
        let reasons = cases.map(|exchange| {
            let reason = invalid(&format!(r#"{{{HEAD}, "exchanges": [{exchange}]}}"#));
            assert!(reason.starts_with("exchanges[0]: "), "{reason}");
            (exchange, reason)
        });
        insta::assert_snapshot!(wording(reasons));
    }

    #[test]
    fn a_body_whose_content_does_not_have_its_name_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("bodies")).unwrap();
        let name = sha256_hex(b"as it was recorded");
        fs::write(folder.path().join("bodies").join(&name), "as it was rec").unwrap();
        let exchange = format!(
            r#"{{"api": "comfyui", "phase": "run", "request": {{"method": "GET", "path": "/x"}}, "sent-ms": 0, "answered-ms": 0,
                 "response": {{"status": 200, "body": {{"file": "{name}"}}}}}}"#
        );
        let load = || Cassette::load(folder.path());
        fs::write(folder.path().join("cassette.json"), format!(r#"{{{HEAD}, "exchanges": [{exchange}]}}"#)).unwrap();
        assert!(matches!(load(), Err(CassetteError::Hash { .. })));

        fs::write(folder.path().join("bodies").join(&name), "as it was recorded").unwrap();
        let body = load().unwrap().exchanges[0].outcome.clone().unwrap().body;
        assert_eq!(body, "as it was recorded");

        fs::remove_file(folder.path().join("bodies").join(&name)).unwrap();
        assert!(matches!(load(), Err(CassetteError::Read { path, .. }) if path.ends_with(name)));
    }
}

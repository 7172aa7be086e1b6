//! Requests and responses.

use bytes::Bytes;
use comfycheck_core::manifest::Scope;
use comfycheck_core::request::{JobBody, SentBody};
use serde_json::Value;
use std::fmt;
use std::ops::Range;
use std::time::Duration;
use url::Url;

/// A phase of a run. Each has its own start for clocks and cassettes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Phase {
    /// Instances of scope `deployment`.
    Deployment,
    /// The samples run.
    Sampling,
    /// Instances of scope `sample`.
    Sample,
    /// Instances of scope `run`.
    Run,
}

impl Phase {
    /// In the order of a run.
    pub const ALL: [Self; 4] = [Self::Deployment, Self::Sampling, Self::Sample, Self::Run];

    /// The phase in which the instances of a scope run.
    pub fn of(scope: Scope) -> Self {
        match scope {
            Scope::Deployment => Self::Deployment,
            Scope::Sample => Self::Sample,
            Scope::Run => Self::Run,
        }
    }

    pub fn word(self) -> &'static str {
        match self {
            Self::Deployment => "deployment",
            Self::Sampling => "sampling",
            Self::Sample => "sample",
            Self::Run => "run",
        }
    }
}

/// A phase, or a retry of its unanswered instances, or a turn of watchers. Each has its own start for
/// clocks and cassettes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Round {
    pub phase: Phase,
    /// From 1, which is the phase itself.
    pub attempt: u32,
}

impl Round {
    /// The queries of watchers, at their turn `number`, from 1. A replay answers them only with what
    /// was recorded of the same turn.
    pub fn of_watchers(number: u32) -> Self {
        Self { phase: Phase::Sampling, attempt: number.saturating_add(1) }
    }

    pub(super) fn is_of_watchers(self) -> bool {
        self.phase == Phase::Sampling && self.attempt > 1
    }
}

impl From<Phase> for Round {
    fn from(phase: Phase) -> Self {
        Self { phase, attempt: 1 }
    }
}

/// The pause between two attempts.
pub const BETWEEN_ATTEMPTS: Duration = Duration::from_secs(10);

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Api {
    Jobs,
    /// REST version 2.
    Management,
    ComfyUi,
    /// A download named in a job's output.
    Result,
    /// The S3-compatible API.
    Volume,
}

/// An HTTP method. No other one is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Method {
    /// Changes nothing, so it can be repeated.
    Get,
    /// Like GET, without the body of the response.
    Head,
    /// Never repeated by a client.
    Post,
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Get => "GET",
            Self::Head => "HEAD",
            Self::Post => "POST",
        })
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// A path below RunPod's `/v2/{endpoint}`, such as `/run`.
    Jobs(String),
    /// A path below the base of RunPod's management API, with its query. `{endpoint}` stands for
    /// the endpoint's id, such as in `/serverless/{endpoint}/workers`.
    Management(String),
    /// A path below the base URL of the ComfyUI server, such as `/object_info`.
    ComfyUi(String),
    /// A whole URL, from a job's output.
    Result(Url),
    /// A path on the S3-compatible API of network volumes, percent-encoded and with its query. It
    /// starts with the volume's id: `/agv6w2qcg7/models/vae/ae.safetensors`.
    Volume(String),
}

/// A request, before the transport knows the base URL, the endpoint's id and the key.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    pub method: Method,
    pub target: Target,
    /// The wanted bytes; not empty. If the server ignores the range, no more is read than up to its
    /// end.
    pub range: Option<Range<u64>>,
    /// JSON.
    pub body: Option<Value>,
    /// What is sent in place of the body, if it differs: it may hold keys and files, which no recording has.
    pub sent: Option<SentBody>,
    /// The largest body of a response, in bytes, if that is less than the limit of all.
    pub largest: Option<usize>,
}

/// ComfyUI's node classes. With many packs and files they have more than a hundred megabytes.
pub(crate) const OBJECT_INFO: &str = "/object_info";

impl Request {
    pub fn get(target: Target) -> Self {
        Self { method: Method::Get, target, range: None, body: None, sent: None, largest: None }
    }

    pub fn post(target: Target, body: Option<Value>) -> Self {
        Self { method: Method::Post, target, range: None, body, sent: None, largest: None }
    }

    /// The submission of a job.
    pub fn submission(target: Target, JobBody { public, sent }: JobBody) -> Self {
        Self { sent, ..Self::post(target, Some(public)) }
    }

    pub fn api(&self) -> Api {
        match self.target {
            Target::Jobs(_) => Api::Jobs,
            Target::Management(_) => Api::Management,
            Target::ComfyUi(_) => Api::ComfyUi,
            Target::Result(_) => Api::Result,
            Target::Volume(_) => Api::Volume,
        }
    }

    /// The value of the range header; empty if there is none.
    pub fn range_header(&self) -> String {
        let range = self.range.as_ref().filter(|range| !range.is_empty());
        range.map(|range| format!("bytes={}-{}", range.start, range.end - 1)).unwrap_or_default()
    }

    /// How many bytes of the body are read, by the status. `limit` is that of any response but an inventory, which has four times
    /// as many.
    pub(crate) fn body_limit(&self, status: u16, limit: usize) -> BodyLimit {
        let is_inventory = matches!(&self.target, Target::ComfyUi(path) if path == OBJECT_INFO);
        let limit = if is_inventory { limit.saturating_mul(4) } else { limit };
        let limit = self.largest.map_or(limit, |largest| limit.min(largest));
        let end = self.range.as_ref().map(|range| usize::try_from(range.end).unwrap_or(usize::MAX));
        match end {
            Some(end) if status == 200 && end <= limit => BodyLimit::Kept(end),
            _ => BodyLimit::Allowed(limit),
        }
    }

    /// The path in messages and cassettes. The endpoint's id is `{endpoint}`. A download has its
    /// host and path only, because the query of a presigned URL is a key.
    pub fn path(&self) -> String {
        match &self.target {
            Target::Jobs(path) => format!("{JOBS_BASE}{path}"),
            Target::Management(path) => format!("{MANAGEMENT_BASE}{}", split_query(path).0),
            Target::ComfyUi(path) | Target::Volume(path) => split_query(path).0.to_owned(),
            Target::Result(url) => format!("{}{}", url.host_str().unwrap_or_default(), url.path()),
        }
    }

    /// The query in messages and cassettes, without `?`; empty if there is none. Left out for
    /// downloads.
    pub fn query(&self) -> &str {
        match &self.target {
            Target::Management(path) | Target::ComfyUi(path) | Target::Volume(path) => split_query(path).1,
            Target::Jobs(_) | Target::Result(_) => "",
        }
    }
}

/// How many bytes of a body are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BodyLimit {
    /// More is a failure.
    Allowed(usize),
    /// The rest is left unread: the server ignored the range.
    Kept(usize),
}

/// The prefix of all paths of the job API, in messages and cassettes.
pub(crate) const JOBS_BASE: &str = "/v2/{endpoint}";

/// The job in a path of `/status`.
pub(crate) fn status_job(path: &str) -> Option<&str> {
    path.strip_prefix(JOBS_BASE)?.strip_prefix("/status/")
}

/// Reads how many workers and jobs there are.
pub(crate) const HEALTH: &str = "/health";
/// Submits a job. The response comes at once.
pub(crate) const RUN: &str = "/run";
/// Submits a job. The response comes when it ends, or after a while.
pub(crate) const RUNSYNC: &str = "/runsync";

/// The id of the job that a submission created, if its response has one.
pub(crate) fn created_job(method: Method, path: &str, answer: Option<&Response>) -> Option<String> {
    if !is_submission(method, path) {
        return None;
    }
    let body: Value = serde_json::from_slice(&answer?.body).ok()?;
    Some(body.get("id")?.as_str()?.to_owned())
}

/// Whether a response with this status leads to the address in its `Location`.
pub(crate) fn is_redirect(status: u16) -> bool {
    matches!(status, 301 | 302 | 303 | 307 | 308)
}

/// Whether a request submits a job, by its path in a cassette.
pub(crate) fn is_submission(method: Method, path: &str) -> bool {
    method == Method::Post && path.strip_prefix(JOBS_BASE).is_some_and(|path| [RUN, RUNSYNC].contains(&path))
}

/// The prefix of all paths of the management API, in messages and cassettes.
pub(crate) const MANAGEMENT_BASE: &str = "/v2";
/// The placeholder of the endpoint's id in the paths of both.
pub(crate) const ENDPOINT: &str = "{endpoint}";

/// A path and its query, without `?`.
pub(crate) fn split_query(path: &str) -> (&str, &str) {
    path.split_once('?').unwrap_or((path, ""))
}

/// A complete response, with any status.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    pub status: u16,
    pub content_type: Option<String>,
    /// If given in seconds.
    pub retry_after: Option<Duration>,
    /// A volume's headers about a file.
    pub object: ObjectHeaders,
    /// Where a ComfyUI server redirects: a path below its base with its query; empty if it leads elsewhere.
    pub location: Option<String>,
    pub body: Bytes,
}

/// Headers that are only read from a volume's responses, as they were sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ObjectHeaders {
    /// `content-length`: after HEAD, the size of the file.
    pub length: Option<String>,
    /// `content-range`.
    pub range: Option<String>,
    /// `last-modified`.
    pub modified: Option<String>,
}

impl ObjectHeaders {
    /// `header` returns the value of a header by its lower-case name.
    pub(crate) fn of<'a>(api: Api, header: impl Fn(&str) -> Option<&'a str>) -> Self {
        let [length, range, modified] = match api {
            Api::Volume => Self::NAMES.map(|name| header(name).map(str::to_owned)),
            Api::Jobs | Api::Management | Api::ComfyUi | Api::Result => [const { None }; 3],
        };
        Self { length, range, modified }
    }

    const NAMES: [&str; 3] = ["content-length", "content-range", "last-modified"];

    /// The headers that are set.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let values = [&self.length, &self.range, &self.modified];
        Self::NAMES.into_iter().zip(values).filter_map(|(name, value)| Some((name, value.as_deref()?)))
    }
}

impl Response {
    /// A response with the headers that are ever read. `header` returns the value of a header by
    /// its lower-case name.
    pub(crate) fn new<'a>(api: Api, status: u16, header: impl Fn(&str) -> Option<&'a str>, body: Bytes) -> Self {
        let retry_after = header("retry-after").and_then(|seconds| seconds.parse().ok()).map(Duration::from_secs);
        let content_type = header("content-type").map(str::to_owned);
        let location = header("location").filter(|_| api == Api::ComfyUi).map(str::to_owned);
        Self { status, content_type, retry_after, object: ObjectHeaders::of(api, header), location, body }
    }

    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }
}

/// Why there is no complete response.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    #[error("connection refused")]
    Refused,
    /// The connection ended before the response was complete.
    #[error("connection reset")]
    Reset,
    /// Connecting or the whole exchange exceeded its limit.
    #[error("request timed out")]
    Timeout,
    #[error("could not resolve the host name")]
    Unresolved,
    /// For example, the certificate is not trusted.
    #[error("TLS connection failed")]
    Tls,
    #[error("response too large")]
    TooLarge,
    /// For example, the port is that of another service, or it expects TLS.
    #[error("the response is not valid HTTP")]
    NotHttp,
    /// Not sent: the URL is not allowed.
    #[error("not allowed: downloads need `https`, a public address and an allowed host")]
    Forbidden,
    #[error("request failed")]
    Other,
}

impl Failure {
    /// The contract's word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Refused => "refused",
            Self::Reset => "reset",
            Self::Timeout => "timeout",
            Self::Unresolved => "unresolved",
            Self::Tls => "tls",
            Self::TooLarge => "too-large",
            Self::NotHttp => "not-http",
            Self::Forbidden | Self::Other => "other",
        }
    }

    /// Whether the request certainly had no effect.
    pub fn before_sending(self) -> bool {
        matches!(self, Self::Refused | Self::Unresolved | Self::Tls | Self::Forbidden)
    }

    /// Whether the same request may succeed later.
    pub(crate) fn may_pass(self) -> bool {
        matches!(self, Self::Refused | Self::Reset | Self::Timeout | Self::Unresolved)
    }

    /// The failure if the connection already existed, such as a TLS error while reading the
    /// response. The request may have had an effect.
    pub(crate) fn once_connected(self) -> Self {
        if self.before_sending() { Self::Reset } else { self }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// There is no complete response.
    #[error("{0}")]
    Failed(Failure),
    /// The request is not in the cassette. The message names the closest one.
    #[error("{0}")]
    NotRecorded(Miss),
}

/// Why a cassette does not answer a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Miss {
    pub why: String,
    /// Whether an incomplete recording had ended before. What came after is unknown. A complete one never held the answer.
    pub after_the_end: bool,
}

impl fmt::Display for Miss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.why)
    }
}

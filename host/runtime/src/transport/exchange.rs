//! What goes out, and what comes back.

use bytes::Bytes;
use comfycheck_core::manifest::Scope;
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
    /// The samples are taken.
    Sampling,
    /// Instances of scope `sample`.
    Sample,
    /// Instances of scope `run`.
    Run,
}

impl Phase {
    /// All phases, in the order of a run.
    pub const ALL: [Self; 4] = [Self::Deployment, Self::Sampling, Self::Sample, Self::Run];

    /// The phase in which the instances of a scope are carried out.
    pub fn of(scope: Scope) -> Self {
        match scope {
            Scope::Deployment => Self::Deployment,
            Scope::Sample => Self::Sample,
            Scope::Run => Self::Run,
        }
    }

    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Deployment => "deployment",
            Self::Sampling => "sampling",
            Self::Sample => "sample",
            Self::Run => "run",
        }
    }
}

/// A phase, or a further attempt at what nobody answered in it. Each has its own start for clocks and cassettes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Round {
    /// The phase.
    pub phase: Phase,
    /// From 1, which is the phase itself.
    pub attempt: u32,
}

impl From<Phase> for Round {
    fn from(phase: Phase) -> Self {
        Self { phase, attempt: 1 }
    }
}

/// The pause between two attempts.
pub const BETWEEN_ATTEMPTS: Duration = Duration::from_secs(10);

/// Who is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Api {
    /// RunPod's job API.
    Jobs,
    /// RunPod's management API, REST version 2.
    Management,
    /// A ComfyUI server.
    ComfyUi,
    /// A download that a job's output named.
    Result,
    /// The S3-compatible API of network volumes.
    Volume,
}

/// A method of HTTP. Nothing else is ever sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Method {
    /// Changes nothing, so that it may be repeated.
    Get,
    /// The same without the body of the answer.
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

/// Where a request goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// A path below RunPod's `/v2/{endpoint}`, such as `/run`.
    Jobs(String),
    /// A path below the base of RunPod's management API, with its query, and with `{endpoint}` for the endpoint's id, such
    /// as `/serverless/{endpoint}/workers`.
    Management(String),
    /// A path below the base URL of the ComfyUI server, such as `/object_info`.
    ComfyUi(String),
    /// A whole URL, which a job's output named.
    Result(Url),
    /// A path on the S3-compatible API of network volumes, percent-encoded and with its query. It begins with the volume's
    /// id: `/agv6w2qcg7/models/vae/ae.safetensors`.
    Volume(String),
}

/// A request, before the transport knows the base URL, the endpoint's id and the key.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// GET, HEAD or POST.
    pub method: Method,
    /// Where it goes.
    pub target: Target,
    /// Which bytes of the whole are wanted; not empty. Whoever answers may ignore it: then no more is read than up to the
    /// end of them.
    pub range: Option<Range<u64>>,
    /// What is sent, as JSON.
    pub body: Option<Value>,
}

impl Request {
    /// A GET.
    pub fn get(target: Target) -> Self {
        Self { method: Method::Get, target, range: None, body: None }
    }

    /// A POST.
    pub fn post(target: Target, body: Option<Value>) -> Self {
        Self { method: Method::Post, target, range: None, body }
    }

    /// Who is asked.
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

    /// How many bytes of the body of an answer are read, by its status. `limit` is what any answer may have.
    pub(crate) fn most_bytes(&self, status: u16, limit: usize) -> Most {
        let end = self.range.as_ref().map(|range| usize::try_from(range.end).unwrap_or(usize::MAX));
        match end {
            Some(end) if status == 200 && end <= limit => Most::Kept(end),
            _ => Most::Allowed(limit),
        }
    }

    /// The path as messages and cassettes hold it: the endpoint's id is `{endpoint}`, and a result's is its host and
    /// path, because the query of a presigned URL is a key.
    pub fn path(&self) -> String {
        match &self.target {
            Target::Jobs(path) => format!("{JOBS_BASE}{path}"),
            Target::Management(path) => format!("{MANAGEMENT_BASE}{}", split_query(path).0),
            Target::ComfyUi(path) => path.clone(),
            Target::Volume(path) => split_query(path).0.to_owned(),
            Target::Result(url) => format!("{}{}", url.host_str().unwrap_or_default(), url.path()),
        }
    }

    /// The query as messages and cassettes hold it, without `?`; empty if there is none. A result's is left out.
    pub fn query(&self) -> &str {
        match &self.target {
            Target::Management(path) | Target::Volume(path) => split_query(path).1,
            Target::Jobs(_) | Target::ComfyUi(_) | Target::Result(_) => "",
        }
    }
}

/// How many bytes of a body are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Most {
    /// So many, and more is a failure.
    Allowed(usize),
    /// So many, and what follows is left unread: a range was wanted, and the answer ignores it.
    Kept(usize),
}

/// What stands before the path of every request to the job API, in messages and cassettes.
pub(crate) const JOBS_BASE: &str = "/v2/{endpoint}";

/// The job that a path asks the status of.
pub(crate) fn status_job(path: &str) -> Option<&str> {
    path.strip_prefix(JOBS_BASE)?.strip_prefix("/status/")
}

/// Submits a job, and is answered at once.
pub(crate) const RUN: &str = "/run";
/// Submits a job, and is answered once it ended or a while has passed.
pub(crate) const RUNSYNC: &str = "/runsync";

/// The id of the job that a request created, if it was a submission that was answered with one.
pub(crate) fn created_job(method: Method, path: &str, answer: Option<&Response>) -> Option<String> {
    if !is_submission(method, path) {
        return None;
    }
    let body: Value = serde_json::from_slice(&answer?.body).ok()?;
    Some(body.get("id")?.as_str()?.to_owned())
}

/// Whether a request, by its path in a cassette, submits a job.
pub(crate) fn is_submission(method: Method, path: &str) -> bool {
    method == Method::Post && path.strip_prefix(JOBS_BASE).is_some_and(|path| [RUN, RUNSYNC].contains(&path))
}

/// What stands before the path of every request to the management API, in messages and cassettes.
pub(crate) const MANAGEMENT_BASE: &str = "/v2";
/// What stands for the endpoint's id in the paths of both.
pub(crate) const ENDPOINT: &str = "{endpoint}";

/// A path and its query, without `?`.
pub(crate) fn split_query(path: &str) -> (&str, &str) {
    path.split_once('?').unwrap_or((path, ""))
}

/// A complete answer, whatever its status.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    /// The HTTP status.
    pub status: u16,
    /// The content-type header.
    pub content_type: Option<String>,
    /// The retry-after header, where it is given in seconds.
    pub retry_after: Option<Duration>,
    /// What the headers of a volume's answer say of a file.
    pub object: ObjectHeaders,
    /// All bytes.
    pub body: Bytes,
}

/// Headers that only the answers of volumes are read for, as they were sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ObjectHeaders {
    /// `content-length`: of an answer to HEAD, the size of the file.
    pub length: Option<String>,
    /// `content-range`.
    pub range: Option<String>,
    /// `last-modified`.
    pub modified: Option<String>,
}

impl ObjectHeaders {
    /// Of what is asked of whom. `header` gives the value of a header by its lower-case name.
    pub(crate) fn of<'a>(api: Api, header: impl Fn(&str) -> Option<&'a str>) -> Self {
        let [length, range, modified] = match api {
            Api::Volume => Self::NAMES.map(|name| header(name).map(str::to_owned)),
            Api::Jobs | Api::Management | Api::ComfyUi | Api::Result => [const { None }; 3],
        };
        Self { length, range, modified }
    }

    const NAMES: [&str; 3] = ["content-length", "content-range", "last-modified"];

    /// Those that are there, by name.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let values = [&self.length, &self.range, &self.modified];
        Self::NAMES.into_iter().zip(values).filter_map(|(name, value)| Some((name, value.as_deref()?)))
    }
}

impl Response {
    /// An answer with as much of its headers as is ever read. `header` gives the value of a header by its lower-case name.
    pub(crate) fn new<'a>(api: Api, status: u16, header: impl Fn(&str) -> Option<&'a str>, body: Bytes) -> Self {
        let retry_after = header("retry-after").and_then(|seconds| seconds.parse().ok()).map(Duration::from_secs);
        let content_type = header("content-type").map(str::to_owned);
        Self { status, content_type, retry_after, object: ObjectHeaders::of(api, header), body }
    }

    /// Whether the status says that the request succeeded.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }
}

/// Why no complete answer came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// Nobody listens there.
    #[error("the connection was refused")]
    Refused,
    /// The connection ended before the answer was complete.
    #[error("the connection was reset")]
    Reset,
    /// Connecting, or the whole exchange, took longer than its limit.
    #[error("no answer came in time")]
    Timeout,
    /// The host's name has no address.
    #[error("the host's name cannot be resolved")]
    Unresolved,
    /// No secure connection could be made, such as for a certificate that is not trusted.
    #[error("no secure connection could be made")]
    Tls,
    /// The answer is larger than its limit.
    #[error("the answer is too large")]
    TooLarge,
    /// It was not sent, because its URL is not one that we send to.
    #[error("it does not lead to an allowed host with a public address over `https`")]
    Forbidden,
    /// Anything else.
    #[error("the request failed")]
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
            Self::Forbidden | Self::Other => "other",
        }
    }

    /// Whether it is certain that the request was not carried out.
    pub fn before_sending(self) -> bool {
        matches!(self, Self::Refused | Self::Unresolved | Self::Tls | Self::Forbidden)
    }

    /// What it is where the connection stood already, such as an error of TLS while the answer is read: the request may
    /// have been carried out.
    pub(crate) fn once_connected(self) -> Self {
        if self.before_sending() { Self::Reset } else { self }
    }
}

/// Why a request has no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// No complete answer came.
    #[error("{0}")]
    Failed(Failure),
    /// The cassette holds no such request: the message names the closest that it holds.
    #[error("{0}")]
    NotRecorded(String),
}

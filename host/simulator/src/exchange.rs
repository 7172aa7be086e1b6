//! What the simulator is asked, and what it answers.

use bytes::Bytes;
use std::time::Duration;

/// Who is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Api {
    /// RunPod's job API; the path begins after the endpoint's id: `/run`.
    Jobs,
    /// RunPod's REST API, version 2; the path begins after `/v2`: `/serverless/{id}/workers`.
    Management,
    /// A ComfyUI server; the path is the server's: `/object_info`.
    ComfyUi,
    /// A volume's S3-compatible API, path-style: `/{volume}/{key}`.
    Volume,
}

/// A method of HTTP.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Method {
    /// GET.
    Get,
    /// HEAD.
    Head,
    /// POST.
    Post,
    /// Any other, which nothing here takes.
    Other,
}

/// The key that a request was sent with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Key {
    /// Whatever key is right: for callers in this process, which have none.
    Right,
    /// No key was sent.
    Absent,
    /// This one, without the word `Bearer`.
    Given(String),
}

/// A request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// Who is asked.
    pub api: Api,
    /// How.
    pub method: Method,
    /// The path below the API's base, percent-encoded as it was sent.
    pub path: String,
    /// The query without its `?`; empty if there is none.
    pub query: String,
    /// The id of the endpoint in the path of the job API; none stands for the right one.
    pub endpoint: Option<String>,
    /// The bearer key.
    pub key: Key,
    /// The value of the range header.
    pub range: Option<String>,
    /// The body; empty if there is none.
    pub body: Bytes,
}

impl Request {
    /// A request with the right key and without a query, a range and a body.
    pub fn new(api: Api, method: Method, path: impl Into<String>) -> Self {
        let path = path.into();
        let (endpoint, query, range, body) = (None, String::new(), None, Bytes::new());
        Self { api, method, path, query, endpoint, key: Key::Right, range, body }
    }

    /// A parameter of the query, as it was sent; none if it is not there.
    pub(crate) fn parameter(&self, name: &str) -> Option<&str> {
        self.query.split('&').find_map(|part| part.strip_prefix(name)?.strip_prefix('='))
    }
}

/// A complete answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    /// The HTTP status.
    pub status: u16,
    /// Headers with lower-case names, the content type among them; the content length is not.
    pub headers: Vec<(&'static str, String)>,
    /// All bytes.
    pub body: Bytes,
}

impl Response {
    /// An answer in JSON.
    pub(crate) fn json(status: u16, body: impl Into<Bytes>) -> Self {
        Self::typed(status, "application/json", body)
    }

    /// An answer of some media type.
    pub(crate) fn typed(status: u16, content_type: &str, body: impl Into<Bytes>) -> Self {
        Self { status, headers: vec![("content-type", content_type.to_owned())], body: body.into() }
    }

    /// The value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str())
    }
}

/// What comes of a request, and how long it takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exchange {
    /// From sending to the last byte of the answer, or to the failure; whole milliseconds.
    pub took: Duration,
    /// What comes of it.
    pub outcome: Outcome,
}

/// What comes of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// A complete answer.
    Answered(Response),
    /// A complete answer whose body comes in pieces of this many bytes, spread evenly over the time it takes.
    Dribbled(Response, usize),
    /// The answer breaks off after this many bytes of its body; the connection is reset.
    Truncated(Response, usize),
    /// The connection is reset before any answer.
    Reset,
    /// No answer ever comes. It took as long as its fault says; a client gives up by its own limit before or at that.
    Silence,
}

impl Outcome {
    /// The answer, if it is complete.
    pub fn response(&self) -> Option<&Response> {
        match self {
            Self::Answered(response) | Self::Dribbled(response, _) => Some(response),
            Self::Truncated(..) | Self::Reset | Self::Silence => None,
        }
    }
}

/// The answer to a request, or that it is held until a job has ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// There is an answer.
    Now(Exchange),
    /// The request waits for a job, as `/runsync` does.
    Held(Held),
}

/// A request that waits for a job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// The job.
    pub(crate) job: String,
    /// When it is answered at the latest.
    pub until: Duration,
    /// How long its answer takes, but for its size.
    pub(crate) latency: Duration,
}

/// The parts of a path between its slashes, each decoded by itself: an encoded slash separates nothing.
pub(crate) fn segments(path: &str) -> Vec<String> {
    path.split('/').skip(1).map(decoded).collect()
}

/// A part of a path or of a query without its percent-encoding.
pub(crate) fn decoded(part: &str) -> String {
    let (mut bytes, mut rest) = (Vec::with_capacity(part.len()), part.as_bytes());
    while let Some((&byte, after)) = rest.split_first() {
        let code = || {
            let digits = std::str::from_utf8(after.get(..2)?).ok()?;
            u8::from_str_radix(digits, 16).ok().filter(|_| digits.bytes().all(|digit| digit.is_ascii_hexdigit()))
        };
        if let (b'%', Some(code)) = (byte, code()) {
            bytes.push(code);
            rest = &after[2..];
        } else {
            bytes.push(byte);
            rest = after;
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_decoded_as_far_as_it_is_encoded() {
        for (part, expected) in [
            ("a%20b", "a b"),
            ("Sigmas%20Rescale", "Sigmas Rescale"),
            ("%", "%"),
            ("%zz", "%zz"),
            ("%+f", "%+f"),
            ("%C3%BC", "ü"),
        ] {
            assert_eq!(decoded(part), expected);
        }
    }
}

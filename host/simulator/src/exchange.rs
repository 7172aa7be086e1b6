//! Requests to the simulator, and its responses.

use bytes::Bytes;
use std::time::Duration;

/// The API of a request.
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

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Method {
    Get,
    Head,
    Post,
    /// Any other; no route takes it.
    Other,
}

/// The key of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Key {
    /// A valid key: for callers in this process, which have none.
    Right,
    Absent,
    /// Without the word `Bearer`.
    Given(String),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    pub api: Api,
    pub method: Method,
    /// The path below the API's base, percent-encoded as it was sent.
    pub path: String,
    /// The query without its `?`; empty if there is none.
    pub query: String,
    /// The id of the endpoint in the path of the job API; none stands for the right one.
    pub endpoint: Option<String>,
    pub key: Key,
    /// The value of the range header.
    pub range: Option<String>,
    /// The body; empty if there is none.
    pub body: Bytes,
}

impl Request {
    /// A request with a valid key and without a query, a range and a body.
    pub fn new(api: Api, method: Method, path: impl Into<String>) -> Self {
        let path = path.into();
        let (endpoint, query, range, body) = (None, String::new(), None, Bytes::new());
        Self { api, method, path, query, endpoint, key: Key::Right, range, body }
    }

    /// A parameter of the query, not decoded; none if it is absent.
    pub(crate) fn parameter(&self, name: &str) -> Option<&str> {
        self.query.split('&').find_map(|part| part.strip_prefix(name)?.strip_prefix('='))
    }
}

/// A complete response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    pub status: u16,
    /// Headers with lower-case names, the content type among them; the content length is not.
    pub headers: Vec<(&'static str, String)>,
    pub body: Bytes,
}

impl Response {
    pub(crate) fn json(status: u16, body: impl Into<Bytes>) -> Self {
        Self::typed(status, "application/json", body)
    }

    /// A response of some media type.
    pub(crate) fn typed(status: u16, content_type: &str, body: impl Into<Bytes>) -> Self {
        Self { status, headers: vec![("content-type", content_type.to_owned())], body: body.into() }
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str())
    }
}

/// The outcome of a request, and how long it takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exchange {
    /// From sending to the last byte of the response, or to the failure; whole milliseconds.
    pub took: Duration,
    pub outcome: Outcome,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// A complete response.
    Answered(Response),
    /// A complete response whose body comes in pieces of this many bytes, spread evenly over its time.
    Dribbled(Response, usize),
    /// The connection is reset after this many bytes of the response's body.
    Truncated(Response, usize),
    /// The connection is reset before any response.
    Reset,
    /// No response ever comes. A client times out within the time that the fault sets.
    Silence,
}

impl Outcome {
    /// The response, if it is complete.
    pub fn response(&self) -> Option<&Response> {
        match self {
            Self::Answered(response) | Self::Dribbled(response, _) => Some(response),
            Self::Truncated(..) | Self::Reset | Self::Silence => None,
        }
    }
}

/// The exchange of a request, at once or when a job has ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    Now(Exchange),
    /// The request waits for a job, as `/runsync` does.
    Held(HeldRequest),
}

/// A request that waits for a job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldRequest {
    pub(crate) job: String,
    /// When it is answered at the latest.
    pub until: Duration,
    /// How long its response takes, apart from its size.
    pub(crate) latency: Duration,
}

/// The parts of a path between its slashes, each decoded by itself: an encoded slash is not a separator.
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
    fn only_valid_percent_encoding_is_decoded() {
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

//! RunPod's job API.

mod health;
mod status;
mod submit;

pub(crate) use status::status;

use crate::exchange::{Key, Method, Request, Response};
use crate::platform::Platform;
use crate::scenario::{EndpointType, Grant, Operation};
use serde_json::json;
use std::time::Duration;

/// A call, by method and path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Call<'a> {
    Run,
    Runsync,
    Status(&'a str),
    StatusSync(&'a str),
    Stream(&'a str),
    Cancel(&'a str),
    Retry(&'a str),
    PurgeQueue,
    Health,
    Unknown,
}

/// A response, or the job that the request waits for, and for how long at most.
pub(crate) enum Answer {
    Now(Response),
    When(String, Duration),
}

impl<'a> Call<'a> {
    pub(crate) fn of(request: &'a Request) -> Self {
        let mut parts = request.path.trim_matches('/').split('/');
        let (name, job) = (parts.next().unwrap_or_default(), parts.next());
        if parts.next().is_some() {
            return Self::Unknown;
        }
        match (request.method, name, job) {
            (Method::Post, "run", None) => Self::Run,
            (Method::Post, "runsync", None) => Self::Runsync,
            (Method::Get, "status", Some(job)) => Self::Status(job),
            (Method::Get, "status-sync", Some(job)) => Self::StatusSync(job),
            (Method::Get, "stream", Some(job)) => Self::Stream(job),
            (Method::Post, "cancel", Some(job)) => Self::Cancel(job),
            (Method::Post, "retry", Some(job)) => Self::Retry(job),
            (Method::Post, "purge-queue", None) => Self::PurgeQueue,
            (Method::Get, "health", None) => Self::Health,
            _ => Self::Unknown,
        }
    }

    /// Its name in limits and faults.
    pub(crate) fn operation(self) -> Operation {
        match self {
            Self::Run => Operation::Run,
            Self::Runsync => Operation::Runsync,
            Self::Status(_) | Self::StatusSync(_) => Operation::Status,
            Self::Stream(_) => Operation::Stream,
            Self::Cancel(_) => Operation::Cancel,
            Self::Retry(_) => Operation::Retry,
            Self::PurgeQueue => Operation::PurgeQueue,
            Self::Health => Operation::Health,
            Self::Unknown => Operation::Unknown,
        }
    }

    fn changes(self) -> bool {
        matches!(self, Self::Run | Self::Runsync | Self::Cancel(_) | Self::Retry(_) | Self::PurgeQueue)
    }
}

/// The refusal of a request for its key, its endpoint, or the endpoint's type.
pub(crate) fn refuse(platform: &Platform, call: Call<'_>, request: &Request) -> Option<Response> {
    let (access, endpoint) = (&platform.scenario.access, &platform.scenario.endpoint);
    if let Some(refusal) = refuse_key(access.keys.as_deref(), access.jobs, &request.key, call.changes()) {
        return Some(refusal);
    }
    if let (Some(right), Some(given)) = (&endpoint.id, &request.endpoint)
        && right != given
    {
        return Some(problem(404, "Not Found", "endpoint not found"));
    }
    if endpoint.kind == EndpointType::LoadBalancer && call != Call::Health {
        return Some(Response::json(400, r#"{"error":"not allowed for QB API"}"#));
    }
    None
}

/// The refusal of a key.
pub(crate) fn refuse_key(known: Option<&[String]>, grant: Grant, key: &Key, changes: bool) -> Option<Response> {
    let unknown = |detail| Some(problem(401, "Unauthorized", detail));
    match key {
        Key::Absent => return unknown("no token provided"),
        Key::Given(given) if known.is_some_and(|known| !known.contains(given)) => return unknown("invalid api key"),
        Key::Given(_) | Key::Right => {}
    }
    match grant {
        Grant::Unknown => unknown("invalid api key"),
        Grant::None => Some(problem(403, "Forbidden", "access denied")),
        Grant::ReadOnly if changes => Some(problem(403, "Forbidden", "access denied")),
        Grant::ReadOnly | Grant::All => None,
    }
}

/// An error in the format of RFC 9457, as RunPod's gateways send it.
pub(crate) fn problem(status: u16, title: &str, detail: &str) -> Response {
    let body = json!({"status": status, "title": title, "detail": detail}).to_string();
    Response::typed(status, "application/problem+json", body)
}

/// Handles a call. The draws of this request are keyed by `key`.
pub(crate) fn handle(platform: &mut Platform, call: Call<'_>, request: &Request, key: u64) -> Answer {
    Answer::Now(match call {
        Call::Run => match submit::submit(platform, request, key, false) {
            Ok(id) => Response::json(200, json!({"id": &*id, "status": "IN_QUEUE"}).to_string()),
            Err(refusal) => refusal,
        },
        Call::Runsync => match submit::submit(platform, request, key, true) {
            Ok(id) => return Answer::When(id.to_string(), wait(request)),
            Err(refusal) => refusal,
        },
        Call::StatusSync(job) if platform.job(job).is_some_and(|job| !job.state.is_ended()) => {
            return Answer::When(job.to_owned(), wait(request));
        }
        Call::Status(job) | Call::StatusSync(job) => status(platform, job),
        Call::Stream(job) => match platform.job(job) {
            // Handlers of workflows are not generators: there is never a piece to stream.
            Some(job) => Response::json(200, json!({"status": job.state.word(), "stream": []}).to_string()),
            None => no_job(),
        },
        Call::Cancel(job) => match platform.cancel(job) {
            Some(state) => Response::json(200, json!({"id": job, "status": state.word()}).to_string()),
            None => no_job(),
        },
        Call::Retry(job) => match platform.retry(job) {
            Some(true) => Response::json(200, json!({"id": job, "status": "IN_QUEUE"}).to_string()),
            Some(false) => Response::json(400, r#"{"error":"job is not in a state that can be retried"}"#),
            None => no_job(),
        },
        Call::PurgeQueue => {
            let removed = platform.purge();
            Response::json(200, json!({"removed": removed, "status": "completed"}).to_string())
        }
        Call::Health => Response::json(200, health::health(platform)),
        Call::Unknown => Response::typed(404, "text/plain", "404 page not found"),
    })
}

/// There is no such job, or its result has expired.
fn no_job() -> Response {
    Response::json(404, r#"{"error":"job not found"}"#)
}

/// How long a request waits: 1 to 300 s, by default 90 s.
fn wait(request: &Request) -> Duration {
    let asked = request.parameter("wait").and_then(|wait| wait.parse().ok());
    Duration::from_millis(asked.unwrap_or(90_000).clamp(1_000, 300_000))
}

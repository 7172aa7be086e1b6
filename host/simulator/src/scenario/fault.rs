//! Faults in a scenario.

use super::span::{Spread, optional_seconds};
use schemars::JsonSchema;
use serde::Deserialize;
use std::num::NonZeroU32;
use std::time::Duration;

/// Requests that go wrong.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Fault {
    /// The requests with this fault. Default: all.
    #[serde(default)]
    pub on: Option<Vec<Operation>>,
    /// What goes wrong.
    pub kind: FaultKind,
    /// For `status`: the HTTP status. Default: 500.
    pub status: Option<u16>,
    /// For `status`: the Retry-After header, in seconds. Default: no such header.
    pub retry_after_s: Option<u32>,
    /// For `status`: the body. Default: `{"error":"…"}` with the status in words.
    pub body: Option<String>,
    /// The fraction of the requests, from 0 to 1; each request draws for itself. Default: 1.
    #[serde(default = "one")]
    #[schemars(range(min = 0, max = 1))]
    pub share: f64,
    /// Only this many first requests with the same method, path, query and body. A later retry succeeds.
    pub first: Option<NonZeroU32>,
    /// Only from this second on. Default: from the start.
    #[serde(default, deserialize_with = "optional_seconds")]
    #[schemars(with = "Option<f64>")]
    pub from_s: Option<Duration>,
    /// Only before this second. Default: no end.
    #[serde(default, deserialize_with = "optional_seconds")]
    #[schemars(with = "Option<f64>")]
    pub until_s: Option<Duration>,
    /// Whether the request has an effect. With `after`, a job runs although its submission failed. Default: `before` for `status`, `html` and `reset`; the others are always `after`. A request that waits for its job, such as `/runsync`, has no fault `after`.
    pub when: Option<When>,
    /// How long the request takes, in seconds. Default: like others; for `dribble` and `silence`: 30.
    pub takes_s: Option<Spread>,
}

pub(super) fn one() -> f64 {
    1.0
}

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum FaultKind {
    /// The response has another status.
    Status,
    /// A firewall responds instead: 403, with an HTML page.
    Html,
    /// The response comes in small pieces.
    Dribble,
    /// The response breaks off in the middle.
    Truncate,
    /// The connection is reset without a response.
    Reset,
    /// No response comes.
    Silence,
}

impl FaultKind {
    /// Whether the request always has its effect before this goes wrong.
    pub(crate) fn is_always_after(self) -> bool {
        matches!(self, Self::Dribble | Self::Truncate | Self::Silence)
    }
}

/// Whether a request has its effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum When {
    /// It has none.
    Before,
    /// It has its effect, although the response is faulty.
    After,
}

/// Requests by API and route.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Operation {
    /// `POST /run`.
    Run,
    /// `POST /runsync`.
    Runsync,
    /// `GET /status/{job}`, and `/status-sync`.
    Status,
    /// `GET /stream/{job}`.
    Stream,
    /// `POST /cancel/{job}`.
    Cancel,
    /// `POST /retry/{job}`.
    Retry,
    /// `POST /purge-queue`.
    PurgeQueue,
    /// `GET /health`.
    Health,
    /// Any other path of the job API.
    Unknown,
    /// REST v2.
    Management,
    /// The ComfyUI server.
    Comfyui,
    /// A volume.
    Volume,
}

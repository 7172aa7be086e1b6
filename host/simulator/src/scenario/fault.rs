//! What a scenario says of requests that do not go well.

use super::span::{Spread, optional_seconds};
use schemars::JsonSchema;
use serde::Deserialize;
use std::num::NonZeroU32;
use std::time::Duration;

/// Requests that do not go well.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Fault {
    /// Which requests. Default: all.
    #[serde(default)]
    pub on: Option<Vec<Operation>>,
    /// What goes wrong.
    pub kind: FaultKind,
    /// For `status`, the HTTP status. Default: 500.
    pub status: Option<u16>,
    /// For `status`, how many seconds the Retry-After header asks for. Default: there is none.
    pub retry_after_s: Option<u32>,
    /// For `status`, the body. Default: `{"error":"…"}` with the status in words.
    pub body: Option<String>,
    /// How many of the requests, from 0 to 1; each draws for itself. Default: 1.
    #[serde(default = "one")]
    #[schemars(range(min = 0, max = 1))]
    pub share: f64,
    /// Only the first so many requests with the same method, path, query and body. So a retry succeeds after them.
    pub first: Option<NonZeroU32>,
    /// Only from this second on.
    #[serde(default, deserialize_with = "optional_seconds")]
    #[schemars(with = "Option<f64>")]
    pub from_s: Option<Duration>,
    /// Only before this second.
    #[serde(default, deserialize_with = "optional_seconds")]
    #[schemars(with = "Option<f64>")]
    pub until_s: Option<Duration>,
    /// Whether the request was carried out all the same. A job whose submission was answered with a fault `after` runs. Default: `before` for `status`, `html` and `reset`; the others are always `after`. A request that is held for its job, as `/runsync` is, has no fault `after`.
    pub when: Option<When>,
    /// How long the request takes, in seconds. Default: as others; for `dribble` and `silence`, 30.
    pub takes_s: Option<Spread>,
}

/// The share of all.
pub(super) fn one() -> f64 {
    1.0
}

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum FaultKind {
    /// It is answered with another status.
    Status,
    /// A firewall answers in its place: 403, with a page in HTML.
    Html,
    /// The answer comes in small pieces.
    Dribble,
    /// The answer breaks off in the middle.
    Truncate,
    /// The connection is reset without an answer.
    Reset,
    /// No answer comes.
    Silence,
}

impl FaultKind {
    /// Whether a request is always carried out before this goes wrong.
    pub(crate) fn is_always_after(self) -> bool {
        matches!(self, Self::Dribble | Self::Truncate | Self::Silence)
    }
}

/// Whether a request was carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum When {
    /// It was not.
    Before,
    /// It was.
    After,
}

/// What is asked of whom.
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

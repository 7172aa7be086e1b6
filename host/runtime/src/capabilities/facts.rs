//! What answers hold: plain values, one type for each record of the contract.

pub use comfycheck_core::inventory::{Device, ModelFile, Pack, PackageVersion, SystemFacts};

use std::time::Duration;

/// A source of the inventory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// `file` or `server`.
    pub kind: &'static str,
    /// The file's name, or the server's address without credentials.
    pub name: String,
    /// `YYYY-MM-DD`.
    pub date: Option<String>,
    /// Days from `date` to the date of the run.
    pub age_days: Option<u32>,
    /// The questions that it can answer, as the contract names them.
    pub offers: Vec<&'static str>,
}

/// What came of one request to `/health`, without judgement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReachFacts {
    /// The HTTP status; none if no complete answer came.
    pub status: Option<u16>,
    /// Why no complete answer came, in the contract's words.
    pub failure: Option<&'static str>,
    /// From the first byte sent to the last received.
    pub elapsed: Duration,
    /// The content-type header.
    pub content_type: Option<String>,
    /// The first 2 KiB of the body, redacted.
    pub body: String,
    /// What was asked, with the endpoint's id masked.
    pub url: String,
}

/// Workers by state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WorkerCounts {
    /// Idle; overlaps with ready.
    pub idle: u32,
    /// Initializing.
    pub initializing: u32,
    /// Ready; overlaps with idle.
    pub ready: u32,
    /// Running.
    pub running: u32,
    /// Throttled.
    pub throttled: u32,
    /// Unhealthy.
    pub unhealthy: u32,
}

/// Jobs by state, of all clients.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct JobCounts {
    /// Completed.
    pub completed: u64,
    /// Failed.
    pub failed: u64,
    /// In progress.
    pub in_progress: u64,
    /// In queue.
    pub in_queue: u64,
    /// Retried.
    pub retried: u64,
}

/// What `/health` says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HealthFacts {
    /// Workers by state.
    pub workers: WorkerCounts,
    /// Jobs by state.
    pub jobs: JobCounts,
}

/// A reading of `/health` during the sampling.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Observation {
    /// When the answer was there, from the start of the sampling.
    pub at: Duration,
    /// The answer; none if the request failed.
    pub health: Option<HealthFacts>,
    /// Our samples submitted and not yet seen running.
    pub waiting: u32,
    /// Our samples seen running and not yet finished.
    pub running: u32,
}

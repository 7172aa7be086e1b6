//! What answers hold: plain values, one type for each record of the contract.

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
    pub offers: &'static [&'static str],
}

/// What ComfyUI's `/system_stats` says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SystemFacts {
    /// Such as `0.33.0`.
    pub comfyui_version: Option<String>,
    /// As Python prints it.
    pub python_version: Option<String>,
    /// Such as `2.11.0+cu130`.
    pub pytorch_version: Option<String>,
    /// Such as `linux`.
    pub os: Option<String>,
    /// The command line.
    pub arguments: Vec<String>,
    /// Python packages that ComfyUI reports.
    pub packages: Vec<PackageVersion>,
    /// Devices that it computes on.
    pub devices: Vec<Device>,
}

/// A Python package that ComfyUI reports of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackageVersion {
    /// Its name.
    pub name: String,
    /// The installed version.
    pub installed: Option<String>,
    /// The required version.
    pub required: Option<String>,
}

/// A device that ComfyUI computes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Device {
    /// Its name.
    pub name: String,
    /// `cuda`, `cpu`, …
    pub kind: String,
    /// In bytes.
    pub memory_total: Option<u64>,
    /// In bytes.
    pub memory_free: Option<u64>,
}

/// A file in a model folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelFile {
    /// Relative to the folder, `/`-separated.
    pub name: String,
    /// In bytes.
    pub size: Option<u64>,
}

/// An installed node pack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pack {
    /// The name of its folder.
    pub folder: String,
    /// A semantic version or a commit.
    pub version: Option<String>,
    /// Its id in the registry.
    pub registry_id: Option<String>,
    /// `owner/name` or an URL.
    pub repository: Option<String>,
    /// Whether it is enabled.
    pub enabled: bool,
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

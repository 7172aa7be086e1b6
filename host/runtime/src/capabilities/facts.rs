//! What answers hold: plain values, one type for each record of the contract.

pub use comfycheck_core::inventory::{Device, ModelFile, Pack, PackageVersion, SystemFacts};

use comfycheck_core::secret::Secret;
use comfycheck_worker_error::InputError;
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

/// What the management API says of the endpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndpointFacts {
    /// How it is configured.
    pub configuration: ConfigurationFacts,
    /// The names of its environment variables, sorted.
    pub environment: Vec<String>,
    /// What those variables hold: to be taken out of logs, and for nothing else.
    pub hidden: Vec<Secret>,
}

/// How an endpoint is configured, as far as it is said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConfigurationFacts {
    /// Its name.
    pub name: Option<String>,
    /// `QUEUE` or `LOAD_BALANCER`.
    pub kind: Option<String>,
    /// The image of its workers.
    pub image: Option<String>,
    /// The fewest workers.
    pub workers_min: Option<u32>,
    /// The most workers.
    pub workers_max: Option<u32>,
    /// How long an idle worker stays, in seconds.
    pub idle_timeout_s: Option<u32>,
    /// `QUEUE_DELAY` or `REQUEST_COUNT`.
    pub scaling: Option<String>,
    /// Seconds, or requests.
    pub scaling_value: Option<u32>,
    /// GPU pools, best first.
    pub gpu_pools: Vec<String>,
    /// GPUs of one worker.
    pub gpu_count: Option<u32>,
    /// CUDA versions that a host may have; empty for any.
    pub allowed_cuda_versions: Vec<String>,
    /// The lowest CUDA version of a host.
    pub min_cuda_version: Option<String>,
    /// Where workers may run; empty for anywhere.
    pub data_centers: Vec<String>,
    /// The ids of network volumes.
    pub volumes: Vec<String>,
    /// How long a job may run.
    pub execution_timeout: Option<Duration>,
    /// `OFF`, `FLASHBOOT` or `PRIORITY_FLASHBOOT`.
    pub flashboot: Option<String>,
}

/// A worker, as the management API lists it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Worker {
    /// Its id, which jobs name, too.
    pub id: String,
    /// `RUNNING`, `IDLE`, `INITIALIZING`, `THROTTLED` or `UNHEALTHY`.
    pub status: String,
    /// RunPod's name of its GPU type.
    pub gpu: Option<String>,
    /// Where it runs.
    pub data_center: Option<String>,
    /// Its image.
    pub image: Option<String>,
    /// The version of the endpoint that it runs.
    pub version: Option<u32>,
    /// Whether that is not the newest.
    pub stale: Option<bool>,
    /// How long it has been there, in seconds.
    pub uptime_s: Option<u64>,
}

/// Whether GPUs of one type can be had.
#[derive(Clone, Debug, PartialEq)]
pub struct GpuStock {
    /// RunPod's name of the type.
    pub gpu: String,
    /// Its pool.
    pub pool: Option<String>,
    /// In GB.
    pub memory_gb: Option<u32>,
    /// `NONE`, `LOW`, `MEDIUM` or `HIGH`.
    pub availability: Option<String>,
    /// Data centers with the availability there, sorted.
    pub data_centers: Vec<(String, String)>,
    /// In USD, of one GPU of a serverless worker.
    pub price_per_second: Option<f64>,
}

/// A network volume.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NetworkVolume {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: Option<String>,
    /// Where it lies.
    pub data_center: Option<String>,
    /// In GB.
    pub size_gb: Option<u32>,
    /// `STANDARD` or `HIGH_PERFORMANCE`.
    pub kind: Option<String>,
}

/// The releases of an endpoint.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReleaseFacts {
    /// The newest version.
    pub newest: Option<u32>,
    /// Whether workers are being replaced.
    pub in_progress: Option<bool>,
    /// Workers of the newest version.
    pub workers_on_newest: Option<u32>,
    /// All workers.
    pub workers_total: Option<u32>,
    /// Newest first.
    pub releases: Vec<Release>,
}

/// A version of the endpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Release {
    /// Its number.
    pub version: u32,
    /// When it was made, RFC 3339.
    pub created: Option<String>,
    /// The names of the fields that it changed.
    pub changed: Vec<String>,
}

/// A line of a worker's log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogLine {
    /// When it was written, RFC 3339.
    pub at: Option<String>,
    /// Redacted, and at most 1 KiB.
    pub text: String,
}

/// A network volume that can be looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VolumeRef {
    /// Its id.
    pub id: String,
    /// Where it lies.
    pub data_center: String,
}

/// What is known of a file on a volume.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileFacts {
    /// In bytes.
    pub size: u64,
    /// RFC 3339; none if not said.
    pub modified: Option<String>,
}

/// An entry of a folder on a volume.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FolderEntry {
    /// A folder.
    Folder,
    /// A file.
    File(FileFacts),
}

/// What a dry run came to.
#[derive(Clone, Debug, PartialEq)]
pub struct DryRunFacts {
    /// How many jobs were submitted.
    pub jobs: u32,
    /// Classes of the workflow that a worker does not have, as ComfyUI found them.
    pub missing: Vec<MissingClass>,
    /// The worker that has all others, if its id is known; or why it is not known whether they are there.
    pub classes: Result<Option<String>, String>,
    /// What it said of the workflow's model loaders, or why it said nothing.
    pub values: Result<ToldValues, String>,
}

/// A class that a worker's ComfyUI does not have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MissingClass {
    /// Its name.
    pub class: String,
    /// The worker that said so.
    pub worker: Option<String>,
}

/// What ComfyUI said of the values that the workflow gives to its model loaders.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ToldValues {
    /// The worker that said it.
    pub worker: Option<String>,
    /// What it refused, in its order.
    pub refused: Vec<RefusedValue>,
    /// By node and input, what it took and would not have taken if it were not there.
    pub accepted: Vec<(String, String)>,
    /// All that loaders take, where ComfyUI lists it.
    pub choices: Vec<Choice>,
}

/// What an input of a loader takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// The loader's class.
    pub class: String,
    /// The input.
    pub input: String,
    /// In ComfyUI's order.
    pub names: Vec<String>,
}

/// What ComfyUI has against an input of a node.
#[derive(Clone, Debug, PartialEq)]
pub struct RefusedValue {
    /// The node's key in the workflow.
    pub node: String,
    /// What ComfyUI says.
    pub error: InputError,
}

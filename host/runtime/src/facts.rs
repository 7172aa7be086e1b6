//! The values in answers: one type for each record of the contract. And what is known of samples.

mod samples;

pub use samples::{Busy, CutOff, JobTrace, Queue, Samples, WaitingSample};

pub use comfycheck_core::inventory::{Device, ModelFile, Pack, PackageVersion, SystemFacts};

use crate::transport::exchange::Miss;
use comfycheck_core::secret::Secret;
use comfycheck_worker_error::InputError;
use std::time::Duration;

pub type FileBytes = bytes::Bytes;

/// Why a query has no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum QueryError {
    /// 401 or 403.
    #[error("access denied")]
    AccessDenied,
    /// No usable response.
    #[error("{0}")]
    Unavailable(String),
    /// This run has nothing that could answer.
    #[error("{0}")]
    NotOffered(String),
    /// Anything else.
    #[error("{0}")]
    Other(String),
    /// The cassette does not have the request.
    ///
    /// To a guest it is not offered, and the questions that it leaves open for this reason do not count. After the end of an
    /// incomplete recording the instance ends as errored.
    #[error("{0}")]
    NotRecorded(Miss),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InventorySource {
    /// `file` or `server`.
    pub kind: &'static str,
    /// The file's name, or the server's address without credentials.
    pub name: String,
    /// `YYYY-MM-DD`.
    pub date: Option<String>,
    /// Days from `date` to the date of the run.
    pub age_days: Option<u32>,
    /// The queries that it can answer, as the contract names them.
    pub offers: Vec<&'static str>,
}

/// The result of one request to `/health`, without judgement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReachFacts {
    /// None if the response was not complete.
    pub status: Option<u16>,
    /// Why the response was not complete, in the contract's words.
    pub failure: Option<&'static str>,
    /// From the first byte sent to the last one received.
    pub elapsed: Duration,
    pub content_type: Option<String>,
    /// The first 2 KiB of the body, redacted.
    pub body: String,
    /// With the endpoint's id masked.
    pub url: String,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WorkerCounts {
    /// Idle; overlaps with ready.
    pub idle: u32,
    pub initializing: u32,
    /// Ready; overlaps with idle.
    pub ready: u32,
    pub running: u32,
    pub throttled: u32,
    pub unhealthy: u32,
}

/// The jobs of all clients.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct JobCounts {
    pub completed: u64,
    pub failed: u64,
    pub in_progress: u64,
    pub in_queue: u64,
    pub retried: u64,
}

/// The content of `/health`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HealthFacts {
    pub workers: WorkerCounts,
    pub jobs: JobCounts,
}

/// A reading of `/health` while samples ran.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Observation {
    /// When the response was complete, from the start of the first sample.
    pub at: Duration,
    /// None if the request failed.
    pub health: Option<HealthFacts>,
    /// Jobs of this run that were submitted and not yet seen running.
    pub waiting: u32,
    /// Jobs of this run that were seen running and have not finished.
    pub running: u32,
}

/// The endpoint according to the management API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndpointFacts {
    pub configuration: ConfigurationFacts,
    /// The names of the environment variables, sorted.
    pub environment: Vec<String>,
    /// The values of those variables, only for redacting logs.
    pub hidden: Vec<Secret>,
}

/// Every field may be missing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConfigurationFacts {
    pub name: Option<String>,
    /// `QUEUE` or `LOAD_BALANCER`.
    pub kind: Option<String>,
    pub image: Option<String>,
    pub workers_min: Option<u32>,
    pub workers_max: Option<u32>,
    /// How long an idle worker stays.
    pub idle_timeout_s: Option<u32>,
    /// `QUEUE_DELAY` or `REQUEST_COUNT`.
    pub scaling: Option<String>,
    /// Seconds, or requests.
    pub scaling_value: Option<u32>,
    /// GPU pools, best first.
    pub gpu_pools: Vec<String>,
    /// GPUs of one worker.
    pub gpu_count: Option<u32>,
    /// Allowed on a host; empty for any.
    pub allowed_cuda_versions: Vec<String>,
    pub min_cuda_version: Option<String>,
    /// Where workers can run; empty for anywhere.
    pub data_centers: Vec<String>,
    /// Ids.
    pub volumes: Vec<String>,
    pub execution_timeout: Option<Duration>,
    /// `OFF`, `FLASHBOOT` or `PRIORITY_FLASHBOOT`.
    pub flashboot: Option<String>,
}

/// A worker as listed by the management API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Worker {
    /// Jobs refer to it.
    pub id: String,
    /// `RUNNING`, `IDLE`, `INITIALIZING`, `THROTTLED` or `UNHEALTHY`.
    pub status: String,
    /// RunPod's name of the GPU type.
    pub gpu: Option<String>,
    pub data_center: Option<String>,
    pub image: Option<String>,
    /// The endpoint version that it runs.
    pub version: Option<u32>,
    /// Whether that is not the newest version.
    pub stale: Option<bool>,
    /// Since its start.
    pub uptime_s: Option<u64>,
    /// RunPod's id of the machine that it runs on. Its documentation does not name this field, so it
    /// may never be there.
    pub machine: Option<String>,
}

/// The availability of one GPU type.
#[derive(Clone, Debug, PartialEq)]
pub struct GpuStock {
    /// RunPod's name of the type.
    pub gpu: String,
    pub pool: Option<String>,
    pub memory_gb: Option<u32>,
    /// `NONE`, `LOW`, `MEDIUM` or `HIGH`.
    pub availability: Option<String>,
    /// Data centers with the availability there, sorted.
    pub data_centers: Vec<(String, String)>,
    /// In USD, of one GPU of a serverless worker.
    pub price_per_second: Option<f64>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NetworkVolume {
    pub id: String,
    pub name: Option<String>,
    pub data_center: Option<String>,
    pub size_gb: Option<u32>,
    /// `STANDARD` or `HIGH_PERFORMANCE`.
    pub kind: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReleaseFacts {
    /// The newest version.
    pub newest: Option<u32>,
    /// Whether workers are being replaced.
    pub in_progress: Option<bool>,
    pub workers_on_newest: Option<u32>,
    pub workers_total: Option<u32>,
    /// Newest first.
    pub releases: Vec<Release>,
}

/// A version of the endpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Release {
    pub version: u32,
    /// RFC 3339.
    pub created: Option<String>,
    /// The names of the changed fields.
    pub changed: Vec<String>,
}

/// A build of the endpoint's image from a GitHub repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Build {
    pub id: String,
    /// `PENDING`, `BUILDING`, `UPLOADING`, `TESTING`, `COMPLETED`, `FAILED`, `CANCELLED` or
    /// `TEST_FAILED`.
    pub status: String,
    /// The short hash.
    pub commit: Option<String>,
    pub branch: Option<String>,
    pub image: Option<String>,
    /// RFC 3339.
    pub started: Option<String>,
    /// RFC 3339.
    pub finished: Option<String>,
    /// RunPod's words on its result, redacted.
    pub message: Option<String>,
}

/// A line of a worker's log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogLine {
    /// RFC 3339.
    pub at: Option<String>,
    /// Redacted, at most 1 KiB.
    pub text: String,
}

/// A worker that RunPod's status of a job named. Times count from the start of the first sample.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttemptFacts {
    /// RunPod's id.
    pub worker: String,
    /// RunPod's count of retries when it was last named.
    pub retries: u32,
    pub first_seen: Duration,
    pub last_seen: Duration,
    /// RunPod's name of the GPU type.
    pub gpu: Option<String>,
    pub data_center: Option<String>,
    /// RunPod's id.
    pub machine: Option<String>,
}

impl AttemptFacts {
    /// Adds what the management API shows of its worker.
    pub fn complete(&mut self, workers: &[Worker]) {
        let Some(worker) = workers.iter().find(|worker| worker.id == self.worker) else { return };
        let Worker { gpu, data_center, machine, .. } = worker;
        for (own, now) in [(&mut self.gpu, gpu), (&mut self.data_center, data_center), (&mut self.machine, machine)] {
            if own.is_none() {
                own.clone_from(now);
            }
        }
    }
}

/// The endpoint when a sample was submitted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SubmissionFacts {
    /// Idle or ready.
    pub idle_workers: Option<u32>,
    pub running_workers: Option<u32>,
    pub initializing_workers: Option<u32>,
    /// Jobs of this run that were submitted and not yet seen running.
    pub own_waiting: Option<u32>,
    /// Jobs of other clients in the queue or in progress.
    pub other_jobs: Option<u32>,
    /// The first sample with the same workflow, if it is not this one.
    pub same_as: Option<u32>,
}

/// A network volume that can be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VolumeRef {
    pub id: String,
    pub data_center: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileFacts {
    /// In bytes.
    pub size: u64,
    /// RFC 3339.
    pub modified: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FolderEntry {
    Folder,
    File(FileFacts),
}

/// The result of a dry run.
#[derive(Clone, Debug, PartialEq)]
pub struct DryRunFacts {
    /// Submitted jobs.
    pub jobs: u32,
    /// Classes of the workflow that a worker lacks, in the order in which ComfyUI reported them.
    pub missing: Vec<MissingClass>,
    /// The worker that has all other classes, if its id is known; or why that is unknown.
    pub classes: Result<Option<String>, String>,
    /// ComfyUI's response to the values of model loaders, or why there is none.
    pub values: Result<LoaderValues, String>,
}

/// A class that a worker's ComfyUI lacks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MissingClass {
    pub class: String,
    /// The worker that reported it.
    pub worker: Option<String>,
}

/// ComfyUI's response to the values of the workflow's model loaders.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LoaderValues {
    /// The worker that reported it.
    pub worker: Option<String>,
    /// In ComfyUI's order.
    pub refused: Vec<RefusedValue>,
    /// By node and input: values that ComfyUI accepted, and would have refused if they were not
    /// there.
    pub accepted: Vec<(String, String)>,
    /// All values of an input, where ComfyUI lists them.
    pub choices: Vec<Choice>,
}

/// The values that an input of a loader accepts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    pub class: String,
    pub input: String,
    /// In ComfyUI's order.
    pub names: Vec<String>,
}

/// A value that ComfyUI refused.
#[derive(Clone, Debug, PartialEq)]
pub struct RefusedValue {
    /// The node's key in the workflow.
    pub node: String,
    pub error: InputError,
}

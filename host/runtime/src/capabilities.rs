//! What a check instance may ask of the host: one function per function of the
//! contract, with answers as plain values.
//!
//! A question has one answer per phase, whoever asks it and when, and the answer says
//! how long it took on the question's own timeline: the sandbox adds that to the
//! asking instance's clock.

use comfycheck_core::cost::Price;
use comfycheck_core::sample::Sample;
use std::sync::Arc;
use std::time::Duration;

/// An answer, and how long it took on the question's own timeline, retries included.
#[derive(Clone, Debug)]
pub struct Answered<T> {
    /// The answer.
    pub answer: Result<T, AskError>,
    /// On the transport's clock.
    pub took: Duration,
}

/// Why a question has no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AskError {
    /// 401 or 403.
    #[error("access denied")]
    AccessDenied,
    /// Who should answer does not.
    #[error("{0}")]
    Unavailable(String),
    /// This run has nobody to ask.
    #[error("{0}")]
    NotOffered(String),
    /// Anything else.
    #[error("{0}")]
    Other(String),
    /// The cassette holds no such request. Never shown to a guest: the instance ends as
    /// errored.
    #[error("{0}")]
    NotRecorded(String),
}

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

/// The bytes of an image.
pub type ImageBytes = bytes::Bytes;

/// What a check instance may ask, in one phase of one run.
///
/// Cheap to clone; shared by all instances of the phase.
#[derive(Clone)]
pub struct Capabilities {
    shared: Arc<Shared>,
}

struct Shared {
    workflow_source: String,
    workflow_api: Option<String>,
    observations: Vec<Observation>,
    samples: Vec<Sample>,
    images: Vec<Vec<ImageBytes>>,
    price: Option<Price>,
}

impl Capabilities {
    /// Of a run that names neither an endpoint nor a ComfyUI, before its samples.
    pub fn none(workflow_source: String, workflow_api: Option<String>) -> Self {
        Self {
            shared: Arc::new(Shared {
                workflow_source,
                workflow_api,
                observations: Vec::new(),
                samples: Vec::new(),
                images: Vec::new(),
                price: None,
            }),
        }
    }

    /// The text of the workflow's file.
    pub fn workflow_source(&self) -> &str {
        &self.shared.workflow_source
    }

    /// The workflow in API format, as JSON.
    pub fn workflow_api(&self) -> Option<&str> {
        self.shared.workflow_api.as_deref()
    }

    /// The sources of the inventory, in the order in which they are asked.
    pub fn sources(&self) -> Vec<Source> {
        Vec::new()
    }

    /// Versions and devices.
    pub async fn system(&self) -> Answered<Arc<SystemFacts>> {
        not_offered("the suite names no ComfyUI").await
    }

    /// The names of all node classes, sorted.
    pub async fn node_classes(&self) -> Answered<Arc<Vec<String>>> {
        not_offered("the suite names no ComfyUI").await
    }

    /// The description of one node class, as strict JSON; none if it is not installed.
    pub async fn node_class(&self, _name: &str) -> Answered<Option<Arc<str>>> {
        not_offered("the suite names no ComfyUI").await
    }

    /// The node replacements, as strict JSON.
    pub async fn node_replacements(&self) -> Answered<Arc<str>> {
        not_offered("the suite names no ComfyUI").await
    }

    /// The names of the model folders.
    pub async fn model_folders(&self) -> Answered<Arc<Vec<String>>> {
        not_offered("the suite names no ComfyUI").await
    }

    /// The files in one model folder, sorted; none if there is no such folder.
    pub async fn models(&self, _folder: &str) -> Answered<Option<Arc<Vec<ModelFile>>>> {
        not_offered("the suite names no ComfyUI").await
    }

    /// The installed node packs, sorted by folder.
    pub async fn packs(&self) -> Answered<Arc<Vec<Pack>>> {
        not_offered("the suite names no ComfyUI").await
    }

    /// Asks `/health` once, without retries and without judgement.
    pub async fn reach(&self) -> Answered<ReachFacts> {
        not_offered("the suite names no endpoint").await
    }

    /// The workers and jobs now.
    pub async fn health(&self) -> Answered<HealthFacts> {
        not_offered("the suite names no endpoint").await
    }

    /// Every reading of `/health` during the sampling, in order of time.
    pub fn observations(&self) -> &[Observation] {
        &self.shared.observations
    }

    /// Every sample of the run, in order of its index; none before they were taken.
    pub fn samples(&self) -> &[Sample] {
        &self.shared.samples
    }

    /// The bytes of the images of one sample, in the order of
    /// [`Sample::images`](comfycheck_core::sample::Sample).
    pub fn images(&self, sample: u32) -> &[ImageBytes] {
        self.shared.images.get(sample as usize).map_or(&[], Vec::as_slice)
    }

    /// The price that costs were computed with.
    pub fn price(&self) -> Option<&Price> {
        self.shared.price.as_ref()
    }
}

async fn not_offered<T>(reason: &str) -> Answered<T> {
    Answered { answer: Err(AskError::NotOffered(reason.to_owned())), took: Duration::ZERO }
}

//! Scenarios: how a simulated endpoint behaves.
//!
//! The comments of the fields are the descriptions in the JSON Schema, so they address authors of scenarios.

mod bundled;
mod fault;
mod handler;
mod parse;
mod platform;
mod schema;
mod span;
mod surroundings;
mod workers;

pub use bundled::{BUNDLED, bundled};
pub use fault::{Fault, FaultKind, Operation, When};
pub use handler::{First, Handler, HandlerKind, JobBehavior, JobRule, Upload};
pub use platform::{Access, Endpoint, EndpointType, Grant, Limits, Network, Queue, Scaling, TtlEnd};
pub use schema::schema;
pub use span::Spread;
pub use surroundings::{ComfyUi, Gpu, Models, Nodes, Release, Volume, VolumeFile};
pub use workers::{Dispatch, Fate, Kind, Workers};

use schemars::JsonSchema;
use serde::Deserialize;

/// A comfycheck scenario: how a simulated RunPod endpoint, its workers, ComfyUI and its volumes behave.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
#[schemars(title = "comfycheck scenario")]
pub struct Scenario {
    /// The scenario in one line. Reports show it.
    pub about: String,
    /// The date of the run. Ages and expiry are counted from it.
    #[schemars(extend("pattern" = "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"))]
    pub date: String,
    /// The seed of every draw and of the run: sample `i` gets seed + `i`.
    pub seed: u64,
    /// The permissions of keys.
    pub access: Access,
    /// How long responses take.
    pub network: Network,
    /// RunPod's own limits for requests.
    pub limits: Limits,
    /// The endpoint's configuration.
    pub endpoint: Endpoint,
    /// How long jobs and their results live.
    pub queue: Queue,
    /// The workers.
    pub workers: Workers,
    /// The handler on the workers.
    pub handler: Handler,
    /// Jobs that go wrong. The first rule that matches a job applies.
    pub jobs: Vec<JobRule>,
    /// The ComfyUI on the workers.
    pub comfyui: ComfyUi,
    /// Network volumes.
    pub volumes: Vec<Volume>,
    /// The stock of GPUs in RunPod's catalog.
    pub gpus: Vec<Gpu>,
    /// The releases, newest first.
    pub releases: Vec<Release>,
    /// Requests that go wrong. The first rule that matches a request applies.
    pub faults: Vec<Fault>,
    /// The SHA-256 of its text.
    #[serde(skip)]
    pub sha256: String,
}

impl Scenario {
    /// The id of the endpoint; a valid one where any id is accepted.
    pub fn endpoint_id(&self) -> &str {
        self.endpoint.id.as_deref().unwrap_or("simulated")
    }

    /// The network volumes of the endpoint.
    pub(crate) fn attached(&self) -> impl Iterator<Item = &Volume> {
        self.volumes.iter().filter(|volume| volume.attached)
    }
}

impl Default for Scenario {
    fn default() -> Self {
        Self {
            about: String::new(),
            date: "2026-11-20".to_owned(),
            seed: 0,
            access: Access::default(),
            network: Network::default(),
            limits: Limits::default(),
            endpoint: Endpoint::default(),
            queue: Queue::default(),
            workers: Workers::default(),
            handler: Handler::default(),
            jobs: Vec::new(),
            comfyui: ComfyUi::default(),
            volumes: Vec::new(),
            gpus: Vec::new(),
            releases: Vec::new(),
            faults: Vec::new(),
            sha256: String::new(),
        }
    }
}

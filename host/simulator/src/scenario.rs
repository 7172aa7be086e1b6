//! Scenarios: scripts by which a simulated endpoint behaves.
//!
//! The comments of the fields are the descriptions in the scenarios' JSON Schema, so they speak to who writes a scenario.

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
pub use handler::{Deed, Handler, HandlerKind, JobRule, Upload};
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
    /// What happens, in one line. Reports show it.
    pub about: String,
    /// The date of a run, from which ages and expiry are counted.
    #[schemars(extend("pattern" = "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"))]
    pub date: String,
    /// The seed of every draw, and the run seed: sample `i` gets seed + `i`.
    pub seed: u64,
    /// What keys are allowed.
    pub access: Access,
    /// How long answers take.
    pub network: Network,
    /// RunPod's own limits of requests.
    pub limits: Limits,
    /// The endpoint, as its owner configured it.
    pub endpoint: Endpoint,
    /// How long jobs and their results live.
    pub queue: Queue,
    /// The workers.
    pub workers: Workers,
    /// What runs on them.
    pub handler: Handler,
    /// Jobs that do not go well. The first rule that fits a job counts.
    pub jobs: Vec<JobRule>,
    /// What ComfyUI has installed.
    pub comfyui: ComfyUi,
    /// Network volumes.
    pub volumes: Vec<Volume>,
    /// The stock of GPUs, as the catalog tells it.
    pub gpus: Vec<Gpu>,
    /// What was released before, newest first.
    pub releases: Vec<Release>,
    /// Requests that do not go well. The first that fits a request counts.
    pub faults: Vec<Fault>,
}

impl Scenario {
    /// The id of the endpoint, where one has to be told: one that fits where any id is taken for it.
    pub fn endpoint_id(&self) -> &str {
        self.endpoint.id.as_deref().unwrap_or("simulated")
    }

    /// The network volumes that the endpoint has.
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
        }
    }
}

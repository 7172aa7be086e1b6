//! What a scenario says of RunPod itself: access, answers' times, limits, the endpoint and its queue.

use super::span::{Spread, seconds};
use schemars::JsonSchema;
use serde::Deserialize;
use std::num::NonZeroU32;
use std::time::Duration;

/// What keys are allowed.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Access {
    /// The keys that are known. Default: any key is.
    pub keys: Option<Vec<String>>,
    /// What a known key may do with the job API.
    pub jobs: Grant,
    /// What a known key may do with REST v2.
    pub management: Grant,
}

/// What a key may do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Grant {
    /// Everything.
    #[default]
    All,
    /// To read: what submits or changes is answered with 403.
    ReadOnly,
    /// Nothing: every request is answered with 403.
    None,
    /// It is taken for no key: every request is answered with 401.
    Unknown,
}

/// How long answers take.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Network {
    /// From sending a request to the first byte of its answer, in seconds. Default: 0.06 to 0.25, mostly 0.11.
    pub latency_s: Spread,
    /// How fast bodies come, in bytes per second. Default: 25,000,000.
    pub bytes_per_s: NonZeroU32,
}

impl Default for Network {
    fn default() -> Self {
        let [low, usual, high] = [60, 110, 250].map(Duration::from_millis);
        Self { latency_s: Spread::new(low, usual, high), bytes_per_s: NonZeroU32::MIN.saturating_add(24_999_999) }
    }
}

/// RunPod's own limits of requests.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Limits {
    /// By what the documented limits of the job API are multiplied; 0 lifts them, and those of REST v2, which nothing else changes. Default: 1.
    pub factor: u32,
    /// The largest body of `/run`, and of the result of its job, in bytes. Default: 10 MiB.
    pub run_bytes: u32,
    /// The largest body of `/runsync`, and of the result of its job, in bytes. Default: 20 MiB.
    pub runsync_bytes: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self { factor: 1, run_bytes: 10 << 20, runsync_bytes: 20 << 20 }
    }
}

impl Limits {
    /// The largest body of a submission, and of the result of its job. `sync` is whether it comes by `/runsync`.
    pub(crate) fn bytes(&self, sync: bool) -> u32 {
        if sync { self.runsync_bytes } else { self.run_bytes }
    }
}

/// The endpoint, as its owner configured it.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Endpoint {
    /// Its id. Default: any id is taken for it.
    pub id: Option<String>,
    /// Its name.
    pub name: String,
    /// Whether it queues jobs. Default: `QUEUE`.
    #[serde(rename = "type")]
    pub kind: EndpointType,
    /// The image of its newest version.
    pub image: String,
    /// How many workers are kept alive. Default: 0.
    pub workers_min: u32,
    /// How many workers there are at most. Default: 3.
    pub workers_max: u32,
    /// After how many idle seconds a worker beyond `workers-min` is stopped. Default: 5.
    #[serde(deserialize_with = "seconds")]
    #[schemars(with = "f64")]
    pub idle_timeout_s: Duration,
    /// When workers are added. Default: `QUEUE_DELAY`.
    pub scaling: Scaling,
    /// For `QUEUE_DELAY`, how many seconds a job waits before a worker is added for it; for `REQUEST_COUNT`, how many jobs that wait or run there are for each worker. Default: 4.
    pub scaling_value: NonZeroU32,
    /// GPU pools. Default: `ADA_24`.
    pub gpu_pools: Vec<String>,
    /// GPUs of each worker. Default: 1.
    pub gpu_count: NonZeroU32,
    /// Data centers where workers may run. Default: `EU-RO-1`.
    pub data_centers: Vec<String>,
    /// How long a job may run, in seconds. Default: 600.
    #[serde(deserialize_with = "seconds")]
    #[schemars(with = "f64")]
    pub execution_timeout_s: Duration,
    /// Whether stopped workers come back quickly. Default: false.
    pub flashboot: bool,
    /// Environment variables of the workers. REST v2 answers with them in clear.
    pub env: std::collections::BTreeMap<String, String>,
}

impl Default for Endpoint {
    fn default() -> Self {
        Self {
            id: None,
            name: "comfyui".to_owned(),
            kind: EndpointType::Queue,
            image: "runpod/worker-comfyui:5.8.5-base".to_owned(),
            workers_min: 0,
            workers_max: 3,
            idle_timeout_s: Duration::from_secs(5),
            scaling: Scaling::QueueDelay,
            scaling_value: NonZeroU32::MIN.saturating_add(3),
            gpu_pools: vec!["ADA_24".to_owned()],
            gpu_count: NonZeroU32::MIN,
            data_centers: vec!["EU-RO-1".to_owned()],
            execution_timeout_s: Duration::from_mins(10),
            flashboot: false,
            env: std::collections::BTreeMap::new(),
        }
    }
}

/// Whether an endpoint queues jobs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum EndpointType {
    /// It does.
    Queue,
    /// It hands requests to workers: the job API does not apply to it.
    LoadBalancer,
}

/// When workers are added.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Scaling {
    /// When a job has waited for some seconds.
    QueueDelay,
    /// So that there are as many as the jobs need, by a number of jobs for each worker.
    RequestCount,
}

/// How long jobs and their results live.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Queue {
    /// How long a result is kept, in seconds. Default: 1800.
    #[serde(deserialize_with = "seconds")]
    #[schemars(with = "f64")]
    pub result_s: Duration,
    /// How long the result of `/runsync` is kept, in seconds. Default: 60.
    #[serde(deserialize_with = "seconds")]
    #[schemars(with = "f64")]
    pub sync_result_s: Duration,
    /// How long a job lives whose submission says nothing of it, in seconds. Default: 86400.
    #[serde(deserialize_with = "seconds")]
    #[schemars(with = "f64")]
    pub ttl_s: Duration,
    /// What becomes of a job that lived too long. RunPod's documentation says both. Default: `gone`.
    pub ttl_end: TtlEnd,
    /// Whether the status of a running job repeats its input, as RunPod's was seen to. Default: false.
    pub echo_input: bool,
    /// How many jobs were completed before. Default: 0.
    pub completed_before: u64,
}

impl Default for Queue {
    fn default() -> Self {
        Self {
            result_s: Duration::from_mins(30),
            sync_result_s: Duration::from_mins(1),
            ttl_s: Duration::from_hours(24),
            ttl_end: TtlEnd::Gone,
            echo_input: false,
            completed_before: 0,
        }
    }
}

/// What becomes of a job that lived too long.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum TtlEnd {
    /// It is removed: its status is 404.
    Gone,
    /// It ends as `TIMED_OUT`.
    TimedOut,
}

//! RunPod itself in a scenario: access, response times, limits, the endpoint and its queue.

use super::span::{Spread, seconds};
use schemars::JsonSchema;
use serde::Deserialize;
use std::num::NonZeroU32;
use std::time::Duration;

/// The permissions of keys.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Access {
    /// The known keys. Default: every key.
    pub keys: Option<Vec<String>>,
    /// The permissions of a known key for the job API.
    pub jobs: Grant,
    /// The permissions of a known key for REST v2.
    pub management: Grant,
}

/// The permissions of a key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Grant {
    /// Everything.
    #[default]
    All,
    /// Read only: a submission or a change is answered with 403.
    ReadOnly,
    /// None: every request is answered with 403.
    None,
    /// The key is not accepted: every request is answered with 401.
    Unknown,
}

/// How long responses take.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Network {
    /// The time from a request to the first byte of its response, in seconds. Default: 0.06 to 0.25, mostly 0.11.
    pub latency_s: Spread,
    /// The speed of bodies, in bytes per second. Default: 25,000,000.
    pub bytes_per_s: NonZeroU32,
}

impl Default for Network {
    fn default() -> Self {
        let [low, usual, high] = [60, 110, 250].map(Duration::from_millis);
        Self { latency_s: Spread::new(low, usual, high), bytes_per_s: NonZeroU32::MIN.saturating_add(24_999_999) }
    }
}

/// RunPod's own limits for requests.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Limits {
    /// Multiplies the documented limits of the job API. 0 lifts them, and those of REST v2. Default: 1.
    pub factor: u32,
    /// The largest body of `/run`, and the largest result of its job, in bytes. Default: 10 MiB.
    pub run_bytes: u32,
    /// The largest body of `/runsync`, and the largest result of its job, in bytes. Default: 20 MiB.
    pub runsync_bytes: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self { factor: 1, run_bytes: 10 << 20, runsync_bytes: 20 << 20 }
    }
}

impl Limits {
    /// The largest body of a submission, and the largest result of its job. `sync` if it came by `/runsync`.
    pub(crate) fn bytes(&self, sync: bool) -> u32 {
        if sync { self.runsync_bytes } else { self.run_bytes }
    }
}

/// The endpoint's configuration.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Endpoint {
    /// Its id. Default: every id is accepted.
    pub id: Option<String>,
    /// Its name.
    pub name: String,
    /// Its type. Default: `QUEUE`.
    #[serde(rename = "type")]
    pub kind: EndpointType,
    /// The image of its newest version.
    pub image: String,
    /// The least number of workers. Default: 0.
    pub workers_min: u32,
    /// The greatest number of workers. Default: 3.
    pub workers_max: u32,
    /// How long a worker beyond `workers-min` may be idle, in seconds. Default: 5.
    #[serde(deserialize_with = "seconds")]
    #[schemars(with = "f64")]
    pub idle_timeout_s: Duration,
    /// When workers are added. Default: `QUEUE_DELAY`.
    pub scaling: Scaling,
    /// For `QUEUE_DELAY`: how many seconds a job waits before a worker is added for it. For `REQUEST_COUNT`: the number of queued and running jobs for each worker. Default: 4.
    pub scaling_value: NonZeroU32,
    /// GPU pools. Default: `ADA_24`.
    pub gpu_pools: Vec<String>,
    /// The number of GPUs of each worker. Default: 1.
    pub gpu_count: NonZeroU32,
    /// The data centers where workers may run. Default: `EU-RO-1`.
    pub data_centers: Vec<String>,
    /// The longest run of a job, in seconds. Default: 600.
    #[serde(deserialize_with = "seconds")]
    #[schemars(with = "f64")]
    pub execution_timeout_s: Duration,
    /// Whether stopped workers restart quickly. Default: false.
    pub flashboot: bool,
    /// The workers' environment variables. REST v2 returns them in clear.
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

/// The type of an endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum EndpointType {
    /// It queues jobs.
    Queue,
    /// It passes requests to workers: the job API does not apply.
    LoadBalancer,
}

/// When workers are added.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Scaling {
    /// When a job has waited for `scaling-value` seconds.
    QueueDelay,
    /// When there are more than `scaling-value` queued and running jobs for each worker.
    RequestCount,
}

/// How long jobs and their results live.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Queue {
    /// How long a result of `/run` is kept, in seconds. Default: 1800.
    #[serde(deserialize_with = "seconds")]
    #[schemars(with = "f64")]
    pub result_s: Duration,
    /// How long a result of `/runsync` is kept, in seconds. Default: 60.
    #[serde(deserialize_with = "seconds")]
    #[schemars(with = "f64")]
    pub sync_result_s: Duration,
    /// The time to live of a job, in seconds. `policy.ttl` of a submission overrides it. Default: 86400.
    #[serde(deserialize_with = "seconds")]
    #[schemars(with = "f64")]
    pub ttl_s: Duration,
    /// How a job ends after its time to live. RunPod's documentation says both. Default: `gone`.
    pub ttl_end: TtlEnd,
    /// Whether the status of a running job repeats its input, as RunPod does at times. Default: false.
    pub echo_input: bool,
    /// How many completed jobs `/health` counts at the start. Default: 0.
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

/// How a job ends after its time to live.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum TtlEnd {
    /// It is deleted: its status is 404.
    Gone,
    /// It ends as `TIMED_OUT`.
    TimedOut,
}

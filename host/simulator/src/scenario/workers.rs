//! The workers in a scenario.

use super::span::{Spread, optional_seconds, seconds};
use schemars::JsonSchema;
use serde::Deserialize;
use std::time::Duration;

/// The workers.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Workers {
    /// The number of workers that are ready at the start, with ComfyUI running and its models loaded. At least `workers-min` of the endpoint, at most its `workers-max`. Those beyond `workers-min` stop after the idle timeout. Default: 0.
    pub ready: u32,
    /// What happens to new workers. Default: `starts`.
    pub fate: Fate,
    /// The end of `fate`, in seconds from the start; afterwards workers start. Default: never.
    #[serde(deserialize_with = "optional_seconds")]
    #[schemars(with = "Option<f64>")]
    pub fate_until_s: Option<Duration>,
    /// How long a worker starts before it takes jobs, in seconds. Default: 12 to 40, mostly 18.
    pub start_s: Spread,
    /// The same for a worker that `FlashBoot` restores with a warm ComfyUI, in seconds. ComfyUI is warm if the worker was ready at the start or has run a job. Default: 1 to 4, mostly 2.
    pub flashboot_start_s: Spread,
    /// How long a crashed worker is unhealthy before it starts again, in seconds. Default: 30.
    #[serde(deserialize_with = "seconds")]
    #[schemars(with = "f64")]
    pub restart_s: Duration,
    /// How long a worker may start before it is unhealthy, in seconds. Default: 420.
    #[serde(deserialize_with = "seconds")]
    #[schemars(with = "f64")]
    pub init_timeout_s: Duration,
    /// The idle worker that gets a job. Default: `spread`.
    pub dispatch: Dispatch,
    /// The kinds of workers, in turn. Default: all alike.
    pub kinds: Vec<Kind>,
    /// The last lines of a container's log, as REST v2 shows them.
    pub log: Vec<String>,
    /// The last lines of a worker's system log, after those of each start.
    pub system_log: Vec<String>,
}

impl Default for Workers {
    fn default() -> Self {
        let spread = |seconds: [u64; 3]| {
            let [low, usual, high] = seconds.map(Duration::from_secs);
            Spread::new(low, usual, high)
        };
        Self {
            ready: 0,
            fate: Fate::Starts,
            fate_until_s: None,
            start_s: spread([12, 18, 40]),
            flashboot_start_s: spread([1, 2, 4]),
            restart_s: Duration::from_secs(30),
            init_timeout_s: Duration::from_mins(7),
            dispatch: Dispatch::Spread,
            kinds: Vec::new(),
            log: Vec::new(),
            system_log: Vec::new(),
        }
    }
}

impl Workers {
    /// The kind of the worker with this number, counted from 0.
    pub(crate) fn kind(&self, number: u32) -> Kind {
        match self.kinds.len() {
            0 => Kind::default(),
            several => self.kinds[number as usize % several].clone(),
        }
    }
}

/// What happens to new workers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Fate {
    /// They start and take jobs.
    Starts,
    /// No machine with a matching GPU is free: there is no worker.
    NoMachine,
    /// Their machine is full: they are throttled.
    Throttled,
    /// Their container exits while it starts, again and again.
    Crashes,
    /// They never become ready.
    NeverReady,
    /// They run, and take no job.
    TakesNothing,
}

/// The idle worker that gets a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Dispatch {
    /// The one that has been idle for longest.
    Spread,
    /// Always the first worker, as with RunPod's SDK 1.7.11 to 1.10.0.
    Funnel,
}

/// A kind of worker. Missing keys are those of the endpoint.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Kind {
    /// RunPod's name of the GPU type. Default: `NVIDIA GeForce RTX 4090`.
    pub gpu: String,
    /// The data center. Default: the first of the endpoint.
    pub data_center: Option<String>,
    /// The image. Default: the endpoint's.
    pub image: Option<String>,
    /// The version of worker-comfyui. Default: the handler's.
    pub version: Option<String>,
    /// Whether it runs an older version than the endpoint's newest. Default: false.
    pub stale: bool,
    /// When the release reaches a stale worker, in seconds from the start. A worker with the endpoint's image then replaces it, after its job if it has one. Default: never.
    #[serde(deserialize_with = "optional_seconds")]
    #[schemars(with = "Option<f64>")]
    pub stale_until_s: Option<Duration>,
    /// Multiplies the execution times. Default: 1.
    #[schemars(extend("exclusiveMinimum" = 0))]
    pub slowness: f64,
}

impl Default for Kind {
    fn default() -> Self {
        Self {
            gpu: "NVIDIA GeForce RTX 4090".to_owned(),
            data_center: None,
            image: None,
            version: None,
            stale: false,
            stale_until_s: None,
            slowness: 1.0,
        }
    }
}

impl Kind {
    /// Whether the release has reached it by `now`.
    pub(crate) fn is_outdated(&self, now: Duration) -> bool {
        self.stale && self.stale_until_s.is_some_and(|until| now >= until)
    }

    /// The kind of a worker that starts at `now`. Once the release has reached it, it has the endpoint's image and version.
    pub(crate) fn at(self, now: Duration) -> Self {
        if !self.is_outdated(now) {
            return self;
        }
        Self { image: None, version: None, stale: false, stale_until_s: None, ..self }
    }
}

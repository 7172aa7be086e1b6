//! What a scenario says of the workers.

use super::span::{Spread, optional_seconds, seconds};
use schemars::JsonSchema;
use serde::Deserialize;
use std::time::Duration;

/// The workers.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Workers {
    /// How many are ready at the start, with ComfyUI running and its models loaded; at least `workers-min` of the endpoint, at most its `workers-max`. Those beyond `workers-min` stop when they stay idle. Default: 0.
    pub ready: u32,
    /// What becomes of a worker that is added. Default: `starts`.
    pub fate: Fate,
    /// Until when `fate` holds, in seconds from the start; after that workers start. Default: for ever.
    #[serde(deserialize_with = "optional_seconds")]
    #[schemars(with = "Option<f64>")]
    pub fate_until_s: Option<Duration>,
    /// From the decision to add a worker until it takes jobs, in seconds. Default: 12 to 40, mostly 18.
    pub start_s: Spread,
    /// The same for a worker that `FlashBoot` brings back with a warm ComfyUI: it was ready at the start, or a job of its has booted ComfyUI. Another one takes `start-s`. In seconds. Default: 1 to 4, mostly 2.
    pub flashboot_start_s: Spread,
    /// How long a worker that crashed is unhealthy before it starts again, in seconds. Default: 30.
    #[serde(deserialize_with = "seconds")]
    #[schemars(with = "f64")]
    pub restart_s: Duration,
    /// After how many seconds of starting a worker is unhealthy. Default: 420.
    #[serde(deserialize_with = "seconds")]
    #[schemars(with = "f64")]
    pub init_timeout_s: Duration,
    /// Which idle worker a job goes to. Default: `spread`.
    pub dispatch: Dispatch,
    /// What the workers are, in turn. Default: all alike.
    pub kinds: Vec<Kind>,
    /// The last lines that a worker's container wrote, which REST v2 shows.
    pub log: Vec<String>,
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
        }
    }
}

impl Workers {
    /// What the worker of a number is, counted from 0.
    pub(crate) fn kind(&self, number: u32) -> Kind {
        match self.kinds.len() {
            0 => Kind::default(),
            several => self.kinds[number as usize % several].clone(),
        }
    }
}

/// What becomes of a worker that is added.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Fate {
    /// It starts, and takes jobs.
    Starts,
    /// No machine with a fitting GPU is found: there is no worker.
    NoMachine,
    /// Its machine is full: it is throttled.
    Throttled,
    /// Its container ends while it starts, again and again.
    Crashes,
    /// It never gets ready.
    NeverReady,
}

/// Which idle worker a job goes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Dispatch {
    /// To the one that is idle for longest.
    Spread,
    /// To the first worker alone, whoever else is idle: what RunPod's SDK did from 1.7.11 to 1.10.0.
    Funnel,
}

/// One kind of worker. What it does not say is as for the endpoint.
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
    /// Whether it runs an older version of the endpoint. Default: false.
    pub stale: bool,
    /// Of a stale worker, when the release reaches it, in seconds from the start: it is replaced by one with the endpoint's image, after its job if it has one. Default: never.
    #[serde(deserialize_with = "optional_seconds")]
    #[schemars(with = "Option<f64>")]
    pub stale_until_s: Option<Duration>,
    /// By what the times of executions are multiplied. Default: 1.
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

    /// What a worker of this kind is that starts at `now`: once the release has reached it, it has the endpoint's image and version.
    pub(crate) fn at(self, now: Duration) -> Self {
        if !self.is_outdated(now) {
            return self;
        }
        Self { image: None, version: None, stale: false, stale_until_s: None, ..self }
    }
}

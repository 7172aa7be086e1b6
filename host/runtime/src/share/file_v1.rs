//! The file `share.json`, version 1, as it is written.

use super::Identity;
use crate::capabilities::{HealthFacts, JobCounts, Observation, WorkerCounts};
use crate::sampler::{CutOff, Queue, Seen};
use crate::transport::simulate::ScenarioClock;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// The name and number of this version.
pub(super) const VERSION: &str = "comfycheck.share/1";

/// Read before everything else, so that another version is refused by it and not by its keys.
#[derive(Deserialize)]
pub(super) struct Versioned {
    pub(super) version: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct ShareV1 {
    /// Always `comfycheck.share/1`.
    pub(super) version: String,
    /// Which share, from 1.
    pub(super) share: u64,
    /// Of how many.
    pub(super) of: u32,
    /// Of which run.
    pub(super) run: Identity,
    /// SHA-256 of `report.json`.
    pub(super) report: String,
    /// The readings of `/health` during the sampling, in order of time.
    pub(super) observations: Vec<ObservationV1>,
    /// What else was seen of the report's samples, in their order.
    pub(super) seen: Vec<SeenV1>,
    /// When the sampling began, since 1970 (UTC), live.
    pub(super) began: Option<Duration>,
    /// When the sampling began on a scenario's clock.
    pub(super) sampling: Option<Duration>,
    /// The latest end of any exchange on a scenario's clock.
    pub(super) end: Duration,
}

impl ShareV1 {
    pub(super) fn clock(&self) -> ScenarioClock {
        ScenarioClock { sampling: self.sampling, end: self.end }
    }
}

/// Times count from the start of the sampling.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct SeenV1 {
    /// Workers that were there for it, and jobs of the share that waited.
    queue: Option<(u32, u32)>,
    /// When it was last seen running, and until when it was watched.
    cut_off: Option<(Duration, Duration)>,
    left: Option<Duration>,
}

impl From<&Seen> for SeenV1 {
    fn from(Seen { queue, cut_off, left }: &Seen) -> Self {
        Self {
            queue: queue.map(|Queue { workers, waiting }| (workers, waiting)),
            cut_off: cut_off.map(|CutOff { seen, until }| (seen, until)),
            left: *left,
        }
    }
}

impl From<SeenV1> for Seen {
    fn from(SeenV1 { queue, cut_off, left }: SeenV1) -> Self {
        Self {
            queue: queue.map(|(workers, waiting)| Queue { workers, waiting }),
            cut_off: cut_off.map(|(seen, until)| CutOff { seen, until }),
            left,
        }
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct ObservationV1 {
    at: Duration,
    health: Option<HealthV1>,
    waiting: u32,
    running: u32,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct HealthV1 {
    workers: WorkersV1,
    jobs: JobsV1,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WorkersV1 {
    idle: u32,
    initializing: u32,
    ready: u32,
    running: u32,
    throttled: u32,
    unhealthy: u32,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct JobsV1 {
    completed: u64,
    failed: u64,
    in_progress: u64,
    in_queue: u64,
    retried: u64,
}

impl From<&Observation> for ObservationV1 {
    fn from(Observation { at, health, waiting, running }: &Observation) -> Self {
        Self { at: *at, health: health.as_ref().map(Into::into), waiting: *waiting, running: *running }
    }
}

impl From<ObservationV1> for Observation {
    fn from(ObservationV1 { at, health, waiting, running }: ObservationV1) -> Self {
        Self { at, health: health.map(Into::into), waiting, running }
    }
}

impl From<&HealthFacts> for HealthV1 {
    fn from(HealthFacts { workers, jobs }: &HealthFacts) -> Self {
        let WorkerCounts { idle, initializing, ready, running, throttled, unhealthy } = *workers;
        let JobCounts { completed, failed, in_progress, in_queue, retried } = *jobs;
        Self {
            workers: WorkersV1 { idle, initializing, ready, running, throttled, unhealthy },
            jobs: JobsV1 { completed, failed, in_progress, in_queue, retried },
        }
    }
}

impl From<HealthV1> for HealthFacts {
    fn from(HealthV1 { workers, jobs }: HealthV1) -> Self {
        let WorkersV1 { idle, initializing, ready, running, throttled, unhealthy } = workers;
        let JobsV1 { completed, failed, in_progress, in_queue, retried } = jobs;
        Self {
            workers: WorkerCounts { idle, initializing, ready, running, throttled, unhealthy },
            jobs: JobCounts { completed, failed, in_progress, in_queue, retried },
        }
    }
}

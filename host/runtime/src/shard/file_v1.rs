//! The file `share.json`, version 1.

use super::Identity;
use crate::facts::{AttemptFacts, HealthFacts, JobCounts, Observation, WorkerCounts};
use crate::facts::{Busy, CutOff, JobTrace, Queue};
use crate::run::HopelessWait;
use crate::transport::simulate::ScenarioClock;
use comfycheck_core::render::{finding_value, read_finding};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::time::Duration;

pub(super) const VERSION: &str = "comfycheck.share/1";

/// Parsed first, so another version is refused by its number and not by its keys.
#[derive(Deserialize)]
pub(super) struct VersionHeader {
    pub(super) version: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct ShardV1 {
    /// Always `comfycheck.share/1`.
    pub(super) version: String,
    /// From 1.
    pub(super) share: u64,
    /// The number of shards.
    pub(super) of: u32,
    /// The run that it belongs to.
    pub(super) run: Identity,
    /// SHA-256 of `report.json`.
    pub(super) report: String,
    /// The readings of `/health`, in order of time.
    pub(super) observations: Vec<ObservationV1>,
    /// In the order of the report's samples.
    pub(super) seen: Vec<TraceV1>,
    /// When its first sample started, since 1970 (UTC); live only.
    pub(super) began: Option<Duration>,
    /// When the samples started on a scenario's clock.
    pub(super) sampling: Option<Duration>,
    /// The latest end of an exchange on a scenario's clock.
    pub(super) end: Duration,
    /// The findings that ended the samples.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) hopeless: Vec<HopelessWaitV1>,
}

impl ShardV1 {
    pub(super) fn clock(&self) -> ScenarioClock {
        ScenarioClock { sampling: self.sampling, end: self.end }
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct HopelessWaitV1 {
    check: String,
    /// In the form of `report.json`.
    finding: Value,
}

impl From<&HopelessWait> for HopelessWaitV1 {
    fn from(HopelessWait { check, finding }: &HopelessWait) -> Self {
        Self { check: check.clone(), finding: finding_value(finding) }
    }
}

impl HopelessWaitV1 {
    pub(super) fn read(self) -> Result<HopelessWait, serde_json::Error> {
        Ok(HopelessWait { finding: read_finding(&self.finding)?, check: self.check })
    }
}

/// Times count from the start of the first sample.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct TraceV1 {
    /// Free workers, and waiting jobs of the shard.
    queue: Option<(u32, u32)>,
    /// Running workers, initializing workers, jobs of other clients.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    busy: Option<(u32, u32, u32)>,
    /// When it was last seen running, and when watching ended.
    cut_off: Option<(Duration, Duration)>,
    left: Option<Duration>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    attempts: Vec<AttemptV1>,
}

impl From<&JobTrace> for TraceV1 {
    fn from(JobTrace { queue, cut_off, left, attempts }: &JobTrace) -> Self {
        let busy = queue.and_then(|queue| queue.busy);
        Self {
            queue: queue.map(|Queue { workers, waiting, .. }| (workers, waiting)),
            busy: busy.map(|Busy { running, initializing, other_jobs }| (running, initializing, other_jobs)),
            cut_off: cut_off.map(|CutOff { seen, until }| (seen, until)),
            left: *left,
            attempts: attempts.iter().cloned().map(Into::into).collect(),
        }
    }
}

impl From<TraceV1> for JobTrace {
    fn from(TraceV1 { queue, busy, cut_off, left, attempts }: TraceV1) -> Self {
        let busy = busy.map(|(running, initializing, other_jobs)| Busy { running, initializing, other_jobs });
        Self {
            queue: queue.map(|(workers, waiting)| Queue { workers, waiting, busy }),
            cut_off: cut_off.map(|(seen, until)| CutOff { seen, until }),
            left,
            attempts: attempts.into_iter().map(Into::into).collect(),
        }
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct AttemptV1 {
    worker: String,
    retries: u32,
    first_seen: Duration,
    last_seen: Duration,
    gpu: Option<String>,
    data_center: Option<String>,
    machine: Option<String>,
}

impl From<AttemptFacts> for AttemptV1 {
    fn from(facts: AttemptFacts) -> Self {
        let AttemptFacts { worker, retries, first_seen, last_seen, gpu, data_center, machine } = facts;
        Self { worker, retries, first_seen, last_seen, gpu, data_center, machine }
    }
}

impl From<AttemptV1> for AttemptFacts {
    fn from(stored: AttemptV1) -> Self {
        let AttemptV1 { worker, retries, first_seen, last_seen, gpu, data_center, machine } = stored;
        Self { worker, retries, first_seen, last_seen, gpu, data_center, machine }
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

#[cfg(test)]
mod tests {
    use super::*;
    use comfycheck_core::finding::{Finding, Severity, Subject};

    #[test]
    fn a_finding_that_ended_the_samples_is_read_as_it_was_written() {
        let finding = Finding {
            rule: "unpullable-image".to_owned(),
            severity: Severity::Error,
            message: "the image cannot be pulled".to_owned(),
            subjects: vec![Subject::Worker("w".to_owned()), Subject::Sample(3)],
            measurement: None,
            help: Some("push the image".to_owned()),
            data: Some(serde_json::json!({"tag": "typo"})),
            waiver: None,
        };
        let found = HopelessWait { check: "endpoint".to_owned(), finding };
        let text = serde_json::to_string(&HopelessWaitV1::from(&found)).unwrap();
        let stored: HopelessWaitV1 = serde_json::from_str(&text).unwrap();
        assert_eq!(stored.read().unwrap(), found);
        let other: HopelessWaitV1 = serde_json::from_str(r#"{"check": "endpoint", "finding": {"rule": 1}}"#).unwrap();
        assert!(other.read().is_err());
    }
}

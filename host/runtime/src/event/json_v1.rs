//! Events as lines of JSON, version `comfycheck.event/1`, while a run goes on.
//!
//! The first line names the version. Each line is an object with a `type`. Times are whole
//! milliseconds from the start of the first sample. Version 1 may gain types and members.

use super::{RunEvent, SampleState};
use crate::facts::Observation;
use crate::transport::timeline::millis;
use comfycheck_core::render::{execution_value, json_line};
use comfycheck_core::report::{Report, exit_code};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;
use std::time::Duration;

const VERSION: &str = "comfycheck.event/1";

/// The first line of a run, with a line break.
pub fn begin(suite: &str) -> String {
    json_line(&EventV1::RunStarted { version: VERSION, comfycheck: env!("CARGO_PKG_VERSION"), suite })
}

/// The last line of a run, with a line break.
pub fn end(report: &Report) -> String {
    let verdict = report.summary.verdict.word();
    json_line(&EventV1::RunEnded { verdict, exit_code: exit_code(report).number() })
}

/// An event as a line, with a line break.
pub fn event(event: &RunEvent) -> String {
    json_line(&match event {
        RunEvent::PhaseStarted { phase, parts } => EventV1::PhaseStarted { phase: phase.word(), parts: *parts },
        RunEvent::PhaseEnded { phase } => EventV1::PhaseEnded { phase: phase.word() },
        RunEvent::InstanceEnded { execution } | RunEvent::InstanceSkipped { execution } => {
            EventV1::InstanceEnded { execution: execution_value(execution) }
        }
        RunEvent::Priced { price, estimate } => EventV1::Priced {
            usd_per_second: price.as_ref().map(|price| price.per_second),
            source: price.as_ref().map(|price| price.source.word()),
            at_most_usd: estimate.map(|estimate| estimate.high),
        },
        RunEvent::SampleSeen { index, at, state, status } => {
            EventV1::SampleSeen { sample: *index, seen: JobStateV1::of(*at, *state, status.as_deref()) }
        }
        RunEvent::DryRunSeen { job, at, state, status } => {
            EventV1::DryRunSeen { job: *job, seen: JobStateV1::of(*at, *state, status.as_deref()) }
        }
        RunEvent::HealthRead(Observation { at, health, waiting, running }) => EventV1::HealthRead {
            at_ms: millis(*at),
            waiting: *waiting,
            running: *running,
            workers: health.map(|health| WorkersV1 {
                idle: health.workers.idle,
                initializing: health.workers.initializing,
                ready: health.workers.ready,
                running: health.workers.running,
                throttled: health.workers.throttled,
                unhealthy: health.workers.unhealthy,
            }),
            jobs: health.map(|health| JobsV1 {
                completed: health.jobs.completed,
                failed: health.jobs.failed,
                in_progress: health.jobs.in_progress,
                in_queue: health.jobs.in_queue,
                retried: health.jobs.retried,
            }),
        },
    })
}

/// An event of a run.
#[derive(Serialize, JsonSchema)]
#[serde(tag = "type", rename_all = "kebab-case", rename_all_fields = "kebab-case")]
#[schemars(title = "comfycheck event")]
enum EventV1<'a> {
    /// The run began: the first line.
    RunStarted {
        /// The format of all lines: `comfycheck.event/1`.
        #[schemars(extend("const" = VERSION))]
        version: &'static str,
        /// The version of comfycheck.
        comfycheck: &'static str,
        /// The suite's name.
        suite: &'a str,
    },
    /// A phase began.
    PhaseStarted {
        /// `deployment`, `sampling`, `sample` or `run`.
        phase: &'static str,
        /// The number of check instances, or of samples.
        parts: usize,
    },
    /// A phase ended.
    PhaseEnded {
        /// `deployment`, `sampling`, `sample` or `run`.
        phase: &'static str,
    },
    /// A check instance ended or was skipped.
    InstanceEnded {
        /// As in the run report (`executions`), without the places of nodes. Open questions may
        /// still be closed later.
        execution: Value,
    },
    /// The samples are about to be submitted. Without members, the price is unknown.
    Priced {
        /// The price of one second of a worker with all its GPUs.
        #[serde(skip_serializing_if = "Option::is_none")]
        usd_per_second: Option<f64>,
        /// Where the price comes from: `suite`, `catalog` or `table`.
        #[serde(skip_serializing_if = "Option::is_none")]
        source: Option<&'static str>,
        /// What the samples cost if every job runs until it times out, without worker startup.
        #[serde(skip_serializing_if = "Option::is_none")]
        at_most_usd: Option<f64>,
    },
    /// The state of a sample was read.
    SampleSeen {
        /// Its index.
        sample: u32,
        /// Its state.
        #[serde(flatten)]
        seen: JobStateV1<'a>,
    },
    /// The state of a dry-run job was read. Its times count from the start of the dry run.
    DryRunSeen {
        /// From 0, in the order of submission.
        job: u32,
        /// Its state.
        #[serde(flatten)]
        seen: JobStateV1<'a>,
    },
    /// `/health` was read while samples or the dry run ran. Without workers and jobs there was no
    /// usable response.
    HealthRead {
        /// When the response was complete.
        at_ms: u64,
        /// Samples of this run that wait in the queue.
        waiting: u32,
        /// Samples of this run that are running.
        running: u32,
        /// Workers by state.
        #[serde(skip_serializing_if = "Option::is_none")]
        workers: Option<WorkersV1>,
        /// The jobs of all clients by state.
        #[serde(skip_serializing_if = "Option::is_none")]
        jobs: Option<JobsV1>,
    },
    /// The run ended: the last line. Without it, the lines are incomplete.
    RunEnded {
        /// `passed`, `failed` or `inconclusive`.
        verdict: &'static str,
        /// The exit code of the process.
        exit_code: u8,
    },
}

/// The state of a job.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
struct JobStateV1<'a> {
    /// When it was read.
    at_ms: u64,
    /// `waiting`, `running`, or the result as in the run report.
    state: &'static str,
    /// Since when it waits or runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    since_ms: Option<u64>,
    /// RunPod's word for the state.
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<&'a str>,
}

impl<'a> JobStateV1<'a> {
    fn of(at: Duration, state: SampleState, status: Option<&'a str>) -> Self {
        let (state, since) = match state {
            SampleState::Waiting { since } => ("waiting", Some(since)),
            SampleState::Running { since } => ("running", Some(since)),
            SampleState::Ended(ending) => (ending.word(), None),
        };
        Self { at_ms: millis(at), state, since_ms: since.map(millis), status }
    }
}

/// Workers by state.
#[derive(Serialize, JsonSchema)]
struct WorkersV1 {
    /// Idle; overlaps with ready.
    idle: u32,
    /// Starting.
    initializing: u32,
    /// Ready; overlaps with idle.
    ready: u32,
    /// Running a job.
    running: u32,
    /// Throttled.
    throttled: u32,
    /// Unhealthy.
    unhealthy: u32,
}

/// Jobs by state.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
struct JobsV1 {
    /// Completed.
    completed: u64,
    /// Failed.
    failed: u64,
    /// Running.
    in_progress: u64,
    /// Waiting.
    in_queue: u64,
    /// Dispatched again.
    retried: u64,
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    #[test]
    fn the_schema_in_the_repository_is_up_to_date() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schemas/event.schema.json");
        let schema = serde_json::to_string_pretty(&schemars::schema_for!(EventV1<'_>)).unwrap() + "\n";
        if std::env::var_os("BLESS").is_some() {
            std::fs::write(&path, &schema).unwrap();
        }
        let found = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(found == schema, "{} is not what the code says: run this test with BLESS=1", path.display());
    }
}

//! Events for a progress display. A run does not depend on them.

pub mod json_v1;

use crate::facts::Observation;
use crate::transport::exchange::Phase;
use comfycheck_core::cost::Price;
use comfycheck_core::execution::Execution;
use comfycheck_core::money::CostRange;
use comfycheck_core::sample::Ending;
use std::time::Duration;

#[derive(Clone, Debug, PartialEq)]
pub enum RunEvent {
    PhaseStarted {
        phase: Phase,
        /// The number of check instances, or of samples.
        parts: usize,
    },
    PhaseEnded {
        phase: Phase,
    },
    /// A check instance had nothing to check.
    InstanceSkipped {
        execution: Execution,
    },
    InstanceEnded {
        execution: Execution,
    },
    /// The samples are about to be submitted.
    Priced {
        /// None if unknown.
        price: Option<Price>,
        /// What the samples may cost; none if the price is unknown.
        estimate: Option<CostRange>,
    },
    /// The state of a sample was read.
    SampleSeen {
        index: u32,
        /// On the transport's clock, from the start of the first sample.
        at: Duration,
        state: SampleState,
        /// RunPod's word for the state.
        status: Option<String>,
    },
    /// The state of a dry-run job was read.
    DryRunSeen {
        /// From 0, in the order of submission.
        job: u32,
        /// On the transport's clock, from the start of the dry run.
        at: Duration,
        state: SampleState,
        /// RunPod's word for the state.
        status: Option<String>,
    },
    /// `/health` was read while samples or the dry run ran.
    HealthRead(Observation),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SampleState {
    /// Submitted, and no worker has taken it.
    Waiting {
        /// When it was submitted.
        since: Duration,
    },
    /// A worker has taken it.
    Running {
        /// When it was first seen running.
        since: Duration,
    },
    Ended(Ending),
}

/// Called from several threads. It must not block.
pub type Listener<'a> = &'a (dyn Fn(RunEvent) + Send + Sync);

//! What a progress display may know while a run goes on. Nothing depends on whether anybody listens.

pub mod json_v1;

use crate::capabilities::Observation;
use crate::transport::exchange::Phase;
use comfycheck_core::cost::{CostRange, Price};
use comfycheck_core::execution::Execution;
use comfycheck_core::sample::Ending;
use std::time::Duration;

/// Something that happened in a run.
#[derive(Clone, Debug, PartialEq)]
pub enum RunEvent {
    /// A phase began.
    PhaseStarted {
        /// Which one.
        phase: Phase,
        /// How many check instances, or samples, it has.
        parts: usize,
    },
    /// A phase ended.
    PhaseEnded {
        /// Which one.
        phase: Phase,
    },
    /// A check instance was skipped, since it had nothing to look at.
    InstanceSkipped {
        /// Why.
        execution: Execution,
    },
    /// A check instance ended.
    InstanceEnded {
        /// What came of it.
        execution: Execution,
    },
    /// Samples are about to be bought.
    Priced {
        /// What a second of a worker costs; none if that is not known.
        price: Option<Price>,
        /// What the samples may cost; none where the price is not known.
        estimate: Option<CostRange>,
    },
    /// A sample is in another state, or was looked at.
    SampleSeen {
        /// Its index.
        index: u32,
        /// On the transport's clock, from the start of the sampling.
        at: Duration,
        /// Its state.
        state: SampleState,
        /// RunPod's word for it.
        status: Option<String>,
    },
    /// A job of the dry run is in another state, or was looked at.
    DryRunSeen {
        /// From 0, in the order of their submission.
        job: u32,
        /// On the transport's clock, from the start of the dry run.
        at: Duration,
        /// Its state.
        state: SampleState,
        /// RunPod's word for it.
        status: Option<String>,
    },
    /// `/health` was read during the sampling or the dry run.
    HealthRead(Observation),
}

/// The state of a sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SampleState {
    /// It was submitted, and no worker has taken it.
    Waiting {
        /// When it was submitted.
        since: Duration,
    },
    /// A worker has taken it.
    Running {
        /// When that was first seen.
        since: Duration,
    },
    /// It ended.
    Ended(Ending),
}

/// Takes what happens. It is called from several threads and must not wait.
pub type Listener<'a> = &'a (dyn Fn(RunEvent) + Send + Sync);

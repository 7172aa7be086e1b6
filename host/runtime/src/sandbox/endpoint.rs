//! `runpod/endpoint`: a RunPod serverless endpoint from outside.

use super::contract::comfycheck::runpod::endpoint::{
    ConfigurationFacts, Error, GpuStock, HealthFacts, Host, JobCounts, Observation, ReachFacts, Worker, WorkerCounts,
};
use super::guest::{Guest, Refusal, convert_error};
use crate::capabilities::{self, AskError};
use std::time::Duration;

impl Host for Guest {
    convert_error!(Error);

    async fn reach(&mut self) -> Result<ReachFacts, Refusal> {
        const NAME: &str = "runpod/endpoint.reach";
        let asking = self.called(NAME)?;
        Ok(reach(self.wait(NAME, asking.capabilities.reach()).await?))
    }

    async fn health(&mut self) -> Result<HealthFacts, Refusal> {
        const NAME: &str = "runpod/endpoint.health";
        let asking = self.called(NAME)?;
        Ok(health(self.wait(NAME, asking.capabilities.health()).await?))
    }

    fn observations(&mut self) -> wasmtime::Result<Vec<Observation>> {
        let asking = self.called("runpod/endpoint.observations")?;
        Ok(asking.capabilities.observations().iter().map(observation).collect())
    }

    fn configuration(&mut self) -> Result<ConfigurationFacts, Refusal> {
        self.called("runpod/endpoint.configuration")?;
        Err(management_api())
    }

    fn workers(&mut self) -> Result<Vec<Worker>, Refusal> {
        self.called("runpod/endpoint.workers")?;
        Err(management_api())
    }

    fn stock(&mut self) -> Result<Vec<GpuStock>, Refusal> {
        self.called("runpod/endpoint.stock")?;
        Err(management_api())
    }
}

fn management_api() -> Refusal {
    Refusal::Told(AskError::NotOffered("this version of comfycheck does not ask RunPod's management API".to_owned()))
}

fn reach(facts: capabilities::ReachFacts) -> ReachFacts {
    let capabilities::ReachFacts { status, failure, elapsed, content_type, body, url } = facts;
    ReachFacts { status, failure: failure.map(str::to_owned), elapsed: milliseconds(elapsed), content_type, body, url }
}

fn health(facts: capabilities::HealthFacts) -> HealthFacts {
    let capabilities::HealthFacts { workers, jobs } = facts;
    let capabilities::WorkerCounts { idle, initializing, ready, running, throttled, unhealthy } = workers;
    let capabilities::JobCounts { completed, failed, in_progress, in_queue, retried } = jobs;
    HealthFacts {
        workers: WorkerCounts { idle, initializing, ready, running, throttled, unhealthy },
        jobs: JobCounts { completed, failed, in_progress, in_queue, retried },
    }
}

fn observation(observation: &capabilities::Observation) -> Observation {
    let &capabilities::Observation { at, health: facts, waiting, running } = observation;
    Observation { at: milliseconds(at), health: facts.map(health), waiting, running }
}

/// The contract's unit of time.
pub(super) fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

//! `runpod/endpoint`: a RunPod serverless endpoint from outside.

use super::contract::comfycheck::runpod::endpoint::{
    Build, ConfigurationFacts, Error, GpuStock, HealthFacts, Host, JobCounts, LogLine, NetworkVolume, Observation,
    ReachFacts, Release, ReleaseFacts, Worker, WorkerCounts,
};
use super::guest::{Guest, HostError, convert_error};
use crate::facts;
use crate::transport::timeline::millis;

impl Host for Guest {
    convert_error!(Error);

    async fn reach(&mut self) -> Result<ReachFacts, HostError> {
        const NAME: &str = "runpod/endpoint.reach";
        let call = self.host_call(NAME)?;
        Ok(reach(self.wait(NAME, call.capabilities.reach()).await?))
    }

    async fn health(&mut self) -> Result<HealthFacts, HostError> {
        const NAME: &str = "runpod/endpoint.health";
        let call = self.host_call(NAME)?;
        Ok(health(self.wait(NAME, call.capabilities.health()).await?))
    }

    fn observations(&mut self) -> wasmtime::Result<Vec<Observation>> {
        let call = self.host_call("runpod/endpoint.observations")?;
        Ok(call.capabilities.observations().iter().map(observation).collect())
    }

    async fn configuration(&mut self) -> Result<ConfigurationFacts, HostError> {
        const NAME: &str = "runpod/endpoint.configuration";
        let call = self.host_call(NAME)?;
        Ok(configuration(self.wait(NAME, call.capabilities.configuration()).await?))
    }

    async fn workers(&mut self) -> Result<Vec<Worker>, HostError> {
        const NAME: &str = "runpod/endpoint.workers";
        let call = self.host_call(NAME)?;
        Ok(self.wait(NAME, call.capabilities.workers()).await?.iter().map(worker).collect())
    }

    async fn stock(&mut self) -> Result<Vec<GpuStock>, HostError> {
        const NAME: &str = "runpod/endpoint.stock";
        let call = self.host_call(NAME)?;
        Ok(self.wait(NAME, call.capabilities.stock()).await?.iter().map(stock).collect())
    }

    async fn environment(&mut self) -> Result<Vec<String>, HostError> {
        const NAME: &str = "runpod/endpoint.environment";
        let call = self.host_call(NAME)?;
        self.wait(NAME, call.capabilities.environment()).await
    }

    async fn network_volumes(&mut self) -> Result<Vec<NetworkVolume>, HostError> {
        const NAME: &str = "runpod/endpoint.network-volumes";
        let call = self.host_call(NAME)?;
        Ok(self.wait(NAME, Box::pin(call.capabilities.network_volumes())).await?.iter().map(volume).collect())
    }

    async fn releases(&mut self) -> Result<ReleaseFacts, HostError> {
        const NAME: &str = "runpod/endpoint.releases";
        let call = self.host_call(NAME)?;
        Ok(releases(&*self.wait(NAME, call.capabilities.releases()).await?))
    }

    async fn worker_logs(&mut self, worker: String, source: String, tail: u32) -> Result<Vec<LogLine>, HostError> {
        const NAME: &str = "runpod/endpoint.worker-logs";
        let call = self.host_call(NAME)?;
        Ok(lines(&self.wait(NAME, call.capabilities.worker_logs(&worker, &source, tail)).await?))
    }

    async fn whole_log(&mut self, worker: String, source: String) -> Result<Vec<LogLine>, HostError> {
        const NAME: &str = "runpod/endpoint.whole-log";
        let call = self.host_call(NAME)?;
        Ok(lines(&self.wait(NAME, call.capabilities.whole_log(&worker, &source)).await?))
    }

    async fn builds(&mut self) -> Result<Vec<Build>, HostError> {
        const NAME: &str = "runpod/endpoint.builds";
        let call = self.host_call(NAME)?;
        Ok(self.wait(NAME, call.capabilities.builds()).await?.iter().map(build).collect())
    }
}

fn reach(facts: facts::ReachFacts) -> ReachFacts {
    let facts::ReachFacts { status, failure, elapsed, content_type, body, url } = facts;
    ReachFacts { status, failure: failure.map(str::to_owned), elapsed: millis(elapsed), content_type, body, url }
}

fn health(facts: facts::HealthFacts) -> HealthFacts {
    let facts::HealthFacts { workers, jobs } = facts;
    let facts::WorkerCounts { idle, initializing, ready, running, throttled, unhealthy } = workers;
    let facts::JobCounts { completed, failed, in_progress, in_queue, retried } = jobs;
    HealthFacts {
        workers: WorkerCounts { idle, initializing, ready, running, throttled, unhealthy },
        jobs: JobCounts { completed, failed, in_progress, in_queue, retried },
    }
}

fn observation(observation: &facts::Observation) -> Observation {
    let &facts::Observation { at, health: facts, waiting, running } = observation;
    Observation { at: millis(at), health: facts.map(health), waiting, running }
}

fn configuration(facts: facts::ConfigurationFacts) -> ConfigurationFacts {
    let facts::ConfigurationFacts {
        name,
        kind,
        image,
        workers_min,
        workers_max,
        idle_timeout_s,
        scaling,
        scaling_value,
        gpu_pools,
        gpu_count,
        allowed_cuda_versions,
        min_cuda_version,
        data_centers,
        volumes,
        execution_timeout,
        flashboot,
    } = facts;
    ConfigurationFacts {
        name,
        kind,
        image,
        workers_min,
        workers_max,
        idle_timeout_s,
        scaling,
        scaling_value,
        gpu_pools,
        gpu_count,
        allowed_cuda_versions,
        min_cuda_version,
        data_centers,
        volumes,
        execution_timeout: execution_timeout.map(millis),
        flashboot,
    }
}

fn worker(worker: &facts::Worker) -> Worker {
    let facts::Worker { id, status, gpu, data_center, image, version, stale, uptime_s, machine: _ } = worker.clone();
    Worker { id, status, gpu, data_center, image, version, stale, uptime_s }
}

fn stock(stock: &facts::GpuStock) -> GpuStock {
    let facts::GpuStock { gpu, pool, memory_gb, availability, data_centers, price_per_second } = stock.clone();
    GpuStock { gpu, pool, memory_gb, availability, data_centers, price_per_second }
}

fn volume(volume: &facts::NetworkVolume) -> NetworkVolume {
    let facts::NetworkVolume { id, name, data_center, size_gb, kind } = volume.clone();
    NetworkVolume { id, name, data_center, size_gb, kind }
}

fn lines(lines: &[facts::LogLine]) -> Vec<LogLine> {
    lines.iter().map(|line| LogLine { at: line.at.clone(), text: line.text.clone() }).collect()
}

fn build(build: &facts::Build) -> Build {
    let facts::Build { id, status, commit, branch, image, started, finished, message } = build.clone();
    Build { id, status, commit, branch, image, started, finished, message }
}

fn releases(facts: &facts::ReleaseFacts) -> ReleaseFacts {
    let facts::ReleaseFacts { newest, in_progress, workers_on_newest, workers_total, releases } = facts.clone();
    let release = |facts::Release { version, created, changed }| Release { version, created, changed };
    let releases = releases.into_iter().map(release).collect();
    ReleaseFacts { newest, in_progress, workers_on_newest, workers_total, releases }
}

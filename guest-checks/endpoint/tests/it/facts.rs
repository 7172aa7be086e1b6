//! The facts that the check judges, made from short notation.

use comfycheck_check_endpoint::rules::{DeploymentFacts, RunFacts};
use comfycheck_check_endpoint::{Management, WorkerLog};
use comfycheck_sdk::endpoint::{
    ConfigurationFacts, Error, GpuStock, HealthFacts, JobCounts, LogLine, NetworkVolume, Observation, ReachFacts,
    Worker, WorkerCounts,
};
use comfycheck_sdk::samples::{Ending, Sample};
use std::collections::BTreeMap;

pub(crate) const HEALTH: &str = r#"{"jobs":{"completed":31,"failed":0,"inProgress":0,"inQueue":0,"retried":0},
    "workers":{"idle":2,"initializing":0,"ready":2,"running":0,"throttled":0,"unhealthy":0}}"#;

/// An answer of `/health` at RunPod's own address.
pub(crate) fn answer(status: u16, body: &str) -> ReachFacts {
    ReachFacts {
        status: Some(status),
        failure: None,
        elapsed: 120,
        content_type: Some(if body.starts_with('<') { "text/html" } else { "application/json" }.into()),
        body: body.into(),
        url: "https://api.runpod.ai/v2/{endpoint}/health".into(),
    }
}

/// A request to `/health` that got no answer.
pub(crate) fn failure(word: &str, url: &str) -> ReachFacts {
    ReachFacts {
        status: None,
        failure: Some(word.into()),
        elapsed: 10_000,
        content_type: None,
        body: String::new(),
        url: url.into(),
    }
}

pub(crate) fn not_offered<T>() -> Result<T, Error> {
    Err(Error::NotOffered("the suite names no key for the management API".into()))
}

/// Before the samples, without a management API.
pub(crate) fn before(reach: ReachFacts, health: Option<HealthFacts>) -> DeploymentFacts {
    DeploymentFacts {
        reach: Ok(reach),
        health: health.ok_or_else(|| Error::Unavailable("status 502 after 3 attempts".into())),
        management: unmanaged(),
        job_bytes: Some(4_000),
        price: None,
    }
}

/// After the samples, without a management API; `/health` answers again.
pub(crate) fn after(samples: Vec<Sample>, observations: Vec<Observation>) -> RunFacts {
    let management = unmanaged();
    RunFacts {
        reach: Ok(answer(200, HEALTH)),
        samples,
        attempts: BTreeMap::new(),
        observations,
        management,
        largest_result: None,
        price: None,
    }
}

/// Without a management API.
pub(crate) fn unmanaged() -> Management {
    Management {
        configuration: not_offered(),
        environment: not_offered(),
        workers: not_offered(),
        releases: not_offered(),
        builds: not_offered(),
        volumes: not_offered(),
        stock: not_offered(),
        logs: Vec::new(),
    }
}

/// A management API with this configuration and no workers.
pub(crate) fn managed(configuration: ConfigurationFacts) -> Management {
    Management { configuration: Ok(configuration), workers: Ok(Vec::new()), ..unmanaged() }
}

/// A worker that was up for ten seconds.
pub(crate) fn worker(id: &str, status: &str) -> Worker {
    Worker {
        id: id.into(),
        status: status.into(),
        gpu: None,
        data_center: None,
        image: None,
        version: None,
        stale: None,
        uptime_s: Some(10),
    }
}

/// A log of these lines.
pub(crate) fn log(worker: &str, source: &'static str, lines: &[&str]) -> WorkerLog {
    let lines: Vec<_> = lines.iter().map(|&text| LogLine { at: None, text: text.into() }).collect();
    WorkerLog::of(worker, source, &lines)
}

/// GPUs of a pool, from text such as `EU-RO-1 NONE, US-IL-1 HIGH`.
pub(crate) fn stock(pool: &str, centers: &str) -> GpuStock {
    let center = |text: &str| {
        let (id, level) = text.trim().split_once(' ').expect("a data center and its stock");
        (id.to_owned(), level.to_owned())
    };
    GpuStock {
        gpu: format!("GPU of {pool}"),
        pool: Some(pool.into()),
        memory_gb: None,
        availability: Some("LOW".into()),
        data_centers: centers.split(',').map(center).collect(),
        price_per_second: None,
    }
}

/// A network volume in a data center.
pub(crate) fn volume(id: &str, center: &str) -> NetworkVolume {
    NetworkVolume { id: id.into(), name: None, data_center: Some(center.into()), size_gb: None, kind: None }
}

/// Workers and jobs from text such as `idle 1 ready 1 queue 4 progress 2`.
pub(crate) fn health(text: &str) -> HealthFacts {
    let mut workers = WorkerCounts { idle: 0, initializing: 0, ready: 0, running: 0, throttled: 0, unhealthy: 0 };
    let mut jobs = JobCounts { completed: 31, failed: 0, in_progress: 0, in_queue: 2, retried: 0 };
    let words: Vec<_> = text.split_whitespace().collect();
    for pair in words.chunks(2) {
        let [state, number] = pair else { panic!("`{text}` has an odd word") };
        let number: u32 = number.parse().expect("a number");
        match *state {
            "idle" => workers.idle = number,
            "initializing" => workers.initializing = number,
            "ready" => workers.ready = number,
            "running" => workers.running = number,
            "throttled" => workers.throttled = number,
            "unhealthy" => workers.unhealthy = number,
            "queue" => jobs.in_queue = number.into(),
            "progress" => jobs.in_progress = number.into(),
            state => panic!("`{state}` is not a state"),
        }
    }
    HealthFacts { workers, jobs }
}

/// Readings of `/health` while two samples wait, from text such as `0 idle 1 | 60 | 120 ?`: the second, then the
/// workers; `?` is a reading that failed. `ours N` says how many of our samples run.
pub(crate) fn observations(text: &str) -> Vec<Observation> {
    let observation = |text: &str| {
        let (second, rest) = text.trim().split_once(' ').unwrap_or((text.trim(), ""));
        let (rest, ours) = rest.split_once("ours").unwrap_or((rest, "0"));
        Observation {
            at: second.parse::<u64>().expect("a second") * 1000,
            health: (rest.trim() != "?").then(|| health(rest)),
            waiting: 2,
            running: ours.trim().parse().expect("a number of samples"),
        }
    };
    text.split('|').map(observation).collect()
}

/// A sample that was submitted at once and ended so; with an image if it succeeded.
pub(crate) fn sample(index: u32, ending: Ending) -> Sample {
    let succeeded = ending == Ending::Succeeded;
    Sample {
        output: succeeded.then(|| r#"{"images": []}"#.into()),
        image_count: u32::from(succeeded),
        job: Some(format!("00000000-0000-4000-8000-{index:012}-u1")),
        status: (ending == Ending::NeverStarted).then(|| "IN_QUEUE".into()),
        submitted: Some(0),
        ..Sample::new(index, ending)
    }
}

/// A sample that a worker took and failed with this error.
pub(crate) fn failed(index: u32, error: &str) -> Sample {
    Sample {
        error: Some(error.into()),
        status: Some("FAILED".into()),
        worker: Some(format!("worker-{index}")),
        first_running: Some(31_000),
        ..sample(index, Ending::Failed)
    }
}

/// What the management API says of an endpoint without any setting.
pub(crate) fn configuration() -> ConfigurationFacts {
    ConfigurationFacts {
        name: None,
        kind: None,
        image: None,
        workers_min: None,
        workers_max: None,
        idle_timeout_s: None,
        scaling: None,
        scaling_value: None,
        gpu_pools: Vec::new(),
        gpu_count: None,
        allowed_cuda_versions: Vec::new(),
        min_cuda_version: None,
        data_centers: Vec::new(),
        volumes: Vec::new(),
        execution_timeout: Some(600_000),
        flashboot: None,
    }
}

/// An endpoint with GPUs of one pool in one data center.
pub(crate) fn usual() -> ConfigurationFacts {
    ConfigurationFacts {
        workers_max: Some(3),
        gpu_pools: vec!["ADA_24".into()],
        data_centers: vec!["EU-RO-1".into()],
        ..configuration()
    }
}

/// A sample that succeeded on this worker.
pub(crate) fn done(index: u32, worker: &str) -> Sample {
    Sample { worker: Some(worker.into()), first_running: Some(0), ..sample(index, Ending::Succeeded) }
}

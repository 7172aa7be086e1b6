//! The endpoint, its workers, their logs, and its releases.

use crate::exchange::Request;
use crate::platform::{Platform, Worker, WorkerState};
use crate::scenario::{EndpointType, Scaling};
use jiff::Timestamp;
use serde_json::{Map, Value, json};
use std::fmt::Write;
use std::time::Duration;

pub(super) fn endpoint(platform: &Platform, id: &str) -> Value {
    let (scenario, endpoint) = (&platform.scenario, &platform.scenario.endpoint);
    let value = endpoint.scaling_value.get();
    let (kind, urls) = match endpoint.kind {
        EndpointType::Queue => ("QUEUE", queue_urls(id)),
        EndpointType::LoadBalancer => {
            let base = format!("https://{id}.api.runpod.ai");
            ("LOAD_BALANCER", json!({"base": base, "health": format!("{base}/ping")}))
        }
    };
    json!({
        "id": id, "name": endpoint.name, "type": kind, "requestUrls": urls, "image": endpoint.image, "args": "",
        "disk": 20, "ports": [], "env": endpoint.env, "registry": null,
        "gpu": {
            "pools": endpoint.gpu_pools, "excludedTypes": [], "count": endpoint.gpu_count,
            "allowedCudaVersions": [], "minCudaVersion": null,
        },
        "workers": {
            "min": endpoint.workers_min, "max": endpoint.workers_max, "idleTimeout": endpoint.idle_timeout_s.as_secs(),
        },
        "scaling": match endpoint.scaling {
            Scaling::QueueDelay => json!({"type": "QUEUE_DELAY", "queueDelay": value}),
            Scaling::RequestCount => json!({"type": "REQUEST_COUNT", "requestCount": value}),
        },
        "dataCenterIds": endpoint.data_centers,
        "networkVolumes": scenario.attached().map(|volume| volume.id.as_str()).collect::<Vec<_>>(),
        "timeout": u64::try_from(endpoint.execution_timeout_s.as_millis()).unwrap_or(u64::MAX),
        "flashboot": if endpoint.flashboot { "FLASHBOOT" } else { "OFF" },
        "createdAt": "2026-06-01T12:00:00Z",
    })
}

fn queue_urls(id: &str) -> Value {
    let paths = [
        ("run", "run"),
        ("runSync", "runsync"),
        ("status", "status"),
        ("stream", "stream"),
        ("cancel", "cancel"),
        ("retry", "retry"),
        ("purgeQueue", "purge-queue"),
        ("health", "health"),
    ];
    let url = |(name, path): (&str, &str)| (name.to_owned(), format!("https://api.runpod.ai/v2/{id}/{path}").into());
    paths.into_iter().map(url).collect::<Map<_, _>>().into()
}

/// The number of the newest release.
fn newest(platform: &Platform) -> u32 {
    platform.scenario.releases.iter().map(|release| release.version).max().unwrap_or(1)
}

/// The current workers.
pub(super) fn workers(platform: &Platform) -> Value {
    let endpoint = &platform.scenario.endpoint;
    let newest = newest(platform);
    let worker = |worker: &Worker| {
        let kind = &worker.kind;
        json!({
            "id": &*worker.id, "status": worker.state.word(), "isStale": kind.stale,
            "version": if kind.stale { newest.saturating_sub(1) } else { newest },
            "gpuCount": endpoint.gpu_count,
            "image": kind.image.as_ref().unwrap_or(&endpoint.image),
            "uptimeSeconds": platform.now().saturating_sub(worker.started).as_secs(),
            "gpuTypeId": kind.gpu,
            "dataCenterId": kind.data_center.as_ref().or(endpoint.data_centers.first()),
            "startedAt": at(platform, worker.started),
        })
    };
    let tally = platform.tally();
    let workers: Vec<Value> = platform.workers().map(worker).collect();
    json!({
        "endpointVersion": newest,
        "summary": {
            "running": tally.workers(WorkerState::Running), "idle": tally.workers(WorkerState::Idle),
            "initializing": tally.workers(WorkerState::Initializing), "throttled": tally.workers(WorkerState::Throttled),
            "unhealthy": tally.workers(WorkerState::Unhealthy), "total": workers.len(),
        },
        "workers": workers,
    })
}

/// The releases, and the progress of the newest.
pub(super) fn releases(platform: &Platform) -> Value {
    let total = platform.workers().count();
    let latest = platform.workers().filter(|worker| !worker.kind.stale).count();
    let release = |release: &crate::scenario::Release| {
        json!({
            "id": format!("release-{}", release.version), "version": release.version, "source": "MANUAL",
            "buildId": null, "createdByUserId": null, "workerCount": total, "createdAt": release.created,
            "diff": [{"field": "image", "old": release.image_before, "new": release.image}],
        })
    };
    json!({
        "endpointVersion": newest(platform),
        "rollout": {
            "inProgress": latest < total, "workersOnLatest": latest, "workersTotal": total,
            "percentOnLatest": (latest * 100).checked_div(total).unwrap_or(100),
        },
        "releases": platform.scenario.releases.iter().map(release).collect::<Vec<_>>(),
    })
}

/// The last lines of a worker's log, as server-sent events; none without such a worker. A real stream continues.
pub(super) fn logs(platform: &Platform, id: &str, request: &Request) -> Option<String> {
    let worker = platform.workers().find(|worker| *worker.id == *id)?;
    let tail = request.parameter("tail").and_then(|tail| tail.parse().ok()).unwrap_or(100_usize).min(5000);
    let image = worker.kind.image.as_ref().unwrap_or(&platform.scenario.endpoint.image);
    let mut lines = vec![("system", format!("create container {image}"))];
    // Every start but the last ended by itself, and its lines are gone.
    for _ in 0..worker.starts.max(1) {
        lines.push(("system", format!("start container for {image}: begin")));
    }
    lines.extend(platform.scenario.workers.system_log.iter().map(|line| ("system", line.clone())));
    lines.extend(platform.scenario.workers.log.iter().map(|line| ("container", line.clone())));
    let wanted = request.parameter("source").unwrap_or_default();
    lines.retain(|(source, _)| wanted.is_empty() || *source == wanted);
    let mut text = String::new();
    let ts = at(platform, worker.started);
    for (source, line) in &lines[lines.len().saturating_sub(tail)..] {
        // Writing to a string does not fail.
        let _ = write!(text, "id: {ts}\ndata: {}\n\n", json!({"source": source, "line": line, "ts": ts}));
    }
    Some(text)
}

/// A time of the simulation as RFC 3339. It starts at noon of the scenario's date.
fn at(platform: &Platform, time: Duration) -> String {
    let start = format!("{}T12:00:00Z", platform.scenario.date).parse::<Timestamp>().unwrap_or_default();
    start.checked_add(time).unwrap_or(start).to_string()
}

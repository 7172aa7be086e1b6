//! The shapes of the management API's responses. Every field may be missing, and long lists are
//! truncated.

use super::WorkerList;
use crate::facts::{
    Build, ConfigurationFacts, EndpointFacts, GpuStock, LogLine, NetworkVolume, Release, ReleaseFacts, Worker,
};
use comfycheck_core::secret::{SHORTEST_OF_ENVIRONMENT, Secret, Secrets};
use serde_json::Value;
use std::time::Duration;

/// The most entries of a list.
const MOST: usize = 1_000;
/// The most releases and builds, newest first.
const RELEASES: usize = 20;
/// The most bytes of a log line.
const LINE: usize = 1024;

/// `/serverless/{endpoint}`. None if it has another shape.
pub(super) fn endpoint(json: &Value) -> Option<EndpointFacts> {
    json.get("id")?.as_str()?;
    let (gpu, workers, scaling) = (json.get("gpu"), json.get("workers"), json.get("scaling"));
    let kind = scaling.and_then(|scaling| text(scaling, "type"));
    let value = |name: &str| scaling.and_then(|scaling| number(scaling, name));
    let configuration = ConfigurationFacts {
        name: text(json, "name"),
        kind: text(json, "type"),
        image: text(json, "image"),
        workers_min: workers.and_then(|workers| number(workers, "min")),
        workers_max: workers.and_then(|workers| number(workers, "max")),
        idle_timeout_s: workers.and_then(|workers| number(workers, "idleTimeout")),
        scaling_value: if kind.as_deref() == Some("REQUEST_COUNT") {
            value("requestCount")
        } else {
            value("queueDelay")
        },
        scaling: kind,
        gpu_pools: gpu.map(|gpu| texts(gpu, "pools")).unwrap_or_default(),
        gpu_count: gpu.and_then(|gpu| number(gpu, "count")),
        allowed_cuda_versions: gpu.map(|gpu| texts(gpu, "allowedCudaVersions")).unwrap_or_default(),
        min_cuda_version: gpu.and_then(|gpu| text(gpu, "minCudaVersion")),
        data_centers: texts(json, "dataCenterIds"),
        volumes: texts(json, "networkVolumes"),
        // 0 means not set.
        execution_timeout: json
            .get("timeout")
            .and_then(Value::as_u64)
            .filter(|&millis| millis > 0)
            .map(Duration::from_millis),
        flashboot: text(json, "flashboot"),
    };
    let variables = || json.get("env").and_then(Value::as_object).into_iter().flatten().take(MOST);
    let mut environment: Vec<_> = variables().map(|(name, _)| name.clone()).collect();
    environment.sort();
    let values = variables().filter_map(|(_, value)| value.as_str());
    let hidden = values.filter(|value| value.len() >= SHORTEST_OF_ENVIRONMENT).map(Secret::new).collect();
    Some(EndpointFacts { configuration, environment, hidden })
}

/// `/serverless/{endpoint}/workers`. None if it has another shape.
pub(super) fn workers(json: &Value) -> Option<WorkerList> {
    let listed = json.get("workers")?.as_array()?;
    let worker = |json: &Value| {
        Some(Worker {
            id: text(json, "id")?,
            status: text(json, "status").unwrap_or_default(),
            gpu: text(json, "gpuTypeId"),
            data_center: text(json, "dataCenterId"),
            image: text(json, "image"),
            version: number(json, "version"),
            stale: json.get("isStale").and_then(Value::as_bool),
            uptime_s: json.get("uptimeSeconds").and_then(Value::as_u64),
            machine: text(json, "machineId"),
        })
    };
    // A value in an unknown form must not count as missing.
    let is_whole = |json: &&Value| {
        let none_or =
            |name: &str, is: fn(&Value) -> bool| json.get(name).is_none_or(|value| value.is_null() || is(value));
        none_or("version", |value| value.as_u64().is_some_and(|version| u32::try_from(version).is_ok()))
            && none_or("isStale", Value::is_boolean)
            && text(json, "id").is_some()
    };
    let read = listed.iter().take(MOST).filter(is_whole).count();
    let mut workers: Vec<_> = listed.iter().take(MOST).filter_map(worker).collect();
    workers.sort_by(|one, other| one.id.cmp(&other.id));
    let total = json.get("summary").and_then(|summary| number(summary, "total"));
    Some(WorkerList { workers, listed: listed.len(), read, total, newest: number(json, "endpointVersion") })
}

/// `/serverless/{endpoint}/releases`. None if it has another shape.
pub(super) fn releases(json: &Value) -> Option<ReleaseFacts> {
    let listed = json.get("releases")?.as_array()?;
    let rollout = json.get("rollout");
    let changed = |json: &Value| {
        let fields = json.get("diff").and_then(Value::as_array).into_iter().flatten();
        fields.filter_map(|change| text(change, "field")).take(MOST).collect()
    };
    let release = |json: &Value| {
        Some(Release { version: number(json, "version")?, created: text(json, "createdAt"), changed: changed(json) })
    };
    let mut releases: Vec<_> = listed.iter().take(MOST).filter_map(release).collect();
    releases.sort_by_key(|release| std::cmp::Reverse(release.version));
    releases.truncate(RELEASES);
    Some(ReleaseFacts {
        newest: number(json, "endpointVersion"),
        in_progress: rollout.and_then(|rollout| rollout.get("inProgress")?.as_bool()),
        workers_on_newest: rollout.and_then(|rollout| number(rollout, "workersOnLatest")),
        workers_total: rollout.and_then(|rollout| number(rollout, "workersTotal")),
        releases,
    })
}

/// `/serverless/{endpoint}/builds`. None if it has another shape.
pub(super) fn builds(json: &Value, secrets: &Secrets) -> Option<Vec<Build>> {
    let listed = json.get("builds")?.as_array()?;
    let build = |json: &Value| {
        let message = ["errorMessage", "error", "message"].iter().find_map(|name| text(json, name));
        Some(Build {
            id: text(json, "id")?,
            status: text(json, "status").unwrap_or_default(),
            commit: text(json, "commitHash"),
            branch: text(json, "branch"),
            image: text(json, "imageName"),
            started: text(json, "startedAt"),
            finished: ["finishedAt", "completedAt"].iter().find_map(|name| text(json, name)),
            message: message.map(|message| shortened(secrets.redact(&message))),
        })
    };
    let mut builds: Vec<_> = listed.iter().take(MOST).filter_map(build).collect();
    // One without a time is pending, so it is the newest. RFC 3339 in UTC sorts as text.
    builds.sort_by(|one, other| {
        let pending = |build: &Build| build.started.is_none();
        pending(other).cmp(&pending(one)).then_with(|| other.started.cmp(&one.started))
    });
    builds.truncate(RELEASES);
    Some(builds)
}

/// `/catalog/gpus`. None if it has another shape.
pub(super) fn stock(json: &Value) -> Option<Vec<GpuStock>> {
    let listed = json.get("gpus")?.as_array()?;
    let center = |json: &Value| Some((text(json, "id")?, text(json, "availability")?));
    let gpu = |json: &Value| {
        let centers = json.get("dataCenters").and_then(Value::as_array).into_iter().flatten();
        let mut data_centers: Vec<_> = centers.filter_map(center).take(MOST).collect();
        data_centers.sort();
        let per_hour = json.get("price").and_then(|price| price.get("serverless")?.as_f64());
        Some(GpuStock {
            gpu: text(json, "id")?,
            pool: text(json, "pool"),
            memory_gb: number(json, "memory"),
            availability: text(json, "availability"),
            data_centers,
            price_per_second: per_hour.filter(|price| *price > 0.0).map(|price| price / 3600.0),
        })
    };
    let mut stock: Vec<_> = listed.iter().filter_map(gpu).take(MOST).collect();
    stock.sort_by(|one, other| one.gpu.cmp(&other.gpu));
    Some(stock)
}

/// `/network-volumes/…`; only the id if the volume was deleted.
pub(super) fn volume(id: &str, json: Option<&Value>) -> NetworkVolume {
    NetworkVolume {
        id: id.to_owned(),
        name: json.and_then(|json| text(json, "name")),
        data_center: json.and_then(|json| text(json, "dataCenter")),
        size_gb: json.and_then(|json| number(json, "size")),
        kind: json.and_then(|json| text(json, "type")),
    }
}

/// A worker's log: server-sent events with JSON as data. Other events, such as truncated ones, are
/// left out.
pub(super) fn logs(body: &[u8], source: &str, tail: usize, secrets: &Secrets) -> Vec<LogLine> {
    let body = String::from_utf8_lossy(body);
    let line = |event: &str| {
        let json: Value = serde_json::from_str(event.strip_prefix("data:")?.trim()).ok()?;
        if json.get("source").and_then(Value::as_str).is_some_and(|from| from != source) {
            return None;
        }
        let text = shortened(secrets.redact(json.get("line")?.as_str()?));
        Some(LogLine { at: self::text(&json, "ts"), text })
    };
    let mut lines: Vec<_> = body.lines().filter_map(line).collect();
    lines.drain(..lines.len().saturating_sub(tail));
    lines
}

/// At most the bytes of a log line.
fn shortened(mut text: String) -> String {
    text.truncate(text.floor_char_boundary(LINE));
    text
}

fn text(json: &Value, name: &str) -> Option<String> {
    json.get(name)?.as_str().filter(|text| !text.is_empty()).map(str::to_owned)
}

fn texts(json: &Value, name: &str) -> Vec<String> {
    let listed = json.get(name).and_then(Value::as_array).into_iter().flatten();
    listed.filter_map(Value::as_str).take(MOST).map(str::to_owned).collect()
}

fn number(json: &Value, name: &str) -> Option<u32> {
    json.get(name)?.as_u64().and_then(|number| u32::try_from(number).ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_values_of_the_environment_end_here() {
        let facts = endpoint(&json!({"id": "4m7x2k9q", "env": {"TOKEN": "hf_secret", "A": "b"}})).unwrap();
        assert_eq!(facts.environment, ["A", "TOKEN"]);
        assert!(!format!("{facts:?}").contains("hf_secret"));
    }

    #[test]
    fn an_endpoint_is_read_field_by_field() {
        let json = json!({
            "id": "4m7x2k9q", "name": "image-generator", "type": "QUEUE", "image": "runpod/worker-comfyui:5.8.5-base",
            "gpu": {"pools": ["ADA_24"], "count": 1, "allowedCudaVersions": ["12.8"], "minCudaVersion": null},
            "workers": {"min": 0, "max": 5, "idleTimeout": 5}, "scaling": {"type": "REQUEST_COUNT", "requestCount": 4},
            "dataCenterIds": ["US-KS-2"], "networkVolumes": ["2q9m7x4c"], "timeout": 300_000, "flashboot": "OFF",
        });
        let facts = endpoint(&json).unwrap().configuration;
        let expected = ConfigurationFacts {
            name: Some("image-generator".to_owned()),
            kind: Some("QUEUE".to_owned()),
            image: Some("runpod/worker-comfyui:5.8.5-base".to_owned()),
            workers_min: Some(0),
            workers_max: Some(5),
            idle_timeout_s: Some(5),
            scaling: Some("REQUEST_COUNT".to_owned()),
            scaling_value: Some(4),
            gpu_pools: vec!["ADA_24".to_owned()],
            gpu_count: Some(1),
            allowed_cuda_versions: vec!["12.8".to_owned()],
            min_cuda_version: None,
            data_centers: vec!["US-KS-2".to_owned()],
            volumes: vec!["2q9m7x4c".to_owned()],
            execution_timeout: Some(Duration::from_mins(5)),
            flashboot: Some("OFF".to_owned()),
        };
        assert_eq!(facts, expected);
        let bare = endpoint(&json!({"id": "x", "timeout": 0, "gpu": null, "workers": 3})).unwrap().configuration;
        assert_eq!(bare, ConfigurationFacts::default());
        assert_eq!(endpoint(&json!({"endpoints": []})), None);
    }

    #[test]
    fn workers_are_sorted_and_need_no_more_than_an_id() {
        let facts = workers(&json!({"workers": [
            {"id": "b", "status": "RUNNING", "isStale": true, "version": 3, "gpuTypeId": "NVIDIA L4", "uptimeSeconds": 9},
            {"id": "a"}, {"status": "IDLE"}, 7,
        ]}))
        .unwrap();
        let ids: Vec<_> =
            facts.workers.iter().map(|worker| (worker.id.as_str(), worker.status.as_str(), worker.stale)).collect();
        assert_eq!(ids, [("a", "", None), ("b", "RUNNING", Some(true))]);
        assert_eq!((facts.listed, facts.read), (4, 2));
        assert_eq!(workers(&json!([])), None);
    }

    #[test]
    fn a_release_tells_which_fields_changed_and_not_what_they_hold() {
        let facts = releases(&json!({
            "endpointVersion": 4, "rollout": {"inProgress": true, "workersOnLatest": 1, "workersTotal": 2},
            "releases": [
                {"version": 3, "createdAt": "2026-06-01T12:00:00Z", "diff": []},
                {"version": 4, "diff": [{"field": "env", "old": {"T": "secret"}, "new": {}}]},
            ],
        }))
        .unwrap();
        assert_eq!((facts.newest, facts.in_progress, facts.workers_on_newest), (Some(4), Some(true), Some(1)));
        assert_eq!(facts.releases[0], Release { version: 4, created: None, changed: vec!["env".to_owned()] });
        assert!(!format!("{facts:?}").contains("secret"));
    }

    #[test]
    fn builds_are_listed_newest_first_without_secrets() {
        let facts = builds(
            &json!({"builds": [
                {"id": "old", "status": "COMPLETED", "startedAt": "2026-06-01T12:00:00Z", "commitHash": "abc1234"},
                {"id": "new", "status": "FAILED", "startedAt": "2026-06-02T12:00:00Z", "error": "exit code 1: t0ken-1234",
                 "finishedAt": "2026-06-02T12:09:00Z", "branch": "main", "imageName": "registry.example/x:1"},
                {"id": "next", "status": "PENDING", "startedAt": null},
                {"status": "FAILED"}, 7,
            ]}),
            &Secrets::new([Secret::new("t0ken-1234")]),
        )
        .unwrap();
        let ids: Vec<_> = facts.iter().map(|build| (build.id.as_str(), build.status.as_str())).collect();
        assert_eq!(ids, [("next", "PENDING"), ("new", "FAILED"), ("old", "COMPLETED")]);
        assert_eq!(facts[1].message.as_deref(), Some("exit code 1: [redacted]"));
        assert_eq!(facts[1].finished.as_deref(), Some("2026-06-02T12:09:00Z"));
        assert_eq!(facts[2].commit.as_deref(), Some("abc1234"));
        assert_eq!(builds(&json!({"releases": []}), &Secrets::default()), None);
    }

    #[test]
    fn a_price_is_per_second_of_one_gpu() {
        let facts = stock(&json!({"gpus": [{"id": "NVIDIA GeForce RTX 4090", "price": {"serverless": 1.1}},
                                          {"id": "A", "price": {"serverless": 0}}]}))
        .unwrap();
        assert_eq!(facts[0].price_per_second, None);
        assert!((facts[1].price_per_second.unwrap() - 1.1 / 3600.0).abs() < 1e-12);
    }

    #[test]
    fn a_log_is_its_last_whole_events_without_secrets() {
        let body = "id: 1\ndata: {\"source\":\"container\",\"line\":\"one\",\"ts\":\"2026-06-01T12:00:00Z\"}\n\n\
                    : keep-alive\n\ndata: {\"source\":\"system\",\"line\":\"start container\"}\n\n\
                    data: {\"source\":\"container\",\"line\":\"key s3cr3t-key\"}\n\n\
                    data: {\"source\":\"container\",\"line\":\"two\"}\n\ndata: {\"source\":\"cont";
        let secrets = Secrets::new([Secret::new("s3cr3t-key")]);
        let texts = |tail| {
            let lines = logs(body.as_bytes(), "container", tail, &secrets);
            lines.into_iter().map(|line| line.text).collect::<Vec<_>>()
        };
        assert_eq!(texts(100), ["one", "key [redacted]", "two"]);
        assert_eq!(texts(1), ["two"]);
        assert_eq!(texts(0), Vec::<String>::new());
    }
}

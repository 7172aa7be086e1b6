//! `/run` and `/runsync`: submissions.

use crate::chance::nth;
use crate::exchange::{Request, Response};
use crate::platform::{Platform, Submission};
use bytes::Bytes;
use serde::{Deserialize, Deserializer};
use serde_json::json;
use serde_json::value::RawValue;
use std::sync::Arc;
use std::time::Duration;

/// A submission. Other keys, such as `webhook`, are ignored.
#[derive(Deserialize)]
struct Body<'a> {
    /// `null` differs from a missing key.
    #[serde(borrow, default, deserialize_with = "some")]
    input: Option<&'a RawValue>,
    policy: Option<Policy>,
}

fn some<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<&'de RawValue>, D::Error> {
    <&RawValue>::deserialize(deserializer).map(Some)
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Policy {
    execution_timeout: Option<u64>,
    low_priority: bool,
    ttl: Option<u64>,
}

const LONGEST: Duration = Duration::from_hours(7 * 24);

/// Submits a job and returns its id, or refuses it.
pub(super) fn submit(platform: &mut Platform, request: &Request, key: u64, sync: bool) -> Result<Arc<str>, Response> {
    let most = platform.scenario.limits.bytes(sync);
    if request.body.len() > most as usize {
        return Err(bad_request(&format!("body: exceeded max body size of {}", size(most))));
    }
    let Ok(body) = serde_json::from_slice::<Body<'_>>(&request.body) else {
        return Err(bad_request("body: invalid JSON"));
    };
    let Some(input) = body.input else { return Err(bad_request("body: input is required")) };
    let policy = body.policy.unwrap_or_default();
    let bounded = |millis: Option<u64>, default: Duration, least: Duration| {
        millis.map_or(default, |millis| Duration::from_millis(millis).clamp(least, LONGEST))
    };
    let (queue, endpoint) = (&platform.scenario.queue, &platform.scenario.endpoint);
    let submission = Submission {
        id: job_id(platform, key, sync),
        key,
        input: Bytes::copy_from_slice(input.get().as_bytes()),
        sync,
        low_priority: policy.low_priority,
        ttl: bounded(policy.ttl, queue.ttl_s, Duration::from_secs(10)),
        execution_timeout: bounded(policy.execution_timeout, endpoint.execution_timeout_s, Duration::from_secs(5)),
    };
    Ok(platform.submit(submission))
}

fn bad_request(what: &str) -> Response {
    Response::json(400, json!({"error": format!("bad request: {what}")}).to_string())
}

fn size(bytes: u32) -> String {
    if bytes.is_multiple_of(1 << 20) { format!("{}MiB", bytes >> 20) } else { format!("{bytes}B") }
}

/// A UUID like those of RunPod's jobs, drawn for the submission: another order of submissions changes no id.
fn job_id(platform: &Platform, key: u64, sync: bool) -> Arc<str> {
    let (high, low) = (platform.chance.bits("job", key), platform.chance.bits("job", nth(key, 1)));
    let id = format!(
        "{}{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}-u1",
        if sync { "sync-" } else { "" },
        high >> 32,
        (high >> 16) & 0xffff,
        high & 0xfff,
        0x8000 | (low >> 48 & 0x3fff),
        low & 0xffff_ffff_ffff,
    );
    id.into()
}

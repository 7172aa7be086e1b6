//! RunPod's REST API, version 2: its read-only part.

mod catalog;
mod endpoint;
mod quota;

pub(crate) use quota::Quota;

use crate::exchange::{Method, Request, Response, segments};
use crate::jobs_api::{problem, refuse_key};
use crate::platform::Platform;
use serde_json::{Value, json};

/// The response. The request's id is drawn from `draw`.
pub(crate) fn answer(platform: &Platform, quota: &mut Quota, request: &Request, draw: u64) -> Response {
    let within = platform.scenario.limits.factor == 0 || quota.count(platform.now());
    let mut response = match refuse(platform, request) {
        Some(refusal) => refusal,
        None if !within => {
            let mut refusal = problem(429, "Too Many Requests", "rate limit exceeded for the minute window");
            refusal.headers.push(("retry-after", quota.seconds_left(platform.now()).to_string()));
            refusal
        }
        None => read(platform, request),
    };
    response.headers.push(("x-request-id", format!("{:016x}", platform.chance.bits("request", draw))));
    response.headers.extend(quota.headers(platform.now()));
    response
}

fn refuse(platform: &Platform, request: &Request) -> Option<Response> {
    let access = &platform.scenario.access;
    let refusal = refuse_key(access.keys.as_deref(), access.management, &request.key, request.method != Method::Get)?;
    Some(match refusal.status {
        401 => problem(401, "Unauthorized", "missing bearer token"),
        _ => refusal,
    })
}

fn read(platform: &Platform, request: &Request) -> Response {
    if request.method != Method::Get {
        return problem(405, "Method Not Allowed", "method not allowed");
    }
    let own = platform.scenario.endpoint.id.as_deref();
    let knows = |id: &str| !id.is_empty() && own.is_none_or(|own| own == id);
    let parts = segments(&request.path);
    let body: Option<Value> = match parts.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["serverless"] => Some(json!({"endpoints": [endpoint::endpoint(platform, platform.scenario.endpoint_id())]})),
        ["serverless", id] if knows(id) => Some(endpoint::endpoint(platform, id)),
        ["serverless", id, "workers"] if knows(id) => Some(endpoint::workers(platform)),
        ["serverless", id, "releases"] if knows(id) => Some(endpoint::releases(platform)),
        ["serverless", id, "workers", worker, "logs"] if knows(id) => {
            return match endpoint::logs(platform, worker, request) {
                Some(lines) => Response::typed(200, "text/event-stream", lines),
                None => not_found(),
            };
        }
        ["catalog", "gpus"] => Some(catalog::gpus(&platform.scenario)),
        ["network-volumes"] => Some(catalog::volumes(&platform.scenario)),
        ["network-volumes", id] => catalog::volume(&platform.scenario, id),
        ["billing", "serverless"] => Some(catalog::billing(platform)),
        _ => None,
    };
    body.map_or_else(not_found, |body| Response::json(200, body.to_string()))
}

fn not_found() -> Response {
    problem(404, "Not Found", "resource not found")
}

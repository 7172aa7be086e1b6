//! From a request over HTTP to the simulator's request.

use crate::{Api, Key, Method, Request};
use bytes::Bytes;
use hyper::header::{AUTHORIZATION, RANGE};
use hyper::http::request::Parts;

/// None if nothing is served at its path.
pub(super) fn request(parts: &Parts, body: Bytes) -> Option<Request> {
    let (api, endpoint, path) = route(parts.uri.path())?;
    let header = |name| parts.headers.get(name).map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
    // RunPod's own examples send the bare key.
    let key = header(AUTHORIZATION).map(|value| value.strip_prefix("Bearer ").unwrap_or(&value).to_owned());
    Some(Request {
        query: parts.uri.query().unwrap_or_default().to_owned(),
        endpoint: endpoint.map(str::to_owned),
        key: key.filter(|key| !key.is_empty()).map_or(Key::Absent, Key::Given),
        range: header(RANGE),
        body,
        ..Request::new(api, method(&parts.method), path)
    })
}

fn method(method: &hyper::Method) -> Method {
    match *method {
        hyper::Method::GET => Method::Get,
        hyper::Method::HEAD => Method::Head,
        hyper::Method::POST => Method::Post,
        _ => Method::Other,
    }
}

/// The API, the endpoint's id in a path of the job API, and the rest of the path.
fn route(path: &str) -> Option<(Api, Option<&str>, &str)> {
    /// The first parts of REST v2's paths. No endpoint has such an id.
    const MANAGEMENT: [&str; 4] = ["serverless", "catalog", "network-volumes", "billing"];
    let below = |base: &str| path.strip_prefix(base).filter(|rest| rest.starts_with('/'));
    if let Some(rest) = below("/comfyui") {
        return Some((Api::ComfyUi, None, rest));
    }
    if let Some(rest) = below("/s3") {
        return Some((Api::Volume, None, rest));
    }
    let rest = below("/v2")?;
    let first = rest[1..].split('/').next().unwrap_or_default();
    if MANAGEMENT.contains(&first) {
        return Some((Api::Management, None, rest));
    }
    (!first.is_empty()).then(|| (Api::Jobs, Some(first), &rest[1 + first.len()..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_leads_to_its_api() {
        for (path, expected) in [
            ("/v2/ep1/health", Some((Api::Jobs, Some("ep1"), "/health"))),
            ("/v2/ep1", Some((Api::Jobs, Some("ep1"), ""))),
            ("/v2/serverless/ep1/workers", Some((Api::Management, None, "/serverless/ep1/workers"))),
            ("/v2/catalog/gpus", Some((Api::Management, None, "/catalog/gpus"))),
            ("/comfyui/object_info", Some((Api::ComfyUi, None, "/object_info"))),
            ("/s3/vol/a.txt", Some((Api::Volume, None, "/vol/a.txt"))),
            ("/v2/", None),
            ("/v2", None),
            ("/v3/ep1/health", None),
            ("/comfyui2/x", None),
        ] {
            assert_eq!(route(path), expected, "{path}");
        }
    }
}

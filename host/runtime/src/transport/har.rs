//! Cassettes as HAR 1.2, which browsers and proxies read and write.
//!
//! Fields that HAR lacks are under `_comfycheck`, so exchanges survive the round trip.

mod import;

pub use import::{HarError, ImportSummary, import};

use super::cassette::{Cassette, Exchange};
use super::cassette_v1::FailureV1;
use super::exchange::{Api, Method, Response, Round, created_job, status_job};
use super::timeline::millis;
use comfycheck_core::suite::RUNPOD;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::Duration;

/// The address of `ComfyUI` in a HAR. Cassettes do not contain it.
const COMFYUI: &str = "http://comfyui.invalid";
/// The address of volumes in a HAR. Cassettes do not contain it.
const VOLUME: &str = "http://volume.invalid";
/// The host of RunPod's management API.
const MANAGEMENT: &str = "https://api.runpod.io";

/// The text of a HAR file.
pub fn export(cassette: &Cassette) -> String {
    let starts = round_starts(cassette);
    let mut created = BTreeMap::new();
    let mut entries = Vec::with_capacity(cassette.exchanges.len());
    for exchange in &cassette.exchanges {
        let start: Duration =
            status_job(&exchange.key.path).and_then(|job| created.get(job)).copied().unwrap_or_default();
        let at = start + exchange.sent;
        if let Some(job) = created_job(exchange.key.method, &exchange.key.path, exchange.outcome.as_ref().ok()) {
            created.insert(job, exchange.answered);
        }
        let day = starts.get(&exchange.round).copied().unwrap_or_default() + at;
        entries.push(entry(cassette, exchange, at, day));
    }
    let mut har = json!({"log": {
        "version": "1.2",
        "creator": {"name": "comfycheck", "version": env!("CARGO_PKG_VERSION")},
        "entries": entries,
        "_comfycheck": {"recorded": cassette.recorded, "seed": cassette.seed},
    }});
    let own = &mut har["log"]["_comfycheck"];
    if !cassette.volumes.is_empty() {
        own["volumes"] = json!(cassette.volumes);
    }
    if !cassette.inputs.is_empty() {
        own["inputs"] = json!(cassette.inputs);
    }
    if cassette.local_worker {
        own["local-worker"] = json!(true);
    }
    if cassette.base_url != RUNPOD {
        own["base-url"] = json!(cassette.base_url);
    }
    format!("{har:#}\n")
}

/// HAR has no phases and attempts. Each one starts where the one before ended.
fn round_starts(cassette: &Cassette) -> BTreeMap<Round, Duration> {
    let mut longest: BTreeMap<Round, Duration> = BTreeMap::new();
    for exchange in &cassette.exchanges {
        let answered = longest.entry(exchange.round).or_default();
        *answered = exchange.answered.max(*answered);
    }
    let mut end = Duration::ZERO;
    let start = |(round, took)| {
        let start = end;
        end += took;
        (round, start)
    };
    longest.into_iter().map(start).collect()
}

/// `at` counts from the start of the round, `day` from the start of the recording.
fn entry(cassette: &Cassette, exchange: &Exchange, at: Duration, day: Duration) -> Value {
    let Exchange { round: Round { phase, attempt }, key, sent, answered, outcome } = exchange;
    let took = millis(answered.saturating_sub(*sent));
    let mut url = match key.api {
        Api::Jobs => format!("{}{}", cassette.base_url.trim_end_matches("/v2"), key.path),
        Api::Management => format!("{MANAGEMENT}{}", key.path),
        Api::ComfyUi => format!("{COMFYUI}{}", key.path),
        Api::Result => format!("https://{}", key.path),
        Api::Volume => format!("{VOLUME}{}", key.path),
    };
    if !key.query.is_empty() {
        url = format!("{url}?{}", key.query);
    }
    let parameters = key.query.split('&').filter(|part| !part.is_empty()).map(|part| {
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        json!({"name": name, "value": value})
    });
    let mut request = json!({
        "method": key.method.to_string(), "url": url, "httpVersion": "HTTP/1.1", "cookies": [], "headers": [],
        "queryString": parameters.collect::<Vec<_>>(), "headersSize": -1, "bodySize": key.body.len(),
    });
    if !key.range.is_empty() {
        request["headers"] = json!([{"name": "range", "value": key.range}]);
    }
    if key.method == Method::Post && !key.body.is_empty() {
        request["postData"] = json!({"mimeType": "application/json", "text": key.body});
    }
    let mut own = json!({"phase": phase.word(), "at-ms": millis(at)});
    if *attempt > 1 {
        own["attempt"] = json!(attempt);
    }
    if let Err(failure) = outcome {
        own["failure"] = json!(FailureV1::from(*failure));
    }
    json!({
        "startedDateTime": started(&cassette.recorded, day), "time": took, "request": request,
        "response": response(outcome.as_ref().ok()), "cache": {},
        "timings": {"send": 0, "wait": took, "receive": 0}, "_comfycheck": own,
    })
}

/// A missing response has status 0, as browsers write it.
fn response(response: Option<&Response>) -> Value {
    let mut headers = Vec::new();
    let mut content = json!({"size": 0, "mimeType": ""});
    if let Some(Response { status: _, content_type, retry_after, object, location, body }) = response {
        let mime_type = content_type.as_deref().unwrap_or_default();
        headers.extend(content_type.as_ref().map(|value| json!({"name": "content-type", "value": value})));
        headers.extend(retry_after.map(|value| json!({"name": "retry-after", "value": value.as_secs().to_string()})));
        headers.extend(location.as_ref().map(|value| json!({"name": "location", "value": value})));
        headers.extend(object.iter().map(|(name, value)| json!({"name": name, "value": value})));
        content = if let Ok(text) = std::str::from_utf8(body) {
            json!({"size": body.len(), "mimeType": mime_type, "text": text})
        } else {
            let text = base64_simd::STANDARD.encode_to_string(body);
            json!({"size": body.len(), "mimeType": mime_type, "text": text, "encoding": "base64"})
        };
    }
    json!({
        "status": response.map_or(0, |response| response.status), "statusText": "", "httpVersion": "HTTP/1.1",
        "cookies": [], "headers": headers, "content": content, "redirectURL": "", "headersSize": -1,
        "bodySize": response.map_or(-1, |response| i64::try_from(response.body.len()).unwrap_or(i64::MAX)),
    })
}

/// HAR needs a time, and a cassette has a date: midnight, plus the time since the start of the
/// recording.
fn started(recorded: &str, since: Duration) -> String {
    let midnight =
        recorded.parse::<jiff::civil::Date>().ok().and_then(|date| date.to_zoned(jiff::tz::TimeZone::UTC).ok());
    let instant = midnight.map(|midnight| midnight.timestamp() + since).unwrap_or_default();
    format!("{}.{:03}Z", instant.strftime("%Y-%m-%dT%H:%M:%S"), since.subsec_millis())
}

//! Whether the endpoint can be reached, by one timed request to `/health`.
//!
//! A finding means that the suite's address or key is wrong. A failure that can pass, or that the network in between can
//! cause, is an open question.

use crate::evidence::family_of;
use crate::help;
use crate::message::as_seconds;
use comfycheck_sdk::endpoint::ReachFacts;
use comfycheck_sdk::wording::{beside, seconds};
use comfycheck_sdk::{Bound, Finding, OpenQuestion, one_line};
use serde_json::Value;

/// The host of RunPod's job API.
const JOB_API: &str = "api.runpod.ai";

/// The host cuts [`ReachFacts::body`] at this length.
const BODY_LIMIT: usize = 2048;

pub(crate) enum Reachability {
    /// RunPod's job API answered.
    Reachable,
    /// The address or the key is wrong.
    Wrong(Finding),
    Unknown(OpenQuestion),
}

/// Judges the timed request.
pub(crate) fn judge(facts: &ReachFacts) -> Reachability {
    let url = &facts.url;
    match Host::of(url) {
        Host::ManagementApi => {
            let message = format!("`{url}` is RunPod's management API, which takes no jobs");
            let help = format!("set the base URL to `{}`, or remove it from the suite", help::API_BASE);
            wrong("unknown-endpoint", message, &help)
        }
        Host::LoadBalancer => {
            let message = format!("`{url}` is a load-balancing endpoint, which has no job queue");
            let help = format!("use a queue-based endpoint and the base URL `{}`", help::API_BASE);
            wrong("wrong-endpoint-type", message, &help)
        }
        Host::JobApi | Host::Foreign => match (facts.status, facts.failure.as_deref()) {
            (Some(status), _) => answered(status, facts),
            (None, failure) => not_answered(failure.unwrap_or("other"), facts),
        },
    }
}

/// Notes the time of a response, after an error if it is above the limit. `cold_starts` is part of the note, which
/// sums up the check in one line.
pub(crate) fn response_time(facts: &ReachFacts, limit_s: f64, cold_starts: Option<String>) -> Vec<Finding> {
    let elapsed = as_seconds(facts.elapsed);
    let limit = Bound::AtMost(limit_s);
    let (took, allowed) = beside(elapsed, limit_s, "s", seconds);
    let cold_starts = cold_starts.map(|starts| format!("; {starts}")).unwrap_or_default();
    let note = Finding::new("response-time", format!("/health in {took}{cold_starts}"));
    let slow = (!limit.holds(elapsed)).then(|| {
        Finding::new("slow-response", format!("`/health` took {took} (limit: {allowed})"))
            .measured(elapsed, "s", Some(limit))
            .help(help::SLOW)
    });
    slow.into_iter().chain([note.measured(elapsed, "s", Some(limit))]).collect()
}

/// Which server an address names.
#[derive(PartialEq)]
enum Host {
    JobApi,
    ManagementApi,
    LoadBalancer,
    /// A mock, a proxy, or a mistake.
    Foreign,
}

impl Host {
    fn of(url: &str) -> Self {
        let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        let host = authority.rsplit('@').next().unwrap_or_default();
        let host = host.split(':').next().unwrap_or_default().to_ascii_lowercase();
        match host.as_str() {
            JOB_API => Self::JobApi,
            "api.runpod.io" | "rest.runpod.io" | "v2-rest.runpod.io" => Self::ManagementApi,
            host if host.ends_with(".api.runpod.ai") => Self::LoadBalancer,
            _ => Self::Foreign,
        }
    }
}

fn answered(status: u16, facts: &ReachFacts) -> Reachability {
    let url = &facts.url;
    let reason = reason(facts).map(|reason| format!(": `{reason}`")).unwrap_or_default();
    let returned = format!("`{url}` returned status {status}{reason}");
    if let Some(family) = family_of(&facts.body).filter(|family| family.rule == "wrong-endpoint-type") {
        return wrong(family.rule, format!("{}: {returned}", family.meaning), family.help);
    }
    let foreign = Host::of(url) == Host::Foreign;
    match status {
        200..=299 if is_health(&facts.body) => Reachability::Reachable,
        200..=399 => not_runpod(facts, &format!("returned status {status} without worker and job counts")),
        401 | 404 if foreign && is_html(facts) => {
            not_runpod(facts, &format!("returned status {status} with a web page"))
        }
        // RunPod's APIs answer in JSON. A web page is Cloudflare's.
        403 if is_html(facts) => not_runpod(facts, "returned status 403 with a web page"),
        404 if foreign && is_fastapi(facts) => wrong(
            "not-runpod",
            format!("not RunPod's job API: `{url}` is a FastAPI server without `/health`"),
            "for the test server of RunPod's SDK (`--rp_serve_api`), set `local-worker` instead of an endpoint; otherwise \
             correct the base URL",
        ),
        401 => wrong("unauthorized", format!("RunPod rejected the API key: {returned}"), help::KEY),
        403 => wrong("forbidden", format!("the API key has no access to this endpoint: {returned}"), help::KEY_SCOPE),
        404 => {
            let help = if url.contains("/v2/") { help::ENDPOINT_ID } else { help::BASE_URL_PATH };
            wrong("unknown-endpoint", format!("no endpoint has this id: {returned}"), help)
        }
        status => unknown(returned, help::status(status)),
    }
}

/// There was no complete response. At RunPod's own address, this machine or its network is the likelier cause.
fn not_answered(failure: &str, facts: &ReachFacts) -> Reachability {
    let url = &facts.url;
    let after = seconds(as_seconds(facts.elapsed));
    let message = match failure {
        "unresolved" => format!("cannot resolve the host of `{url}` (DNS)"),
        "refused" => format!("`{url}` refused the connection"),
        "tls" => format!("no trusted TLS connection to `{url}`"),
        "reset" => format!("`{url}` reset the connection after {after}"),
        "timeout" => format!("`{url}` did not answer within {after}"),
        "too-large" => return not_runpod(facts, "returned more than `/health` can hold"),
        "not-http" => return not_runpod(facts, "returned something that is not HTTP"),
        other => format!("the request to `{url}` failed after {after} ({})", one_line(other, 60)),
    };
    if Host::of(url) == Host::Foreign && matches!(failure, "unresolved" | "refused" | "tls") {
        return wrong("unreachable", message, help::foreign_host(failure));
    }
    unknown(message, help::connection(failure))
}

fn not_runpod(facts: &ReachFacts, what: &str) -> Reachability {
    let blocked = ["cloudflare", "Cloudflare", "error code: 1010"].iter().any(|mark| facts.body.contains(mark));
    let kind = facts.content_type.as_deref().map(|kind| format!(" (`{}`)", one_line(kind, 60))).unwrap_or_default();
    let message = format!("not RunPod's job API: `{}` {what}{kind}", facts.url);
    wrong("not-runpod", message, if blocked { help::CLOUDFLARE } else { help::PROXY })
}

fn wrong(rule: &str, message: String, help: &str) -> Reachability {
    Reachability::Wrong(Finding::new(rule, message).help(help))
}

fn unknown(reason: String, help: &str) -> Reachability {
    Reachability::Unknown(OpenQuestion::new("unreachable", reason).help(help))
}

/// Whether a body is that of `/health`. Of a body that was cut, only the beginning is checked.
fn is_health(body: &str) -> bool {
    match serde_json::from_str::<Value>(body) {
        Ok(body) => ["workers", "jobs"].iter().any(|key| body.get(key).is_some_and(Value::is_object)),
        Err(_) => body.len() >= BODY_LIMIT && body.trim_start().starts_with('{') && body.contains("\"workers\""),
    }
}

fn is_html(facts: &ReachFacts) -> bool {
    let declared = facts.content_type.as_deref().is_some_and(|kind| kind.to_ascii_lowercase().contains("html"));
    declared || facts.body.trim_start().starts_with('<')
}

fn is_fastapi(facts: &ReachFacts) -> bool {
    serde_json::from_str::<Value>(&facts.body).is_ok_and(|body| body == serde_json::json!({"detail": "Not Found"}))
}

/// The reason in an error's body: RFC 9457, or one of the shapes that RunPod used before.
fn reason(facts: &ReachFacts) -> Option<String> {
    let text = match serde_json::from_str::<Value>(&facts.body) {
        Ok(body) => {
            let keys = ["detail", "message", "error", "title"];
            keys.iter().find_map(|key| body.get(key).and_then(Value::as_str).map(str::to_owned))?
        }
        Err(_) if is_html(facts) => return None,
        Err(_) => facts.body.clone(),
    };
    Some(one_line(&text, 120)).filter(|text| !text.is_empty())
}

//! What the one timed request to `/health` tells of the way to the endpoint.
//!
//! A finding says that the suite's address or key is wrong. What only says something about this moment or about
//! the network in between is an open question.

use crate::wording::{as_seconds, seconds};
use comfycheck_sdk::endpoint::ReachFacts;
use comfycheck_sdk::{Bound, Finding, OpenQuestion, one_line};
use serde_json::Value;

/// The host that RunPod's job API answers at.
const JOB_API: &str = "api.runpod.ai";

/// What [`ReachFacts::body`] holds at most; a longer body was cut.
const BODY_LIMIT: usize = 2048;

/// Whether the endpoint answered.
pub(crate) enum Verdict {
    /// A job API answered, and its answer looks like RunPod's.
    Reached,
    /// The address or the key is wrong.
    Wrong(Finding),
    /// It cannot be told this time.
    Unclear(OpenQuestion),
}

/// Judges the timed request.
pub(crate) fn judge(facts: &ReachFacts) -> Verdict {
    let url = &facts.url;
    match Host::of(url) {
        Host::ManagementApi => {
            return Verdict::Wrong(
                Finding::new("unknown-endpoint", format!("`{url}` is on RunPod's management API, which takes no jobs"))
                    .help(format!("set the base URL to `https://{JOB_API}/v2`, or remove it from the suite")),
            );
        }
        Host::LoadBalancer => {
            return Verdict::Wrong(
                Finding::new(
                    "wrong-endpoint-type",
                    format!("`{url}` is the address of a load-balancing endpoint, which has no job queue"),
                )
                .help(format!(
                    "use a queue-based endpoint, and `https://{JOB_API}/v2` as the base URL; worker-comfyui is queue-based"
                )),
            );
        }
        Host::JobApi | Host::Foreign => {}
    }
    match (facts.status, facts.failure.as_deref()) {
        (Some(status), _) => answered(status, facts),
        (None, failure) => not_answered(failure.unwrap_or("other"), facts),
    }
}

/// Holds the time of an answer against the limit, and notes it.
pub(crate) fn response_time(facts: &ReachFacts, limit_s: f64) -> Vec<Finding> {
    let elapsed = as_seconds(facts.elapsed);
    let limit = Bound::AtMost(limit_s);
    let took = seconds(facts.elapsed);
    let note = Finding::new("response-time", format!("`/health` answered in {took}")).measured(elapsed, "s", None);
    let slow = (!limit.holds(elapsed)).then(|| {
        Finding::new("slow-response", format!("`/health` took {took} to answer, and may take {limit_s} s"))
            .measured(elapsed, "s", Some(limit))
            .help(
                "run again to see whether it lasts; if it does, look for a proxy or a slow network between this machine \
                 and RunPod, and at RunPod's status page",
            )
    });
    slow.into_iter().chain([note]).collect()
}

/// Who stands behind an address, as far as the address tells.
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

fn answered(status: u16, facts: &ReachFacts) -> Verdict {
    let url = &facts.url;
    if facts.body.contains("not allowed for QB API") {
        return Verdict::Wrong(
            Finding::new(
                "wrong-endpoint-type",
                format!("`{url}` answered with status {status}: `not allowed for QB API`"),
            )
            .help("use the id of a queue-based endpoint; a load-balancing endpoint has no job queue"),
        );
    }
    let said = said(facts).map(|said| format!(": `{said}`")).unwrap_or_default();
    let foreign = Host::of(url) == Host::Foreign;
    match status {
        200..=299 if is_health(&facts.body) => Verdict::Reached,
        200..=399 => not_runpod(facts, &format!("status {status} and no worker or job counts")),
        401 | 404 if foreign && is_html(facts) => not_runpod(facts, &format!("status {status} and a web page")),
        // Cloudflare refuses with a page of its own; RunPod's APIs answer in JSON.
        403 if is_html(facts) => not_runpod(facts, "status 403 and a web page"),
        404 if foreign && is_fastapi(facts) => Verdict::Wrong(
            Finding::new("not-runpod", format!("`{url}` answered as a FastAPI server does that has no `/health`"))
                .help(
                    "the local test server of RunPod's SDK (`--rp_serve_api`) has no `/health` and no `/v2/ID`; point the \
                     suite at an endpoint or at `comfycheck mock`",
                ),
        ),
        401 => Verdict::Wrong(
            Finding::new("unauthorized", format!("`{url}` answered with status 401{said}: the API key is missing or wrong"))
                .help("set `RUNPOD_API_KEY` to a key that RunPod's console lists as active"),
        ),
        403 => Verdict::Wrong(
            Finding::new("forbidden", format!("`{url}` answered with status 403{said}: the API key may not use this endpoint"))
                .help(
                    "give the key access to this endpoint: a restricted key needs the endpoint's scope, and a read-only key \
                     cannot submit jobs",
                ),
        ),
        404 => Verdict::Wrong(
            Finding::new("unknown-endpoint", format!("`{url}` answered with status 404{said}: no endpoint has this id"))
                .help(if facts.url.contains("/v2/") {
                    "compare the endpoint's id with RunPod's console: it may be mistyped, deleted, or another account's"
                } else {
                    "the base URL should end in `/v2`, as `https://api.runpod.ai/v2` does"
                }),
        ),
        status => Verdict::Unclear(
            OpenQuestion::new("unreachable", format!("`{url}` answered with status {status}{said}")).help(match status {
                429 => "wait until RunPod's rate limit allows requests again, then run again",
                500..=599 => "run again later; look at RunPod's status page if it lasts",
                _ => "compare the base URL with `https://api.runpod.ai/v2`, then run again",
            }),
        ),
    }
}

/// No complete answer came. Where the address is RunPod's own, this machine or its network is the likelier culprit.
fn not_answered(failure: &str, facts: &ReachFacts) -> Verdict {
    let url = &facts.url;
    let after = seconds(facts.elapsed);
    let what = match failure {
        "unresolved" => format!("the host of `{url}` has no address (DNS)"),
        "refused" => format!("`{url}` refused the connection"),
        "tls" => format!("`{url}` offers no trusted TLS connection"),
        "reset" => format!("`{url}` reset the connection after {after}"),
        "timeout" => format!("`{url}` gave no answer within {after}"),
        "too-large" => return not_runpod(facts, "an answer too large to be a `/health`"),
        other => format!("the request to `{url}` failed after {after} ({})", one_line(other, 60)),
    };
    if Host::of(url) == Host::Foreign && matches!(failure, "unresolved" | "refused" | "tls") {
        let help = match failure {
            "unresolved" => "correct the host in the base URL; RunPod's is `https://api.runpod.ai/v2`",
            "refused" => "start what should listen there, or correct host and port in the base URL",
            _ => "correct the base URL, or give that host a certificate that this machine trusts",
        };
        return Verdict::Wrong(Finding::new("unreachable", what).help(help));
    }
    Verdict::Unclear(OpenQuestion::new("unreachable", what).help(match failure {
        "unresolved" => "check this machine's network and DNS, then run again",
        "refused" => "check for a firewall between this machine and RunPod, then run again",
        "tls" => "check this machine's clock and certificates, and for a proxy that opens TLS, then run again",
        _ => "run again; look at this machine's network and at RunPod's status page if it lasts",
    }))
}

fn not_runpod(facts: &ReachFacts, saw: &str) -> Verdict {
    let blocked = ["cloudflare", "Cloudflare", "error code: 1010"].iter().any(|mark| facts.body.contains(mark));
    let kind = facts.content_type.as_deref().map(|kind| format!(" (`{}`)", one_line(kind, 60))).unwrap_or_default();
    let finding = Finding::new("not-runpod", format!("`{}` answered with {saw}{kind}: this is not RunPod", facts.url));
    Verdict::Wrong(finding.help(if blocked {
        "Cloudflare blocked the request before RunPod saw it: run from another network, or without the proxy in between"
    } else {
        "correct the base URL (RunPod's is `https://api.runpod.ai/v2`), or remove the proxy or login page in between"
    }))
}

/// Whether a body is that of `/health`. A body that was cut is taken for one if it begins as one: nothing more is known.
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

/// What an error's body says in words: RFC 9457, or one of the shapes that RunPod used before.
fn said(facts: &ReachFacts) -> Option<String> {
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

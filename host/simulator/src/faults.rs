//! Faults: requests that fail because the scenario says so.

use crate::chance::{Chance, nth};
use crate::exchange::{Exchange, Outcome, Response};
use crate::scenario::{Fault, FaultKind, Operation, Scenario, When};
use std::time::Duration;

/// How long a response takes that dribbles or never comes, if the scenario does not set it.
const LONG: Duration = Duration::from_secs(30);

/// How many bytes of a dribbling response come at once.
const DROP: usize = 256;

/// The fault of a request, if it has one. `earlier` counts the equal requests before it.
pub(crate) fn choose(
    scenario: &Scenario,
    chance: Chance,
    operation: Operation,
    now: Duration,
    key: u64,
    earlier: u32,
) -> Option<&Fault> {
    let fits = |(number, fault): &(u64, &Fault)| {
        fault.on.as_ref().is_none_or(|on| on.contains(&operation))
            && fault.first.is_none_or(|first| earlier < first.get())
            && fault.from_s.is_none_or(|from| now >= from)
            && fault.until_s.is_none_or(|until| now < until)
            && chance.unit("fault", nth(nth(key, earlier.into()), *number)) < fault.share
    };
    (0..).zip(&scenario.faults).find(fits).map(|(_, fault)| fault)
}

/// Whether the fault comes before the request has any effect.
pub(crate) fn is_before(fault: &Fault) -> bool {
    !fault.kind.is_always_after() && fault.when != Some(When::After)
}

/// The exchange with its fault. `unit` is a draw.
pub(crate) fn apply(fault: &Fault, exchange: Exchange, unit: f64) -> Exchange {
    let Exchange { took, outcome } = exchange;
    let (took, outcome) = match (fault.kind, outcome) {
        (FaultKind::Status, _) => (took, Outcome::Answered(status(fault))),
        (FaultKind::Html, _) => (took, Outcome::Answered(firewall())),
        (FaultKind::Reset, _) => (took, Outcome::Reset),
        (FaultKind::Silence, _) => (LONG, Outcome::Silence),
        (FaultKind::Dribble, Outcome::Answered(response)) => (LONG, Outcome::Dribbled(response, DROP)),
        (FaultKind::Truncate, Outcome::Answered(response)) => {
            let half = response.body.len() / 2;
            (took, Outcome::Truncated(response, half))
        }
        (FaultKind::Dribble | FaultKind::Truncate, other) => (took, other),
    };
    Exchange { took: fault.takes_s.map_or(took, |takes| takes.at(unit)), outcome }
}

fn status(fault: &Fault) -> Response {
    let status = fault.status.unwrap_or(500);
    let words = match status {
        400 => "bad request",
        429 => "too many requests",
        500 => "internal server error",
        502 => "bad gateway",
        503 => "service unavailable",
        504 => "gateway timeout",
        _ => "the scenario made this request fail",
    };
    let body = fault.body.clone().unwrap_or_else(|| format!("{{\"error\":\"{words}\"}}"));
    let mut response = Response::json(status, body);
    if let Some(seconds) = fault.retry_after_s {
        response.headers.push(("retry-after", seconds.to_string()));
    }
    response
}

/// A page like those of the firewalls in front of such APIs.
fn firewall() -> Response {
    let page = "<!DOCTYPE html>\n<html lang=\"en\"><head><title>Attention Required!</title></head>\n<body><h1>Sorry, \
                you have been blocked</h1><p>Error 1010: access was denied by the site's rules.</p></body></html>\n";
    Response::typed(403, "text/html; charset=UTF-8", page)
}

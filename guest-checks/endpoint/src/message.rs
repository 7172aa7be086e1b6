//! Values of the contract as messages show them.

use comfycheck_sdk::endpoint::WorkerCounts;
use comfycheck_sdk::few_names;
use comfycheck_sdk::wording::count;
use std::fmt::Display;

/// The contract counts milliseconds; messages and measurements are in seconds.
pub(crate) fn as_seconds(milliseconds: u64) -> f64 {
    std::time::Duration::from_millis(milliseconds).as_secs_f64()
}

/// Quoted names as a list.
pub(crate) fn names(names: &[String]) -> String {
    few_names(names.iter().map(String::as_str))
}

/// Workers by state, without the states that no worker is in: `1 idle, 2 running`. RunPod counts idle and running workers as
/// ready, too: only more ready ones than these are named.
pub(crate) fn states(workers: &WorkerCounts) -> String {
    let WorkerCounts { idle, initializing, ready, running, throttled, unhealthy } = *workers;
    let ready = if ready > idle.saturating_add(running) { ready } else { 0 };
    let states = [
        (idle, "idle"),
        (initializing, "initializing"),
        (ready, "ready"),
        (running, "running"),
        (throttled, "throttled"),
        (unhealthy, "unhealthy"),
    ];
    let states: Vec<_> =
        states.iter().filter(|(count, _)| *count > 0).map(|(count, state)| format!("{count} {state}")).collect();
    if states.is_empty() { "none".into() } else { states.join(", ") }
}

/// The most of a number of readings: `1 worker`, `up to 2 workers`.
pub(crate) fn up_to<N: Copy + Display + PartialOrd + From<u8>>(number: N, thing: &str) -> String {
    let up_to = if number > N::from(1) { "up to " } else { "" };
    format!("{up_to}{}", count(number, thing))
}

/// The parts of a message that are known, as its clauses.
pub(crate) fn clauses(parts: impl IntoIterator<Item = Option<String>>) -> String {
    parts.into_iter().flatten().collect::<Vec<_>>().join("; ")
}

//! How spans of time and counts of workers are put into messages.

use comfycheck_sdk::endpoint::WorkerCounts;
use comfycheck_sdk::quote_all;

/// A span of time: two decimals below ten seconds, whole seconds from there on.
pub(crate) fn seconds(milliseconds: u64) -> String {
    let whole = milliseconds / 1000;
    if whole < 10 { format!("{whole}.{:02} s", milliseconds % 1000 / 10) } else { format!("{whole} s") }
}

/// Names, quoted and with commas.
pub(crate) fn names(names: &[String]) -> String {
    quote_all(names.iter().map(String::as_str))
}

/// Seconds as a measurement holds them.
pub(crate) fn as_seconds(milliseconds: u64) -> f64 {
    std::time::Duration::from_millis(milliseconds).as_secs_f64()
}

/// Every state that `/health` counts workers in, as it names them.
pub(crate) fn counts(workers: &WorkerCounts) -> String {
    let WorkerCounts { idle, initializing, ready, running, throttled, unhealthy } = workers;
    format!(
        "idle {idle}, initializing {initializing}, ready {ready}, running {running}, throttled {throttled}, \
         unhealthy {unhealthy}"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_short_and_not_rounded_up() {
        let spans: Vec<_> = [0, 5, 240, 9_999, 10_000, 61_999].into_iter().map(seconds).collect();
        assert_eq!(spans, ["0.00 s", "0.00 s", "0.24 s", "9.99 s", "10 s", "61 s"]);
    }
}

//! How a value stands beside its limit, and how clauses are joined.

use comfycheck_sdk::wording::{beside, seconds};

/// A number of milliseconds, in seconds.
pub(crate) fn span(ms: f64) -> String {
    seconds(ms / 1000.0)
}

/// A number of milliseconds, and a limit in seconds.
pub(crate) fn span_beside(ms: f64, limit_s: f64) -> (String, String) {
    beside(ms / 1000.0, limit_s, "s", seconds)
}

/// The clauses that there are, separated by semicolons.
pub(crate) fn clauses<const N: usize>(parts: [Option<String>; N]) -> String {
    parts.into_iter().flatten().collect::<Vec<_>>().join("; ")
}

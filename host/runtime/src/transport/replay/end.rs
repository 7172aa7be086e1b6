//! The end of a recording that is incomplete.

use crate::transport::cassette::Exchange;
use crate::transport::exchange::{Round, created_job, status_job};
use std::collections::BTreeMap;
use std::time::Duration;

/// When the last response was complete, in its round; none if nothing was recorded.
pub(super) fn last_instant(exchanges: &[Exchange]) -> Option<(Round, Duration)> {
    let mut created = BTreeMap::new();
    for Exchange { key, answered, outcome, .. } in exchanges {
        if let Some(job) = created_job(key.method, &key.path, outcome.as_ref().ok()) {
            created.insert(job, *answered);
        }
    }
    let answered = |exchange: &Exchange| {
        // A job's status is timed from the response to its submission.
        let start = status_job(&exchange.key.path).and_then(|job| created.get(job)).copied().unwrap_or_default();
        (exchange.round, start + exchange.answered)
    };
    // Watchers have a clock of their own at each turn.
    exchanges.iter().filter(|exchange| !exchange.round.is_of_watchers()).map(answered).max()
}

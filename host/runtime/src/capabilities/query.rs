//! Queries: sent once in a round, and waited for once by each instance.

use super::TimedAnswer;
use crate::facts::QueryError;
use crate::transport::Transport;
use crate::transport::exchange::Round;
use crate::transport::live::Live;
use crate::transport::timeline::Timeline;
use comfycheck_core::wording::seconds;
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::OnceCell;

/// A query of a round, and its answer once it was sent.
pub(super) struct Query<T>(OnceCell<TimedAnswer<T>>);

impl<T> Default for Query<T> {
    fn default() -> Self {
        Self(OnceCell::new())
    }
}

impl<T: Clone> Query<T> {
    /// The first caller sends the query; the others wait for the same answer.
    pub(super) async fn get(
        &self,
        transport: &Arc<Transport>,
        round: Round,
        send: impl AsyncFnOnce(&mut Timeline) -> Result<T, QueryError>,
    ) -> TimedAnswer<T> {
        let timed = self.0.get_or_init(|| async {
            let mut time = Timeline::of_query(transport, round);
            let answer = match transport.live().and_then(Live::query_timeout) {
                None => send(&mut time).await,
                Some(limit) => time.until(limit, send).await.unwrap_or_else(|| {
                    Err(QueryError::Unavailable(format!("no response within {}", seconds(limit.as_secs_f64()))))
                }),
            };
            TimedAnswer { answer, took: time.now() }
        });
        timed.await.clone()
    }
}

/// The queries that an instance has waited for. Reading ten entries of one answer counts as one
/// wait.
#[derive(Clone, Default)]
pub(super) struct InstanceWaits(Arc<Mutex<WaitState>>);

#[derive(Default)]
struct WaitState {
    queries: BTreeSet<String>,
    /// Whether a query got no response.
    unanswered: bool,
    /// Why the cassette did not answer.
    misses: Vec<String>,
}

impl InstanceWaits {
    pub(super) fn has(&self, query: &str) -> bool {
        self.state().queries.contains(query)
    }

    /// How many queries with this prefix it has waited for.
    pub(super) fn count(&self, beginning: &str) -> usize {
        self.state().queries.iter().filter(|query| query.starts_with(beginning)).count()
    }

    /// Whether a query got no response.
    pub(super) fn has_unanswered(&self) -> bool {
        self.state().unanswered
    }

    pub(super) fn note_unanswered(&self) {
        self.state().unanswered = true;
    }

    pub(super) fn note_miss(&self, why: &str) {
        self.state().misses.push(why.to_owned());
    }

    pub(super) fn misses(&self) -> Vec<String> {
        self.state().misses.clone()
    }

    pub(super) fn record<T>(&self, query: &str, timed: TimedAnswer<T>) -> TimedAnswer<T> {
        let mut state = self.state();
        state.unanswered |= matches!(timed.answer, Err(QueryError::Unavailable(_)));
        let first = state.queries.insert(query.to_owned());
        TimedAnswer { took: if first { timed.took } else { Duration::ZERO }, ..timed }
    }

    fn state(&self) -> MutexGuard<'_, WaitState> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

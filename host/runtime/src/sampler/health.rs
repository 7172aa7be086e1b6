//! The readings of `/health` while samples run.

use super::Sampler;
use crate::event::RunEvent;
use crate::facts::{HealthFacts, Observation, QueryError};
use crate::runpod;
use crate::transport::exchange::Miss;
use crate::transport::timeline::Timeline;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// The shortest interval, and how long a reading counts as fresh.
const POLL: Duration = Duration::from_secs(2);
/// The longest interval, while nothing changes.
const RAREST: Duration = Duration::from_secs(10);

#[derive(Debug, Default)]
pub(super) struct Health {
    readings: Mutex<Vec<Observation>>,
    /// The holder sends; others wait for the same reading.
    turn: tokio::sync::Mutex<()>,
}

impl Health {
    /// The newest reading if it is fresh, else a new one. None if there was no usable response; an
    /// error if the cassette lacks the request.
    pub(super) async fn fresh(&self, sampler: &Sampler<'_>, time: &mut Timeline) -> Result<Option<HealthFacts>, Miss> {
        let _turn = self.turn.lock().await;
        match self.newest() {
            Some(newest) if time.now() < newest.at + POLL => {
                // It was read while this task waited, or before.
                time.catch_up(newest.at);
                Ok(newest.health)
            }
            _ => Box::pin(self.read(sampler, time)).await,
        }
    }

    /// Reads `/health` while jobs wait: often if it changes, rarely if not. Never ends.
    pub(super) async fn observe(&self, sampler: &Sampler<'_>, mut time: Timeline) {
        let mut interval = POLL;
        loop {
            let is_queue_empty = || sampler.ledger.jobs().0 == 0;
            let before = self.newest();
            let due = before.map_or(Duration::ZERO, |before| before.at) + interval;
            time.pause_until(if is_queue_empty() { due.max(time.now() + POLL) } else { due }).await;
            if is_queue_empty() || self.newest() != before {
                // Nothing to observe, or another task has just read it.
                interval = POLL;
                continue;
            }
            let Ok(health) = self.fresh(sampler, &mut time).await else {
                // The next submission decides what follows.
                return std::future::pending().await;
            };
            let changed = before.is_none_or(|before| before.health != health);
            interval = if changed { POLL } else { (interval * 2).min(RAREST) };
        }
    }

    pub(super) fn readings(&self) -> Vec<Observation> {
        self.readings.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn into_readings(self) -> Vec<Observation> {
        self.readings.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    async fn read(&self, sampler: &Sampler<'_>, time: &mut Timeline) -> Result<Option<HealthFacts>, Miss> {
        let health = match runpod::health_once(time).await {
            Ok(health) => Some(health),
            Err(QueryError::NotRecorded(miss)) => return Err(miss),
            Err(_) => None,
        };
        let (waiting, running) = sampler.ledger.jobs();
        let observation = Observation { at: time.now(), health, waiting, running };
        self.readings.lock().unwrap_or_else(PoisonError::into_inner).push(observation);
        sampler.report(RunEvent::HealthRead(observation));
        Ok(health)
    }

    fn newest(&self) -> Option<Observation> {
        self.readings.lock().unwrap_or_else(PoisonError::into_inner).last().copied()
    }
}

//! The readings of `/health` that belong to a sampling.

use super::Desk;
use crate::capabilities::{AskError, HealthFacts, Observation};
use crate::event::RunEvent;
use crate::runpod;
use crate::transport::timeline::Timeline;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// One poll: no reading is asked for more often, and none older than that is relied on.
const POLL: Duration = Duration::from_secs(2);
/// Where nothing changes, readings become as rare as that.
const RAREST: Duration = Duration::from_secs(10);

/// The readings, in order of time.
#[derive(Debug, Default)]
pub(super) struct Health {
    readings: Mutex<Vec<Observation>>,
    /// Whoever holds it asks; others wait for what he is told.
    turn: tokio::sync::Mutex<()>,
}

impl Health {
    /// The newest reading if it is fresh, else a new one. None if RunPod did not answer; an error is a request that the
    /// cassette does not hold.
    pub(super) async fn fresh(&self, desk: &Desk<'_>, time: &mut Timeline) -> Result<Option<HealthFacts>, String> {
        let _turn = self.turn.lock().await;
        match self.newest() {
            Some(newest) if time.now() < newest.at + POLL => {
                // It was made while we waited for our turn, or before.
                time.catch_up(newest.at);
                Ok(newest.health)
            }
            _ => self.read(desk, time).await,
        }
    }

    /// Reads `/health` as long as jobs wait: often where it changes, rarely where it does not. Never ends.
    pub(super) async fn observe(&self, desk: &Desk<'_>, mut time: Timeline) {
        let mut interval = POLL;
        loop {
            let nobody_waits = || desk.ledger.jobs().0 == 0;
            let before = self.newest();
            let due = before.map_or(Duration::ZERO, |before| before.at) + interval;
            time.pause_until(if nobody_waits() { due.max(time.now() + POLL) } else { due }).await;
            if nobody_waits() || self.newest() != before {
                // Nothing to observe, or somebody else has just looked.
                interval = POLL;
                continue;
            }
            let Ok(health) = self.fresh(desk, &mut time).await else {
                // Whoever submits next is told of it.
                return std::future::pending().await;
            };
            let changed = before.is_none_or(|before| before.health != health);
            interval = if changed { POLL } else { (interval * 2).min(RAREST) };
        }
    }

    /// All readings.
    pub(super) fn into_readings(self) -> Vec<Observation> {
        self.readings.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    async fn read(&self, desk: &Desk<'_>, time: &mut Timeline) -> Result<Option<HealthFacts>, String> {
        let health = match runpod::health_once(time).await {
            Ok(health) => Some(health),
            Err(AskError::NotRecorded(miss)) => return Err(miss),
            Err(_) => None,
        };
        let (waiting, running) = desk.ledger.jobs();
        let observation = Observation { at: time.now(), health, waiting, running };
        self.readings.lock().unwrap_or_else(PoisonError::into_inner).push(observation);
        desk.tell(RunEvent::HealthRead(observation));
        Ok(health)
    }

    fn newest(&self) -> Option<Observation> {
        self.readings.lock().unwrap_or_else(PoisonError::into_inner).last().copied()
    }
}

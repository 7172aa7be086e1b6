//! How often RunPod is asked.

use crate::transport::timeline::Timeline;
use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{Semaphore, SemaphorePermit};

/// At most so many requests in any window of time, and at once.
#[derive(Debug)]
pub(super) struct Pace {
    most: usize,
    sent: Mutex<VecDeque<Duration>>,
    at_once: Semaphore,
}

/// RunPod counts requests in windows of ten seconds.
const WINDOW: Duration = Duration::from_secs(10);

impl Pace {
    /// For `/status`: half of the published 2,000 requests, and of 400 at once.
    pub(super) fn of_status() -> Self {
        Self::new(1_000, 200)
    }

    /// For `/run`: half of the published 1,000 requests, and of 200 at once.
    pub(super) fn of_run() -> Self {
        Self::new(500, 100)
    }

    /// For `/cancel`: half of the published 100 requests, and of 20 at once.
    pub(super) fn of_cancel() -> Self {
        Self::new(50, 10)
    }

    fn new(most: usize, at_once: usize) -> Self {
        Self { most, sent: Mutex::default(), at_once: Semaphore::new(at_once) }
    }

    /// Waits until a request may be sent, and counts it. The request is under way until what is returned is dropped.
    pub(super) async fn turn(&self, time: &mut Timeline) -> Option<SemaphorePermit<'_>> {
        let permit = if let Ok(permit) = self.at_once.try_acquire() {
            Some(permit)
        } else {
            let permit = self.at_once.acquire().await;
            time.catch_up_with_clock();
            // It is never closed.
            permit.ok()
        };
        let at = self.reserve(time.now());
        time.pause_until(at).await;
        permit
    }

    /// The earliest instant, not before `now`, at which one more request fits.
    fn reserve(&self, now: Duration) -> Duration {
        let mut sent = self.sent.lock().unwrap_or_else(PoisonError::into_inner);
        let full = if sent.len() < self.most { None } else { sent.pop_front() };
        // Never before the one that was reserved last, so that the queue stays in order.
        let at = now.max(full.map_or(now, |first| first + WINDOW)).max(sent.back().copied().unwrap_or_default());
        sent.push_back(at);
        at
    }
}

/// How long to wait until a job is looked at again that has been in its state for `age`: quick for short jobs, cheap for
/// long ones. It is late by no more than an eighth of its age, or half a second.
pub(super) fn poll_interval(age: Duration) -> Duration {
    Duration::from_millis(u64::try_from(age.as_millis() / 8).unwrap_or(u64::MAX)).clamp(QUICKEST, SLOWEST)
}

const QUICKEST: Duration = Duration::from_millis(500);
const SLOWEST: Duration = Duration::from_secs(5);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_window_holds_more_requests_than_allowed() {
        let pace = Pace::new(2, 1);
        let at = |now: u64| pace.reserve(Duration::from_secs(now)).as_secs();
        assert_eq!([at(0), at(1), at(2), at(2), at(3), at(40)], [0, 1, 10, 11, 20, 40]);
    }

    #[test]
    fn polls_are_quick_for_short_jobs_and_cheap_for_long_ones() {
        for (age_ms, interval_ms) in [(0, 500), (4_000, 500), (8_000, 1_000), (40_000, 5_000), (3_600_000, 5_000)] {
            assert_eq!(poll_interval(Duration::from_millis(age_ms)), Duration::from_millis(interval_ms));
        }
    }
}

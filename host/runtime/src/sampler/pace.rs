//! The rate of requests to RunPod.

use crate::transport::timeline::Timeline;
use crate::transport::window::Window;
use comfycheck_core::suite::{Sampling, Submit};
use std::time::Duration;
use tokio::sync::{Semaphore, SemaphorePermit};

/// Limits requests in a window of time, and requests at once.
#[derive(Debug)]
pub(super) struct Pace {
    window: Window,
    at_once: Semaphore,
}

/// RunPod counts requests in windows of ten seconds.
const WINDOW: Duration = Duration::from_secs(10);

impl Pace {
    /// For `/status`: half of the published 2,000 requests, and of 400 at once. The suite's rate
    /// limit takes precedence.
    pub(super) fn of_status(sampling: &Sampling) -> Self {
        Self::new(sampling, 1_000, 200)
    }

    /// For `/run`: half of the published 1,000 requests, and of 200 at once; for `/runsync` twice
    /// that.
    pub(super) fn of_submission(submit: Submit, sampling: &Sampling) -> Self {
        match submit {
            Submit::Run => Self::new(sampling, 500, 100),
            Submit::Runsync => Self::new(sampling, 1_000, 200),
        }
    }

    /// For `/cancel`: half of the published 100 requests, and of 20 at once.
    pub(super) fn of_cancel(sampling: &Sampling) -> Self {
        Self::new(sampling, 50, 10)
    }

    /// The shards of a run use the same endpoint at the same time. Each gets its part, but at least
    /// one request.
    fn new(Sampling { rate_limit, share, .. }: &Sampling, most: usize, at_once: usize) -> Self {
        let most = rate_limit.map_or(most, |rate| usize::try_from(rate.get()).unwrap_or(most));
        let shards = share.map_or(1, |shard| usize::try_from(shard.of()).unwrap_or(usize::MAX));
        let part = |whole: usize| (whole / shards).max(1);
        Self { window: Window::new(part(most), WINDOW), at_once: Semaphore::new(part(at_once)) }
    }

    /// Waits until a request can be sent, and counts it. It counts as sent until the returned value
    /// is dropped.
    pub(super) async fn turn(&self, time: &mut Timeline) -> Option<SemaphorePermit<'_>> {
        let permit = if let Ok(permit) = self.at_once.try_acquire() {
            Some(permit)
        } else {
            let permit = self.at_once.acquire().await;
            time.catch_up_with_clock();
            // It is never closed.
            permit.ok()
        };
        let at = self.window.reserve(time.now());
        time.pause_until(at).await;
        permit
    }
}

/// The pause before a job's status is read again, by the time that it has been in its state: short
/// for short jobs, cheap for long ones. A change is seen at most an eighth of that time late, or
/// half a second.
pub(super) fn poll_interval(age: Duration) -> Duration {
    Duration::from_millis(u64::try_from(age.as_millis() / 8).unwrap_or(u64::MAX)).clamp(QUICKEST, SLOWEST)
}

const QUICKEST: Duration = Duration::from_millis(500);
const SLOWEST: Duration = Duration::from_secs(5);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sampler::tests::sampling;
    use comfycheck_core::partition::Partition;

    /// How many requests a window takes, and how many can be sent at once.
    fn limits(pace: &Pace) -> (usize, usize) {
        let in_window = (0..10_000).find(|_| pace.window.reserve(Duration::ZERO) > Duration::ZERO).unwrap();
        (in_window, pace.at_once.available_permits())
    }

    #[test]
    fn rates_are_half_of_what_runpod_publishes() {
        let all = |sampling: &Sampling| {
            [
                Pace::of_status(sampling),
                Pace::of_submission(Submit::Run, sampling),
                Pace::of_submission(Submit::Runsync, sampling),
                Pace::of_cancel(sampling),
            ]
            .map(|pace| limits(&pace))
        };
        let mut sampling = sampling(1);
        assert_eq!(all(&sampling), [(1_000, 200), (500, 100), (1_000, 200), (50, 10)]);
        // A window has ten seconds.
        let pace = Pace::of_cancel(&sampling);
        limits(&pace);
        assert_eq!(pace.window.reserve(Duration::from_secs(1)), Duration::from_secs(10));

        sampling.share = Some(Partition::new(1, 3).unwrap());
        assert_eq!(all(&sampling), [(333, 66), (166, 33), (333, 66), (16, 3)]);
        sampling.share = Some(Partition::new(1, 100).unwrap());
        assert_eq!(limits(&Pace::of_cancel(&sampling)), (1, 1));
        sampling.share = None;
        sampling.rate_limit = Some(std::num::NonZeroU32::new(7).unwrap());
        assert_eq!(all(&sampling).map(|(in_window, _)| in_window), [7; 4]);
    }

    #[test]
    fn polls_are_quick_for_short_jobs_and_cheap_for_long_ones() {
        for (age_ms, interval_ms) in [(0, 500), (4_000, 500), (8_000, 1_000), (40_000, 5_000), (3_600_000, 5_000)] {
            assert_eq!(poll_interval(Duration::from_millis(age_ms)), Duration::from_millis(interval_ms));
        }
    }
}

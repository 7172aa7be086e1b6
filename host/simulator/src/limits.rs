//! RunPod's rate limits of the job API: requests in ten seconds, and requests at once.
//!
//! Held requests do not count among those at once, since their end is unknown when they arrive.

use crate::scenario::Operation;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, VecDeque};
use std::time::Duration;

const SPAN: Duration = Duration::from_secs(10);

/// The recent requests.
#[derive(Clone, Debug)]
pub(crate) struct Limiter {
    factor: u32,
    windows: BTreeMap<Operation, Window>,
}

#[derive(Clone, Debug, Default)]
struct Window {
    recent: VecDeque<Duration>,
    /// When the responses in flight are complete.
    open: BinaryHeap<Reverse<Duration>>,
}

/// Requests in ten seconds, and at once; none where nothing is documented.
fn documented(operation: Operation) -> Option<(u32, u32)> {
    match operation {
        Operation::Run => Some((1000, 200)),
        Operation::Runsync | Operation::Status | Operation::Stream => Some((2000, 400)),
        Operation::Cancel => Some((100, 20)),
        Operation::PurgeQueue => Some((2, u32::MAX)),
        Operation::Retry
        | Operation::Health
        | Operation::Unknown
        | Operation::Management
        | Operation::Comfyui
        | Operation::Volume => None,
    }
}

impl Limiter {
    /// With the documented limits times `factor`; with 0, without limits.
    pub(crate) fn new(factor: u32) -> Self {
        Self { factor, windows: BTreeMap::new() }
    }

    /// Whether a request is within the limits. If so, it counts for the next ten seconds.
    pub(crate) fn admit(&mut self, operation: Operation, now: Duration) -> bool {
        let Some((recent, open)) = documented(operation).filter(|_| self.factor > 0) else { return true };
        let times = |limit: u32| limit.saturating_mul(self.factor) as usize;
        let window = self.windows.entry(operation).or_default();
        while window.recent.front().is_some_and(|at| *at + SPAN <= now) {
            window.recent.pop_front();
        }
        while window.open.peek().is_some_and(|Reverse(until)| *until <= now) {
            window.open.pop();
        }
        let admitted = window.recent.len() < times(recent) && window.open.len() < times(open);
        if admitted {
            window.recent.push_back(now);
        }
        admitted
    }

    /// Counts a request among those at once until its response at `until`. This includes one that a fault answered and that
    /// was never admitted.
    pub(crate) fn open_until(&mut self, operation: Operation, until: Duration) {
        if documented(operation).is_some() && self.factor > 0 {
            self.windows.entry(operation).or_default().open.push(Reverse(until));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_third_purge_within_ten_seconds_is_too_many() {
        let mut limiter = Limiter::new(1);
        let admitted: Vec<bool> = [0, 1, 2, 9, 10, 10, 11, 12]
            .into_iter()
            .map(|second| limiter.admit(Operation::PurgeQueue, Duration::from_secs(second)))
            .collect();
        assert_eq!(admitted, [true, true, false, false, true, false, true, false]);
    }

    #[test]
    fn only_so_many_requests_are_answered_at_once() {
        let mut limiter = Limiter::new(1);
        let (now, answered) = (Duration::ZERO, Duration::from_secs(1));
        for _ in 0..20 {
            assert!(limiter.admit(Operation::Cancel, now));
            limiter.open_until(Operation::Cancel, answered);
        }
        assert!(!limiter.admit(Operation::Cancel, now));
        assert!(limiter.admit(Operation::Cancel, answered));
    }

    #[test]
    fn without_limits_everything_is_admitted() {
        let mut limiter = Limiter::new(0);
        assert!((0..10_000).all(|_| limiter.admit(Operation::Run, Duration::ZERO)));
    }
}

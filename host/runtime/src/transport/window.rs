//! Rate limits.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Limits the requests in any window of time.
#[derive(Debug)]
pub(crate) struct Window {
    most: usize,
    length: Duration,
    sent: Mutex<VecDeque<Duration>>,
}

impl Window {
    pub(crate) fn new(most: usize, length: Duration) -> Self {
        Self { most, length, sent: Mutex::default() }
    }

    /// The earliest time from `now` on at which one more request fits. Counts it.
    pub(crate) fn reserve(&self, now: Duration) -> Duration {
        let mut sent = self.sent.lock().unwrap_or_else(PoisonError::into_inner);
        let full = if sent.len() < self.most { None } else { sent.pop_front() };
        // Never before the last reservation, so the queue stays in order.
        let at = now.max(full.map_or(now, |first| first + self.length)).max(sent.back().copied().unwrap_or_default());
        sent.push_back(at);
        at
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_window_holds_more_requests_than_allowed() {
        let window = Window::new(2, Duration::from_secs(10));
        let at = |now: u64| window.reserve(Duration::from_secs(now)).as_secs();
        assert_eq!([at(0), at(1), at(2), at(2), at(3), at(40)], [0, 1, 10, 11, 20, 40]);
    }
}

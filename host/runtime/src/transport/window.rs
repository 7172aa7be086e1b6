//! How many requests may be sent in a window of time.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// At most so many requests in any window of so long, on whatever clock.
#[derive(Debug)]
pub(crate) struct Window {
    most: usize,
    length: Duration,
    sent: Mutex<VecDeque<Duration>>,
}

impl Window {
    /// Of which nothing is used.
    pub(crate) fn new(most: usize, length: Duration) -> Self {
        Self { most, length, sent: Mutex::default() }
    }

    /// The earliest instant, not before `now`, at which one more request fits. It counts as sent then.
    pub(crate) fn reserve(&self, now: Duration) -> Duration {
        let mut sent = self.sent.lock().unwrap_or_else(PoisonError::into_inner);
        let full = if sent.len() < self.most { None } else { sent.pop_front() };
        // Never before the one that was reserved last, so that the queue stays in order.
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

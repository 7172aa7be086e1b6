//! The rate limits of REST v2 for one user: in a minute, an hour and a day.

use std::time::Duration;

/// The windows: name, length in seconds, and number of requests.
const WINDOWS: [(&str, u64, u32); 3] = [("minute", 60, 60), ("hour", 3_600, 3_000), ("day", 86_400, 50_000)];

/// The requests in the current windows.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Quota {
    /// The number of the current window, and of the requests in it.
    counted: [(u64, u32); 3],
}

impl Quota {
    /// Counts a request. False if it exceeds a limit.
    pub(super) fn count(&mut self, now: Duration) -> bool {
        self.move_on(now);
        let within = self.counted.iter().zip(WINDOWS).all(|((_, count), (_, _, most))| *count < most);
        for (_, count) in self.counted.iter_mut().filter(|_| within) {
            *count += 1;
        }
        within
    }

    /// The time until a request is within the limits again.
    pub(super) fn seconds_left(&self, now: Duration) -> u64 {
        let full = self.counted.iter().zip(WINDOWS).filter(|((_, count), (_, _, most))| count >= most);
        full.map(|(_, (_, length, _))| length - now.as_secs() % length).max().unwrap_or(0)
    }

    /// The headers of every response.
    pub(super) fn headers(&self, now: Duration) -> [(&'static str, String); 2] {
        let left = self.counted.iter().zip(WINDOWS).map(|((_, count), (name, length, most))| {
            format!("\"{name}\";r={};t={}", most.saturating_sub(*count), length - now.as_secs() % length)
        });
        let policy = WINDOWS.map(|(name, length, most)| format!("\"{name}\";q={most};w={length}"));
        [("ratelimit", left.collect::<Vec<_>>().join(", ")), ("ratelimit-policy", policy.join(", "))]
    }

    fn move_on(&mut self, now: Duration) {
        for ((number, count), (_, length, _)) in self.counted.iter_mut().zip(WINDOWS) {
            let running = now.as_secs() / length;
            if *number != running {
                (*number, *count) = (running, 0);
            }
        }
    }
}

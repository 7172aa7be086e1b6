//! When a request that changes nothing, or that was refused, is sent again.

use std::time::Duration;

/// How often a request is sent, and how long the pauses are.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Backoff {
    /// With the first one.
    pub(crate) attempts: u32,
    /// Before the second attempt; twice as long before the third, and so on.
    pub(crate) pause: Duration,
    /// The longest pause, also where a server asks for a longer one.
    pub(crate) longest: Duration,
}

impl Backoff {
    /// The pause after an attempt, which are counted from 1. None after the last. `wanted` is the server's `Retry-After`. Without
    /// it, `spread` changes the pause, so clients that were rejected together do not come back together.
    pub(crate) fn after(
        &self,
        attempt: u32,
        wanted: Option<Duration>,
        spread: impl FnOnce(Duration) -> Duration,
    ) -> Option<Duration> {
        let pause = || wanted.unwrap_or_else(|| spread(self.pause * attempt)).min(self.longest);
        (attempt < self.attempts).then(pause)
    }
}

/// Whether a server that answers with this status is overloaded or failing, so the same request may succeed later.
pub(crate) fn is_temporary(status: u16) -> bool {
    status == 429 || status >= 500
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_up_to_the_longest_and_end_after_the_last_attempt() {
        let backoff = Backoff { attempts: 4, pause: Duration::from_secs(4), longest: Duration::from_secs(10) };
        let after = |attempt, wanted: Option<u64>| {
            let pause = backoff.after(attempt, wanted.map(Duration::from_secs), |pause| pause + Duration::from_secs(1));
            pause.map(|pause| pause.as_secs())
        };
        assert_eq!([1, 2, 3, 4, 5].map(|attempt| after(attempt, None)), [Some(5), Some(9), Some(10), None, None]);
        assert_eq!([0, 7, 10, 11, 3_600].map(|wanted| after(1, Some(wanted))), [0, 7, 10, 10, 10].map(Some));
        assert_eq!(after(4, Some(1)), None);
    }

    #[test]
    fn a_server_that_is_overloaded_or_failing_is_asked_again() {
        let temporary = [200, 302, 400, 404, 408, 425, 428, 429, 430, 499, 500, 503, 599].map(is_temporary);
        assert_eq!(temporary.map(u8::from), [0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 1, 1, 1]);
    }
}

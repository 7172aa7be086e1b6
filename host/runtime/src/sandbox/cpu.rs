//! The CPU time of a guest.

use crate::platform::thread_clock;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// A guest runs when its future is polled, on any thread. Its CPU time is that of the polling
/// threads during the polls.
#[derive(Debug, Default)]
pub(super) struct CpuTime {
    /// In nanoseconds, of finished polls.
    spent: AtomicU64,
    /// The polling thread's clock when the current poll started.
    began: AtomicU64,
}

impl CpuTime {
    /// A poll starts on this thread.
    pub(super) fn begin(&self) {
        self.began.store(thread_clock(), Ordering::Relaxed);
    }

    /// The poll ends, on the same thread.
    pub(super) fn end(&self) {
        self.spent.fetch_add(self.turn(), Ordering::Relaxed);
    }

    /// Excludes the host's own work during a poll: the answer to the first guest's query serves all
    /// guests.
    pub(super) async fn exclude<T>(&self, work: impl Future<Output = T>) -> T {
        let mut work = pin!(work);
        poll_fn(|context| {
            self.end();
            let polled = work.as_mut().poll(context);
            self.begin();
            polled
        })
        .await
    }

    /// The total, including the current poll. Called during a poll, on its thread.
    pub(super) fn used(&self) -> Duration {
        Duration::from_nanos(self.spent.load(Ordering::Relaxed).saturating_add(self.turn()))
    }

    /// The total of finished polls.
    pub(super) fn spent(&self) -> Duration {
        Duration::from_nanos(self.spent.load(Ordering::Relaxed))
    }

    fn turn(&self) -> u64 {
        thread_clock().saturating_sub(self.began.load(Ordering::Relaxed))
    }
}

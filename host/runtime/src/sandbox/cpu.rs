//! How much of the CPU a guest has used.

use rustix::time::{ClockId, clock_gettime};
use std::future::poll_fn;
use std::pin::pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// The CPU time of one guest. It runs when its future is polled, on whatever thread that
/// happens, so that its CPU time is that of the polling threads during the polls.
#[derive(Debug, Default)]
pub(super) struct CpuTime {
    /// In nanoseconds, of all turns that are over.
    spent: AtomicU64,
    /// The clock of the polling thread when the present turn began.
    began: AtomicU64,
}

impl CpuTime {
    /// A turn begins on this thread.
    pub(super) fn begin(&self) {
        self.began.store(thread_clock(), Ordering::Relaxed);
    }

    /// The turn ends, on the thread where it began.
    pub(super) fn end(&self) {
        self.spent.fetch_add(self.turn(), Ordering::Relaxed);
    }

    /// Does the host's own work within a guest's turn, at nobody's expense: what one guest
    /// asks first is answered to all.
    pub(super) async fn aside<T>(&self, work: impl Future<Output = T>) -> T {
        let mut work = pin!(work);
        poll_fn(|context| {
            self.end();
            let polled = work.as_mut().poll(context);
            self.begin();
            polled
        })
        .await
    }

    /// All that was used, the present turn included. Called during a turn, on its thread.
    pub(super) fn used(&self) -> Duration {
        Duration::from_nanos(self.spent.load(Ordering::Relaxed).saturating_add(self.turn()))
    }

    fn turn(&self) -> u64 {
        thread_clock().saturating_sub(self.began.load(Ordering::Relaxed))
    }
}

/// The CPU time of this thread, in nanoseconds.
fn thread_clock() -> u64 {
    let now = clock_gettime(ClockId::ThreadCPUTime);
    let seconds = u64::try_from(now.tv_sec).unwrap_or_default();
    let nanos = u64::try_from(now.tv_nsec).unwrap_or_default();
    seconds.saturating_mul(1_000_000_000).saturating_add(nanos)
}

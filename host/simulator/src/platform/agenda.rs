//! What happens when.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::Duration;

/// Something that happens by itself. The second number says to which attempt of a job or epoch of a worker it belongs:
/// what was planned for an earlier one does not happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Event {
    /// A job has waited for as long as scaling waits.
    Overdue(u64, u32),
    /// A job's run ends.
    Done(u64, u32),
    /// A job has lived for as long as it may.
    LivedTooLong(u64),
    /// A job's result is kept no longer.
    Forgotten(u64, u32),
    /// A worker comes to its next state.
    WorkerChanges(u32, u32),
    /// Workers start from now on.
    FateEnds,
    /// A release reaches some of the workers.
    ReleaseGoesOn,
}

/// The events to come: of those at one time, the one that was added first comes first.
#[derive(Clone, Debug, Default)]
pub(super) struct Agenda {
    added: u64,
    events: BinaryHeap<Reverse<(Duration, u64, Event)>>,
}

impl Agenda {
    pub(super) fn add(&mut self, at: Duration, event: Event) {
        self.added += 1;
        self.events.push(Reverse((at, self.added, event)));
    }

    pub(super) fn next(&self) -> Option<Duration> {
        self.events.peek().map(|Reverse((at, ..))| *at)
    }

    /// Takes the next event, if it is due by `to`.
    pub(super) fn pop(&mut self, to: Duration) -> Option<(Duration, Event)> {
        if self.next()? > to {
            return None;
        }
        self.events.pop().map(|Reverse((at, _, event))| (at, event))
    }
}

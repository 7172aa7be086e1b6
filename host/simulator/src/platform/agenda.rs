//! The events to come.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::Duration;

/// Something that happens by itself. The second number is the attempt of the job or the epoch of the worker: an event of an
/// earlier one is ignored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Event {
    /// A job has waited for the scaling delay.
    Overdue(u64, u32),
    /// A job's run ends.
    Done(u64, u32),
    /// A job's time to live is over.
    Expired(u64),
    /// A job's result is deleted.
    Forgotten(u64, u32),
    /// A worker's state ends.
    WorkerChanges(u32, u32),
    /// From now on workers start.
    FateEnds,
    /// A release reaches some workers.
    ReleaseGoesOn,
}

/// Events in order of their time, and at one time in the order of their addition.
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

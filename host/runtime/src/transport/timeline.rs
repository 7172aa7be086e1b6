//! Timelines: requests and pauses happen on them.

use super::Transport;
use super::clock::{VirtualClock, join};
use super::exchange::{Phase, Request, Response, Round, SendError};
use super::live::{Driver, Live};
use super::simulate::EndpointCopy;
use futures_util::future::{BoxFuture, Either, select};
use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// The time of a query, or of one of the sampler's tasks.
///
/// It counts from the start of the round. On a live transport it is the instant at which the task
/// became runnable, so this process's own delay counts as part of the next exchange.
pub struct Timeline {
    transport: Arc<Transport>,
    round: Round,
    now: Duration,
    clock: Clock,
    driver: Driver,
    /// For a query in simulation: the endpoint that it sees.
    copy: Option<Box<EndpointCopy>>,
}

enum Clock {
    /// The machine's clock from an instant, and the order among tasks that wake at the same time.
    Real(Instant, u32),
    /// Virtual time of one task.
    Alone,
    /// Virtual time of several tasks, and the order among tasks that wake at the same time.
    Shared(Arc<VirtualClock>, u32),
}

impl Timeline {
    /// The timeline of a query, at the start of its round.
    pub fn of_query(transport: &Arc<Transport>, round: impl Into<Round>) -> Self {
        let round = round.into();
        let clock = match **transport {
            Transport::Live(_) | Transport::Record(_) => Clock::Real(Instant::now(), 0),
            Transport::Replay(_) | Transport::Simulate(_) => Clock::Alone,
        };
        let copy = match &**transport {
            Transport::Simulate(simulate) => Some(Box::new(simulate.copy(round))),
            Transport::Live(_) | Transport::Record(_) | Transport::Replay(_) => None,
        };
        Self { transport: Arc::clone(transport), round, now: Duration::ZERO, clock, driver: Driver::Task, copy }
    }

    pub fn transport(&self) -> &Transport {
        &self.transport
    }

    /// In whole milliseconds.
    pub fn now(&self) -> Duration {
        self.now
    }

    /// The place among tasks that wake at the same time.
    pub fn set_order(&mut self, order: u32) {
        if let Clock::Shared(_, own) | Clock::Real(_, own) = &mut self.clock {
            *own = order;
        }
    }

    pub async fn pause(&mut self, duration: Duration) {
        self.pause_until(self.now + duration).await;
    }

    /// Waits until the timeline is at `at`. Returns at once if it is later.
    pub async fn pause_until(&mut self, at: Duration) {
        let at = self.now.max(at);
        match (&self.clock, self.transport.live()) {
            (Clock::Real(origin, _), Some(live)) => live.sleep_until_elapsed(*origin, at, self.driver).await,
            (Clock::Shared(clock, order), _) => clock.sleep_until(at, *order).await,
            (Clock::Real(..) | Clock::Alone, _) => {}
        }
        self.now = at;
    }

    /// Runs something on this timeline, unless it takes until after `end`. Then it is dropped, and
    /// there is no result.
    pub async fn until<T>(&mut self, end: Duration, what: impl AsyncFnOnce(&mut Self) -> T) -> Option<T> {
        let origin = match self.clock {
            Clock::Real(origin, _) => Some(origin),
            Clock::Alone | Clock::Shared(..) => None,
        };
        let transport = Arc::clone(&self.transport);
        let answer = match (origin, transport.live()) {
            (Some(origin), Some(live)) => {
                let over = live.sleep_until_elapsed(origin, end, self.driver);
                match select(pin!(what(self)), pin!(over)).await {
                    Either::Left((answer, _)) => Some(answer),
                    Either::Right(((), _)) => None,
                }
            }
            // Virtual time does not wait: a late result is dropped afterwards.
            _ => Some(what(self).await).filter(|_| self.now <= end),
        };
        if answer.is_none() {
            self.catch_up_with_clock();
        }
        answer
    }

    /// Moves the timeline to `at`, after waiting for an event of that time.
    pub fn catch_up(&mut self, at: Duration) {
        self.now = self.now.max(at);
    }

    /// Moves the timeline to the present, after a pause that was cut short.
    pub fn catch_up_with_clock(&mut self) {
        match &self.clock {
            Clock::Real(origin, _) => {
                let elapsed = self.transport.live().map_or_else(|| origin.elapsed(), |live| live.elapsed(*origin));
                self.catch_up(whole_millis(elapsed));
            }
            Clock::Shared(clock, _) => self.catch_up(clock.now()),
            Clock::Alone => {}
        }
    }

    /// Sends a request and waits for its result. Large futures are on the heap: every query has one.
    pub async fn send(&mut self, request: Request) -> Result<Response, SendError> {
        match &*self.transport {
            Transport::Live(live) => {
                let answer = Box::pin(live.send(request, self.driver)).await;
                self.catch_up_with_clock();
                answer
            }
            Transport::Record(record) => {
                let (origin, order) = match &self.clock {
                    Clock::Real(origin, order) => (*origin, *order),
                    // A recording has a real clock.
                    Clock::Alone | Clock::Shared(..) => (Instant::now(), 0),
                };
                let (round, sent) = (self.round, self.now);
                let clock = || sent.max(whole_millis(record.live().elapsed(origin)));
                let answered = Box::pin(record.send(round, sent, order, (request, self.driver), clock)).await;
                self.catch_up(answered.at);
                answered.outcome
            }
            Transport::Replay(replay) => {
                let recorded = replay.answer(self.round, self.now, &request).map_err(SendError::NotRecorded)?;
                self.pause(recorded.took).await;
                recorded.outcome.map_err(SendError::Failed)
            }
            Transport::Simulate(simulate) => {
                let simulated = match &mut self.copy {
                    Some(copy) => simulate.ask(copy, self.now, &request),
                    None => simulate.send(self.round, self.now, &request),
                };
                self.pause(simulated.took).await;
                simulated.outcome.map_err(SendError::Failed)
            }
        }
    }
}

/// The clock of concurrent tasks.
pub struct SharedClock {
    transport: Arc<Transport>,
    phase: Phase,
    time: Time,
    driver: Driver,
    /// The start of its tasks' timelines.
    start: Duration,
}

enum Time {
    Real(Instant),
    Virtual(Arc<VirtualClock>),
}

impl SharedClock {
    pub fn start(transport: &Arc<Transport>, phase: Phase) -> Self {
        let time = match **transport {
            Transport::Live(_) | Transport::Record(_) => Time::Real(Instant::now()),
            Transport::Replay(_) | Transport::Simulate(_) => Time::Virtual(Arc::default()),
        };
        // No guest runs in the tasks of a shared clock.
        let driver = transport.live().map_or(Driver::Task, Live::driver_of_waiter);
        Self { transport: Arc::clone(transport), phase, time, driver, start: Duration::ZERO }
    }

    pub(crate) fn transport(&self) -> &Transport {
        &self.transport
    }

    /// Further tasks start at `at`, when the last one became runnable, and not at the clock's
    /// start.
    pub(crate) fn go_on(&mut self, at: Duration) {
        self.start = self.start.max(at);
    }

    /// The timeline of a task from the clock's start on (see [`SharedClock::go_on`]), with its
    /// place among tasks that wake at the same time.
    pub fn timeline(&self, order: u32) -> Timeline {
        let clock = match &self.time {
            Time::Real(origin) => Clock::Real(*origin, order),
            Time::Virtual(clock) => Clock::Shared(Arc::clone(clock), order),
        };
        let round = self.phase.into();
        Timeline {
            transport: Arc::clone(&self.transport),
            round,
            now: self.start,
            clock,
            driver: self.driver,
            copy: None,
        }
    }

    /// Runs tasks until all of `tasks` have ended. `background` is then dropped.
    pub async fn join<T>(&self, tasks: Vec<BoxFuture<'_, T>>, background: BoxFuture<'_, ()>) -> Vec<T> {
        let clock = match &self.time {
            Time::Real(_) => None,
            Time::Virtual(clock) => Some(Arc::clone(clock)),
        };
        // Tokio makes waiting tasks yield to the runtime after a while. Virtual time passes without
        // the runtime, which would not notice.
        tokio::task::unconstrained(join(clock, tasks, background)).await
    }
}

/// Whole milliseconds, rounded down.
pub(crate) fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// Rounded up: anything that took time took at least a millisecond, and nothing happens before its
/// request.
fn whole_millis(duration: Duration) -> Duration {
    Duration::from_millis(u64::try_from(duration.as_nanos().div_ceil(1_000_000)).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_real_duration_is_rounded_up_to_whole_milliseconds() {
        for (nanos, millis) in [(0, 0), (1, 1), (1_000_000, 1), (1_000_001, 2)] {
            assert_eq!(whole_millis(Duration::from_nanos(nanos)), Duration::from_millis(millis));
        }
    }
}

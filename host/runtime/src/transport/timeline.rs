//! Timelines: on which requests are sent and pauses are made.

use super::Transport;
use super::clock::{VirtualClock, join};
use super::exchange::{Phase, Request, Response, Round, SendError};
use super::simulate::Copy;
use futures_util::future::{BoxFuture, Either, select};
use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// One line of time: that of a question, or that of one of the sampler's tasks.
///
/// It counts from the start of its round. On a live transport it stands at the instant at which its task became
/// runnable, so that our own lateness counts as part of the exchange that follows.
pub struct Timeline {
    transport: Arc<Transport>,
    round: Round,
    now: Duration,
    clock: Clock,
    /// Of a question in simulation: the endpoint that it asks.
    copy: Option<Copy>,
}

enum Clock {
    /// The machine's, counted from an instant; with the order in which it would wake among equals.
    Real(Instant, u32),
    /// Virtual, with nobody else on it.
    Alone,
    /// Virtual, shared with other tasks; with the order in which it wakes among equals.
    Shared(Arc<VirtualClock>, u32),
}

impl Timeline {
    /// The timeline of a question, which stands at the start of its round.
    pub fn of_question(transport: &Arc<Transport>, round: impl Into<Round>) -> Self {
        let round = round.into();
        let clock = match **transport {
            Transport::Live(_) | Transport::Record(_) => Clock::Real(Instant::now(), 0),
            Transport::Replay(_) | Transport::Simulate(_) => Clock::Alone,
        };
        let copy = match &**transport {
            Transport::Simulate(simulate) => Some(simulate.copy(round)),
            Transport::Live(_) | Transport::Record(_) | Transport::Replay(_) => None,
        };
        Self { transport: Arc::clone(transport), round, now: Duration::ZERO, clock, copy }
    }

    /// Where responses come from.
    pub fn transport(&self) -> &Transport {
        &self.transport
    }

    /// The time on this line, in whole milliseconds.
    pub fn now(&self) -> Duration {
        self.now
    }

    /// Its place among tasks that wake at the same time.
    pub fn set_order(&mut self, order: u32) {
        if let Clock::Shared(_, own) | Clock::Real(_, own) = &mut self.clock {
            *own = order;
        }
    }

    /// Waits.
    pub async fn pause(&mut self, duration: Duration) {
        self.pause_until(self.now + duration).await;
    }

    /// Waits until the line stands at `at`; not at all if it is beyond it.
    pub async fn pause_until(&mut self, at: Duration) {
        let at = self.now.max(at);
        match (&self.clock, self.transport.live()) {
            (Clock::Real(origin, _), Some(live)) => live.sleep_until(*origin + at).await,
            (Clock::Shared(clock, order), _) => clock.sleep_until(at, *order).await,
            (Clock::Real(..) | Clock::Alone, _) => {}
        }
        self.now = at;
    }

    /// Carries something out on this line unless that takes until after `end`; then it is dropped, and there is no answer.
    pub async fn until<T>(&mut self, end: Duration, what: impl AsyncFnOnce(&mut Self) -> T) -> Option<T> {
        let origin = match self.clock {
            Clock::Real(origin, _) => Some(origin),
            Clock::Alone | Clock::Shared(..) => None,
        };
        let transport = Arc::clone(&self.transport);
        let answer = match (origin, transport.live()) {
            (Some(origin), Some(live)) => {
                let over = live.sleep_until(origin + end);
                match select(pin!(what(self)), pin!(over)).await {
                    Either::Left((answer, _)) => Some(answer),
                    Either::Right(((), _)) => None,
                }
            }
            // Where time is virtual, what takes too long is over at once, and dropped then.
            _ => Some(what(self).await).filter(|_| self.now <= end),
        };
        if answer.is_none() {
            self.catch_up_with_clock();
        }
        answer
    }

    /// Moves the line to `at`, where it waited for something that happened then.
    pub fn catch_up(&mut self, at: Duration) {
        self.now = self.now.max(at);
    }

    /// Moves the line to the present, where a pause was cut short.
    pub fn catch_up_with_clock(&mut self) {
        match &self.clock {
            Clock::Real(origin, _) => self.catch_up(whole_millis(origin.elapsed())),
            Clock::Shared(clock, _) => self.catch_up(clock.now()),
            Clock::Alone => {}
        }
    }

    /// Sends a request, and waits for what comes of it.
    pub async fn send(&mut self, request: Request) -> Result<Response, SendError> {
        match &*self.transport {
            Transport::Live(live) => {
                let answer = live.send(request).await;
                self.catch_up_with_clock();
                answer
            }
            Transport::Record(record) => {
                let (origin, order) = match &self.clock {
                    Clock::Real(origin, order) => (*origin, *order),
                    // Whoever records has a real clock.
                    Clock::Alone | Clock::Shared(..) => (Instant::now(), 0),
                };
                let (round, sent) = (self.round, self.now);
                let clock = || sent.max(whole_millis(origin.elapsed()));
                let answered = record.send(round, sent, order, request, clock).await;
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
                    None => simulate.carry_out(self.round, self.now, &request),
                };
                self.pause(simulated.took).await;
                simulated.outcome.map_err(SendError::Failed)
            }
        }
    }
}

/// The clock of tasks that run at the same time.
pub struct SharedClock {
    transport: Arc<Transport>,
    phase: Phase,
    time: Time,
    /// Where the timelines of its tasks start.
    start: Duration,
}

enum Time {
    Real(Instant),
    Virtual(Arc<VirtualClock>),
}

impl SharedClock {
    /// A clock that starts now.
    pub fn start(transport: &Arc<Transport>, phase: Phase) -> Self {
        let time = match **transport {
            Transport::Live(_) | Transport::Record(_) => Time::Real(Instant::now()),
            Transport::Replay(_) | Transport::Simulate(_) => Time::Virtual(Arc::default()),
        };
        Self { transport: Arc::clone(transport), phase, time, start: Duration::ZERO }
    }

    /// Where responses come from.
    pub(crate) fn transport(&self) -> &Transport {
        &self.transport
    }

    /// Lets further tasks start at `at`, when the last one became runnable, instead of the clock's start.
    pub(crate) fn go_on(&mut self, at: Duration) {
        self.start = self.start.max(at);
    }

    /// The timeline of a task that starts at the clock's start (see [`SharedClock::go_on`]), with its place among tasks that wake at the same time.
    pub fn timeline(&self, order: u32) -> Timeline {
        let clock = match &self.time {
            Time::Real(origin) => Clock::Real(*origin, order),
            Time::Virtual(clock) => Clock::Shared(Arc::clone(clock), order),
        };
        let round = self.phase.into();
        Timeline { transport: Arc::clone(&self.transport), round, now: self.start, clock, copy: None }
    }

    /// Runs tasks until all of `tasks` have ended; `background` is dropped then.
    pub async fn join<T>(&self, tasks: Vec<BoxFuture<'_, T>>, background: BoxFuture<'_, ()>) -> Vec<T> {
        let clock = match &self.time {
            Time::Real(_) => None,
            Time::Virtual(clock) => Some(Arc::clone(clock)),
        };
        // Tokio makes its own waits yield to the runtime after a while. Virtual time passes without the runtime, which
        // would never learn of it.
        tokio::task::unconstrained(join(clock, tasks, background)).await
    }
}

/// Whole milliseconds; what is below one is cut off.
pub(crate) fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// Rounded up: what took any time at all took at least a millisecond, and nothing happens before it was asked for.
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

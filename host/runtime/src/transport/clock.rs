//! Virtual time: a clock that moves only when every task waits.

use futures_util::future::BoxFuture;
use futures_util::task::AtomicWaker;
use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

/// A discrete-event clock. It moves to the earliest wake-up. Among equal ones, the lowest order
/// comes first.
#[derive(Debug, Default)]
pub(super) struct VirtualClock {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    now: Duration,
    /// The number of wake-ups so far: the last tie-breaker.
    count: u64,
    sleeping: BTreeMap<WakeUp, Waker>,
}

/// The time, the order among equals, and the number of the wake-up.
type WakeUp = (Duration, u32, u64);

impl VirtualClock {
    /// From the start of the phase.
    pub(super) fn now(&self) -> Duration {
        self.lock(|state| state.now)
    }

    /// Waits until the clock stands at `at`. A dropped wait does not hold up the clock.
    pub(super) fn sleep_until(self: &Arc<Self>, at: Duration, order: u32) -> Sleep {
        Sleep { clock: Arc::clone(self), at, order, wake_up: None }
    }

    /// Moves to the earliest wake-up. False if there is none.
    fn advance(&self) -> bool {
        let waker = self.lock(|state| {
            let ((at, ..), waker) = state.sleeping.pop_first()?;
            state.now = at;
            Some(waker)
        });
        waker.map(Waker::wake).is_some()
    }

    fn lock<T>(&self, act: impl FnOnce(&mut State) -> T) -> T {
        act(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// See [`VirtualClock::sleep_until`].
pub(super) struct Sleep {
    clock: Arc<VirtualClock>,
    at: Duration,
    order: u32,
    wake_up: Option<WakeUp>,
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let Self { clock, at, order, wake_up } = &mut *self;
        clock.lock(|state| match wake_up {
            None if state.now >= *at => Poll::Ready(()),
            None => {
                state.count += 1;
                let place = (*at, *order, state.count);
                state.sleeping.insert(place, cx.waker().clone());
                *wake_up = Some(place);
                Poll::Pending
            }
            Some(place) => match state.sleeping.get_mut(place) {
                Some(waker) => {
                    waker.clone_from(cx.waker());
                    Poll::Pending
                }
                None => Poll::Ready(()),
            },
        })
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        if let Some(wake_up) = self.wake_up {
            self.clock.lock(|state| state.sleeping.remove(&wake_up));
        }
    }
}

/// Runs tasks on one thread until all of `tasks` have ended. The results are in their order.
/// `background` is then dropped.
///
/// With a clock, it moves when every task waits. Without one, time passes by itself.
pub(super) fn join<'a, T>(
    clock: Option<Arc<VirtualClock>>,
    tasks: Vec<BoxFuture<'a, T>>,
    background: BoxFuture<'a, ()>,
) -> Join<'a, T> {
    let parent = Arc::new(AtomicWaker::new());
    let tasks: Vec<_> = tasks.into_iter().map(|future| Task::new(future, &parent)).collect();
    let background = Task::new(background, &parent);
    Join { clock, parent, tasks, background }
}

/// See [`join`].
pub(super) struct Join<'a, T> {
    clock: Option<Arc<VirtualClock>>,
    parent: Arc<AtomicWaker>,
    tasks: Vec<Task<'a, T>>,
    background: Task<'a, ()>,
}

// The futures are boxed, so nothing is pinned in place.
impl<T> Unpin for Join<'_, T> {}

impl<T> Future for Join<'_, T> {
    type Output = Vec<T>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Vec<T>> {
        let this = self.get_mut();
        this.parent.register(cx.waker());
        loop {
            let mut ran = false;
            for task in &mut this.tasks {
                ran |= task.run();
            }
            if this.tasks.iter().all(|task| task.future.is_none()) {
                return Poll::Ready(this.tasks.iter_mut().filter_map(|task| task.output.take()).collect());
            }
            ran |= this.background.run();
            if ran {
                continue;
            }
            // Without a wake-up, every task waits for something outside.
            if !this.clock.as_ref().is_some_and(|clock| clock.advance()) {
                return Poll::Pending;
            }
        }
    }
}

struct Task<'a, T> {
    future: Option<BoxFuture<'a, T>>,
    output: Option<T>,
    woken: Arc<WakeFlag>,
}

struct WakeFlag {
    flag: AtomicBool,
    parent: Arc<AtomicWaker>,
}

impl Wake for WakeFlag {
    fn wake(self: Arc<Self>) {
        self.flag.store(true, Ordering::Release);
        self.parent.wake();
    }
}

impl<'a, T> Task<'a, T> {
    fn new(future: BoxFuture<'a, T>, parent: &Arc<AtomicWaker>) -> Self {
        let woken = WakeFlag { flag: AtomicBool::new(true), parent: Arc::clone(parent) };
        Self { future: Some(future), output: None, woken: Arc::new(woken) }
    }

    /// Polls it if it was woken. False if it was not, or has ended.
    fn run(&mut self) -> bool {
        let Some(future) = &mut self.future else { return false };
        if !self.woken.flag.swap(false, Ordering::AcqRel) {
            return false;
        }
        let waker = Waker::from(Arc::clone(&self.woken));
        if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
            self.output = Some(output);
            self.future = None;
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt;

    /// Runs one task per list of pauses (in seconds), with its index as its order. Returns which
    /// task woke when.
    #[track_caller]
    fn check(pauses: &[&[u64]], expected: &[(u64, usize)]) {
        let clock = Arc::new(VirtualClock::default());
        let log = Mutex::new(Vec::new());
        let task = |index: usize| {
            let (clock, log) = (&clock, &log);
            async move {
                for &pause in pauses[index] {
                    let at = clock.now() + Duration::from_secs(pause);
                    clock.sleep_until(at, u32::try_from(index).unwrap()).await;
                    log.lock().unwrap().push((clock.now().as_secs(), index));
                }
            }
        };
        let tasks = (0..pauses.len()).map(|index| task(index).boxed()).collect();
        let forever = std::future::pending().boxed();
        join(Some(Arc::clone(&clock)), tasks, forever).now_or_never().expect("virtual time never waits");
        assert_eq!(log.into_inner().unwrap(), expected);
    }

    #[test]
    fn the_clock_moves_to_the_earliest_wake_up() {
        check(&[&[5, 5], &[1, 1, 10]], &[(1, 1), (2, 1), (5, 0), (10, 0), (12, 1)]);
    }

    #[test]
    fn ties_are_broken_by_order_and_not_by_the_first_caller() {
        // The second task requests its wake-up at 4 before the first one does.
        check(&[&[2, 2], &[4], &[1, 3]], &[(1, 2), (2, 0), (4, 0), (4, 1), (4, 2)]);
    }

    #[test]
    fn a_pause_of_nothing_does_not_wait() {
        check(&[&[0, 0, 1]], &[(0, 0), (0, 0), (1, 0)]);
    }

    #[test]
    fn a_dropped_wake_up_does_not_move_the_clock() {
        let clock = Arc::new(VirtualClock::default());
        let task = {
            let clock = Arc::clone(&clock);
            async move {
                let long = clock.sleep_until(Duration::from_mins(1), 0);
                let short = clock.sleep_until(Duration::from_secs(1), 0);
                drop(futures_util::future::select(long, short).await);
                clock.now()
            }
        };
        let ended = join(Some(clock), vec![task.boxed()], std::future::pending().boxed()).now_or_never();
        assert_eq!(ended, Some(vec![Duration::from_secs(1)]));
    }

    #[test]
    fn what_runs_in_the_background_holds_nothing_up() {
        let clock = Arc::new(VirtualClock::default());
        let ticks = Mutex::new(0);
        let ticking = async {
            loop {
                clock.sleep_until(clock.now() + Duration::from_secs(2), u32::MAX).await;
                *ticks.lock().unwrap() += 1;
            }
        };
        let task = clock.sleep_until(Duration::from_secs(5), 0);
        join(Some(Arc::clone(&clock)), vec![task.boxed()], ticking.boxed()).now_or_never().expect("ends");
        assert_eq!((clock.now(), ticks.into_inner().unwrap()), (Duration::from_secs(5), 2));
    }
}

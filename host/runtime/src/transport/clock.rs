//! Virtual time: a clock that moves only when every task waits.

use futures_util::future::BoxFuture;
use futures_util::task::AtomicWaker;
use std::collections::{BTreeMap, BTreeSet};
use std::pin::Pin;
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
///
/// Only tasks that were woken are polled: in turns, by their order, and the background last. So the
/// work is proportional to the number of wake-ups, however many tasks wait.
pub(super) fn join<'a, T>(
    clock: Option<Arc<VirtualClock>>,
    tasks: Vec<BoxFuture<'a, T>>,
    background: BoxFuture<'a, ()>,
) -> Join<'a, T> {
    let ready = Arc::new(Ready::default());
    let task = |(index, future)| Task::new(future, index, &ready);
    let unfinished = tasks.len();
    let tasks: Vec<_> = tasks.into_iter().enumerate().map(task).collect();
    let background = Task::new(background, BACKGROUND, &ready);
    Join { clock, ready, tasks, unfinished, background }
}

/// See [`join`].
pub(super) struct Join<'a, T> {
    clock: Option<Arc<VirtualClock>>,
    ready: Arc<Ready>,
    tasks: Vec<Task<'a, T>>,
    unfinished: usize,
    background: Task<'a, ()>,
}

// The futures are boxed, so nothing is pinned in place.
impl<T> Unpin for Join<'_, T> {}

impl<T> Future for Join<'_, T> {
    type Output = Vec<T>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Vec<T>> {
        let this = self.get_mut();
        this.ready.parent.register(cx.waker());
        let mut turn = 0;
        loop {
            match this.ready.next(turn) {
                Some(BACKGROUND) => {
                    this.background.poll();
                    turn = 0;
                }
                Some(index) => {
                    turn = index + 1;
                    let task = &mut this.tasks[index];
                    let ran = task.future.is_some();
                    task.poll();
                    this.unfinished -= usize::from(ran && task.future.is_none());
                    if this.unfinished == 0 {
                        return Poll::Ready(this.tasks.iter_mut().filter_map(|task| task.output.take()).collect());
                    }
                }
                None if turn > 0 => turn = 0,
                None if this.unfinished == 0 => return Poll::Ready(Vec::new()),
                // Without a wake-up, every task waits for something outside.
                None if !this.clock.as_ref().is_some_and(|clock| clock.advance()) => return Poll::Pending,
                None => {}
            }
        }
    }
}

/// The place of the background task: after all others.
const BACKGROUND: usize = usize::MAX;

/// The tasks that were woken.
#[derive(Default)]
struct Ready {
    tasks: Mutex<BTreeSet<usize>>,
    parent: AtomicWaker,
}

impl Ready {
    /// Takes the next task from `turn` on.
    fn next(&self, turn: usize) -> Option<usize> {
        let mut tasks = self.tasks.lock().unwrap_or_else(PoisonError::into_inner);
        let next = tasks.range(turn..).next().copied()?;
        tasks.remove(&next);
        Some(next)
    }
}

struct Task<'a, T> {
    future: Option<BoxFuture<'a, T>>,
    output: Option<T>,
    waker: Waker,
}

/// Wakes the task with this index.
struct TaskWaker {
    index: usize,
    ready: Arc<Ready>,
}

impl Wake for TaskWaker {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.ready.tasks.lock().unwrap_or_else(PoisonError::into_inner).insert(self.index);
        self.ready.parent.wake();
    }
}

impl<'a, T> Task<'a, T> {
    /// It is ready at first.
    fn new(future: BoxFuture<'a, T>, index: usize, ready: &Arc<Ready>) -> Self {
        let waker = Waker::from(Arc::new(TaskWaker { index, ready: Arc::clone(ready) }));
        waker.wake_by_ref();
        Self { future: Some(future), output: None, waker }
    }

    /// Polls it, unless it has ended.
    fn poll(&mut self) {
        let Some(future) = &mut self.future else { return };
        if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(&self.waker)) {
            self.output = Some(output);
            self.future = None;
        }
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
    fn a_task_is_polled_as_often_as_it_is_woken_however_many_wait() {
        const TASKS: u32 = 1_000;
        let clock = Arc::new(VirtualClock::default());
        let polls = Mutex::new(0_u32);
        let task = |index: u32| {
            let (clock, polls) = (Arc::clone(&clock), &polls);
            let mut sleep = Box::pin(async move {
                for _ in 0..3 {
                    clock.sleep_until(clock.now() + Duration::from_secs(u64::from(index)), index).await;
                }
            });
            std::future::poll_fn(move |cx| {
                *polls.lock().unwrap() += 1;
                sleep.as_mut().poll(cx)
            })
        };
        let tasks = (1..=TASKS).map(|index| task(index).boxed()).collect();
        join(Some(Arc::clone(&clock)), tasks, std::future::pending().boxed()).now_or_never().expect("ends");
        assert_eq!(polls.into_inner().unwrap(), 4 * TASKS, "one poll to begin, and one for each wake-up");
    }

    #[test]
    fn of_no_tasks_there_is_nothing_to_wait_for() {
        let none: Vec<BoxFuture<'_, ()>> = Vec::new();
        assert_eq!(join(None, none, std::future::pending().boxed()).now_or_never(), Some(Vec::new()));
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

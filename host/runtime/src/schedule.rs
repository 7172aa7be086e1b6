//! Runs many tasks on few threads. The results are in the order of the plan.
//!
//! A thread starts another task as soon as all its tasks wait, so a task that waits for the network
//! does not occupy a thread. A task that computes has its thread for itself, for [`SLICE`]. Then the
//! thread starts another one beside it, so a check that spins does not keep the others from a core.
//! The caller's runtime drives requests and timers, not these threads.

use crate::interruption::Interruption;
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use std::collections::VecDeque;
use std::future::poll_fn;
use std::num::NonZeroUsize;
use std::panic::resume_unwind;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use std::thread;
use std::time::{Duration, Instant};
use tokio::runtime::Handle;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

/// How long tasks compute before their thread starts another one. While fewer guests than four per core spin, a new one waits
/// for three slices at most.
pub const SLICE: Duration = Duration::from_millis(20);
/// The most tasks of a thread that were started while others computed: each can have all the memory of a guest.
const MOST_BESIDE: usize = 16;

/// Runs tasks in parallel. Returns their results in the order of `tasks`; none for tasks that an
/// interruption ended.
///
/// Tasks start in their order. `ended` is called with the index of each task as it ends, in any
/// order. After an interruption, or when the returned future is dropped, no task is started, and
/// running tasks are dropped where they next wait or yield. A panic of a task propagates.
pub async fn run<T, F, W>(
    tasks: Vec<F>,
    threads: NonZeroUsize,
    slice: Duration,
    interruption: Interruption,
    mut ended: impl FnMut(usize, &T),
) -> Vec<Option<T>>
where
    T: Send + 'static,
    F: FnOnce() -> W + Send + 'static,
    W: Future<Output = T>,
{
    let mut results: Vec<Option<T>> = tasks.iter().map(|_| None).collect();
    let threads = threads.get().min(tasks.len());
    let queue: Queue<F> = Arc::new(Mutex::new(tasks.into_iter().enumerate().collect()));
    let (done, mut made) = unbounded_channel();
    let threads: Vec<_> = (0..threads)
        .map(|_| {
            let (runtime, queue, interruption, done) =
                (Handle::current(), queue.clone(), interruption.clone(), done.clone());
            thread::spawn(move || runtime.block_on(work(&queue, slice, interruption, &done)))
        })
        .collect();
    drop(done);
    while let Some((index, result)) = made.recv().await {
        ended(index, &result);
        results[index] = Some(result);
    }
    for thread in threads {
        // Each thread drops its end of the channel as its last action.
        thread.join().unwrap_or_else(|panic| resume_unwind(panic));
    }
    results
}

/// A task with its place in the order.
async fn begin<T, W: Future<Output = T>>(index: usize, task: impl FnOnce() -> W) -> (usize, T) {
    (index, task().await)
}

type Queue<F> = Arc<Mutex<VecDeque<(usize, F)>>>;

/// One thread.
async fn work<T, F, W>(
    queue: &Queue<F>,
    slice: Duration,
    mut interruption: Interruption,
    done: &UnboundedSender<(usize, T)>,
) where
    F: FnOnce() -> W,
    W: Future<Output = T>,
{
    let next = || queue.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
    let mut started = FuturesUnordered::new();
    // Since when tasks compute without an end or a start.
    let mut computing: Option<Instant> = None;
    let tasks = poll_fn(|context| {
        loop {
            let awake = Arc::new(Awake { woken: AtomicBool::new(false), outer: context.waker().clone() });
            match started.poll_next_unpin(&mut Context::from_waker(&Waker::from(awake.clone()))) {
                Poll::Ready(Some(ended)) => {
                    computing = None;
                    // If the caller is gone, this future is dropped, too.
                    drop(done.send(ended));
                }
                Poll::Pending if awake.woken.load(Ordering::Acquire) => {
                    let since = *computing.get_or_insert_with(Instant::now);
                    let more = (since.elapsed() >= slice && started.len() < MOST_BESIDE).then(&next).flatten();
                    let Some((index, task)) = more else { return Poll::Pending };
                    computing = None;
                    started.push(begin(index, task));
                }
                none_or_waiting => match next() {
                    Some((index, task)) => {
                        computing = None;
                        started.push(begin(index, task));
                    }
                    None if none_or_waiting.is_ready() => return Poll::Ready(()),
                    None => return Poll::Pending,
                },
            }
        }
    });
    tokio::select! {
        biased;
        _ = interruption.received() => {}
        () = done.closed() => {}
        () = tasks => {}
    }
}

/// Detects whether a task was woken during its own poll: then it computes and yielded, and does not
/// wait.
struct Awake {
    woken: AtomicBool,
    outer: Waker,
}

impl Wake for Awake {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.woken.store(true, Ordering::Release);
        self.outer.wake_by_ref();
    }
}

//! Runs many tasks on few threads, and returns what they made in the order of the plan.
//!
//! Each thread starts a task as soon as all that it has are waiting, so that a task that
//! waits for the network holds no thread, and one that computes shares its thread with
//! none that is yet to come. What the tasks wait for, requests and timers, is driven by
//! the runtime from which [`run`] is called, not by these threads.

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
use tokio::runtime::Handle;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

/// Runs tasks in parallel, and returns what each made, in the order of `tasks`; none for
/// those that had not ended when the run was interrupted.
///
/// Tasks are started in their order. `ended` is called with the index of each task as it
/// ends, in whatever order that happens. After an interruption, or when the returned
/// future is dropped, no task is started any more, and those that run are dropped where
/// they wait or yield next. A task that panics panics here.
pub async fn run<T, F, W>(
    tasks: Vec<F>,
    threads: NonZeroUsize,
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
            thread::spawn(move || runtime.block_on(work(&queue, interruption, &done)))
        })
        .collect();
    drop(done);
    while let Some((index, result)) = made.recv().await {
        ended(index, &result);
        results[index] = Some(result);
    }
    for thread in threads {
        // All of them have dropped their end of the channel, which is the last thing that they do.
        thread.join().unwrap_or_else(|panic| resume_unwind(panic));
    }
    results
}

type Queue<F> = Arc<Mutex<VecDeque<(usize, F)>>>;

/// What one thread does.
async fn work<T, F, W>(queue: &Queue<F>, mut interruption: Interruption, done: &UnboundedSender<(usize, T)>)
where
    F: FnOnce() -> W,
    W: Future<Output = T>,
{
    let next = || queue.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
    let mut started = FuturesUnordered::new();
    let tasks = poll_fn(|context| {
        loop {
            let awake = Arc::new(Awake { woken: AtomicBool::new(false), outer: context.waker().clone() });
            match started.poll_next_unpin(&mut Context::from_waker(&Waker::from(awake.clone()))) {
                // Nobody listens if the caller is gone. Then this is dropped, too.
                Poll::Ready(Some(ended)) => drop(done.send(ended)),
                Poll::Pending if awake.woken.load(Ordering::Acquire) => return Poll::Pending,
                none_or_waiting => match next() {
                    Some((index, task)) => started.push(async move { (index, task().await) }),
                    None if none_or_waiting.is_ready() => return Poll::Ready(()),
                    None => return Poll::Pending,
                },
            }
        }
    });
    tokio::select! {
        biased;
        _ = interruption.came() => {}
        () = done.closed() => {}
        () = tasks => {}
    }
}

/// Notices when a task is awake again before its poll is over: it computes and yielded,
/// rather than waits.
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

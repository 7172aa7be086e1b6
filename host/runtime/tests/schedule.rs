//! The order of results, the sharing of threads, and early ends.

use comfycheck_core::report::Signal;
use comfycheck_runtime::interruption::{Interrupter, Interruption};
use comfycheck_runtime::schedule;
use std::num::NonZeroUsize;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Barrier, Mutex};
use std::time::Duration;
use tokio::sync::{Notify, oneshot};

type Task<T> = Box<dyn FnOnce() -> Pin<Box<dyn Future<Output = T>>> + Send>;

fn task<T, W: Future<Output = T> + 'static>(start: impl FnOnce() -> W + Send + 'static) -> Task<T> {
    Box::new(move || Box::pin(start()))
}

fn threads(number: usize) -> NonZeroUsize {
    NonZeroUsize::new(number).expect("more than none")
}

fn uninterrupted() -> Interruption {
    Interruption::new().1
}

/// Each task that computes has its thread for itself.
const ALONE: Duration = Duration::MAX;

async fn run<T: Send + 'static>(
    tasks: Vec<Task<T>>,
    threads: NonZeroUsize,
    interruption: Interruption,
    ended: impl FnMut(usize, &T),
) -> Vec<Option<T>> {
    schedule::run(tasks, threads, ALONE, interruption, ended).await
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().expect("a runtime").block_on(future)
}

/// Ten tasks that end in reverse: each waits for the next one.
fn in_reverse() -> Vec<Task<usize>> {
    let mut after: Option<oneshot::Receiver<()>> = None;
    let mut tasks: Vec<_> = (0..10)
        .rev()
        .map(|index| {
            let (ended, before) = oneshot::channel();
            let after = after.replace(before);
            task(move || async move {
                if let Some(after) = after {
                    after.await.expect("a signal");
                }
                // The first has no task before it.
                let _ = ended.send(());
                index
            })
        })
        .collect();
    tasks.reverse();
    tasks
}

#[test]
fn results_come_in_the_order_of_the_plan() {
    for number in 1..4 {
        let mut ended = Vec::new();
        let results = block_on(run(in_reverse(), threads(number), uninterrupted(), |index, _| ended.push(index)));
        assert_eq!(results, (0..10).map(Some).collect::<Vec<_>>(), "{number} threads");
        ended.sort_unstable();
        assert_eq!(ended, (0..10).collect::<Vec<_>>(), "{number} threads");
    }
}

#[test]
fn no_tasks_are_run_at_once() {
    let none: Vec<Task<()>> = Vec::new();
    assert_eq!(block_on(run(none, threads(2), uninterrupted(), |_, ()| ())), []);
}

#[test]
fn tasks_are_run_in_parallel() {
    // Each holds its thread until the other has started.
    let barrier = Arc::new(Barrier::new(2));
    let tasks = (0..2).map(|index| {
        let barrier = barrier.clone();
        task(move || async move {
            barrier.wait();
            index
        })
    });
    assert_eq!(block_on(run(tasks.collect(), threads(2), uninterrupted(), |_, _| ())), [Some(0), Some(1)]);
}

#[test]
fn a_task_that_waits_lets_the_next_begin() {
    let (send, receive) = oneshot::channel();
    let tasks = vec![
        task(move || async move { receive.await.unwrap() }),
        task(move || async move {
            send.send("the first").unwrap();
            "the second"
        }),
    ];
    let results = block_on(run(tasks, threads(1), uninterrupted(), |_, _| ()));
    assert_eq!(results, [Some("the first"), Some("the second")]);
}

/// The order in which two tasks compute, each three times, on one thread.
fn turns(slice: Duration) -> Vec<&'static str> {
    let trace = Arc::new(Mutex::new(Vec::new()));
    let tasks = ["first", "second"].map(|name| {
        let trace = trace.clone();
        task(move || async move {
            for _ in 0..3 {
                trace.lock().expect("no test panics with it").push(name);
                tokio::task::yield_now().await;
            }
        })
    });
    block_on(schedule::run(tasks.into(), threads(1), slice, uninterrupted(), |_, ()| ()));
    trace.lock().expect("no test panics with it").clone()
}

#[test]
fn a_task_that_computes_and_yields_keeps_the_next_from_beginning() {
    assert_eq!(turns(ALONE), ["first", "first", "first", "second", "second", "second"]);
}

#[test]
fn after_its_slice_the_next_begins_beside_it() {
    let turns = turns(Duration::ZERO);
    let second = turns.iter().position(|name| *name == "second").unwrap();
    assert!(second < 3, "{turns:?}");
}

/// With slices without length, the turns before a task begins are those by which slices last longer.
#[test]
fn the_last_of_four_tasks_on_a_core_waits_for_100_ms_at_most() {
    /// What ends a turn in the sandbox.
    const TICK: Duration = Duration::from_millis(5);
    let (turns, began) = (Arc::new(AtomicU32::new(0)), Arc::new(AtomicBool::new(false)));
    let spins = (0..3).map(|_| {
        let (turns, began) = (Arc::clone(&turns), Arc::clone(&began));
        task(move || async move {
            while !began.load(Ordering::SeqCst) {
                turns.fetch_add(1, Ordering::SeqCst);
                tokio::task::yield_now().await;
            }
        })
    });
    let began = Arc::clone(&began);
    let honest = task(move || async move { began.store(true, Ordering::SeqCst) });
    let tasks = spins.chain([honest]).collect();
    block_on(schedule::run(tasks, threads(1), Duration::ZERO, uninterrupted(), |_, ()| ()));
    let turns = turns.load(Ordering::SeqCst);
    assert!((3..=8).contains(&turns), "{turns}");
    assert!(schedule::SLICE * 3 + TICK * turns <= Duration::from_millis(100), "{turns} turns");
}

/// Notifies when it is dropped, so the test sees that a task was dropped.
struct Dropped(Arc<Notify>);

impl Drop for Dropped {
    fn drop(&mut self) {
        self.0.notify_one();
    }
}

/// One task that ends, one that never does, and one that would follow it.
fn endless(interrupter: Option<Interrupter>, dropped: &Arc<Notify>) -> Vec<Task<u8>> {
    let witness = Dropped(dropped.clone());
    vec![
        task(|| async { 1 }),
        task(move || async move {
            let _witness = witness;
            if let Some(interrupter) = interrupter {
                interrupter.interrupt(Signal::Interrupt);
            }
            loop {
                tokio::task::yield_now().await;
            }
        }),
        task(|| async { 3 }),
    ]
}

#[test]
fn an_interruption_drops_what_runs_and_starts_nothing_more() {
    let (interrupter, interruption) = Interruption::new();
    let dropped = Arc::new(Notify::new());
    let tasks = endless(Some(interrupter), &dropped);
    let results = block_on(run(tasks, threads(1), interruption, |_, _| ()));
    assert_eq!(results, [Some(1), None, None]);
    block_on(dropped.notified());
}

#[test]
fn dropping_the_run_drops_what_runs() {
    let dropped = Arc::new(Notify::new());
    block_on(async {
        let first_ended = Arc::new(Notify::new());
        let tell = first_ended.clone();
        let run = run(endless(None, &dropped), threads(1), uninterrupted(), move |_, _| tell.notify_one());
        tokio::select! {
            results = run => panic!("{results:?}"),
            () = first_ended.notified() => {}
        }
        dropped.notified().await;
    });
}

#[test]
fn a_panic_of_a_task_is_a_panic_of_the_run() {
    let tasks = vec![task(|| async { panic!("in a task") })];
    let run = std::panic::AssertUnwindSafe(|| block_on(run::<()>(tasks, threads(1), uninterrupted(), |_, ()| ())));
    let panic = std::panic::catch_unwind(run).unwrap_err();
    assert_eq!(panic.downcast_ref(), Some(&"in a task"));
}

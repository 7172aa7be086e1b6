//! The thread that interrupts guests, so they yield or stop.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;
use wasmtime::Engine;

/// How often a computing guest is interrupted. The clock that is read then decides, since sleeps
/// overshoot.
const TICK: Duration = Duration::from_millis(5);

/// Raises the engine's epoch while guests run, and sleeps otherwise.
#[derive(Debug)]
pub(super) struct Ticker {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    /// Guests that are being polled.
    running: usize,
    /// Whether the thread sleeps until a guest runs.
    parked: bool,
    over: bool,
}

impl Ticker {
    /// Starts the thread, which sleeps.
    pub(super) fn new(engine: &Engine) -> std::io::Result<Self> {
        let shared = Arc::new(Shared::default());
        let thread = std::thread::Builder::new().name("guest-ticker".to_owned()).spawn({
            let (shared, engine) = (shared.clone(), engine.clone());
            move || tick(&shared, &engine)
        })?;
        Ok(Self { shared, thread: Some(thread) })
    }

    /// A guest runs until the returned value is dropped.
    pub(super) fn turn(&self) -> Turn<'_> {
        let mut state = self.shared.lock();
        state.running += 1;
        if state.parked {
            state.parked = false;
            self.shared.changed.notify_one();
        }
        Turn(&self.shared)
    }
}

impl Drop for Ticker {
    fn drop(&mut self) {
        self.shared.lock().over = true;
        self.shared.changed.notify_one();
        if let Some(thread) = self.thread.take() {
            // The thread cannot panic.
            let _ = thread.join();
        }
    }
}

/// A guest is being polled.
pub(super) struct Turn<'a>(&'a Shared);

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.0.lock().running -= 1;
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing panics while it holds the lock.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn tick(shared: &Shared, engine: &Engine) {
    let mut state = shared.lock();
    while !state.over {
        if state.running == 0 {
            state.parked = true;
            state = shared.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        } else {
            (state, _) = shared.changed.wait_timeout(state, TICK).unwrap_or_else(PoisonError::into_inner);
            engine.increment_epoch();
        }
    }
}

//! Watchers end a hopeless wait: checks are asked while samples wait or run.

use super::Sampler;
use super::job::SampleResult;
use crate::facts::{JobTrace, Samples, WaitingSample};
use crate::transport::timeline::Timeline;
use futures_util::future::BoxFuture;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How often watchers are asked.
const EVERY: Duration = Duration::from_secs(30);

/// Ends the samples if waiting cannot help.
pub trait Watcher: fmt::Debug + Sync {
    fn watch(&self, turn: WatchTurn) -> BoxFuture<'_, WatchAnswer>;
}

/// One time at which watchers are asked.
#[derive(Debug)]
pub struct WatchTurn {
    /// From 1, one every 30 s. Turns without a sample that waits or runs are left out.
    pub number: u32,
    /// From the start of the first sample.
    pub now: Duration,
    /// In order of their index; not empty.
    pub waiting: Vec<WaitingSample>,
    /// What was observed of these, by index.
    pub unfinished: BTreeMap<u32, JobTrace>,
    /// The samples that have ended, and the readings of `/health` so far.
    pub ended: Samples,
}

/// The answer of all watchers.
#[derive(Debug)]
pub struct WatchAnswer {
    /// Why the samples end, in one line.
    pub hopeless: Option<String>,
    /// How long their queries took.
    pub took: Duration,
}

/// The samples of a run so far.
#[derive(Debug, Default)]
pub(super) struct Progress {
    /// Whether a watcher sees the ones that have not ended.
    is_watched: bool,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    unfinished: BTreeMap<u32, (WaitingSample, JobTrace)>,
    ended: Vec<SampleResult>,
    hopeless: Option<String>,
}

impl Progress {
    pub(super) fn new(is_watched: bool) -> Self {
        Self { is_watched, state: Mutex::default() }
    }

    /// A job was accepted, or polled.
    pub(super) fn see(&self, seen: impl FnOnce() -> (WaitingSample, JobTrace)) {
        if self.is_watched {
            let (sample, trace) = seen();
            self.state().unfinished.insert(sample.index, (sample, trace));
        }
    }

    /// A sample ended.
    pub(super) fn end(&self, result: SampleResult) {
        let mut state = self.state();
        state.unfinished.remove(&result.sample.index);
        state.ended.push(result);
    }

    /// The samples that have ended, in any order.
    pub(super) fn into_results(self) -> Vec<SampleResult> {
        self.state.into_inner().unwrap_or_else(PoisonError::into_inner).ended
    }

    /// Why waiting cannot help; none if it may.
    pub(super) fn hopeless(&self) -> Option<String> {
        self.state().hopeless.clone()
    }

    fn turn(&self, sampler: &Sampler<'_>, number: u32, now: Duration) -> WatchTurn {
        let state = self.state();
        let mut results: Vec<_> = state.ended.clone();
        results.sort_by_key(|result| result.sample.index);
        let mut ended = Samples { observations: sampler.health.readings(), ..Samples::default() };
        for SampleResult { sample, files, trace } in results {
            ended.samples.push(sample);
            ended.files.push(files);
            ended.traces.push(trace);
        }
        let (waiting, unfinished) =
            (state.unfinished.values()).map(|(sample, trace)| (sample.clone(), (sample.index, trace.clone()))).unzip();
        WatchTurn { number, now, waiting, unfinished, ended }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Asks the watchers while samples wait or run. Never ends.
pub(super) async fn ask_watchers(sampler: &Sampler<'_>, mut time: Timeline) {
    let Some(watcher) = sampler.request.watcher else { return std::future::pending().await };
    let mut number = 0;
    loop {
        number = next_turn(number, time.now());
        time.pause_until(EVERY * number).await;
        let turn = sampler.progress.turn(sampler, number, time.now());
        if turn.waiting.is_empty() || sampler.may_go_on().is_err() {
            continue;
        }
        let WatchAnswer { hopeless, took } = watcher.watch(turn).await;
        // In real time, this has passed by itself.
        time.pause_until(EVERY * number + took).await;
        time.catch_up_with_clock();
        if hopeless.is_some() {
            sampler.progress.state().hopeless = hopeless;
        }
    }
}

/// The next turn that is not over yet.
fn next_turn(last: u32, now: Duration) -> u32 {
    let over = u32::try_from(now.as_secs() / EVERY.as_secs()).unwrap_or(u32::MAX - 1);
    last.max(over) + 1
}

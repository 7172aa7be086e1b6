//! Watchers, asked while samples wait.

use super::recording::Recording;
use super::sampling;
use crate::sampler::{WatchAnswer, WatchTurn, Watcher};
use comfycheck_core::sample::Ending;
use futures_util::FutureExt;
use futures_util::future::{BoxFuture, ready};
use serde_json::json;
use std::sync::Mutex;
use std::time::Duration;

/// Ends the samples at a turn, and keeps what it was shown: the second, the samples that wait, and
/// those that have ended.
#[derive(Debug, Default)]
struct Turns {
    hopeless_at: u32,
    seen: Mutex<Vec<(u64, Vec<u32>, usize)>>,
}

impl Watcher for Turns {
    fn watch(&self, turn: WatchTurn) -> BoxFuture<'_, WatchAnswer> {
        let waiting = turn.waiting.iter().map(|sample| sample.index).collect();
        self.seen.lock().unwrap().push((turn.now.as_secs(), waiting, turn.ended.samples.len()));
        let hopeless = (turn.number == self.hopeless_at).then(|| "the image cannot be pulled".to_owned());
        ready(WatchAnswer { hopeless, took: Duration::from_secs(1) }).boxed()
    }
}

#[test]
fn a_hopeless_wait_ends_at_once_and_nothing_more_is_submitted() {
    let queued = json!({"status": "IN_QUEUE"});
    let recording = Recording::new().health(0, 0).accepted(0).status(0, 0, &queued).cancel(0);
    let watcher = Turns { hopeless_at: 1, ..Turns::default() };
    let run = recording.watched(2, &sampling(1), &watcher);
    let endings: Vec<_> = run.samples.iter().map(|sample| sample.ending).collect();
    assert_eq!(endings, [Ending::Cancelled, Ending::NotSubmitted]);
    for sample in &run.samples {
        assert_eq!(sample.reason.as_deref(), Some("the image cannot be pulled"));
    }
    assert_eq!(*watcher.seen.lock().unwrap(), [(30, vec![0], 0)]);
    let left = run.traces[0].left.unwrap().as_secs();
    assert!((31..=36).contains(&left), "{left}");
}

#[test]
fn watchers_are_asked_only_while_a_sample_waits_and_see_those_that_ended() {
    let recording = Recording::new().health(0, 1).job(0, 0, 10_000).job(1, 0, 70_000);
    let watcher = Turns::default();
    let run = recording.watched(2, &sampling(1), &watcher);
    assert!(run.samples.iter().all(|sample| sample.ending == Ending::Succeeded));
    let seen = watcher.seen.lock().unwrap();
    assert_eq!(*seen, [(30, vec![1], 1), (60, vec![1], 1)]);
}

//! The network, written down while it is used.

mod entry;
mod folder;
mod writer;

pub use folder::RecordError;
pub use writer::{Head, Recorder};

use super::exchange::{Method, Phase, Request, Response, Round, SendError};
use super::key::Key;
use super::live::Live;
pub(super) use entry::Asked;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::OnceCell;

/// The network, and a cassette that is being written.
#[derive(Debug)]
pub struct Record {
    live: Live,
    recorder: Recorder,
    /// Answers to the questions of checks, by what was asked and when.
    answers: Mutex<BTreeMap<(Round, Key, Duration), Shared>>,
}

type Shared = Arc<OnceCell<Answered>>;

/// What came of a request, and when.
#[derive(Clone, Debug)]
pub(super) struct Answered {
    pub(super) outcome: Result<Response, SendError>,
    /// Since the start of the round.
    pub(super) at: Duration,
}

impl Record {
    /// Sends over the network, and hands what comes of it to the recorder.
    pub fn new(live: Live, recorder: Recorder) -> Self {
        Self { live, recorder, answers: Mutex::default() }
    }

    /// The network.
    pub(super) fn live(&self) -> &Live {
        &self.live
    }

    /// The recorder.
    pub fn recorder(&self) -> &Recorder {
        &self.recorder
    }

    /// Sends a request that could be sent at `sent` of its round. `order` is the asking task's place among tasks that wake at
    /// the same time; `clock` tells the time of the round.
    pub(super) async fn send(
        &self,
        round: Round,
        sent: Duration,
        order: u32,
        request: Request,
        clock: impl Fn() -> Duration,
    ) -> Answered {
        let ask = async |request: Request| {
            let outcome = self.live.send(request.clone()).await;
            let answered = Answered { outcome, at: clock() };
            self.recorder.write(Asked { round, sent, order, request, answered: answered.clone() });
            answered
        };
        // A cassette has one answer to a request at an instant. Two questions that ask the same then must not be told
        // different things, or the report would not be that of a replay. The sampler never does, and its answers are large.
        if round.phase == Phase::Sampling || request.method == Method::Post {
            return ask(request).await;
        }
        let shared = {
            let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(answers.entry((round, Key::of(&request), sent)).or_default())
        };
        shared.get_or_init(|| ask(request)).await.clone()
    }
}

//! Recording: the network, while a cassette is written.
//!
//! An exchange is timed from the instant at which its task could send it, so a replay in virtual
//! time meets each response at the same instant. Answers that depend on this machine's
//! configuration are those of a replay. A thread writes the cassette, each file as a whole, at most
//! a second after a response. Until the end, a note says that the recording was cut off. A full
//! disk ends the recording, not the run.
//!
//! **Invariant:** the recorder never gets our keys: `live.rs` redacts them. It also redacts what
//! looks like a secret (keys of RunPod, AWS and Hugging Face, Slack webhooks, bearer tokens; in
//! URLs signatures, tokens and passwords), the values of endpoints' environments, and the query of
//! downloads.

mod entry;
mod environment;
mod folder;
mod writer;

pub(super) use folder::PART;
pub use folder::RecordError;
pub use writer::{CassetteHead, Recorder};

use super::exchange::{Method, Phase, Request, Response, Round, SendError};
use super::key::Key;
use super::live::{Driver, Live};
pub(super) use entry::ExchangeRecord;
pub(super) use environment::{hide_values, secrets_of};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::OnceCell;

/// The network, and a cassette that is being written.
#[derive(Debug)]
pub struct Record {
    live: Live,
    recorder: Recorder,
    /// Answers to queries, by request and time.
    answers: Mutex<BTreeMap<(Round, Key, Duration), SharedAnswer>>,
}

type SharedAnswer = Arc<OnceCell<RecordedAnswer>>;

/// The result of a request.
#[derive(Clone, Debug)]
pub(super) struct RecordedAnswer {
    pub(super) outcome: Result<Response, SendError>,
    /// From the start of the round.
    pub(super) at: Duration,
}

impl Record {
    /// Sends over the network, and passes each exchange to the recorder.
    pub fn new(live: Live, recorder: Recorder) -> Self {
        Self { live, recorder, answers: Mutex::default() }
    }

    pub(super) fn live(&self) -> &Live {
        &self.live
    }

    pub fn recorder(&self) -> &Recorder {
        &self.recorder
    }

    /// Sends a request that could be sent at `sent` of its round. `order` is the task's place among
    /// tasks that wake at the same time. `clock` returns the time of the round.
    pub(super) async fn send(
        &self,
        round: Round,
        sent: Duration,
        order: u32,
        (request, driver): (Request, Driver),
        clock: impl Fn() -> Duration,
    ) -> RecordedAnswer {
        let exchange = async |request: Request| {
            let outcome = self.live.send(request.clone(), driver).await;
            let answered = RecordedAnswer { outcome, at: clock() };
            self.recorder.write(ExchangeRecord { round, sent, order, request, answered: answered.clone() });
            answered
        };
        // A cassette has one answer to a request at an instant. Two queries with the same request
        // must not get different answers, or the report would differ from its replay. The sampler
        // never does this, and its responses are large.
        if round.phase == Phase::Sampling || request.method == Method::Post {
            return exchange(request).await;
        }
        let shared = {
            let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(answers.entry((round, Key::of(&request), sent)).or_default())
        };
        shared.get_or_init(|| exchange(request)).await.clone()
    }
}

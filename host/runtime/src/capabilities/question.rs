//! Questions: asked once in a round, waited for once by each instance.

use super::{Answered, AskError};
use crate::transport::Transport;
use crate::transport::exchange::Round;
use crate::transport::live::Live;
use crate::transport::timeline::Timeline;
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::OnceCell;

/// A question of a round, and its answer once somebody has asked.
pub(super) struct Question<T>(OnceCell<Answered<T>>);

impl<T> Default for Question<T> {
    fn default() -> Self {
        Self(OnceCell::new())
    }
}

impl<T: Clone> Question<T> {
    /// The answer. Who asks first asks for all; the others wait for the same answer.
    pub(super) async fn ask(
        &self,
        transport: &Arc<Transport>,
        round: Round,
        ask: impl AsyncFnOnce(&mut Timeline) -> Result<T, AskError>,
    ) -> Answered<T> {
        let asked = self.0.get_or_init(|| async {
            let mut time = Timeline::of_question(transport, round);
            let answer = match transport.live().and_then(Live::longest_question) {
                None => ask(&mut time).await,
                Some(longest) => time.until(longest, ask).await.unwrap_or_else(|| {
                    Err(AskError::Unavailable(format!("there was no answer within {} s", longest.as_secs_f64())))
                }),
            };
            Answered { answer, took: time.now() }
        });
        asked.await.clone()
    }
}

/// What an instance has waited for. Who reads ten entries of one answer waits for it once.
#[derive(Clone, Default)]
pub(super) struct Charged(Arc<Mutex<Waited>>);

#[derive(Default)]
struct Waited {
    questions: BTreeSet<String>,
    /// Whether who should have answered one did not.
    in_vain: bool,
}

impl Charged {
    /// Whether the instance has waited for this.
    pub(super) fn has(&self, question: &str) -> bool {
        self.waited().questions.contains(question)
    }

    /// For how many questions of this beginning it has waited.
    pub(super) fn count(&self, beginning: &str) -> usize {
        self.waited().questions.iter().filter(|question| question.starts_with(beginning)).count()
    }

    /// Whether the instance has waited for an answer that did not come.
    pub(super) fn in_vain(&self) -> bool {
        self.waited().in_vain
    }

    /// An answer did not come.
    pub(super) fn note_vain(&self) {
        self.waited().in_vain = true;
    }

    pub(super) fn charge<T>(&self, question: &str, answered: Answered<T>) -> Answered<T> {
        let mut waited = self.waited();
        waited.in_vain |= matches!(answered.answer, Err(AskError::Unavailable(_)));
        let first = waited.questions.insert(question.to_owned());
        Answered { took: if first { answered.took } else { Duration::ZERO }, ..answered }
    }

    fn waited(&self) -> MutexGuard<'_, Waited> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

//! Questions: asked once in a phase, waited for once by each instance.

use super::{Answered, AskError};
use crate::transport::Transport;
use crate::transport::exchange::Phase;
use crate::transport::timeline::Timeline;
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::OnceCell;

/// A question of a phase, and its answer once somebody has asked.
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
        phase: Phase,
        ask: impl AsyncFnOnce(&mut Timeline) -> Result<T, AskError>,
    ) -> Answered<T> {
        let asked = self.0.get_or_init(|| async {
            let mut time = Timeline::of_question(transport, phase);
            let answer = ask(&mut time).await;
            Answered { answer, took: time.now() }
        });
        asked.await.clone()
    }
}

/// What an instance has waited for. Who reads ten entries of one answer waits for it once.
#[derive(Clone, Default)]
pub(super) struct Charged(Arc<Mutex<BTreeSet<String>>>);

impl Charged {
    /// Whether the instance has waited for this.
    pub(super) fn has(&self, question: &str) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).contains(question)
    }

    /// For how many questions of this beginning it has waited.
    pub(super) fn count(&self, beginning: &str) -> usize {
        let asked = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        asked.iter().filter(|question| question.starts_with(beginning)).count()
    }

    pub(super) fn charge<T>(&self, question: &str, answered: Answered<T>) -> Answered<T> {
        let first = self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(question.to_owned());
        Answered { took: if first { answered.took } else { Duration::ZERO }, ..answered }
    }
}

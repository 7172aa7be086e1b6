//! Responses from a cassette, in virtual time.

mod end;
mod submissions;

use super::cassette::{Cassette, Exchange};
use super::exchange::{
    Failure, HEALTH, JOBS_BASE, Method, Miss, Phase, Request, Response, Round, created_job, is_submission, status_job,
};
use super::key::Key;
use super::miss;
use comfycheck_core::workflow::NodeInput;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use submissions::Submissions;

/// A cassette that is being replayed, once.
#[derive(Debug)]
pub struct Replay {
    cassette: Cassette,
    /// By key: POSTs in the order of the cassette, GETs in the order of time.
    index: BTreeMap<Key, Vec<usize>>,
    submissions: Submissions,
    /// The last recorded instant, if the recording is incomplete. Nothing is known after it.
    end: Option<(Round, Duration)>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// The exchanges that answered a request.
    used: BTreeSet<usize>,
    /// When the submission of a job was answered.
    created: BTreeMap<String, Duration>,
}

/// The recorded answer to a request.
#[derive(Debug)]
pub(super) struct ReplayedAnswer {
    pub(super) outcome: Result<Response, Failure>,
    pub(super) took: Duration,
}

/// A request belongs to an exchange that was sent at most this much earlier or later, although it is not sent at the same
/// instant: the recorded run waited for its machine, which a replay does not.
const SKEW: Duration = Duration::from_millis(50);

/// The same for `/health`, which is read in turn, at most every two seconds. On a busy machine its reader wakes up late.
const SKEW_OF_HEALTH: Duration = Duration::from_millis(500);

fn skew(key: &Key) -> Duration {
    if key.path.strip_prefix(JOBS_BASE) == Some(HEALTH) { SKEW_OF_HEALTH } else { SKEW }
}

impl Replay {
    pub fn new(cassette: Cassette) -> Self {
        let mut index: BTreeMap<Key, Vec<usize>> = BTreeMap::new();
        for (position, exchange) in cassette.exchanges.iter().enumerate() {
            index.entry(exchange.key.clone()).or_default().push(position);
        }
        for (key, positions) in &mut index {
            if key.method != Method::Post {
                positions.sort_by_key(|&position| when(&cassette.exchanges[position]));
            }
        }
        let submissions = Submissions::of(&cassette);
        let end = if cassette.is_complete() { None } else { end::last_instant(&cassette.exchanges) };
        Self { cassette, index, submissions, end, state: Mutex::default() }
    }

    /// For a run that varies these inputs of its workflow. The recorded run may have given them other values.
    #[must_use]
    pub fn varying(mut self, inputs: Vec<NodeInput>) -> Self {
        self.submissions.vary(inputs);
        self
    }

    pub fn cassette(&self) -> &Cassette {
        &self.cassette
    }

    /// The recorded answer to a request at `now` of its round, or a message that names what the
    /// cassette has instead. A retry is only answered by a recorded retry.
    pub(super) fn answer(
        &self,
        round: impl Into<Round>,
        now: Duration,
        request: &Request,
    ) -> Result<ReplayedAnswer, Miss> {
        let round = round.into();
        let key = Key::of(request);
        if let Some((last, at)) = self.end
            && !round.is_of_watchers()
            && (round, now) > (last, at)
        {
            return Err(Miss { why: miss::after_the_end(&key, last.phase, at), after_the_end: true });
        }
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let start = status_job(&key.path).and_then(|job| state.created.get(job)).copied().unwrap_or_default();
        let sent = now.saturating_sub(start);
        let position = match key.method {
            Method::Get | Method::Head => self.read(&state, &key, round, sent),
            Method::Post => self.post(&state, &key, round),
        };
        let position = position.map_err(|why| Miss { why, after_the_end: false })?;
        let exchange = &self.cassette.exchanges[position];
        let is_first = state.used.insert(position);
        let duration = exchange.answered.saturating_sub(exchange.sent);
        // A late request keeps most of the time that it took.
        let late = sent.saturating_sub(exchange.sent);
        let is_near = exchange.sent <= sent + skew(&key) && late <= SKEW.min(duration / 4);
        // The first answer comes at its recorded instant, so small differences do not add up.
        let is_timed = is_ordered(round) && is_first && exchange.round == round && is_near;
        let took = if is_timed { exchange.answered.saturating_sub(sent) } else { duration };
        if let Some(job) = created_job(key.method, &key.path, exchange.outcome.as_ref().ok()) {
            state.created.insert(job, now + took);
        }
        Ok(ReplayedAnswer { outcome: exchange.outcome.clone(), took })
    }

    /// The newest exchange of a key that was sent before `sent`, or the next one if it is about to be.
    fn read(&self, state: &State, key: &Key, round: Round, sent: Duration) -> Result<usize, String> {
        let positions = self.index.get(key).ok_or_else(|| miss::not_recorded(key, self.index.keys()))?;
        let of = |index: usize| &self.cassette.exchanges[positions[index]];
        let later = positions.partition_point(|&position| when(&self.cassette.exchanges[position]) <= (round, sent));
        let newest = later.saturating_sub(1);
        let is_next =
            is_ordered(round) && positions.get(later).is_some_and(|position| !state.used.contains(position)) && {
                let ahead = of(later).sent.saturating_sub(sent);
                let behind =
                    if of(newest).round == round { sent.saturating_sub(of(newest).sent) } else { Duration::MAX };
                of(later).round == round && ahead <= skew(key) && ahead < behind
            };
        let index = if is_next { later } else { newest };
        if round.attempt > 1 && of(index).round != round {
            return Err(miss::not_attempted(key, round.attempt));
        }
        Ok(positions[index])
    }

    /// The first unused exchange of a key; of a submission, also one with the same workflow.
    fn post(&self, state: &State, key: &Key, round: Round) -> Result<usize, String> {
        let is_unused = |position: &usize| !state.used.contains(position);
        let equal = self.index.get(key);
        if let Some(unused) = equal.and_then(|positions| positions.iter().copied().find(is_unused)) {
            return Ok(unused);
        }
        let similar = is_submission(key.method, &key.path)
            .then(|| self.submissions.similar(key, round.phase, is_unused))
            .flatten();
        let jobs = || self.submissions.used_up(key, round.phase, is_unused);
        similar.ok_or_else(|| match equal {
            Some(positions) => miss::used_up(key, positions.len()),
            None => jobs().map_or_else(|| miss::not_recorded(key, self.index.keys()), miss::no_more_jobs),
        })
    }
}

/// Whether the requests of a round come in an order. Check instances run in parallel.
fn is_ordered(round: Round) -> bool {
    round == Phase::Sampling.into()
}

fn when(exchange: &Exchange) -> (Round, Duration) {
    (exchange.round, exchange.sent)
}

#[cfg(test)]
mod tests;

//! Responses from a cassette, in virtual time.

use super::cassette::{Cassette, Exchange};
use super::exchange::{Failure, Method, Request, Response, Round, created_job, status_job};
use super::key::Key;
use super::miss;
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// A cassette that is being replayed, once.
#[derive(Debug)]
pub struct Replay {
    cassette: Cassette,
    /// By key: POSTs in the order of the cassette, GETs in the order of time.
    index: BTreeMap<Key, Vec<usize>>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// How many of the equal POSTs were used.
    consumed: BTreeMap<Key, usize>,
    /// When the submission of a job was answered.
    created: BTreeMap<String, Duration>,
}

/// The recorded answer to a request.
#[derive(Debug)]
pub(super) struct ReplayedAnswer {
    pub(super) outcome: Result<Response, Failure>,
    pub(super) took: Duration,
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
        Self { cassette, index, state: Mutex::default() }
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
    ) -> Result<ReplayedAnswer, String> {
        let round = round.into();
        let key = Key::of(request);
        let Some(positions) = self.index.get(&key) else {
            return Err(miss::not_recorded(&key, self.index.keys()));
        };
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let exchange = match key.method {
            Method::Get | Method::Head => {
                let start = status_job(&key.path).and_then(|job| state.created.get(job)).copied().unwrap_or_default();
                let instant = (round, now.saturating_sub(start));
                let later = positions.partition_point(|&position| when(&self.cassette.exchanges[position]) <= instant);
                let newest = &self.cassette.exchanges[positions[later.saturating_sub(1)]];
                if round.attempt > 1 && newest.round != round {
                    return Err(miss::not_attempted(&key, round.attempt));
                }
                newest
            }
            Method::Post => {
                let consumed = state.consumed.entry(key.clone()).or_default();
                let Some(&position) = positions.get(*consumed) else {
                    return Err(miss::used_up(&key, positions.len()));
                };
                *consumed += 1;
                &self.cassette.exchanges[position]
            }
        };
        let took = exchange.answered.saturating_sub(exchange.sent);
        if let Some(job) = created_job(key.method, &key.path, exchange.outcome.as_ref().ok()) {
            state.created.insert(job, now + took);
        }
        Ok(ReplayedAnswer { outcome: exchange.outcome.clone(), took })
    }
}

fn when(exchange: &Exchange) -> (Round, Duration) {
    (exchange.round, exchange.sent)
}

#[cfg(test)]
mod tests {
    use super::super::exchange::{Phase, Target};
    use super::super::testing::replay;
    use super::*;
    use crate::testing::wording;
    use serde_json::{Value, json};

    fn health(phase: &str, sent: u64, answered: u64, text: &str) -> Value {
        json!({"api": "jobs", "phase": phase, "request": {"method": "GET", "path": "/v2/{endpoint}/health"},
               "sent-ms": sent, "answered-ms": answered, "response": {"status": 200, "body": {"text": text}}})
    }

    fn post(path: &str, body: &Value, answer: &Value) -> Value {
        json!({"api": "jobs", "phase": "sampling", "request": {"method": "POST", "path": path, "body": {"json": body}},
               "sent-ms": 0, "answered-ms": 100, "response": {"status": 200, "body": {"json": answer}}})
    }

    fn get(path: &str) -> Request {
        Request::get(Target::Jobs(path.to_owned()))
    }

    /// Checks the recorded answer to a request, or `miss`.
    #[track_caller]
    fn check(replay: &Replay, round: impl Into<Round>, now_ms: u64, request: &Request, expected: &str) {
        let text = match replay.answer(round, Duration::from_millis(now_ms), request) {
            Ok(ReplayedAnswer { outcome: Ok(response), took }) => {
                format!("{} after {} ms", String::from_utf8_lossy(&response.body), took.as_millis())
            }
            Ok(ReplayedAnswer { outcome: Err(failure), took }) => {
                format!("{} after {} ms", failure.word(), took.as_millis())
            }
            Err(_) => "miss".to_owned(),
        };
        assert_eq!(text, expected);
    }

    #[track_caller]
    fn miss(replay: &Replay, round: impl Into<Round>, request: &Request) -> String {
        replay.answer(round, Duration::ZERO, request).unwrap_err()
    }

    #[test]
    fn a_get_is_answered_by_the_newest_exchange_and_the_last_one_stays() {
        let replay = replay(&json!([
            health("sampling", 5_000, 5_200, "c"),
            health("deployment", 200, 300, "a"),
            health("sampling", 0, 50, "b"),
        ]));
        for (phase, now, expected) in [
            (Phase::Deployment, 0, "a after 100 ms"),
            (Phase::Deployment, 9_000, "a after 100 ms"),
            (Phase::Sampling, 0, "b after 50 ms"),
            (Phase::Sampling, 4_999, "b after 50 ms"),
            (Phase::Sampling, 5_000, "c after 200 ms"),
            (Phase::Run, 0, "c after 200 ms"),
        ] {
            check(&replay, phase, now, &get("/health"), expected);
        }
    }

    #[test]
    fn a_further_attempt_is_answered_by_what_was_recorded_of_it() {
        let mut second = health("deployment", 10, 20, "second");
        second["attempt"] = json!(2);
        let replay = replay(&json!([health("deployment", 0, 100, "first"), second]));
        let attempt = |attempt| Round { phase: Phase::Deployment, attempt };
        for (round, expected) in [
            (attempt(1), "first after 100 ms"),
            (attempt(2), "second after 10 ms"),
            (attempt(3), "miss"),
            (Phase::Sampling.into(), "second after 10 ms"),
        ] {
            check(&replay, round, 50, &get("/health"), expected);
        }
        insta::assert_snapshot!(miss(&replay, attempt(3), &get("/health")));
    }

    #[test]
    fn the_status_of_a_job_counts_from_the_answer_to_its_run() {
        let status = |sent: u64, text: &str| {
            json!({"api": "jobs", "phase": "sampling", "request": {"method": "GET", "path": "/v2/{endpoint}/status/j1"},
                   "sent-ms": sent, "answered-ms": sent + 10, "response": {"status": 200, "body": {"text": text}}})
        };
        let replay = replay(&json!([
            post("/v2/{endpoint}/run", &json!({"input": 1}), &json!({"id": "j1"})),
            status(0, "queued"),
            status(2_000, "running"),
        ]));
        let run = Request::post(Target::Jobs("/run".to_owned()), Some(json!({"input": 1})));
        check(&replay, Phase::Sampling, 7_000, &run, r#"{"id":"j1"} after 100 ms"#);
        check(&replay, Phase::Sampling, 9_099, &get("/status/j1"), "queued after 10 ms");
        check(&replay, Phase::Sampling, 9_100, &get("/status/j1"), "running after 10 ms");
    }

    #[test]
    fn the_management_api_is_known_by_path_and_query() {
        let gpus =
            json!({"method": "GET", "path": "/v2/catalog/gpus", "query": "product=SERVERLESS&include=AVAILABILITY"});
        let replay = replay(&json!([
            {"api": "management", "phase": "deployment", "request": gpus, "sent-ms": 0, "answered-ms": 10,
             "response": {"status": 200, "body": {"text": "gpus"}}},
        ]));
        let ask = |path: &str| Request::get(Target::Management(path.to_owned()));
        let same = ask("/catalog/gpus?include=AVAILABILITY&product=SERVERLESS");
        check(&replay, Phase::Deployment, 0, &same, "gpus after 10 ms");
        check(&replay, Phase::Deployment, 0, &ask("/catalog/gpus"), "miss");
    }

    #[test]
    fn equal_posts_are_consumed_in_order_and_one_too_many_is_a_miss() {
        let body = json!({"b": 1, "a": [2]});
        let replay = replay(&json!([
            post("/v2/{endpoint}/run", &body, &json!("first")),
            post("/v2/{endpoint}/run", &body, &json!("second")),
        ]));
        let run = Request::post(Target::Jobs("/run".to_owned()), Some(json!({"a": [2], "b": 1})));
        for expected in ["\"first\" after 100 ms", "\"second\" after 100 ms"] {
            check(&replay, Phase::Sampling, 0, &run, expected);
        }
        insta::assert_snapshot!(miss(&replay, Phase::Sampling, &run));
    }

    #[test]
    fn a_miss_names_the_closest_recorded_request_and_what_differs() {
        let replay = replay(&json!([
            post(
                "/v2/{endpoint}/run",
                &json!({"input": {"workflow": {"3": {"inputs": {"seed": 41, "cfg": 1}}}}}),
                &json!(0)
            ),
            post("/v2/{endpoint}/cancel/job-1", &json!(null), &json!(0)),
            health("deployment", 0, 1, ""),
            {"api": "management", "phase": "deployment", "sent-ms": 0, "answered-ms": 10,
             "request": {"method": "GET", "path": "/v2/catalog/gpus", "query": "product=SERVERLESS"},
             "response": {"status": 200, "body": {"text": "gpus"}}},
        ]));
        let run = |seed: u64| {
            let body = json!({"input": {"workflow": {"3": {"inputs": {"seed": seed, "cfg": 1}}}}});
            Request::post(Target::Jobs("/run".to_owned()), Some(body))
        };
        let requests = [
            ("another body", run(42)),
            ("another method", Request::post(Target::Jobs("/health".to_owned()), None)),
            ("another path", Request::post(Target::Jobs("/cancel/job-2".to_owned()), None)),
            ("another query", Request::get(Target::Management("/catalog/gpus?product=POD".to_owned()))),
            ("another API", Request::get(Target::ComfyUi("/object_info".to_owned()))),
        ];
        let misses = requests.map(|(case, request)| (case, miss(&replay, Phase::Deployment, &request)));
        insta::assert_snapshot!(wording(misses));
    }
}

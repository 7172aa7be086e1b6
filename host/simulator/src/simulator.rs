//! The simulator: requests at a time, and their outcomes.

use crate::chance::{digest, nth};
use crate::comfyui;
use crate::exchange::{Api, Exchange, HeldRequest, Outcome, Reply, Request, Response};
use crate::faults;
use crate::jobs_api::{self, Answer, Call};
use crate::limits::Limiter;
use crate::management::{self, Quota};
use crate::platform::Platform;
use crate::scenario::{Operation, Scenario};
use crate::volume;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// A RunPod endpoint with its surroundings, at one instant.
#[derive(Clone, Debug)]
pub struct Simulator {
    platform: Platform,
    limiter: Limiter,
    quota: Quota,
    /// The number of equal requests so far, by their digest.
    requests: BTreeMap<u64, u32>,
}

impl Simulator {
    /// The endpoint of a scenario, at its start.
    pub fn new(scenario: Scenario) -> Self {
        let limiter = Limiter::new(scenario.limits.factor);
        Self {
            platform: Platform::new(Arc::new(scenario)),
            limiter,
            quota: Quota::default(),
            requests: BTreeMap::new(),
        }
    }

    pub fn scenario(&self) -> &Scenario {
        &self.platform.scenario
    }

    /// Counted from the start.
    pub fn now(&self) -> Duration {
        self.platform.now()
    }

    /// The time of the next event, such as the end of a job; none if nothing happens before the next request. An event that
    /// was overtaken changes nothing.
    pub fn next_event(&self) -> Option<Duration> {
        self.platform.next_event()
    }

    /// Processes all events until `to`.
    pub fn advance(&mut self, to: Duration) {
        self.platform.advance(to);
    }

    /// Answers a request that is sent at `at`.
    pub fn answer(&mut self, at: Duration, request: &Request) -> Reply {
        self.advance(at);
        let now = self.now();
        let key = request_key(request);
        let equal = self.requests.entry(key).or_default();
        let earlier = *equal;
        *equal += 1;
        let draw = nth(key, earlier.into());
        let call = Call::of(request);
        let operation = operation(request, call);
        let scenario = Arc::clone(&self.platform.scenario);
        let fault = faults::choose(&scenario, self.platform.chance, operation, now, key, earlier);
        let latency = scenario.network.latency_s.at(self.platform.chance.unit("latency", draw));
        let reply = match fault {
            Some(fault) if faults::is_before(fault) => Reply::Now(self.exchange(latency, Response::json(200, ""))),
            _ if !self.limiter.admit(operation, now) => {
                let refusal = jobs_api::problem(429, "Too Many Requests", "rate limit exceeded");
                return Reply::Now(self.exchange(latency, refusal));
            }
            _ => self.handle(request, call, draw, latency),
        };
        let Reply::Now(mut exchange) = reply else { return reply };
        if let Some(fault) = fault {
            exchange = faults::apply(fault, exchange, self.platform.chance.unit("takes", draw));
        }
        self.limiter.open_until(operation, now + exchange.took);
        Reply::Now(exchange)
    }

    /// The response to a held request, if it is due at `at`.
    pub fn held(&mut self, at: Duration, held: &HeldRequest) -> Option<Exchange> {
        self.advance(at);
        let ended = self.platform.job(&held.job).is_none_or(|job| job.state.is_ended());
        let due = ended || self.now() >= held.until;
        due.then(|| self.exchange(held.latency, jobs_api::status(&self.platform, &held.job)))
    }

    /// When to poll a held request again: never later than its response.
    pub fn look_at(&self, held: &HeldRequest) -> Duration {
        let next = self.platform.done_at(&held.job).or_else(|| self.next_event());
        next.map_or(held.until, |next| next.min(held.until))
    }

    /// Processes all events until a held request is answered. Returns that time, counted from the start, and the exchange,
    /// whose own time comes on top.
    pub fn wait(&mut self, held: &HeldRequest) -> (Duration, Exchange) {
        // Ends, because every poll processes the events of its time, and `held.until` answers.
        loop {
            let at = self.look_at(held);
            if let Some(exchange) = self.held(at, held) {
                return (at, exchange);
            }
        }
    }

    fn handle(&mut self, request: &Request, call: Call<'_>, draw: u64, latency: Duration) -> Reply {
        let now = self.now();
        let response = match request.api {
            Api::Jobs => match jobs_api::refuse(&self.platform, call, request) {
                Some(refusal) => refusal,
                None => match jobs_api::handle(&mut self.platform, call, request, draw) {
                    Answer::Now(response) => response,
                    Answer::When(job, wait) => return Reply::Held(HeldRequest { job, until: now + wait, latency }),
                },
            },
            Api::ComfyUi => comfyui::answer(&self.platform.scenario, request),
            Api::Management => management::answer(&self.platform, &mut self.quota, request, draw),
            Api::Volume => match volume::answer(&self.platform.scenario, request) {
                volume::Answer::Whole(response) => response,
                // The whole of it does not fit into memory.
                volume::Answer::Part(response) => {
                    let sent = response.body.len();
                    let outcome = Outcome::Truncated(response, sent);
                    return Reply::Now(Exchange { took: latency, outcome });
                }
            },
        };
        Reply::Now(self.exchange(latency, response))
    }

    /// A response, with the time that it takes.
    fn exchange(&self, latency: Duration, response: Response) -> Exchange {
        let bytes_per_ms = u64::from(self.scenario().network.bytes_per_s.get()).div_ceil(1000);
        let sending = Duration::from_millis(response.body.len() as u64 / bytes_per_ms);
        Exchange { took: latency + sending, outcome: Outcome::Answered(response) }
    }
}

/// Equal requests have equal keys. Neither the API key nor the endpoint's id counts.
fn request_key(request: &Request) -> u64 {
    let kind = [request.api as u8, request.method as u8];
    digest(&[&kind, request.path.as_bytes(), request.query.as_bytes(), &request.body])
}

fn operation(request: &Request, call: Call<'_>) -> Operation {
    match request.api {
        Api::Jobs => call.operation(),
        Api::Management => Operation::Management,
        Api::ComfyUi => Operation::Comfyui,
        Api::Volume => Operation::Volume,
    }
}

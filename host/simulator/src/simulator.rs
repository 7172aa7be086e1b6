//! The simulator: from a request at a time to what comes of it.

use crate::chance::{digest, nth};
use crate::comfyui;
use crate::exchange::{Api, Exchange, Held, Outcome, Reply, Request, Response};
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

/// A RunPod endpoint and what belongs to it, at one instant.
#[derive(Clone, Debug)]
pub struct Simulator {
    platform: Platform,
    limiter: Limiter,
    quota: Quota,
    /// How often the same was asked, by the digest of the request.
    asked: BTreeMap<u64, u32>,
}

impl Simulator {
    /// The endpoint of a scenario, at its start.
    pub fn new(scenario: Scenario) -> Self {
        let limiter = Limiter::new(scenario.limits.factor);
        Self { platform: Platform::new(Arc::new(scenario)), limiter, quota: Quota::default(), asked: BTreeMap::new() }
    }

    /// What it is a simulation of.
    pub fn scenario(&self) -> &Scenario {
        &self.platform.scenario
    }

    /// The time, counted from the start.
    pub fn now(&self) -> Duration {
        self.platform.now()
    }

    /// When something happens next by itself, such as the end of a job; none if nothing does before the next request. At
    /// some of these times nothing changes, because what was planned for them was overtaken.
    pub fn next_event(&self) -> Option<Duration> {
        self.platform.next_event()
    }

    /// Lets everything happen that happens until `to`.
    pub fn advance(&mut self, to: Duration) {
        self.platform.advance(to);
    }

    /// Answers a request that is sent at `at`.
    pub fn answer(&mut self, at: Duration, request: &Request) -> Reply {
        self.advance(at);
        let now = self.now();
        let key = request_key(request);
        let asked = self.asked.entry(key).or_default();
        let before = *asked;
        *asked += 1;
        let draw = nth(key, before.into());
        let call = Call::of(request);
        let operation = operation(request, call);
        let scenario = Arc::clone(&self.platform.scenario);
        let fault = faults::choose(&scenario, self.platform.chance, operation, now, key, before);
        let latency = scenario.network.latency_s.at(self.platform.chance.unit("latency", draw));
        let carried_out = match fault {
            Some(fault) if faults::is_before(fault) => Reply::Now(self.exchange(latency, Response::json(200, ""))),
            _ if !self.limiter.admit(operation, now) => {
                let refusal = jobs_api::problem(429, "Too Many Requests", "rate limit exceeded");
                return Reply::Now(self.exchange(latency, refusal));
            }
            _ => self.carry_out(request, call, draw, latency),
        };
        let Reply::Now(mut exchange) = carried_out else { return carried_out };
        if let Some(fault) = fault {
            exchange = faults::apply(fault, exchange, self.platform.chance.unit("takes", draw));
        }
        self.limiter.open_until(operation, now + exchange.took);
        Reply::Now(exchange)
    }

    /// The answer to a request that was held, if it is due at `at`.
    pub fn held(&mut self, at: Duration, held: &Held) -> Option<Exchange> {
        self.advance(at);
        let ended = self.platform.job(&held.job).is_none_or(|job| job.state.is_ended());
        let due = ended || self.now() >= held.until;
        due.then(|| self.exchange(held.latency, jobs_api::status(&self.platform, &held.job)))
    }

    /// When it is worth looking at a held request again: never after it is due.
    pub fn look_at(&self, held: &Held) -> Duration {
        let next = self.platform.done_at(&held.job).or_else(|| self.next_event());
        next.map_or(held.until, |next| next.min(held.until))
    }

    /// Lets everything happen until a held request is answered. Returns when that is, counted from the start, and the
    /// answer, whose own time comes on top.
    pub fn wait(&mut self, held: &Held) -> (Duration, Exchange) {
        // Not endless: every look takes the events of its time off the agenda, and `held.until` answers.
        loop {
            let at = self.look_at(held);
            if let Some(exchange) = self.held(at, held) {
                return (at, exchange);
            }
        }
    }

    fn carry_out(&mut self, request: &Request, call: Call<'_>, draw: u64, latency: Duration) -> Reply {
        let now = self.now();
        let response = match request.api {
            Api::Jobs => match jobs_api::refuse(&self.platform, call, request) {
                Some(refusal) => refusal,
                None => match jobs_api::carry_out(&mut self.platform, call, request, draw) {
                    Answer::Now(response) => response,
                    Answer::When(job, wait) => return Reply::Held(Held { job, until: now + wait, latency }),
                },
            },
            Api::ComfyUi => comfyui::answer(&self.platform.scenario, request),
            Api::Management => management::answer(&self.platform, &mut self.quota, request, draw),
            Api::Volume => match volume::answer(&self.platform.scenario, request) {
                volume::Answer::Whole(response) => response,
                // Nobody has the memory for the whole of it.
                volume::Answer::Part(response) => {
                    let sent = response.body.len();
                    let outcome = Outcome::Truncated(response, sent);
                    return Reply::Now(Exchange { took: latency, outcome });
                }
            },
        };
        Reply::Now(self.exchange(latency, response))
    }

    /// An answer, with the time that it takes.
    fn exchange(&self, latency: Duration, response: Response) -> Exchange {
        let bytes_per_ms = u64::from(self.scenario().network.bytes_per_s.get()).div_ceil(1000);
        let sending = Duration::from_millis(response.body.len() as u64 / bytes_per_ms);
        Exchange { took: latency + sending, outcome: Outcome::Answered(response) }
    }
}

/// What makes two requests the same: not who asks, and not which endpoint id.
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

//! Responses from a simulated endpoint, in virtual time.
//!
//! Only the sampler advances the endpoint. Queries see a copy of its state at the start of their
//! round, so an answer does not depend on other queries.

use super::exchange::{
    Api, BETWEEN_ATTEMPTS, BodyLimit, ENDPOINT, Failure, Method, Phase, Request, Response, Round, Target, split_query,
};
use super::live::ExchangeLimits;
use comfycheck_simulator::{self as simulator, Reply, Simulator};
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// A simulated endpoint, in one run.
#[derive(Debug)]
pub struct Simulate {
    name: String,
    limits: ExchangeLimits,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    /// As the sampler left it.
    simulator: Simulator,
    /// The start and the state of each round with a request.
    rounds: BTreeMap<Round, RoundStart>,
    /// The latest end of an exchange, from the start of the scenario.
    latest: Duration,
}

#[derive(Clone, Debug)]
struct RoundStart {
    at: Duration,
    simulator: Simulator,
}

/// The clock of a scenario after a run or a shard.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ScenarioClock {
    /// When the samples started; none if they sent no request.
    pub sampling: Option<Duration>,
    /// The latest end of an exchange.
    pub end: Duration,
}

/// A copy of the endpoint for a query and its retries.
#[derive(Debug)]
pub(super) struct EndpointCopy(RoundStart);

/// The response to a request, and how long it takes.
pub(super) struct SimulatedAnswer {
    pub(super) outcome: Result<Response, Failure>,
    pub(super) took: Duration,
}

impl Simulate {
    /// `name` is for reports.
    pub fn new(name: impl Into<String>, scenario: simulator::scenario::Scenario) -> Self {
        let state = State { simulator: Simulator::new(scenario), rounds: BTreeMap::new(), latest: Duration::ZERO };
        Self { name: name.into(), limits: ExchangeLimits::default(), state: Mutex::new(state) }
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether there is a ComfyUI server.
    pub fn serves_comfyui(&self) -> bool {
        self.locked(|state| state.simulator.scenario().comfyui.served)
    }

    /// The id and the data center of each network volume of the scenario.
    pub fn volumes(&self) -> Vec<(String, String)> {
        self.locked(|state| {
            let volumes = &state.simulator.scenario().volumes;
            volumes.iter().map(|volume| (volume.id.clone(), volume.data_center.clone())).collect()
        })
    }

    pub fn clock(&self) -> ScenarioClock {
        self.locked(|state| ScenarioClock {
            sampling: state.rounds.get(&Phase::Sampling.into()).map(|start| start.at),
            end: state.latest,
        })
    }

    /// Moves the endpoint to `now` of the samples, for watchers.
    pub(crate) fn sampling_is_at(&self, now: Duration) {
        if let Some(start) = self.clock().sampling {
            self.wait_until(start + now);
        }
    }

    /// Phases without a request so far start at `at` or later.
    pub(crate) fn wait_until(&self, at: Duration) {
        self.locked(|state| state.latest = state.latest.max(at));
    }

    /// A copy for the queries of a round.
    pub(super) fn copy(&self, round: impl Into<Round>) -> EndpointCopy {
        self.locked(|state| EndpointCopy(state.start(round.into()).clone()))
    }

    /// The response to a query at `now` of its round.
    pub(super) fn ask(&self, copy: &mut EndpointCopy, now: Duration, request: &Request) -> SimulatedAnswer {
        let EndpointCopy(RoundStart { at, simulator }) = copy;
        let simulated = exchange(simulator, *at + now, request, self.limits);
        let end = *at + now + simulated.took;
        self.locked(|state| state.latest = state.latest.max(end));
        simulated
    }

    /// The response to a request of the sampler.
    pub(super) fn send(&self, round: impl Into<Round>, now: Duration, request: &Request) -> SimulatedAnswer {
        self.locked(|state| {
            let at = state.start(round.into()).at + now;
            let simulated = exchange(&mut state.simulator, at, request, self.limits);
            state.latest = state.latest.max(at + simulated.took);
            simulated
        })
    }

    fn locked<T>(&self, act: impl FnOnce(&mut State) -> T) -> T {
        act(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl State {
    /// The start of a round: the latest end so far, plus a pause before a retry.
    fn start(&mut self, round: Round) -> &mut RoundStart {
        let Self { simulator, rounds, latest } = self;
        rounds.entry(round).or_insert_with(|| {
            let is_retry = round.attempt > 1 && !round.is_of_watchers();
            let at = if is_retry { *latest + BETWEEN_ATTEMPTS } else { *latest };
            let mut simulator = simulator.clone();
            simulator.advance(at);
            RoundStart { at, simulator }
        })
    }
}

fn exchange(simulator: &mut Simulator, at: Duration, original: &Request, limits: ExchangeLimits) -> SimulatedAnswer {
    let Some(request) = translate(original, simulator.scenario().endpoint_id()) else {
        // No simulated job stores its images elsewhere.
        return SimulatedAnswer { outcome: Err(Failure::Unresolved), took: Duration::ZERO };
    };
    let (exchange, waited) = match simulator.answer(at, &request) {
        Reply::Now(exchange) => (exchange, Duration::ZERO),
        Reply::Held(held) => {
            let (answered, exchange) = simulator.wait(&held);
            (exchange, answered.saturating_sub(at))
        }
    };
    let took = waited + exchange.took;
    let longest = limits.total_of(&original.target);
    if took > longest {
        return SimulatedAnswer { outcome: Err(Failure::Timeout), took: longest };
    }
    let limit = |status| original.body_limit(status, limits.size);
    let outcome = match exchange.outcome {
        simulator::Outcome::Answered(response) | simulator::Outcome::Dribbled(response, _) => {
            match (limit(response.status), response.body.len()) {
                (BodyLimit::Kept(most), _) => Ok(answer(original.api(), &response, most)),
                (BodyLimit::Allowed(most), length) if length <= most => Ok(answer(original.api(), &response, most)),
                (BodyLimit::Allowed(_), _) => Err(Failure::TooLarge),
            }
        }
        // A client that has the wanted range reads no further.
        simulator::Outcome::Truncated(response, bytes) => match limit(response.status) {
            BodyLimit::Kept(most) if most <= bytes => Ok(answer(original.api(), &response, most)),
            BodyLimit::Kept(_) | BodyLimit::Allowed(_) => Err(Failure::Reset),
        },
        simulator::Outcome::Reset => Err(Failure::Reset),
        simulator::Outcome::Silence => Err(Failure::Timeout),
    };
    SimulatedAnswer { outcome, took }
}

/// `endpoint` is the id of the simulated endpoint.
fn translate(request: &Request, endpoint: &str) -> Option<simulator::Request> {
    let (api, path) = match &request.target {
        Target::Jobs(path) => (simulator::Api::Jobs, path.clone()),
        Target::Management(path) => (simulator::Api::Management, path.replace(ENDPOINT, endpoint)),
        Target::ComfyUi(path) => (simulator::Api::ComfyUi, path.clone()),
        Target::Volume(path) => (simulator::Api::Volume, path.clone()),
        Target::Result(_) => return None,
    };
    let method = match request.method {
        Method::Get => simulator::Method::Get,
        Method::Head => simulator::Method::Head,
        Method::Post => simulator::Method::Post,
    };
    let (path, query) = split_query(&path);
    let mut simulated = simulator::Request::new(api, method, path);
    query.clone_into(&mut simulated.query);
    simulated.range = Some(request.range_header()).filter(|range| !range.is_empty());
    if let Some(body) = &request.body {
        simulated.body = body.to_string().into();
    }
    Some(simulated)
}

/// Keeps at most `most` bytes of the body.
fn answer(api: Api, response: &simulator::Response, most: usize) -> Response {
    let body = response.body.slice(..response.body.len().min(most));
    Response::new(api, response.status, |name| response.header(name), body)
}

#[cfg(test)]
mod tests {
    use super::super::exchange::RUNSYNC;
    use super::*;
    use comfycheck_core::text::TextFile;

    fn get(path: &str) -> Request {
        Request::get(Target::Jobs(path.to_owned()))
    }

    fn simulate(scenario: &str) -> Simulate {
        Simulate::new(scenario, simulator::scenario::bundled(scenario).unwrap())
    }

    fn in_queue(simulated: &SimulatedAnswer) -> u64 {
        let body = &simulated.outcome.as_ref().unwrap().body;
        serde_json::from_slice::<serde_json::Value>(body).unwrap()["jobs"]["inQueue"].as_u64().unwrap()
    }

    #[test]
    fn a_submission_that_waits_for_its_job_has_the_time_that_a_live_one_has() {
        let start = "[endpoint]\nworkers-min = 0\n[workers]\nstart-s = { low = 70, usual = 70, high = 70 }\n";
        let text = format!("about = \"slow\"\n{start}");
        let scenario = simulator::scenario::Scenario::parse(&TextFile { path: "slow.toml".to_owned(), text }).unwrap();
        let simulate = Simulate::new("slow", scenario);
        let request = |path: &str| Request::post(Target::Jobs(path.to_owned()), Some(workflow()));
        let waited = simulate.send(Phase::Sampling, Duration::ZERO, &request(RUNSYNC));
        assert!(waited.took > Duration::from_mins(1), "{:?}", waited.took);
        assert!(waited.outcome.unwrap().is_success());
    }

    fn workflow() -> serde_json::Value {
        let nodes = serde_json::json!({"1": {"class_type": "EmptyImage", "inputs": {}}, "2": {"class_type": "SaveImage", "inputs": {"images": ["1", 0]}}});
        serde_json::json!({"input": {"workflow": nodes}})
    }

    #[test]
    fn a_phase_begins_where_the_last_one_ended_and_its_questions_change_nothing() {
        let simulate = simulate("no-workers");
        let mut before = simulate.copy(Phase::Deployment);
        let original = simulate.ask(&mut before, Duration::from_secs(5), &get("/health"));
        assert_eq!(in_queue(&original), 0);
        let body = serde_json::json!({"input": {"workflow": {}}});
        let run = Request::post(Target::Jobs("/run".to_owned()), Some(body));
        let submitted = simulate.send(Phase::Sampling, Duration::ZERO, &run);
        assert!(submitted.outcome.unwrap().is_success());
        let mut after = simulate.copy(Phase::Run);
        assert_eq!(in_queue(&simulate.ask(&mut after, Duration::ZERO, &get("/health"))), 1);
        let mut same = simulate.copy(Phase::Deployment);
        assert_eq!(in_queue(&simulate.ask(&mut same, Duration::ZERO, &get("/health"))), 0, "as of the phase's start");
        simulate.locked(|state| assert!(state.rounds[&Phase::Sampling.into()].at >= Duration::from_secs(5)));
    }
}

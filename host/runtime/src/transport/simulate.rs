//! Answers from a simulated endpoint, in virtual time.
//!
//! Only the sampler advances the endpoint. Questions are asked of a copy of its state at the start of their round, so that an
//! answer does not depend on what else is asked at the same time.

use super::exchange::{
    Api, BETWEEN_ATTEMPTS, ENDPOINT, Failure, Method, Most, Phase, Request, Response, Round, Target, split_query,
};
use super::live::Limits;
use comfycheck_simulator::{self as simulator, Reply, Simulator};
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// A simulated endpoint, in one run.
#[derive(Debug)]
pub struct Simulate {
    /// The scenario's name.
    name: String,
    limits: Limits,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    /// As the sampler left it.
    simulator: Simulator,
    /// When each round began that anything was asked in, and the state of then.
    rounds: BTreeMap<Round, Start>,
    /// The latest end of any exchange, from the start of the scenario.
    latest: Duration,
}

#[derive(Clone, Debug)]
struct Start {
    at: Duration,
    simulator: Simulator,
}

/// Where the clock of a scenario stands after a run, or after a share of one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ScenarioClock {
    /// When the sampling began; none if nothing was asked in it.
    pub sampling: Option<Duration>,
    /// The latest end of any exchange.
    pub end: Duration,
}

/// A copy of the endpoint that a question is asked of, with its retries.
#[derive(Debug)]
pub(super) struct Copy(Start);

/// What comes of a request, and how long it takes.
pub(super) struct Simulated {
    pub(super) outcome: Result<Response, Failure>,
    pub(super) took: Duration,
}

impl Simulate {
    /// A scenario from its start, under the name by which reports call it.
    pub fn new(name: impl Into<String>, scenario: simulator::scenario::Scenario) -> Self {
        let state = State { simulator: Simulator::new(scenario), rounds: BTreeMap::new(), latest: Duration::ZERO };
        Self { name: name.into(), limits: Limits::default(), state: Mutex::new(state) }
    }

    /// The scenario's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether there is a ComfyUI server to ask.
    pub fn serves_comfyui(&self) -> bool {
        self.locked(|state| state.simulator.scenario().comfyui.served)
    }

    /// The scenario's network volumes: id and data center of each.
    pub fn volumes(&self) -> Vec<(String, String)> {
        self.locked(|state| {
            let volumes = &state.simulator.scenario().volumes;
            volumes.iter().map(|volume| (volume.id.clone(), volume.data_center.clone())).collect()
        })
    }

    /// Where its clock stands.
    pub fn clock(&self) -> ScenarioClock {
        self.locked(|state| ScenarioClock {
            sampling: state.rounds.get(&Phase::Sampling.into()).map(|start| start.at),
            end: state.latest,
        })
    }

    /// Lets the phases that nobody has asked anything in begin at `at` at the earliest.
    pub(crate) fn wait_until(&self, at: Duration) {
        self.locked(|state| state.latest = state.latest.max(at));
    }

    /// A copy for the questions of a round.
    pub(super) fn copy(&self, round: impl Into<Round>) -> Copy {
        self.locked(|state| Copy(state.start(round.into()).clone()))
    }

    /// What comes of a question that is asked at `now` of its round.
    pub(super) fn ask(&self, copy: &mut Copy, now: Duration, request: &Request) -> Simulated {
        let Copy(Start { at, simulator }) = copy;
        let simulated = exchange(simulator, *at + now, request, self.limits);
        let end = *at + now + simulated.took;
        self.locked(|state| state.latest = state.latest.max(end));
        simulated
    }

    /// What comes of a request of the sampler's.
    pub(super) fn carry_out(&self, round: impl Into<Round>, now: Duration, request: &Request) -> Simulated {
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
    /// The start of a round: the latest end of what came before it, and a pause before a further attempt.
    fn start(&mut self, round: Round) -> &mut Start {
        let Self { simulator, rounds, latest } = self;
        rounds.entry(round).or_insert_with(|| {
            let at = if round.attempt > 1 { *latest + BETWEEN_ATTEMPTS } else { *latest };
            let mut simulator = simulator.clone();
            simulator.advance(at);
            Start { at, simulator }
        })
    }
}

fn exchange(simulator: &mut Simulator, at: Duration, asked: &Request, limits: Limits) -> Simulated {
    let Some(request) = translated(asked, simulator.scenario().endpoint_id()) else {
        // No simulated job stores its images anywhere else.
        return Simulated { outcome: Err(Failure::Unresolved), took: Duration::ZERO };
    };
    let (exchange, waited) = match simulator.answer(at, &request) {
        Reply::Now(exchange) => (exchange, Duration::ZERO),
        Reply::Held(held) => {
            let (answered, exchange) = simulator.wait(&held);
            (exchange, answered.saturating_sub(at))
        }
    };
    let took = waited + exchange.took;
    if took > limits.total {
        return Simulated { outcome: Err(Failure::Timeout), took: limits.total };
    }
    let most = |status| asked.most_bytes(status, limits.size);
    let outcome = match exchange.outcome {
        simulator::Outcome::Answered(response) | simulator::Outcome::Dribbled(response, _) => {
            match (most(response.status), response.body.len()) {
                (Most::Kept(most), _) => Ok(answer(asked.api(), &response, most)),
                (Most::Allowed(most), length) if length <= most => Ok(answer(asked.api(), &response, most)),
                (Most::Allowed(_), _) => Err(Failure::TooLarge),
            }
        }
        // Whoever has all that it wants reads no further.
        simulator::Outcome::Truncated(response, bytes) => match most(response.status) {
            Most::Kept(most) if most <= bytes => Ok(answer(asked.api(), &response, most)),
            Most::Kept(_) | Most::Allowed(_) => Err(Failure::Reset),
        },
        simulator::Outcome::Reset => Err(Failure::Reset),
        simulator::Outcome::Silence => Err(Failure::Timeout),
    };
    Simulated { outcome, took }
}

/// `endpoint` is the id of the simulated endpoint.
fn translated(request: &Request, endpoint: &str) -> Option<simulator::Request> {
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
    let mut translated = simulator::Request::new(api, method, path);
    query.clone_into(&mut translated.query);
    translated.range = Some(request.range_header()).filter(|range| !range.is_empty());
    if let Some(body) = &request.body {
        translated.body = body.to_string().into();
    }
    Some(translated)
}

/// With so many bytes of its body at the most.
fn answer(api: Api, response: &simulator::Response, most: usize) -> Response {
    let body = response.body.slice(..response.body.len().min(most));
    Response::new(api, response.status, |name| response.header(name), body)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn get(path: &str) -> Request {
        Request::get(Target::Jobs(path.to_owned()))
    }

    fn simulate(scenario: &str) -> Simulate {
        Simulate::new(scenario, simulator::scenario::bundled(scenario).unwrap())
    }

    fn in_queue(simulated: &Simulated) -> u64 {
        let body = &simulated.outcome.as_ref().unwrap().body;
        serde_json::from_slice::<serde_json::Value>(body).unwrap()["jobs"]["inQueue"].as_u64().unwrap()
    }

    #[test]
    fn a_phase_begins_where_the_last_one_ended_and_its_questions_change_nothing() {
        let simulate = simulate("no-workers");
        let mut before = simulate.copy(Phase::Deployment);
        let asked = simulate.ask(&mut before, Duration::from_secs(5), &get("/health"));
        assert_eq!(in_queue(&asked), 0);
        let body = serde_json::json!({"input": {"workflow": {}}});
        let run = Request::post(Target::Jobs("/run".to_owned()), Some(body));
        let submitted = simulate.carry_out(Phase::Sampling, Duration::ZERO, &run);
        assert!(submitted.outcome.unwrap().is_success());
        let mut after = simulate.copy(Phase::Run);
        assert_eq!(in_queue(&simulate.ask(&mut after, Duration::ZERO, &get("/health"))), 1);
        let mut same = simulate.copy(Phase::Deployment);
        assert_eq!(in_queue(&simulate.ask(&mut same, Duration::ZERO, &get("/health"))), 0, "as of the phase's start");
        simulate.locked(|state| assert!(state.rounds[&Phase::Sampling.into()].at >= Duration::from_secs(5)));
    }
}

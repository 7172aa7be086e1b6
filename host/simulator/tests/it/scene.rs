//! A scenario, and requests to it as a table: when, what, and what the answer says.

use comfycheck_core::text::TextFile;
use comfycheck_simulator::scenario::Scenario;
use comfycheck_simulator::{Api, Exchange, Key, Method, Outcome, Reply, Request, Response, Simulator};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::Duration;

/// Times without chance: a worker starts in 20 s, a workflow takes 6 s, the first one of a worker 9 s more.
pub(crate) const PLAIN: &str = "
    network = { latency-s = 0.1 }
    handler = { execution-s = 6, cold-execution-s = 9 }
    workers = { start-s = 20 }
";

pub(crate) fn scenario(text: &str) -> Scenario {
    let file = TextFile { path: "scenario.toml".to_owned(), text: text.to_owned() };
    Scenario::parse(&file).unwrap_or_else(|refused| panic!("{refused}"))
}

/// [`PLAIN`], with keys of some sections given another value.
pub(crate) fn plain(changes: &str) -> Scenario {
    let mut table: toml::Table = PLAIN.parse().unwrap();
    let changes: toml::Table = changes.parse().unwrap_or_else(|err| panic!("{err}"));
    for (key, change) in changes {
        match (table.get_mut(&key), change) {
            (Some(toml::Value::Table(old)), toml::Value::Table(new)) => old.extend(new),
            (_, new) => drop(table.insert(key, new)),
        }
    }
    scenario(&table.to_string())
}

/// A workflow that saves one image, with its seed.
pub(crate) fn workflow(seed: u64) -> Value {
    json!({
        "1": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "a.safetensors"}},
        "2": {"class_type": "EmptyLatentImage", "inputs": {"width": 64, "height": 32, "batch_size": 1}},
        "3": {"class_type": "CLIPTextEncode", "inputs": {"text": "a lamp", "clip": ["1", 1]}},
        "4": {"class_type": "KSampler", "inputs": {
            "model": ["1", 0], "positive": ["3", 0], "negative": ["3", 0], "latent_image": ["2", 0],
            "seed": seed, "steps": 8, "cfg": 1.0, "sampler_name": "euler", "scheduler": "simple", "denoise": 1.0,
        }},
        "5": {"class_type": "VAEDecode", "inputs": {"samples": ["4", 0], "vae": ["1", 2]}},
        "6": {"class_type": "SaveImage", "inputs": {"images": ["5", 0], "filename_prefix": "lamp"}},
    })
}

/// A simulator, with names for the jobs that were submitted.
pub(crate) struct Scene {
    pub(crate) simulator: Simulator,
    jobs: BTreeMap<String, String>,
}

impl Scene {
    pub(crate) fn new(scenario: Scenario) -> Self {
        Self { simulator: Simulator::new(scenario), jobs: BTreeMap::new() }
    }

    /// Sends, and waits for the answer where it is held.
    pub(crate) fn send(&mut self, at: Duration, request: &Request) -> Exchange {
        match self.simulator.answer(at, request) {
            Reply::Now(exchange) => exchange,
            Reply::Held(held) => self.simulator.wait(&held).1,
        }
    }

    /// Sends a request like `POST /run A`, whose last word names the job, or like `GET /status/A`.
    pub(crate) fn ask(&mut self, at_s: f64, request: &str) -> Exchange {
        let mut words = request.split(' ');
        let method = match words.next().unwrap() {
            "GET" => Method::Get,
            "POST" => Method::Post,
            "HEAD" => Method::Head,
            _ => Method::Other,
        };
        let target = words.next().unwrap();
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let (start, job) = path.rsplit_once('/').unwrap();
        let path = match self.jobs.get(job) {
            Some(id) => format!("{start}/{id}"),
            None => path.to_owned(),
        };
        let mut sent = Request { query: query.to_owned(), ..Request::new(Api::Jobs, method, path) };
        let name = words.next();
        if let Some(name) = name {
            let seed = name.bytes().fold(0, |seed, byte| seed * 256 + u64::from(byte));
            sent.body = json!({"input": {"workflow": workflow(seed)}}).to_string().into();
        }
        let answer = self.send(Duration::from_secs_f64(at_s), &sent);
        if let (Some(name), Some(response)) = (name, answer.outcome.response())
            && let Some(id) = body(response)["id"].as_str()
        {
            self.jobs.insert(name.to_owned(), id.to_owned());
        }
        answer
    }
}

pub(crate) fn body(response: &Response) -> Value {
    serde_json::from_slice(&response.body).unwrap_or(Value::Null)
}

/// Sends each request at its second, and compares what its answer says: the status, then words like `error=x`,
/// `workers.idle=1` and, of what must not be there, `-output`.
#[track_caller]
pub(crate) fn check(scenario: Scenario, steps: &[(f64, &str, &str)]) {
    let mut scene = Scene::new(scenario);
    for (at, request, expected) in steps {
        let exchange = scene.ask(*at, request);
        says(&exchange, expected, &format!("{at} s: {request}"));
    }
}

/// Compares what an answer says.
#[track_caller]
pub(crate) fn says(exchange: &Exchange, expected: &str, what: &str) {
    let (response, failure) = match &exchange.outcome {
        Outcome::Answered(response) => (Some(response), String::new()),
        Outcome::Dribbled(response, _) => (Some(response), "dribbled".to_owned()),
        Outcome::Truncated(_, bytes) => (None, format!("truncated after {bytes}")),
        Outcome::Reset => (None, "reset".to_owned()),
        Outcome::Silence => (None, "silence".to_owned()),
    };
    let Some(response) = response else {
        assert_eq!(failure, *expected, "{what}");
        return;
    };
    let body = body(response);
    for word in expected.split(' ') {
        if let Some((path, value)) = word.split_once('=') {
            let found = path.split('.').fold(&body, |value, key| match (value, key.parse::<usize>()) {
                (Value::Array(_), Ok(index)) => &value[index],
                _ => &value[key],
            });
            let found = found.as_str().map_or_else(|| found.to_string(), str::to_owned);
            assert_eq!(found.replace(' ', "_"), value, "{what}: `{path}` in {body}");
        } else if let Some(absent) = word.strip_prefix('-') {
            assert!(body.get(absent).is_none(), "{what}: `{absent}` in {body}");
        } else if word == "dribbled" {
            assert_eq!(failure, word, "{what}");
        } else {
            assert_eq!(response.status.to_string(), word, "{what}: {body}");
        }
    }
}

/// A request with another key than the right one.
pub(crate) fn with_key(request: Request, key: Option<&str>) -> Request {
    Request { key: key.map_or(Key::Absent, |key| Key::Given(key.to_owned())), ..request }
}

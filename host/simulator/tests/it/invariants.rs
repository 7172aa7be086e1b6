//! Invariants, tested with many small endpoints and many random requests.

use crate::scene::{Scene, body, plain};
use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

/// A small seeded source of numbers (xorshift), so that each case is reproducible.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, most: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % most
    }

    fn one_of<'a>(&mut self, choices: &[&'a str]) -> &'a str {
        choices[usize::try_from(self.below(choices.len() as u64)).unwrap()]
    }
}

/// A random scenario.
fn drawn_scenario(numbers: &mut Numbers) -> String {
    let fate = numbers.one_of(&["starts", "starts", "starts", "throttled", "crashes", "never-ready", "no-machine"]);
    let deed =
        numbers.one_of(&["raises", "hangs", "kills-worker", "stays-in-progress", "returns-nothing", "is-cached"]);
    let max = 1 + numbers.below(4);
    format!(
        "seed = {}\n\
         workers = {{ start-s = {{ low = 1, high = 30 }}, fate = \"{fate}\", fate-until-s = {}, ready = {}, dispatch = \"{}\" }}\n\
         endpoint = {{ workers-max = {max}, workers-min = {}, scaling = \"{}\", scaling-value = {}, idle-timeout-s = {}, execution-timeout-s = 40, flashboot = {} }}\n\
         queue = {{ ttl-s = {}, ttl-end = \"{}\", result-s = {} }}\n\
         handler = {{ execution-s = {{ low = 1, high = 20 }} }}\n\
         jobs = [{{ does = \"{deed}\", share = 0.{} }}]\n",
        numbers.below(1000),
        numbers.below(200),
        numbers.below(max + 1),
        numbers.one_of(&["spread", "funnel"]),
        numbers.below(max),
        numbers.one_of(&["QUEUE_DELAY", "REQUEST_COUNT"]),
        1 + numbers.below(8),
        numbers.below(30),
        numbers.one_of(&["true", "false"]),
        20 + numbers.below(400),
        numbers.one_of(&["gone", "timed-out"]),
        10 + numbers.below(2000),
        numbers.below(10),
    )
}

/// The last known state of a job.
#[derive(Default)]
struct LastStatus {
    status: String,
    ended: bool,
}

/// Sends random requests, and checks all invariants after each. Returns all responses, to compare runs.
fn play(seed: u64) -> Vec<u8> {
    let mut numbers = Numbers(seed * 2 + 1);
    let scenario = plain(&drawn_scenario(&mut numbers));
    let most_workers = u64::from(scenario.endpoint.workers_max);
    let ttl_gone = format!("{:?}", scenario.queue.ttl_end) == "Gone";
    let mut scene = Scene::new(scenario);
    let (mut jobs, mut log) = (BTreeMap::<String, LastStatus>::new(), Vec::new());
    let (mut at, mut submitted) = (0.0, 0_u64);
    for step in 0..120 {
        at += f64::from(u32::try_from(numbers.below(12_000)).unwrap()) / 1000.0;
        match numbers.below(8) {
            0..=2 => {
                let name = format!("J{step}");
                scene.ask(at, &format!("POST /run {name}"));
                jobs.insert(name, LastStatus::default());
                submitted += 1;
            }
            3 if !jobs.is_empty() => {
                let name = jobs.keys().nth(usize::try_from(numbers.below(jobs.len() as u64)).unwrap()).unwrap().clone();
                let action = numbers.one_of(&["cancel", "cancel", "retry"]);
                scene.ask(at, &format!("POST /{action}/{name}"));
                if action == "retry" {
                    jobs.insert(name, LastStatus::default());
                }
            }
            4 => drop(scene.ask(at, "POST /purge-queue")),
            _ => {}
        }
        let health = scene.ask(at, "GET /health");
        let health = body(health.outcome.response().unwrap());
        log.extend_from_slice(health.to_string().as_bytes());
        let count = |group: &str, name: &str| health[group][name].as_u64().unwrap();
        let workers: u64 = ["idle", "initializing", "running", "throttled", "unhealthy"]
            .map(|name| count("workers", name))
            .iter()
            .sum();
        assert!(workers <= most_workers, "seed {seed}: {health}");
        let (mut counted, mut busy) = (BTreeMap::<String, u64>::new(), BTreeSet::new());
        for (name, before) in &mut jobs {
            let exchange = scene.ask(at, &format!("GET /status/{name}"));
            let response = exchange.outcome.response().unwrap();
            log.extend_from_slice(&response.body);
            let job = body(response);
            let status = job["status"].as_str().unwrap_or("gone").to_owned();
            let of_job = format!("seed {seed}, {at} s, {name}: {job}");
            assert!(!before.ended || status == before.status || status == "gone", "an ended job goes on: {of_job}");
            let ended = matches!(status.as_str(), "COMPLETED" | "FAILED" | "CANCELLED" | "TIMED_OUT" | "gone");
            assert!(ended || before.status != "gone", "a job comes back: {of_job}");
            if status == "IN_PROGRESS" && job.get("executionTime").is_none() {
                let worker = job["workerId"].as_str().unwrap().to_owned();
                assert!(busy.insert(worker), "a worker runs two jobs: {of_job}");
            }
            if status == "COMPLETED" {
                assert!(
                    job["delayTime"].is_u64() && job["workerId"].is_string(),
                    "completed and never started: {of_job}"
                );
            }
            *counted.entry(status.clone()).or_default() += 1;
            *before = LastStatus { status, ended };
        }
        let state = |name: &str| counted.get(name).copied().unwrap_or_default();
        assert_eq!(count("jobs", "inQueue"), state("IN_QUEUE"), "seed {seed}");
        assert_eq!(count("jobs", "inProgress"), state("IN_PROGRESS"), "seed {seed}");
        assert_eq!(count("workers", "running"), busy.len() as u64, "seed {seed}");
        assert_eq!(counted.values().sum::<u64>(), submitted, "seed {seed}");
        assert!(ttl_gone || state("gone") == 0 || at > 10.0, "seed {seed}");
        let next = scene.simulator.next_event();
        assert!(next.is_none_or(|next| next > scene.simulator.now()), "seed {seed}: an event is late");
    }
    log
}

#[test]
fn jobs_are_conserved_and_a_worker_runs_one_at_a_time() {
    for seed in 1..=150 {
        play(seed);
    }
}

#[test]
fn the_same_seed_gives_the_same_bytes() {
    for seed in [3, 17, 40] {
        assert_eq!(play(seed), play(seed));
    }
}

#[test]
fn a_copy_goes_on_by_itself() {
    let mut scene = Scene::new(plain("workers = { ready = 1 }"));
    scene.ask(0.0, "POST /run A");
    let mut copy = scene.simulator.clone();
    copy.advance(Duration::from_secs(1000));
    assert_eq!(scene.simulator.now(), Duration::ZERO);
    assert!(scene.simulator.next_event() <= Some(Duration::from_secs(6)), "its job runs");
}

#[test]
fn ten_thousand_jobs_on_a_hundred_workers_are_simulated_in_seconds() {
    let started = Instant::now();
    let changes = "limits = { factor = 0 }\nendpoint = { workers-max = 100 }\nnetwork = { latency-s = 0.1 }";
    let mut scene = Scene::new(plain(changes));
    for number in 0..10_000 {
        scene.ask(0.0, &format!("POST /run J{number}"));
    }
    let mut open: BTreeSet<u32> = (0..10_000).collect();
    let mut at = 0.0;
    while !open.is_empty() {
        at += 10.0;
        open.retain(|number| {
            let exchange = scene.ask(at, &format!("GET /status/J{number}"));
            let response = exchange.outcome.response().unwrap();
            let running = response.body.len() < 300;
            assert_eq!(response.status, 200);
            running
        });
    }
    // A hundred at a time, six seconds each; generous for a machine that is busy.
    assert!((600.0..700.0).contains(&at), "{at}");
    assert!(started.elapsed() < Duration::from_mins(1), "{:?}", started.elapsed());
}

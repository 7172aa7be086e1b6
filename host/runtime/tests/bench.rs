//! Benchmarks of simulated endpoints whose times are known: what is measured agrees with what was set.
#![expect(clippy::unwrap_used, reason = "what is missing fails the test that looks for it")]

use comfycheck_core::bench::{LevelInput, LoadKind, Schedule, Search, Stage};
use comfycheck_core::plan::{Plan, PlannedSample};
use comfycheck_core::request::JobRequest;
use comfycheck_core::secret::Secrets;
use comfycheck_core::statistics::limit::Metric;
use comfycheck_core::statistics::measures::Measures;
use comfycheck_core::suite::{Deployment, Patience, Sampling, Submit, Suite};
use comfycheck_core::text::TextFile;
use comfycheck_runtime::interruption::Interruption;
use comfycheck_runtime::run::{BenchOutcome, BenchRequest, LoadOutcome, Retries, RunRequest, bench};
use comfycheck_runtime::sampler::SampleSource;
use comfycheck_runtime::transport::Transport;
use comfycheck_runtime::transport::simulate::Simulate;
use comfycheck_simulator::scenario::Scenario;
use serde_json::json;
use std::num::{NonZeroU32, NonZeroUsize};
use std::sync::Arc;
use std::time::Duration;

/// A workflow that saves one small image, with its seed.
#[derive(Debug)]
struct Seeds;

impl SampleSource for Seeds {
    fn sample(&self, index: u32) -> PlannedSample {
        let workflow = json!({
            "1": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "a.safetensors"}},
            "2": {"class_type": "EmptyLatentImage", "inputs": {"width": 16, "height": 16, "batch_size": 1}},
            "3": {"class_type": "CLIPTextEncode", "inputs": {"text": "a lamp", "clip": ["1", 1]}},
            "4": {"class_type": "KSampler", "inputs": {
                "model": ["1", 0], "positive": ["3", 0], "negative": ["3", 0], "latent_image": ["2", 0],
                "seed": index, "steps": 8, "cfg": 1.0, "sampler_name": "euler", "scheduler": "simple", "denoise": 1.0,
            }},
            "5": {"class_type": "VAEDecode", "inputs": {"samples": ["4", 0], "vae": ["1", 2]}},
            "6": {"class_type": "SaveImage", "inputs": {"images": ["5", 0], "filename_prefix": "lamp"}},
        });
        PlannedSample { index, seed: Some(index.into()), workflow: workflow.to_string().into() }
    }
}

fn suite() -> Suite {
    Suite {
        name: "test".to_owned(),
        run_name: "test".to_owned(),
        file: None,
        workflow: None,
        request: JobRequest::default(),
        deployment: Deployment { price_per_second: Some(0.001), ..Deployment::default() },
        sampling: Sampling {
            submit: Submit::Run,
            rate_limit: None,
            samples: 0,
            concurrency: NonZeroU32::MIN,
            variations: Vec::new(),
            seed_inputs: None,
            seed: None,
            patience: Patience { in_queue: Duration::from_hours(2), in_progress: Duration::from_mins(10) },
            budget: comfycheck_core::money::Budget::default(),
            share: None,
        },
        checks: Vec::new(),
        waivers: Vec::new(),
        notifications: Vec::new(),
        secrets: Secrets::default(),
    }
}

/// Workers that are ready, and executions of 4 to 9 s, mostly 5.
fn scenario(seed: u64, workers: u32, more: &str) -> Scenario {
    let text = format!(
        "seed = {seed}\nlimits = {{ factor = 0 }}\nnetwork = {{ latency-s = 0.05 }}\n\
         endpoint = {{ workers-min = {workers}, workers-max = {workers} }}\n{more}\n\
         [workers]\nready = {workers}\n[handler]\nexecution-s = {{ low = 4, usual = 5, high = 9 }}\n"
    );
    Scenario::parse(&TextFile { path: "scenario.toml".to_owned(), text }).unwrap_or_else(|refused| panic!("{refused}"))
}

fn run(scenario: Scenario, schedule: &mut Schedule, limits: &[&str]) -> BenchOutcome {
    let suite = suite();
    let plan = Plan {
        checks: Vec::new(),
        instances: Vec::new(),
        samples: Vec::new(),
        estimate: None,
        price: comfycheck_core::cost::price(&suite.deployment),
        warnings: Vec::new(),
    };
    let abort: Vec<_> = limits.iter().map(|limit| limit.parse().unwrap()).collect();
    let request = BenchRequest {
        run: RunRequest {
            suite: &suite,
            plan: &plan,
            components: &[],
            saved: None,
            date: None,
            transport: Arc::new(Transport::Simulate(Simulate::new("test", scenario))),
            threads: NonZeroUsize::MIN,
            retries: Retries::default(),
            log: Arc::new(|_, _, _| {}),
        },
        judge: "performance",
        source: &Seeds,
        seed: 7,
        abort: &abort,
        begins: &|_| {},
    };
    let (_interrupter, interruption) = Interruption::new();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(bench(request, schedule, interruption, &|_| {})).unwrap()
}

fn levels(stages: impl IntoIterator<Item = Stage>) -> Schedule {
    Schedule::Levels(stages.into_iter().collect())
}

fn closed(concurrency: u32, jobs: u32) -> Stage {
    Stage { load: LoadKind::Closed { concurrency }, jobs, duration: None }
}

fn measures(outcome: &BenchOutcome, load: &LoadOutcome) -> Measures {
    LevelInput {
        load: load.stage.load,
        samples: &load.samples.samples,
        due: &load.due,
        cached: &outcome.cached,
        warm: None,
        findings: &[],
        stopped: None,
    }
    .measures()
}

/// The quantile of the executions: a triangle from 4 to 9 with its top at 5.
fn quantile(part: f64) -> f64 {
    if part < 0.2 { 4.0 + (part * 5.0).sqrt() } else { 9.0 - ((1.0 - part) * 20.0).sqrt() }
}

const MEAN: f64 = 6.0;

#[test]
fn of_fifty_endpoints_every_statistic_agrees_with_the_truth_within_its_interval() {
    const SEEDS: u32 = 50;
    let mut within = [0_u32; 4];
    for seed in 0..SEEDS {
        let faults = "jobs = [{ does = \"raises\", share = 0.1 }]";
        let outcome = run(scenario(seed.into(), 3, faults), &mut levels([closed(3, 180)]), &[]);
        let measured = measures(&outcome, &outcome.loads[0]);
        let generation = measured.distribution(Metric::Generation);
        for (at, percent) in [(0, 50), (1, 95)] {
            let (low, high) = generation.interval(percent).unwrap();
            let truth = quantile(f64::from(percent) / 100.0);
            within[at] += u32::from(low <= truth && truth <= high);
        }
        let rates =
            comfycheck_core::statistics::compare::compare_rates((9_000_000, 10_000_000), (measured.succeeded, 180))
                .unwrap();
        within[2] += u32::from(rates.low <= 0.0 && 0.0 <= rates.high);
        // The mean by the central limit theorem; the variance of the triangle is 7/6.
        let number = u32::try_from(generation.count()).unwrap();
        let half = 1.96 * (7.0 / 6.0 / f64::from(number)).sqrt();
        within[3] += u32::from((generation.mean().unwrap() - MEAN).abs() <= half);
        // A warm job costs its execution, rounded up to a second.
        let (low, high) = measured.cost.unwrap();
        let executed: f64 = outcome.loads[0]
            .samples
            .samples
            .iter()
            .filter_map(|sample| sample.execution)
            .map(|time| time.as_secs_f64())
            .sum();
        assert!(
            (low - executed * 0.001).abs() < 1e-9 && high >= low && high <= low + 0.18 * 1.01 + 0.1,
            "{low} to {high}, {executed}"
        );
        assert!(measured.distribution(Metric::Queue).max().unwrap() < 1.0, "each job finds a worker");
    }
    // Of 50 intervals of 95%, at least 43 contain the truth with a probability of 99.7%.
    assert!(within.iter().all(|within| *within >= 43), "{within:?} of {SEEDS}");
}

#[test]
fn throughput_saturates_where_all_workers_are_busy() {
    const WORKERS: u32 = 3;
    let outcome = run(scenario(1, WORKERS, ""), &mut levels([1, 2, 3, 6, 12].map(|lanes| closed(lanes, 150))), &[]);
    let rates: Vec<_> = outcome.loads.iter().map(|load| measures(&outcome, load).per_hour().unwrap()).collect();
    let most = f64::from(WORKERS) / MEAN * 3600.0;
    // One job at a time adds the requests and the poll that sees its end; a queue hides both.
    assert!((0.75..1.0).contains(&(rates[0] / (3600.0 / MEAN))), "{rates:?}");
    assert!((1.85..2.1).contains(&(rates[1] / rates[0])) && (2.7..3.1).contains(&(rates[2] / rates[0])), "{rates:?}");
    assert!(rates[3..].iter().all(|rate| (0.93..1.03).contains(&(rate / most))), "{rates:?}, not {most}");
    // Little's law: jobs in flight = throughput × time from end to end.
    let saturated = measures(&outcome, &outcome.loads[4]);
    let in_flight = saturated.per_hour().unwrap() / 3600.0 * saturated.distribution(Metric::EndToEnd).mean().unwrap();
    assert!((10.5..12.5).contains(&in_flight), "{in_flight}");
}

#[test]
fn random_arrivals_wait_as_queueing_theory_says() {
    // One worker and one job every 10 s: the mean wait of Pollaczek and Khinchine, with E[S²] = 36 + 7/6.
    let rate = 0.1;
    let expected = rate * (36.0 + 7.0 / 6.0) / (2.0 * (1.0 - rate * MEAN));
    let waits: Vec<_> = (0..20)
        .map(|seed| {
            let open = Stage { load: LoadKind::Open { per_hour: 360.0 }, jobs: 200, duration: None };
            let outcome = run(scenario(seed, 1, ""), &mut levels([open]), &[]);
            let samples = outcome.loads[0].samples.samples.iter();
            samples.filter_map(|sample| sample.delay).map(|delay| delay.as_secs_f64()).sum::<f64>() / 200.0
        })
        .collect();
    let mean = waits.iter().sum::<f64>() / 20.0;
    assert!((0.7..1.3).contains(&(mean / expected)), "{mean} s, not {expected} s");
}

#[test]
fn jobs_begin_until_the_time_is_over_and_are_finished() {
    let stage =
        Stage { load: LoadKind::Closed { concurrency: 2 }, jobs: 100_000, duration: Some(Duration::from_mins(2)) };
    let outcome = run(scenario(1, 2, ""), &mut levels([stage, closed(1, 3)]), &[]);
    let [first, second] = &outcome.loads[..] else { panic!() };
    let submitted: Vec<_> = first.samples.samples.iter().filter_map(|sample| sample.submitted).collect();
    assert!((30..45).contains(&submitted.len()), "{}", submitted.len());
    assert!(submitted.iter().all(|at| *at < Duration::from_secs(121)));
    assert_eq!(first.stopped, None);
    let ended = first.samples.samples.iter().filter_map(|sample| sample.finished).max().unwrap();
    assert!(second.samples.samples[0].submitted.unwrap() >= ended, "loads follow each other on one clock");
    let indices: Vec<_> = second.samples.samples.iter().map(|sample| sample.index).collect();
    let next = u32::try_from(first.samples.samples.len()).unwrap();
    assert_eq!(indices, [next, next + 1, next + 2], "no seed is used twice");
}

#[test]
fn each_cold_start_waits_until_no_worker_is_left() {
    let text = "endpoint = { workers-min = 0, workers-max = 2, idle-timeout-s = 20 }\nworkers = { start-s = 15 }\n\
                handler = { execution-s = 6, cold-execution-s = 9 }";
    let scenario = Scenario::parse(&TextFile { path: "cold.toml".to_owned(), text: text.to_owned() }).unwrap();
    let cold = Stage { load: LoadKind::Cold, jobs: 4, duration: None };
    let outcome = run(scenario, &mut levels([cold, closed(1, 6)]), &[]);
    let timed: Vec<_> = outcome
        .loads
        .iter()
        .flat_map(|load| load.samples.samples.iter().map(|sample| comfycheck_core::bench::timed(sample, None, false)))
        .collect();
    let warm = comfycheck_core::statistics::times::warm_execution(&timed);
    let load = &outcome.loads[0];
    let starts = LevelInput {
        load: load.stage.load,
        samples: &load.samples.samples,
        due: &[],
        cached: &outcome.cached,
        warm,
        findings: &[],
        stopped: None,
    }
    .measures()
    .distribution(Metric::ColdStart);
    assert_eq!(starts.count(), 4, "{:?}", load.samples.samples.iter().map(|sample| sample.start).collect::<Vec<_>>());
    // 4 s until a worker is added, 15 s until it is ready, and 9 s longer than warm.
    assert!((27.0..30.0).contains(&starts.mean().unwrap()) && starts.max().unwrap() < 30.0, "{starts:?}");
}

#[test]
fn answers_from_the_cache_are_found() {
    let outcome = run(scenario(1, 1, "jobs = [{ does = \"is-cached\" }]"), &mut levels([closed(1, 10)]), &[]);
    let measured = measures(&outcome, &outcome.loads[0]);
    assert_eq!((measured.succeeded, measured.cached), (10, 9));
    assert!(measured.distribution(Metric::Generation).count() <= 1);
}

#[test]
fn a_broken_limit_ends_a_load_and_those_after_it() {
    let stages = [closed(2, 100), closed(4, 100)];
    let outcome = run(scenario(1, 2, ""), &mut levels(stages.clone()), &["generation.p50 < 3 s"]);
    assert_eq!(outcome.loads.len(), 1);
    assert!(outcome.loads[0].stopped.as_deref().unwrap().contains("`generation.p50 < 3 s`"));
    assert!(outcome.loads[0].samples.samples.len() < 50);
    let kept = run(scenario(1, 2, ""), &mut levels(stages), &["generation.p50 < 30 s"]);
    assert!(kept.loads.iter().all(|load| load.stopped.is_none() && load.samples.samples.len() == 100));
}

#[test]
fn a_search_finds_the_load_that_the_workers_carry() {
    // With 4 workers, 4 jobs wait for none; 8 wait for about one execution.
    let limit = "end-to-end.p95 < 11 s".parse().unwrap();
    let mut schedule = Schedule::Search(Search::new(limit, closed(1, 80), 64));
    run(scenario(3, 4, ""), &mut schedule, &[]);
    let found = schedule.found().unwrap();
    assert!(found.highest.is_some_and(|highest| (4..=6).contains(&highest)), "{found:?}");
    assert_eq!(found.breaks_at, found.highest.map(|highest| highest + 1));
}

#[test]
fn the_same_benchmark_gives_the_same_samples() {
    let run = || {
        let open = Stage { load: LoadKind::Open { per_hour: 900.0 }, jobs: 30, duration: None };
        run(scenario(5, 2, ""), &mut levels([closed(2, 30), open]), &[])
    };
    let samples = |outcome: BenchOutcome| outcome.loads.into_iter().map(|load| load.samples).collect::<Vec<_>>();
    assert_eq!(samples(run()), samples(run()));
}

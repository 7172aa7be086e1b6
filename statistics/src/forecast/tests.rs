//! Simulated days beside queueing theory.

use super::*;

const HOUR: f64 = 3600.0;

/// Values as an exponential distribution has them.
fn exponential(mean: f64) -> Vec<f64> {
    (0..4_000).map(|at| -mean * (1.0 - (f64::from(at) + 0.5) / 4_000.0).ln()).collect()
}

fn always(workers: u32) -> Settings {
    Settings { workers_min: workers, workers_max: workers, idle_timeout: 0.0, scale_after: 0.0 }
}

/// The mean wait over a long day.
fn mean_wait(measured: &Measured, settings: &Settings, per_hour: f64) -> f64 {
    let day = simulate(measured, settings, per_hour, 200_000.0 / per_hour * HOUR, &mut Random::new(7));
    mean(&day.waits)
}

#[track_caller]
fn check(found: f64, expected: f64, within: f64) {
    assert!((found / expected - 1.0).abs() < within, "{found}, not {expected}");
}

/// Erlang's C formula: the mean wait with `workers`, each of which does a job in `service` seconds on average.
fn erlang(workers: u32, per_second: f64, service: f64) -> f64 {
    let offered = per_second * service;
    let term = |number: u32| (1..=number).fold(1.0, |product, at| product * offered / f64::from(at));
    let all = f64::from(workers);
    let waiting = term(workers) * all / (all - offered);
    let waits = waiting / ((0..workers).map(term).sum::<f64>() + waiting);
    waits * service / (all - offered)
}

#[test]
fn waits_are_those_of_theory_for_one_and_several_workers() {
    let measured = Measured { executions: exponential(10.0), starts: Vec::new() };
    for (workers, per_hour) in [(1, 252.0), (2, 576.0), (4, 1_152.0)] {
        let expected = erlang(workers, per_hour / HOUR, 10.0);
        check(mean_wait(&measured, &always(workers), per_hour), expected, 0.06);
    }
}

#[test]
fn jobs_of_equal_length_wait_half_as_long() {
    let measured = Measured { executions: vec![10.0], starts: Vec::new() };
    // Pollaczek and Khinchine: ρ / (2 μ (1 - ρ)).
    check(mean_wait(&measured, &always(1), 252.0), 0.7 * 10.0 / (2.0 * 0.3), 0.05);
}

#[test]
fn a_worker_that_starts_for_the_first_job_delays_all_by_its_mean_start() {
    let measured = Measured { executions: exponential(10.0), starts: exponential(30.0) };
    let settings = Settings { workers_min: 0, workers_max: 1, idle_timeout: 0.0, scale_after: 0.0 };
    // M/M/1 with a setup of exponential length: the wait of M/M/1, and the mean setup.
    check(mean_wait(&measured, &settings, 180.0), erlang(1, 180.0 / HOUR, 10.0) + 30.0, 0.05);
}

#[test]
fn an_idle_timeout_costs_its_time_and_saves_starts() {
    let measured = Measured { executions: vec![6.0], starts: vec![40.0] };
    let at = |idle_timeout| {
        let settings = Settings { workers_min: 0, workers_max: 3, idle_timeout, scale_after: 4.0 };
        forecast(&measured, &settings, 30.0, 20, 1).expect("a forecast")
    };
    let (short, long) = (at(5.0), at(600.0));
    assert!(short.cold.value > 0.8 && long.cold.value < 0.05, "{short:?} {long:?}");
    assert!(short.wait_p50.value >= 30.0 && long.wait_p50.value < 0.001, "{short:?} {long:?}");
    // 720 jobs of 6 s each, and 5 s more after each start of a worker.
    let starts = (short.worker_seconds.1.value - short.worker_seconds.0.value) / 40.0;
    assert!((400.0..720.0).contains(&starts), "{starts}");
    check(short.worker_seconds.0.value, 720.0 * 6.0 + starts * 5.0, 0.1);
    assert!(long.worker_seconds.1.low > short.worker_seconds.1.high, "{short:?} {long:?}");
    assert!(short.wait_p95.low <= short.wait_p95.value && short.wait_p95.value <= short.wait_p95.high);
}

#[test]
fn workers_that_always_run_cost_a_day_each() {
    let measured = Measured { executions: vec![6.0], starts: vec![40.0] };
    let settings = Settings { workers_min: 1, workers_max: 1, idle_timeout: 5.0, scale_after: 4.0 };
    let day = forecast(&measured, &settings, 30.0, 10, 1).expect("a forecast");
    check(day.worker_seconds.1.value, 86_400.0, 0.01);
    check(day.utilization, 0.05, 1e-9);
    check(1.0 + day.cold.value, 1.0, 1e-9);
}

#[test]
fn more_load_than_the_workers_can_do_is_shown() {
    let measured = Measured { executions: vec![60.0], starts: vec![40.0] };
    let settings = Settings { workers_min: 0, workers_max: 1, idle_timeout: 5.0, scale_after: 4.0 };
    let day = forecast(&measured, &settings, 90.0, 5, 1).expect("a forecast");
    assert!(day.utilization > 1.0 && day.wait_p95.value > HOUR, "{day:?}");
}

#[test]
fn no_load_costs_more_than_all_workers_that_always_run() {
    let measured = Measured { executions: vec![2.2], starts: vec![40.0] };
    for workers_min in [0, 1, 3] {
        for per_hour in [30.0, 600.0, 3_000.0, 18_000.0] {
            let settings = Settings { workers_min, workers_max: 3, idle_timeout: 5.0, scale_after: 4.0 };
            let day = forecast(&measured, &settings, per_hour, 10, 1).expect("a forecast");
            let most = 3.0 * 86_400.0 * (1.0 + 1e-9);
            let (without_starts, with_starts) = day.worker_seconds;
            assert!(without_starts.high <= most && with_starts.high <= most, "{settings:?} {per_hour}: {day:?}");
        }
    }
}

#[test]
fn without_measurements_there_is_no_forecast() {
    let measured = Measured { executions: vec![6.0], starts: Vec::new() };
    let settings = Settings { workers_min: 0, workers_max: 1, idle_timeout: 5.0, scale_after: 4.0 };
    assert_eq!(forecast(&measured, &settings, 30.0, 5, 1), None);
    assert!(forecast(&measured, &always(1), 30.0, 5, 1).is_some());
    assert_eq!(forecast(&Measured::default(), &always(1), 30.0, 5, 1), None);
    assert_eq!(forecast(&measured, &always(1), 0.0, 5, 1), None);
}

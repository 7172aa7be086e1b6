//! Measurements of samples that are written down.

use super::*;
use crate::times::Start;

/// A warm sample on a worker that finished: submitted at, in the queue for, executed for, in milliseconds.
fn warm(sample: u32, submitted: u64, delay: u64, execution: u64) -> TimedSample<'static> {
    TimedSample {
        sample,
        result: Outcome::Succeeded,
        start: Start::Warm,
        worker: Some("a"),
        delay: Some(delay),
        execution: Some(execution),
        submitted: Some(submitted),
        first_running: Some(submitted + delay),
        finished: Some(submitted + delay + execution),
        images: 1,
        cost: Some((0.001, 0.002)),
        ..TimedSample::default()
    }
}

fn judged(samples: &[TimedSample<'_>], limit: &str) -> Judgment {
    Measures::of(samples).judge(&limit.parse().unwrap())
}

#[test]
fn an_image_that_was_lost_has_no_part_of_the_cost() {
    let lost = TimedSample { images: 2, lost: 1, ..warm(0, 0, 0, 2_000) };
    let measures = Measures::of(&[lost]);
    assert_eq!(measures.cost_per_image(), Some((0.001, 0.002)));
    assert_eq!(measures.distribution(Metric::Generation).mean(), Some(1.0), "it was generated");
    let all = TimedSample { lost: 1, ..warm(0, 0, 0, 2_000) };
    assert_eq!(Measures::of(&[all]).cost_per_image(), None);
}

#[test]
fn what_is_measured_of_warm_samples() {
    let samples: Vec<_> = (0..4).map(|n| warm(n, u64::from(n) * 2_000, 100 * u64::from(n), 1_000)).collect();
    let measures = Measures::of(&samples);
    assert_eq!(measures.distribution(Metric::Queue).max(), Some(0.3));
    assert_eq!(measures.distribution(Metric::Generation).mean(), Some(1.0));
    assert_eq!(measures.distribution(Metric::EndToEnd).max(), Some(1.3));
    // Four samples in 7.3 s.
    assert!((measures.per_hour().unwrap() - 4.0 / 7.3 * 3600.0).abs() < 1e-6);
    assert_eq!((measures.success_rate(), measures.cost_per_image()), (Some(100.0), Some((0.001, 0.002))));
}

#[test]
fn an_answer_from_the_cache_is_counted_nowhere() {
    let cached = TimedSample { cached: true, ..warm(1, 2_000, 0, 10) };
    let measures = Measures::of(&[warm(0, 0, 0, 1_000), cached]);
    let counts = [Metric::Generation, Metric::EndToEnd].map(|metric| measures.distribution(metric).count());
    assert_eq!((counts, measures.cached, measures.images), ([1, 1], 1, 1));
    assert_eq!(measures.cost_per_image(), Some((0.001, 0.002)));
    assert!((measures.per_hour().unwrap() - 3600.0 / 2.01).abs() < 1e-6);
}

#[test]
fn a_late_submission_counts_from_when_it_was_due() {
    // One job a second is due; the sender hangs for ten seconds and then sends all.
    let samples: Vec<_> =
        (0..10).map(|n| TimedSample { due: Some(u64::from(n) * 1_000), ..warm(n, 10_000, 0, 500) }).collect();
    let whole = Measures::of(&samples).distribution(Metric::EndToEnd);
    assert_eq!((whole.max(), whole.median()), (Some(10.5), Some(6.0)));
    let uncorrected: Vec<_> = samples.into_iter().map(|sample| TimedSample { due: None, ..sample }).collect();
    assert_eq!(Measures::of(&uncorrected).distribution(Metric::EndToEnd).max(), Some(0.5));
}

#[test]
fn a_job_that_was_dispatched_again_has_times_of_the_hosts_clock() {
    let again = TimedSample { retries: 1, delay: Some(7), execution: Some(9), ..warm(0, 1_000, 2_000, 3_000) };
    let measures = Measures::of(&[again]);
    assert_eq!(measures.distribution(Metric::Queue).max(), Some(2.0));
    assert_eq!(measures.distribution(Metric::Generation).max(), Some(3.0));
}

#[test]
fn a_limit_is_kept_broken_or_unknown() {
    use Judgment::{Broken, Kept};
    let warm_samples: Vec<_> = (0..20).map(|n| warm(n, u64::from(n) * 1_000, 50, 1_000 + u64::from(n))).collect();
    let cold = TimedSample { start: Start::Cold, worker: Some("b"), ..warm(20, 0, 30_000, 5_000) };
    let failed = TimedSample { result: Outcome::Failed, ..warm(21, 0, 0, 10) };
    let lost = TimedSample { result: Outcome::Uncounted, ..warm(22, 0, 0, 10) };
    let with = |more: &[&TimedSample<'static>]| -> Vec<TimedSample<'static>> {
        warm_samples.iter().chain(more.iter().copied()).cloned().collect()
    };
    for (samples, limit, expected) in [
        (with(&[]), "generation.p95 < 2 s", Some(Kept(1.018))),
        (with(&[]), "generation.p95 < 1.018 s", Some(Broken(1.018))),
        (with(&[]), "generation.p99 < 2 s", None),
        (with(&[]), "generation.max <= 1.019 s", Some(Kept(1.019))),
        (with(&[]), "cold-start < 60 s", None),
        (with(&[&cold]), "cold-start < 40 s", Some(Kept(33.9905))),
        (with(&[&cold]), "cold-start < 30 s", Some(Broken(33.9905))),
        // Without a warm sample the whole execution is an upper bound.
        (vec![cold.clone()], "cold-start < 40 s", Some(Kept(35.0))),
        (vec![cold.clone()], "cold-start < 30 s", None),
        (with(&[&failed]), "success-rate >= 99%", Some(Broken(2000.0 / 21.0))),
        (with(&[&failed]), "success-rate >= 90%", Some(Kept(2000.0 / 21.0))),
        (with(&[&lost]), "success-rate >= 99%", None),
        (with(&[]), "cost-per-image < 0.003", Some(Kept(0.002))),
        (with(&[]), "cost-per-image < 0.001", Some(Broken(0.001))),
        (with(&[]), "cost-per-image < 0.0015", None),
        (with(&[]), "throughput > 10000/h", Some(Broken(20.0 / 20.069 * 3600.0))),
        (Vec::new(), "throughput > 1/h", None),
        (Vec::new(), "success-rate > 1%", None),
    ] {
        let judgment = judged(&samples, limit);
        let same = match (&judgment, &expected) {
            (Kept(value), Some(Kept(other))) | (Broken(value), Some(Broken(other))) => (value - other).abs() < 1e-6,
            (Judgment::Unknown(_), None) => true,
            _ => false,
        };
        assert!(same, "{limit}: {judgment:?}, not {expected:?}");
    }
}

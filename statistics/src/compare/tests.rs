//! Comparisons of groups with known differences.

use super::*;
use crate::random::Random;

struct Draws(Random);

impl Draws {
    fn normal(&mut self) -> f64 {
        (-2.0 * self.0.unit().ln()).sqrt() * (2.0 * std::f64::consts::PI * self.0.unit()).cos()
    }
}

/// Generation times of 30 samples: a spread within and between workers, and a heavy tail of 3% of the samples, which take
/// 1.2 to 5 times as long.
fn generation(draws: &mut Draws, (cv, workers): (f64, usize), factor: f64) -> Vec<(usize, f64)> {
    let effects: Vec<f64> = (0..workers).map(|_| 0.025 * draws.normal()).collect();
    let time = |number: usize| {
        let worker = number % workers;
        let mut log = (6.0 * factor).ln() + effects[worker] + cv * draws.normal();
        if draws.0.unit() < 0.03 {
            log += 0.2 + draws.0.unit().powf(-0.5).ln().min(1.5);
        }
        (worker, log.exp())
    };
    (0..30).map(time).collect()
}

fn compared(before: &[(usize, f64)], after: &[(usize, f64)]) -> Comparison {
    const BEFORE: [&str; 4] = ["a", "b", "c", "d"];
    const AFTER: [&str; 4] = ["e", "f", "g", "h"];
    let values = |group: &[(usize, f64)], names: [&'static str; 4]| -> Vec<_> {
        group.iter().map(|(worker, value)| Value { worker: names[*worker], value: *value }).collect()
    };
    compare(&values(before, BEFORE), &values(after, AFTER), LEAST_SECONDS).unwrap()
}

/// The noises of 200 comparisons: a cv of 5 to 15% and two to four workers.
fn noises() -> impl Iterator<Item = (u64, (f64, usize))> {
    (0..200).map(|seed| {
        let cv = [0.05, 0.075, 0.1, 0.125, 0.15][usize::try_from(seed % 5).unwrap()];
        (seed, (cv, 2 + usize::try_from(seed / 5 % 3).unwrap()))
    })
}

/// How many of 200 comparisons give a change, and how many intervals contain the true factor.
fn counts(factor: f64, change: Change) -> (usize, usize) {
    let compared = noises().map(|(seed, noise)| {
        let mut draws = Draws(Random::new(seed * 7919 + 1));
        let before = generation(&mut draws, noise, 1.0);
        compared(&before, &generation(&mut draws, noise, factor))
    });
    let all: Vec<_> = compared.collect();
    let found = all.iter().filter(|comparison| comparison.change == change).count();
    (found, all.iter().filter(|comparison| comparison.low <= factor && factor <= comparison.high).count())
}

#[test]
fn a_regression_of_a_quarter_is_found_in_95_of_100_comparisons() {
    let (found, covered) = counts(1.25, Change::Worse);
    assert!(found >= 190, "{found} of 200");
    assert!(covered >= 184, "{covered} of 200 intervals contain the true ratio");
}

#[test]
fn an_improvement_of_a_fifth_is_found_in_95_of_100_comparisons() {
    let (found, _) = counts(0.8, Change::Better);
    assert!(found >= 190, "{found} of 200");
}

#[test]
fn without_a_change_at_most_5_of_100_comparisons_raise_an_alarm() {
    let (worse, covered) = counts(1.0, Change::Worse);
    let (better, _) = counts(1.0, Change::Better);
    assert!(worse + better <= 10, "{worse} worse and {better} better of 200");
    assert!(covered >= 184, "{covered} of 200 intervals contain 1");
}

#[test]
fn one_slow_worker_is_not_a_regression_of_the_release() {
    // One of three new workers is 40% slower; the others are as before.
    let mut draws = Draws(Random::new(1));
    let before = generation(&mut draws, (0.03, 3), 1.0);
    let after: Vec<_> =
        before.iter().map(|&(worker, time)| (worker, if worker == 0 { time * 1.4 } else { time })).collect();
    assert_eq!(compared(&before, &after).change, Change::Inconclusive);
}

/// Groups around a median of 10% spread, with a factor between them.
fn exact(base: f64, factor: f64, count: usize) -> Comparison {
    let spread = |number: usize| [0.98, 0.99, 1.0, 1.01, 1.02][number % 5];
    let group = |factor: f64| -> Vec<_> { (0..count).map(|n| (n % 4, base * factor * spread(n))).collect() };
    compared(&group(1.0), &group(factor))
}

#[test]
fn a_change_has_a_size_and_is_significant() {
    for (base, factor, count, expected) in [
        (6.0, 1.0, 200, Change::Same),
        (6.0, 1.01, 200, Change::Same),
        (6.0, 1.25, 200, Change::Worse),
        (6.0, 0.8, 200, Change::Better),
        // Significant, but the interval reaches below 5%.
        (6.0, 1.06, 200, Change::Inconclusive),
        // 20% of 0.1 s is 20 ms.
        (0.1, 1.2, 200, Change::Same),
        (0.1, 2.0, 200, Change::Worse),
    ] {
        let comparison = exact(base, factor, count);
        assert_eq!(comparison.change, expected, "{base} s, {factor}: {comparison:?}");
        assert!((comparison.ratio / factor - 1.0).abs() < 1e-9, "{comparison:?}");
    }
}

#[test]
fn too_few_values_are_not_compared() {
    let group = |count: usize, value: f64| vec![Value { worker: "a", value }; count];
    assert_eq!(compare(&group(4, 1.0), &group(30, 1.0), 0.0), None);
    assert_eq!(compare(&group(30, 1.0), &group(30, 0.0), 0.0), None);
    assert_eq!(compare(&group(5, 1.0), &group(5, 1.0), 0.0).map(|comparison| comparison.ratio), Some(1.0));
}

#[test]
fn success_rates_are_compared_by_their_difference() {
    for (before, after, expected) in [
        ((30, 30), (30, 30), Some(Change::Same)),
        ((30, 30), (20, 30), Some(Change::Worse)),
        ((20, 30), (30, 30), Some(Change::Better)),
        ((30, 30), (29, 30), Some(Change::Inconclusive)),
        ((990, 1000), (985, 1000), Some(Change::Same)),
        // Significant, and too small to matter.
        ((10_000, 10_000), (9_900, 10_000), Some(Change::Same)),
        ((0, 0), (1, 1), None),
    ] {
        let change = compare_rates(before, after).map(|comparison| comparison.change);
        assert_eq!(change, expected, "{before:?} and {after:?}");
    }
    // Newcombe's own example: 56 of 70 and 48 of 80 differ by 5.2 to 33.4 points.
    let comparison = compare_rates((48, 80), (56, 70)).unwrap();
    let rounded = [comparison.ratio, comparison.low, comparison.high].map(|value| format!("{value:.1}"));
    assert_eq!(rounded, ["20.0", "5.2", "33.4"]);
}

/// Two groups of a size that do not differ: workers of the usual spread, and times that vary by `cv`.
fn equal(seed: u64, cv: f64, size: Needs) -> Comparison {
    let mut draws = Draws(Random::new(seed * 104_729 + 7));
    let names: Vec<String> = (0..64).map(|name| name.to_string()).collect();
    let workers = usize::try_from(size.workers.unwrap_or(1)).unwrap();
    let mut group = |first: usize| -> Vec<Value<'_>> {
        let effects: Vec<f64> = (0..workers).map(|_| 0.025 * draws.normal()).collect();
        let time = |number: usize| {
            let worker = number % workers;
            let value = (6.0_f64.ln() + effects[worker] + cv * draws.normal()).exp();
            Value { worker: &names[first + worker], value }
        };
        (0..usize::try_from(size.values).unwrap()).map(time).collect()
    };
    let (before, after) = (group(0), group(32));
    compare(&before, &after, LEAST_SECONDS).unwrap()
}

#[test]
fn one_worker_never_shows_that_nothing_changed_and_the_size_that_would_is_named() {
    let size = |values, workers| Needs { values, workers: Some(workers) };
    let same = |size| (0..200).filter(|seed| equal(*seed, 0.1, size).change == Change::Same).count();
    assert_eq!(same(size(3000, 1)), 0);
    for seed in 0..20 {
        let few = equal(seed, 0.1, size(30, 1));
        if few.change == Change::Inconclusive && (few.ratio - 1.0).abs() < 0.02 {
            let needs = few.needs.unwrap();
            assert!(needs.workers.is_some_and(|workers| (4..=16).contains(&workers)), "{few:?}");
        }
    }
    // What the book says.
    let planned = same(size(300, 10));
    assert!(planned >= 160, "{planned} of 200");
}

#[test]
fn a_size_is_needed_only_where_the_comparison_is_inconclusive() {
    for (factor, expected) in [(1.0, false), (1.25, false), (1.06, true)] {
        assert_eq!(exact(6.0, factor, 200).needs.is_some(), expected, "{factor}");
    }
    let rates = |failed: u32| compare_rates((30, 30), (30 - failed, 30)).unwrap().needs;
    assert_eq!((rates(0), rates(10)), (None, None));
    assert!(rates(1).is_some_and(|needs| needs.workers.is_none() && needs.values > 30), "{:?}", rates(1));
}

//! Measures in rounds: each round runs every compared subject once, so that other load disturbs all of them alike.

use std::time::Instant;

/// A quantity in every round, in the unit of its figure.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Series {
    rounds: Vec<f64>,
    best: f64,
}

impl Series {
    /// A measured quantity, whose least value is the best.
    pub(crate) fn new(rounds: Vec<f64>) -> Self {
        let best = rounds.iter().copied().fold(f64::INFINITY, f64::min);
        Self { rounds, best }
    }

    pub(crate) fn median(&self) -> f64 {
        let mut sorted = self.rounds.clone();
        sorted.sort_unstable_by(f64::total_cmp);
        let middle = sorted.len() / 2;
        match sorted.get(middle) {
            Some(&upper) if sorted.len() % 2 == 1 => upper,
            Some(&upper) => f64::midpoint(sorted[middle - 1], upper),
            None => f64::NAN,
        }
    }

    /// The least of all rounds. A computed quantity is computed from the least values, because the least difference between
    /// two disturbed values means nothing.
    pub(crate) fn best(&self) -> f64 {
        self.best
    }

    pub(crate) fn rounds(&self) -> usize {
        self.rounds.len()
    }

    /// Computes a quantity for each round from this one.
    pub(crate) fn map(&self, quantity: impl Fn(f64) -> f64) -> Self {
        Self { rounds: self.rounds.iter().map(|&value| quantity(value)).collect(), best: quantity(self.best) }
    }

    /// Computes a quantity for each round from two.
    pub(crate) fn with(&self, other: &Self, quantity: impl Fn(f64, f64) -> f64) -> Self {
        let pairs = self.rounds.iter().zip(&other.rounds);
        Self { rounds: pairs.map(|(&one, &two)| quantity(one, two)).collect(), best: quantity(self.best, other.best) }
    }
}

/// Measures several subjects in turn, each once in every round. The order is reversed from round to round. One round before
/// the first warms up, and does not count.
pub(crate) fn in_rounds<const N: usize>(
    rounds: usize,
    mut subjects: [&mut dyn FnMut() -> anyhow::Result<f64>; N],
) -> anyhow::Result<[Series; N]> {
    let mut series = [const { Vec::new() }; N];
    for subject in &mut subjects {
        subject()?;
    }
    for round in 0..rounds {
        for turn in 0..N {
            let nth = if round % 2 == 0 { turn } else { N - 1 - turn };
            series[nth].push(subjects[nth]()?);
        }
    }
    Ok(series.map(Series::new))
}

/// How long something takes, in seconds.
pub(crate) fn seconds<T>(work: impl FnOnce() -> anyhow::Result<T>) -> anyhow::Result<f64> {
    let start = Instant::now();
    let result = work()?;
    let elapsed = start.elapsed();
    drop(result);
    Ok(elapsed.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(series: &Series, median: f64, best: f64) {
        assert_eq!((series.median().to_bits(), series.best().to_bits()), (median.to_bits(), best.to_bits()));
    }

    #[test]
    fn the_median_is_in_the_middle_of_the_sorted_values() {
        check(&Series::new(vec![3.0, 1.0, 2.0]), 2.0, 1.0);
        check(&Series::new(vec![4.0, -1.0, 2.0, 1.0]), 1.5, -1.0);
        check(&Series::new(vec![7.0]), 7.0, 7.0);
    }

    #[test]
    fn the_best_difference_is_that_of_the_least_disturbed_values() {
        let (once, more) = (Series::new(vec![2.0, 9.0, 2.0]), Series::new(vec![12.0, 11.0, 13.0]));
        check(&more.with(&once, |more, once| more - once), 10.0, 9.0);
    }

    #[test]
    fn subjects_take_turns_and_the_first_round_does_not_count() {
        let clock = std::cell::Cell::new(0.0);
        let tick = || {
            clock.set(clock.get() + 1.0);
            Ok(clock.get())
        };
        let [one, two] = in_rounds(3, [&mut { tick }, &mut { tick }]).unwrap();
        // 1 and 2 warmed up.
        assert_eq!((one.rounds, two.rounds), (vec![3.0, 6.0, 7.0], vec![4.0, 5.0, 8.0]));
    }
}

//! How values are spread.

use crate::student::NORMAL;

/// Values of one metric, in one unit.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Distribution {
    sorted: Vec<f64>,
}

impl FromIterator<f64> for Distribution {
    fn from_iter<I: IntoIterator<Item = f64>>(values: I) -> Self {
        let mut sorted: Vec<f64> = values.into_iter().collect();
        sorted.sort_by(f64::total_cmp);
        Self { sorted }
    }
}

impl Distribution {
    /// How many values there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.sorted.len()
    }

    #[must_use]
    pub fn mean(&self) -> Option<f64> {
        #[expect(clippy::cast_precision_loss, reason = "there are never 2^52 values")]
        (!self.sorted.is_empty()).then(|| self.sorted.iter().sum::<f64>() / self.sorted.len() as f64)
    }

    #[must_use]
    pub fn max(&self) -> Option<f64> {
        self.sorted.last().copied()
    }

    /// The middle value, or the mean of the two in the middle.
    #[must_use]
    pub fn median(&self) -> Option<f64> {
        let middle = self.sorted.len() / 2;
        let upper = *self.sorted.get(middle)?;
        Some(if self.sorted.len() % 2 == 1 { upper } else { f64::midpoint(self.sorted[middle - 1], upper) })
    }

    /// What `percent` of the values do not exceed; the median for 50. None of fewer than [`least_for`] values: it would be the
    /// maximum.
    #[must_use]
    pub fn percentile(&self, percent: u8) -> Option<f64> {
        if percent == 50 {
            return self.median();
        }
        (self.count() >= least_for(percent)).then(|| nearest_rank(&self.sorted, usize::from(percent) * 10)).flatten()
    }

    /// The 95% interval of a percentile, by ranks: it assumes nothing about the shape of the distribution. None if there
    /// are too few values for one end.
    #[must_use]
    #[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "ranks")]
    pub fn interval(&self, percent: u8) -> Option<(f64, f64)> {
        let (count, part) = (self.sorted.len() as f64, f64::from(percent) / 100.0);
        let (middle, half) = (count * part, NORMAL * (count * part * (1.0 - part)).sqrt());
        let (low, high) = ((middle - half).floor(), (middle + half).ceil());
        if low < 1.0 || high + 1.0 > count {
            return None;
        }
        Some((self.sorted[low as usize - 1], self.sorted[high as usize]))
    }
}

/// The smallest of sorted values that so many thousandths of all do not exceed. None without values.
#[must_use]
pub fn nearest_rank(sorted: &[f64], thousandths: usize) -> Option<f64> {
    let rank = (sorted.len() * thousandths).div_ceil(1000).max(1);
    sorted.get(rank - 1).copied()
}

/// The least number of values with a percentile: of fewer, more than one in `100 - percent` would be the largest.
#[must_use]
pub fn least_for(percent: u8) -> usize {
    match percent {
        0..=50 => 1,
        51..=99 => 100_usize.div_ceil(usize::from(100 - percent)),
        _ => usize::MAX,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn to(last: u32) -> Distribution {
        (1..=last).rev().map(f64::from).collect()
    }

    #[test]
    fn a_percentile_needs_so_many_values_that_it_is_not_the_largest() {
        // The number of values, then the percentiles 50, 90, 95 and 99.
        for (count, expected) in [
            (0, [None; 4]),
            (1, [Some(1.0), None, None, None]),
            (2, [Some(1.5), None, None, None]),
            (10, [Some(5.5), Some(9.0), None, None]),
            (19, [Some(10.0), Some(18.0), None, None]),
            (20, [Some(10.5), Some(18.0), Some(19.0), None]),
            (99, [Some(50.0), Some(90.0), Some(95.0), None]),
            (100, [Some(50.5), Some(90.0), Some(95.0), Some(99.0)]),
        ] {
            assert_eq!([50, 90, 95, 99].map(|percent| to(count).percentile(percent)), expected, "{count}");
        }
        assert_eq!(least_for(100), usize::MAX);
    }

    #[test]
    fn the_nearest_rank_is_the_least_value_that_so_many_do_not_exceed() {
        let of = |count: u32, thousandths| nearest_rank(&(1..=count).map(f64::from).collect::<Vec<_>>(), thousandths);
        for (count, thousandths, expected) in [
            (0, 500, None),
            (1, 0, Some(1.0)),
            (1, 1000, Some(1.0)),
            (4, 500, Some(2.0)),
            (5, 500, Some(3.0)),
            (40, 25, Some(1.0)),
            (41, 25, Some(2.0)),
            (200, 25, Some(5.0)),
            (200, 975, Some(195.0)),
            (201, 975, Some(196.0)),
        ] {
            assert_eq!(of(count, thousandths), expected, "{thousandths} of {count}");
        }
    }

    #[test]
    fn the_interval_of_a_percentile_is_by_ranks() {
        // Ranks 40 and 61 of 100, as the usual tables of the binomial distribution have them.
        assert_eq!(to(100).interval(50), Some((40.0, 61.0)));
        assert_eq!(to(1000).interval(95), Some((936.0, 965.0)));
        assert_eq!((to(5).interval(50), to(50).interval(95), to(0).interval(50)), (None, None, None));
    }

    #[test]
    fn of_no_values_there_is_no_mean() {
        assert_eq!((to(0).mean(), to(0).max(), to(4).mean(), to(4).max()), (None, None, Some(2.5), Some(4.0)));
    }
}

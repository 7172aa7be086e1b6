//! How values are spread: what the row of a metric in the report's table shows.

use serde_json::{Value, json};

/// From so many values on there is a 95th percentile; of fewer it would be the maximum.
const LEAST_FOR_P95: usize = 20;

/// Values of one metric, in one unit.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Distribution {
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
    /// The middle value, or the mean of the two in the middle; none of no values.
    pub(crate) fn median(&self) -> Option<f64> {
        let middle = self.sorted.len() / 2;
        let upper = *self.sorted.get(middle)?;
        Some(if self.sorted.len() % 2 == 1 { upper } else { f64::midpoint(self.sorted[middle - 1], upper) })
    }

    /// What 95 % of the values do not exceed; none of fewer than 20.
    pub(crate) fn p95(&self) -> Option<f64> {
        let rank = (self.sorted.len() * 95).div_ceil(100);
        (self.sorted.len() >= LEAST_FOR_P95).then(|| self.sorted.get(rank - 1).copied()).flatten()
    }

    /// As a finding's data has it. `of` is what was counted, such as `samples`.
    pub(crate) fn to_json(&self, of: &str) -> Value {
        let mut distribution =
            json!({"p50": self.median(), "max": self.sorted.last(), "count": self.sorted.len(), "of": of});
        if let (Some(p95), Some(members)) = (self.p95(), distribution.as_object_mut()) {
            members.insert("p95".to_owned(), p95.into());
        }
        distribution
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(values: impl IntoIterator<Item = f64>, expected: &Value) {
        assert_eq!(values.into_iter().collect::<Distribution>().to_json("samples"), *expected);
    }

    #[test]
    fn a_distribution_has_a_95th_percentile_from_twenty_values_on() {
        let to = |last: i32| (1..=last).rev().map(f64::from);
        check([7.5], &json!({"p50": 7.5, "max": 7.5, "count": 1, "of": "samples"}));
        check([4.0, 1.0], &json!({"p50": 2.5, "max": 4.0, "count": 2, "of": "samples"}));
        check(to(19), &json!({"p50": 10.0, "max": 19.0, "count": 19, "of": "samples"}));
        check(to(20), &json!({"p50": 10.5, "max": 20.0, "count": 20, "of": "samples", "p95": 19.0}));
        check(to(100), &json!({"p50": 50.5, "max": 100.0, "count": 100, "of": "samples", "p95": 95.0}));
    }

    #[test]
    fn of_no_values_there_is_no_distribution() {
        let none: Distribution = [].into_iter().collect();
        assert_eq!((none.median(), none.p95()), (None, None));
    }
}

//! How values are spread: what the row of a metric in the report's table shows.

use comfycheck_statistics::distribution::Distribution;
use serde_json::{Value, json};

/// As a finding's data has it. `of` is what was counted, such as `samples`.
pub(crate) fn to_json(distribution: &Distribution, of: &str) -> Value {
    let (p50, max, count) = (distribution.median(), distribution.max(), distribution.count());
    let mut json = json!({"p50": p50, "max": max, "count": count, "of": of});
    if let (Some(p95), Some(members)) = (distribution.percentile(95), json.as_object_mut()) {
        members.insert("p95".to_owned(), p95.into());
    }
    json
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(values: impl IntoIterator<Item = f64>, expected: &Value) {
        assert_eq!(to_json(&values.into_iter().collect(), "samples"), *expected);
    }

    #[test]
    fn a_distribution_has_a_95th_percentile_from_twenty_values_on() {
        let to = |last: i32| (1..=last).rev().map(f64::from);
        check([7.5], &json!({"p50": 7.5, "max": 7.5, "count": 1, "of": "samples"}));
        check(to(19), &json!({"p50": 10.0, "max": 19.0, "count": 19, "of": "samples"}));
        check(to(20), &json!({"p50": 10.5, "max": 20.0, "count": 20, "of": "samples", "p95": 19.0}));
    }
}

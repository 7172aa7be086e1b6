//! Histograms in the layout of HDR histograms: the buckets of each power of two have the same width, so that every value is
//! known to within 1.6%.

use std::collections::BTreeMap;

/// Buckets of each power of two.
const PARTS: u64 = 64;

/// The upper end of each bucket with values, in seconds, and how many values it has; in ascending order. Values are in
/// seconds and counted in whole milliseconds.
#[must_use]
#[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "bounded")]
pub fn histogram(seconds: &[f64]) -> Vec<(f64, u32)> {
    let mut buckets: BTreeMap<u64, u32> = BTreeMap::new();
    for value in seconds {
        *buckets.entry(upper_end((value * 1000.0).round().max(0.0) as u64)).or_default() += 1;
    }
    buckets.into_iter().map(|(end, number)| (end as f64 / 1000.0, number)).collect()
}

/// The largest value of the bucket of a value.
fn upper_end(value: u64) -> u64 {
    let width = (value / PARTS).checked_ilog2().map_or(1, |power| 1_u64 << power);
    (value / width).saturating_mul(width).saturating_add(width - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_known_to_within_its_bucket() {
        for (value, end) in [(0, 0), (1, 1), (63, 63), (64, 64), (127, 127), (128, 129), (129, 129), (6_200, 6_207)] {
            assert_eq!(upper_end(value), end, "{value}");
        }
        for value in 1..100_000 {
            let end = upper_end(value);
            assert!(end >= value && (end - value) * PARTS <= value, "{value}: {end}");
            assert_eq!(upper_end(end), end, "the end belongs to its bucket");
        }
        assert!(upper_end(u64::MAX) >= u64::MAX - 1);
    }

    #[test]
    fn values_of_one_bucket_are_counted_together() {
        assert_eq!(histogram(&[6.2, 6.201, 0.0, 7.0]), [(0.0, 1), (6.207, 2), (7.039, 1)]);
        assert_eq!(histogram(&[]), []);
    }
}

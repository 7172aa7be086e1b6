//! Numbers of options, each with its range in the message.

use comfycheck_core::bench::MOST_BENCH_SAMPLES;
use comfycheck_core::suite::MOST_SAMPLES;
use std::num::NonZeroU32;
use std::ops::RangeInclusive;

pub(super) fn samples(text: &str) -> Result<u32, String> {
    whole(text, 0..=MOST_SAMPLES)
}

pub(super) fn bench_jobs(text: &str) -> Result<u32, String> {
    whole(text, 1..=MOST_BENCH_SAMPLES)
}

pub(super) fn retries(text: &str) -> Result<u32, String> {
    whole(text, 0..=10)
}

fn whole(text: &str, range: RangeInclusive<u32>) -> Result<u32, String> {
    let number = text.parse().ok().filter(|number| range.contains(number));
    number.ok_or_else(|| format!("not a whole number from {} to {}", range.start(), range.end()))
}

pub(super) fn at_least_one(text: &str) -> Result<NonZeroU32, String> {
    text.parse().map_err(|_| "not a whole number of at least 1".to_owned())
}

pub(super) fn days(text: &str) -> Result<u32, String> {
    text.parse().map_err(|_| "not a whole number of days, such as `90`".to_owned())
}

pub(super) fn seed(text: &str) -> Result<u64, String> {
    text.parse().map_err(|_| format!("not a whole number from 0 to {}", u64::MAX))
}

pub(super) fn dollars(text: &str) -> Result<f64, String> {
    let number: Option<f64> = text.parse().ok();
    let number = number.filter(|number| number.is_finite() && *number >= 0.0);
    number.ok_or_else(|| "not an amount in USD, such as `0.5`".to_owned())
}

pub(super) fn speed(text: &str) -> Result<f64, String> {
    let number: Option<f64> = text.parse().ok();
    number.filter(|number| number.is_finite() && *number > 0.0).ok_or_else(|| "not a number above 0".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_outside_its_range_is_refused() {
        assert_eq!((samples("0"), samples("1000"), retries("10")), (Ok(0), Ok(1000), Ok(10)));
        assert_eq!((seed("18446744073709551615"), dollars("0"), speed("0.5")), (Ok(u64::MAX), Ok(0.0), Ok(0.5)));
        assert_eq!(at_least_one("1"), Ok(NonZeroU32::MIN));
        let mut refusals = Vec::new();
        for text in ["-1", "2.5", "1001", "many"] {
            refusals.push(format!("samples {text}: {}", samples(text).unwrap_err()));
        }
        for text in ["0", "-1", "4294967296"] {
            refusals.push(format!("concurrency {text}: {}", at_least_one(text).unwrap_err()));
        }
        refusals.push(format!("retries 11: {}", retries("11").unwrap_err()));
        refusals.push(format!("seed -1: {}", seed("-1").unwrap_err()));
        refusals.push(format!("older-than 90d: {}", days("90d").unwrap_err()));
        for text in ["-1", "NaN", "$1"] {
            refusals.push(format!("max-cost {text}: {}", dollars(text).unwrap_err()));
        }
        for text in ["0", "inf"] {
            refusals.push(format!("speed {text}: {}", speed(text).unwrap_err()));
        }
        insta::assert_snapshot!(refusals.join("\n"));
    }
}

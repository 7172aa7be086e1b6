//! The policy of a request.

use super::location::reach;
use crate::diagnostic::{Diagnostic, Kind};
use crate::request::{EXECUTION_TIMEOUT_S, Policy, TTL_S};
use crate::text::TextFile;
use crate::workflow::members::Member;
use std::ops::RangeInclusive;

/// The policy of a request, and its times that RunPod does not take.
pub(super) fn read(file: &TextFile, around: &[Member]) -> (Policy, Vec<Diagnostic>) {
    match reach(&file.text, around, &["policy"]) {
        Some(policy) => {
            let json = serde_json::from_str(&file.text[policy.value]).unwrap_or_default();
            (Policy::of_request(&json), times(file, around))
        }
        None => (Policy::default(), Vec::new()),
    }
}

/// Times of a policy that RunPod does not take.
fn times(file: &TextFile, around: &[Member]) -> Vec<Diagnostic> {
    let wrong = |(name, range): (&'static str, RangeInclusive<u32>)| {
        let value = reach(&file.text, around, &["policy", name])?.value;
        let millis = |seconds: u32| u64::from(seconds) * 1_000;
        let range = millis(*range.start())..=millis(*range.end());
        let given = &file.text[value.clone()];
        let is_taken = given == "null" || given.parse().is_ok_and(|time| range.contains(&time));
        let what = format!("`policy.{name}` is not a number of milliseconds from {} to {}", range.start(), range.end());
        (!is_taken).then(|| Diagnostic::of(Kind::OutOfRange, what).at(file, value))
    };
    [("executionTimeout", EXECUTION_TIMEOUT_S), ("ttl", TTL_S)].into_iter().filter_map(wrong).collect()
}

//! The words of reports for things that have no text of their own.

use crate::cost::CostRange;
use crate::execution::{CheckInstance, Execution, Outcome};
use crate::finding::{Bound, Effect, Subject, Waiver};
use crate::manifest::Scope;
use crate::render::plain::one_line;
use std::fmt::Display;
use std::time::Duration;

/// The instance among those of its check: `deployment`, `sample 3`, `run`.
pub(super) fn instance_name(instance: &CheckInstance) -> String {
    match (instance.scope, instance.sample) {
        (Scope::Sample, Some(sample)) => format!("sample {sample}"),
        (scope, _) => scope.word().to_owned(),
    }
}

/// What an instance that was attempted more than once came to, as a line; none of any other.
pub(super) fn attempts(execution: &Execution) -> Option<String> {
    let reason = match execution.earlier.first()? {
        Outcome::Completed { open, .. } => open.first().map_or("", |question| &question.reason),
        Outcome::Skipped { reason } => reason,
        Outcome::Errored { message, .. } => message,
    };
    let (name, reason) = (instance_name(&execution.instance), one_line(reason, 300));
    let last = execution.earlier.len() + 1;
    Some(if execution.is_flaky() {
        format!("{name}: flaky, answered only at attempt {last}; at attempt 1: {reason}")
    } else {
        format!("{name}: attempted {last} times; at attempt 1: {reason}")
    })
}

/// What was attempted more than once, each as a line with its check.
pub(super) fn all_attempts(executions: &[Execution]) -> Vec<String> {
    let line = |execution: &Execution| Some(format!("{}: {}", execution.instance.check, attempts(execution)?));
    executions.iter().filter_map(line).collect()
}

/// A subject with its kind: ``node `2` ``, `sample 3`. Holds a guest's words as they are.
pub(crate) fn subject_name(subject: &Subject) -> String {
    match subject {
        Subject::Node { id, input: None } => format!("node `{id}`"),
        Subject::Node { id, input: Some(input) } => format!("input `{input}` of node `{id}`"),
        Subject::Model { folder, name } if folder.is_empty() => format!("model `{name}`"),
        Subject::Model { folder, name } => format!("model `{folder}/{name}`"),
        Subject::Sample(sample) => format!("sample {sample}"),
        Subject::Image(sample, image) => format!("image {image} of sample {sample}"),
        Subject::Pack(name) => format!("node pack `{name}`"),
        Subject::Worker(id) => format!("worker `{id}`"),
        Subject::Other(words) => words.clone(),
    }
}

/// What a waiver does, as a line: `until 2026-12-31: the pack is being replaced`. Holds the suite's words as they are.
pub(super) fn waiver_line(Waiver { reason, expires, effect }: &Waiver) -> String {
    match effect {
        Effect::Waived => format!("until {expires}: {reason}"),
        Effect::Expired => format!("ended on {expires}, so that this counts again: {reason}"),
        Effect::Undated => {
            format!("until {expires}, which does not count, since the date of the run is not known: {reason}")
        }
    }
}

/// What a value should be: `below 30 s`.
pub(super) fn bound_name(bound: Bound, unit: &str) -> String {
    let (word, limit) = match bound {
        Bound::Below(limit) => ("below", limit),
        Bound::AtMost(limit) => ("at most", limit),
        Bound::AtLeast(limit) => ("at least", limit),
        Bound::Above(limit) => ("above", limit),
    };
    format!("{word} {}", quantity(limit, unit))
}

/// A value with its unit, to four significant digits: `44.69 s`, `1.234 MB`, `0.0023 USD`.
pub(super) fn quantity(value: f64, unit: &str) -> String {
    match unit {
        "1" => significant(value),
        "[USD]" => format!("{} USD", significant(value)),
        "By" => {
            let steps = [(1e9, "GB"), (1e6, "MB"), (1e3, "kB")];
            match steps.into_iter().find(|(size, _)| value.abs() >= *size) {
                Some((size, unit)) => format!("{} {unit}", significant(value / size)),
                None => format!("{} B", significant(value)),
            }
        }
        unit => format!("{} {unit}", significant(value)),
    }
}

fn significant(value: f64) -> String {
    let magnitude = value.abs();
    if value == 0.0 || !value.is_finite() {
        return format!("{value}");
    }
    if !(1e-6..1e12).contains(&magnitude) {
        return format!("{value:.3e}");
    }
    let before_the_point = (0..).zip([1e0, 1e1, 1e2, 1e3]).filter(|(_, from)| magnitude >= *from).count();
    let zeros_after_it = [1e-1, 1e-2, 1e-3, 1e-4, 1e-5].iter().filter(|below| magnitude < **below).count();
    let decimals = 4 - before_the_point.min(4) + zeros_after_it;
    let text = format!("{value:.decimals$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

/// Seconds with one decimal: `31.2 s`.
pub(super) fn seconds(duration: Duration) -> String {
    format!("{:.1} s", duration.as_secs_f64())
}

/// An amount of money: `$0.0023`, or `$0.0023 to $0.0135`.
pub(super) fn money(CostRange { low, high }: CostRange) -> String {
    let dollars = |amount: f64| if amount < 1e9 { format!("${amount:.4}") } else { format!("${amount:.3e}") };
    let (low, high) = (dollars(low), dollars(high));
    if low == high { low } else { format!("{low} to {high}") }
}

/// A number of things: `1 error`, `2 errors`.
pub fn count<N: Copy + Display + PartialEq + From<u8>>(number: N, thing: &str) -> String {
    let plural = if number == N::from(1) { "" } else { "s" };
    format!("{number} {thing}{plural}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(value: f64, unit: &str, expected: &str) {
        assert_eq!(quantity(value, unit), expected);
    }

    #[test]
    fn values_have_four_significant_digits() {
        check(0.0, "s", "0 s");
        check(0.000_123_456, "[USD]", "0.0001235 USD");
        check(0.18, "s", "0.18 s");
        check(1.0, "s", "1 s");
        check(44.691, "s", "44.69 s");
        check(59.999, "s", "60 s");
        check(100.0, "%", "100 %");
        check(98_765.4, "1", "98765");
        check(-3.25, "s", "-3.25 s");
    }

    #[test]
    fn bytes_are_told_in_the_next_smaller_unit() {
        check(999.0, "By", "999 B");
        check(1_234_567.0, "By", "1.235 MB");
        check(24_000_000_000.0, "By", "24 GB");
    }

    #[test]
    fn no_value_is_endless() {
        check(f64::MAX, "s", "1.798e308 s");
        check(f64::MIN_POSITIVE, "s", "2.225e-308 s");
    }

    #[test]
    fn money_is_a_range_where_billing_is_ambiguous() {
        assert_eq!(money(CostRange { low: 0.0023, high: 0.0135 }), "$0.0023 to $0.0135");
        assert_eq!(money(CostRange { low: 0.002_31, high: 0.002_34 }), "$0.0023");
        assert_eq!(money(CostRange { low: 0.0, high: f64::MAX }), "$0.0000 to $1.798e308");
    }
}

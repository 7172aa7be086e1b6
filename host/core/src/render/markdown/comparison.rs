//! The difference to another run: its verdict and cost, each measured value, and which failures are new or fixed.

use super::escape::{code, escaped};
use super::{NAME, Page};
use crate::money::CostRange;
use crate::render::failures::{Failure, Failures};
use crate::render::view::{Row, View};
use crate::report::Report;
use comfycheck_wording::{count, money_range};

/// How many new and how many fixed failures are named.
const NAMED: usize = 10;
/// A smaller change is noise, in percent.
const NOTABLE: f64 = 0.5;

/// A line about the baseline: verdict, date, samples, cost.
pub(super) fn header(baseline: &Report) -> String {
    let summary = &baseline.summary;
    let samples = format!("{} of {}", summary.succeeded, count(summary.samples, "sample"));
    let cost = summary.cost.map(|CostRange { low, high }| money_range(low, high));
    let parts: Vec<String> =
        [Some(summary.verdict.word().to_owned()), Some(baseline.date.clone()), Some(samples), cost]
            .into_iter()
            .flatten()
            .collect();
    format!("- baseline: {}\n", escaped(&parts.join(" · "), 2 * NAME))
}

/// The failures that only one of the runs has.
pub(super) fn failures(report: &Report, baseline: &Report, page: &mut Page<'_>) {
    let (now, before) = (Failures::of(report), Failures::of(baseline));
    let new: Vec<&Failure> = now.without(&before).collect();
    let fixed: Vec<&Failure> = before.without(&now).collect();
    if new.is_empty() && fixed.is_empty() {
        return;
    }
    page.lines("\n#### Since the baseline\n\n");
    for (word, failures) in [("new", new), ("fixed", fixed)] {
        for Failure { kind, rule, subject } in failures.iter().take(NAMED) {
            let subject = if subject.is_empty() { String::new() } else { format!(" {}", escaped(subject, NAME)) };
            page.lines(&format!("- {word} {kind}: {}{subject}\n", code(rule, NAME)));
        }
        if failures.len() > NAMED {
            page.lines(&format!("- {}\n", count(failures.len() - NAMED, &format!("more {word} failure"))));
        }
    }
}

/// The p50 of the baseline and the change since, for each row of the table of measurements. Empty if unknown.
pub(super) fn changes(rows: &[Row], baseline: &Report) -> Vec<[String; 2]> {
    let before = View::of(baseline).measurements();
    let change = |row: &Row| {
        let same = before.iter().find(|before| (&before.label, &before.unit) == (&row.label, &row.unit));
        same.map_or_else(Default::default, |before| [before.p50.clone(), in_percent(before.median, row.median)])
    };
    rows.iter().map(change).collect()
}

/// `+12%`, `-3%`, or `=`. Empty if there is nothing to compare with.
fn in_percent(before: f64, now: f64) -> String {
    if before <= 0.0 {
        return String::new();
    }
    let change = (now / before - 1.0) * 100.0;
    if change.abs() < NOTABLE { "=".to_owned() } else { format!("{change:+.0}%") }
}

#[cfg(test)]
mod tests {
    use super::in_percent;

    #[test]
    fn a_change_has_a_sign() {
        for (before, now, expected) in
            [(10.0, 11.2, "+12%"), (10.0, 9.7, "-3%"), (10.0, 10.04, "="), (10.0, 25.0, "+150%"), (0.0, 3.0, "")]
        {
            assert_eq!(in_percent(before, now), expected, "{before} {now}");
        }
    }
}

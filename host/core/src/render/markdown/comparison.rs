//! The difference to another run: its verdict and cost, and which failures are new or fixed.

use super::escape::{code, escaped};
use super::{NAME, Page};
use crate::money::CostRange;
use crate::render::failures::{Failure, Failures};
use crate::report::Report;
use comfycheck_wording::{count, money_range};

/// How many new and how many fixed failures are named.
const NAMED: usize = 10;

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

//! The table of checks and the table of measurements.

use super::page::{Align, Page, Tone};
use super::{Detail, verbose};
use crate::plain::one_line;
use crate::render::view::{Row, Sign, View};
use crate::sample::Ending;
use comfycheck_wording::count;

/// How many checks have a row.
const CHECKS: usize = 40;
/// The longest name of a check, in characters.
const NAME: usize = 40;

pub(super) fn checks(view: &View<'_>, page: &mut Page) {
    let rows = view.checks();
    let shown = &rows[..rows.len().min(CHECKS)];
    let width = shown.iter().map(|row| one_line(&row.name, NAME).chars().count()).max().unwrap_or(0);
    page.gap();
    for row in shown {
        let (name, word) = (one_line(&row.name, NAME), format!("{:<7}", row.sign.word()));
        let painted = format!("  {}  {name:<width$}  ", page.paint(tone(row.sign), &word));
        let column = 13 + width;
        page.cut(&painted, column, &row.detail);
        if page.style.detail == Detail::Verbose {
            verbose::notes(view, row, column, page);
        }
    }
    if rows.len() > shown.len() {
        page.line(&format!("  and {}", count(rows.len() - shown.len(), "more check")));
    }
}

pub(super) fn tone(sign: Sign) -> Tone {
    match sign {
        Sign::Ok => Tone::Good,
        Sign::Fail => Tone::Bad,
        Sign::Unknown => Tone::Doubtful,
        Sign::Info | Sign::Skip => Tone::Quiet,
    }
}

pub(super) fn measurements(view: &View<'_>, page: &mut Page) {
    let rows = view.measurements();
    // Times of samples that all failed measure nothing that a reader wants.
    let worked = view.report.samples.iter().any(|sample| sample.ending == Ending::Succeeded);
    if rows.is_empty() || !(worked || page.style.detail == Detail::Verbose) {
        return;
    }
    page.gap();
    let cells: Vec<[String; 6]> = rows
        .into_iter()
        .map(|Row { label, p50, p95, max, limit, of, median: _, unit: _ }| [label, p50, p95, max, limit, of])
        .collect();
    let headings = [
        ("", Align::Left),
        ("p50", Align::Right),
        ("p95", Align::Right),
        ("max", Align::Right),
        ("limit", Align::Right),
        ("", Align::Left),
    ];
    page.table(headings, &cells);
}

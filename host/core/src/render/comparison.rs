//! The measurements of a run beside those of another.

use super::view::{Row, View};
use crate::report::Report;

/// A smaller change is noise, in percent.
const NOTABLE: f64 = 0.5;

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
pub(super) fn in_percent(before: f64, now: f64) -> String {
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

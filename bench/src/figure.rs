//! A line of the output: a quantity, its baseline, and its goal.

use crate::measure::Series;
use std::fmt;

/// A measured quantity.
#[derive(Clone, Debug)]
pub(crate) struct Figure {
    what: String,
    unit: Unit,
    measured: Series,
    baseline: Option<Baseline>,
    goal: Option<Goal>,
}

/// Something else that was measured in the same rounds.
#[derive(Clone, Debug)]
struct Baseline {
    what: &'static str,
    measured: Series,
}

/// The unit of a quantity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unit {
    /// Seconds.
    Time,
    /// Bytes.
    Memory,
    /// A multiple of something else.
    Times,
}

/// The goal of a figure.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Goal {
    AtMost(f64),
    AtLeast(f64),
    /// At most this multiple of the baseline.
    RatioAtMost(f64),
}

impl Figure {
    /// A quantity without baseline and goal.
    pub(crate) fn new(what: impl Into<String>, unit: Unit, measured: Series) -> Self {
        Self { what: what.into(), unit, measured, baseline: None, goal: None }
    }

    /// Adds a baseline of the same unit and from the same rounds.
    pub(crate) fn against(mut self, what: &'static str, measured: &Series) -> Self {
        self.baseline = Some(Baseline { what, measured: measured.clone() });
        self
    }

    pub(crate) fn goal(mut self, goal: Goal) -> Self {
        self.goal = Some(goal);
        self
    }

    /// The median of the rounds' ratios.
    fn ratio(&self) -> Option<f64> {
        Some(self.measured.with(&self.baseline.as_ref()?.measured, |one, other| one / other).median())
    }

    /// Whether the median reaches the goal.
    fn reached(&self) -> Option<bool> {
        Some(match self.goal? {
            Goal::AtMost(most) => self.measured.median() <= most,
            Goal::AtLeast(least) => self.measured.median() >= least,
            Goal::RatioAtMost(most) => self.ratio()? <= most,
        })
    }
}

/// The headings of the columns.
pub(crate) fn headings() -> String {
    row(["", "median (best)", "baseline", "ratio", "goal", "rounds"])
}

impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let baseline = self.baseline.as_ref().map(|other| spread(&other.measured, self.unit) + " " + other.what);
        let ratio = self.ratio().map(|ratio| format!("{ratio:.2}"));
        let goal = self.goal.map(|goal| match goal {
            Goal::AtMost(most) => format!("≤ {}", amount(most, self.unit)),
            Goal::AtLeast(least) => format!("≥ {}", amount(least, self.unit)),
            Goal::RatioAtMost(most) => format!("≤ {most:.2}"),
        });
        let verdict = self.reached().map_or("", |reached| if reached { ", reached" } else { ", missed" });
        f.write_str(&row([
            &self.what,
            &spread(&self.measured, self.unit),
            &baseline.unwrap_or_default(),
            &ratio.unwrap_or_default(),
            &(goal.unwrap_or_default() + verdict),
            &self.measured.rounds().to_string(),
        ]))
    }
}

fn row([what, measured, baseline, ratio, goal, rounds]: [&str; 6]) -> String {
    format!("  {what:<54} {measured:<20} {baseline:<28} {ratio:<5} {goal:<18} {rounds:>6}")
}

/// The median, and the best in brackets.
fn spread(series: &Series, unit: Unit) -> String {
    format!("{} ({})", amount(series.median(), unit), amount(series.best(), unit))
}

/// Three digits and a unit.
fn amount(value: f64, unit: Unit) -> String {
    let steps: &[(f64, &str)] = match unit {
        Unit::Time => &[(1.0, " s"), (1e-3, " ms"), (1e-6, " µs"), (1e-9, " ns")],
        Unit::Memory => &[(1_048_576.0, " MiB"), (1024.0, " KiB"), (1.0, " B")],
        Unit::Times => &[(1.0, " ×")],
    };
    let fits = |(size, _): &&(f64, &str)| value.abs() >= *size;
    let (size, name) = steps.iter().find(fits).or(steps.last()).copied().unwrap_or((1.0, ""));
    let value = value / size;
    let decimals = match value.abs() {
        ..10.0 => 2,
        ..100.0 => 1,
        _ => 0,
    };
    format!("{value:.decimals$}{name}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_amount(value: f64, unit: Unit, expected: &str) {
        assert_eq!(amount(value, unit), expected);
    }

    #[test]
    fn amounts_have_three_digits() {
        check_amount(0.560_4, Unit::Time, "560 ms");
        check_amount(0.000_030_96, Unit::Time, "31.0 µs");
        check_amount(5.4e-8, Unit::Time, "54.0 ns");
        check_amount(-0.001_5, Unit::Time, "-1.50 ms");
        check_amount(0.0, Unit::Time, "0.00 ns");
        check_amount(9_016_704.0, Unit::Memory, "8.60 MiB");
        check_amount(1.976, Unit::Times, "1.98 ×");
    }

    #[track_caller]
    fn check_reached(goal: Goal, measured: &[f64], baseline: &[f64], expected: bool) {
        let figure = Figure::new("it", Unit::Time, Series::new(measured.to_vec())).goal(goal);
        assert_eq!(figure.against("other", &Series::new(baseline.to_vec())).reached(), Some(expected));
    }

    #[test]
    fn the_median_counts_for_a_goal_and_not_the_best_round() {
        check_reached(Goal::AtMost(2.0), &[1.0, 2.0, 9.0], &[1.0; 3], true);
        check_reached(Goal::AtMost(1.9), &[1.0, 2.0, 9.0], &[1.0; 3], false);
        check_reached(Goal::AtLeast(1.9), &[1.0, 2.0, 9.0], &[1.0; 3], true);
        check_reached(Goal::AtLeast(2.1), &[1.0, 2.0, 9.0], &[1.0; 3], false);
    }

    #[test]
    fn a_ratio_compares_values_of_the_same_round() {
        // The machine was slow in the last two rounds.
        check_reached(Goal::RatioAtMost(1.5), &[1.5, 15.0, 15.0], &[1.0, 10.0, 10.0], true);
        check_reached(Goal::RatioAtMost(1.4), &[1.5, 15.0, 15.0], &[1.0, 10.0, 10.0], false);
    }

    #[test]
    fn a_line_shows_the_figure_and_its_goal() {
        let figure = Figure::new("PNG", Unit::Time, Series::new(vec![0.0072, 0.0066, 0.0075]))
            .against("native", &Series::new(vec![0.0055, 0.0051, 0.0056]))
            .goal(Goal::RatioAtMost(1.3));
        let words: Vec<_> = figure.to_string().split_whitespace().map(str::to_owned).collect();
        assert_eq!(words.join(" "), "PNG 7.20 ms (6.60 ms) 5.50 ms (5.10 ms) native 1.31 ≤ 1.30, missed 3");
    }
}

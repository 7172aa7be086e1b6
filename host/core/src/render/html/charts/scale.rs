//! Axes: a range of values, and ticks that a person would have chosen.

use comfycheck_wording::{clock, limit};

/// How many steps an axis has, at most.
const STEPS: f64 = 8.0;
/// Steps of long times, in seconds.
const LONG: [f64; 12] =
    [60.0, 120.0, 300.0, 600.0, 900.0, 1_800.0, 3_600.0, 7_200.0, 14_400.0, 21_600.0, 43_200.0, 86_400.0];

/// A range of values on a length.
pub(super) struct Scale {
    pub(super) low: f64,
    pub(super) high: f64,
    pub(super) step: f64,
    /// Where the range begins in the drawing, and its length there.
    start: f64,
    length: f64,
}

impl Scale {
    /// A range that has these values, widened to whole steps.
    pub(super) fn of(low: f64, high: f64, (start, length): (f64, f64)) -> Self {
        let high = if high > low { high } else { low + 1.0 };
        let step = step((high - low) / STEPS);
        let low = (low / step).floor() * step;
        let steps = ((high - low) / step).ceil().max(1.0);
        Self { low, high: low + steps * step, step, start, length }
    }

    pub(super) fn at(&self, value: f64) -> f64 {
        self.start + (value - self.low) / (self.high - self.low) * self.length
    }

    pub(super) fn ticks(&self) -> impl Iterator<Item = f64> {
        // `of` chose at most two steps more than `STEPS`.
        (0..=10_u8)
            .map(|tick| self.low + f64::from(tick) * self.step)
            .take_while(|tick| *tick <= self.high + self.step / 2.0)
    }

    /// A tick of seconds.
    pub(super) fn time(&self, tick: f64) -> String {
        if self.high < 300.0 {
            return limit((tick * 1e6).round() / 1e6, "s");
        }
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a time is not negative")]
        clock(tick.round() as u64)
    }
}

/// The smallest of 1, 2, 5, 10, … that is not below; of long times the smallest of `LONG`.
fn step(least: f64) -> f64 {
    if let Some(step) = LONG.into_iter().find(|step| *step >= least).filter(|_| least > 50.0) {
        return step;
    }
    let power = 10_f64.powf(least.log10().floor());
    [1.0, 2.0, 5.0].into_iter().map(|digit| digit * power).find(|step| *step >= least).unwrap_or(10.0 * power)
}

#[cfg(test)]
mod tests {
    use super::Scale;

    #[test]
    fn ticks_are_round_and_cover_the_values() {
        for (low, high, expected) in [
            (0.0, 7.3, "0 s 1 s 2 s 3 s 4 s 5 s 6 s 7 s 8 s"),
            (9.3, 9.9, "9.3 s 9.4 s 9.5 s 9.6 s 9.7 s 9.8 s 9.9 s"),
            (0.0, 1_000.0, "0:00 5:00 10:00 15:00 20:00"),
            (3.0, 3.0, "3 s 3.2 s 3.4 s 3.6 s 3.8 s 4 s"),
        ] {
            let scale = Scale::of(low, high, (0.0, 100.0));
            let ticks: Vec<String> = scale.ticks().map(|tick| scale.time(tick)).collect();
            assert_eq!(ticks.join(" "), expected);
            assert!(scale.low <= low && scale.high >= high, "{low} {high}");
            assert!(scale.at(low) >= 0.0 && scale.at(high) <= 100.0 + 1e-9, "{low} {high}");
        }
    }
}

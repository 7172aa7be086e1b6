//! How times of samples are distributed, beside those of the baseline.

use super::chart::{Chart, px};
use super::scale::Scale;
use crate::report::Report;
use crate::sample::{Ending, Sample};
use comfycheck_statistics::distribution::{least_for, nearest_rank};
use comfycheck_wording::{count, seconds};
use maud::{Markup, html};
use std::time::Duration;

/// Fewer values are a list, not a distribution.
const FEWEST: usize = 3;
/// How many bins stand between two ticks.
const PER_STEP: f64 = 2.0;

/// In the units of the drawing.
const WIDTH: f64 = 380.0;
const HEIGHT: f64 = 210.0;
const LEFT: f64 = 34.0;
const TOP: f64 = 30.0;
const BOTTOM: f64 = 180.0;

/// A time of a sample.
pub(super) struct Timing {
    id: &'static str,
    title: &'static str,
    of: fn(&Sample) -> Option<Duration>,
}

pub(super) const EXECUTION: Timing = Timing { id: "execution", title: "Execution time", of: |sample| sample.execution };
pub(super) const QUEUE: Timing = Timing { id: "queue", title: "Time in the queue", of: |sample| sample.delay };

pub(super) fn chart(timing: &Timing, report: &Report, baseline: Option<&Report>) -> Option<Chart> {
    let now = values(timing, report);
    if now.len() < FEWEST {
        return None;
    }
    let before = baseline.map(|baseline| values(timing, baseline)).filter(|before| before.len() >= FEWEST);
    let all = || now.iter().chain(before.iter().flatten()).copied();
    let (low, high) = (all().fold(f64::INFINITY, f64::min), all().fold(0.0, f64::max));
    let scale = Scale::of(low, high, (LEFT, WIDTH - LEFT - 16.0));
    let bins = Bins::of(&scale, &now);
    let of_baseline = before.as_ref().map(|before| Bins::of(&scale, before));
    let mut columns = vec!["range", "samples"];
    let mut legend = vec![("f-accent", "samples")];
    if of_baseline.is_some() {
        columns.push("baseline");
        legend.push(("s-base", "baseline, scaled to the same number"));
    }
    Some(Chart {
        id: timing.id,
        title: timing.title,
        description: description(&now, before.as_deref()),
        plot: plot(&scale, &bins, of_baseline.as_ref(), &now),
        size: (WIDTH, HEIGHT),
        wide: false,
        legend: if of_baseline.is_some() { legend } else { Vec::new() },
        columns,
        rows: rows(&bins, of_baseline.as_ref()),
    })
}

/// Of samples that succeeded, sorted, in seconds.
fn values(timing: &Timing, report: &Report) -> Vec<f64> {
    let succeeded = report.samples.iter().filter(|sample| sample.ending == Ending::Succeeded);
    let mut values: Vec<f64> = succeeded.filter_map(timing.of).map(|time| time.as_secs_f64()).collect();
    values.sort_by(f64::total_cmp);
    values
}

fn percentile(sorted: &[f64], percent: usize) -> f64 {
    nearest_rank(sorted, percent * 10).unwrap_or_default()
}

fn description(now: &[f64], before: Option<&[f64]>) -> String {
    let in_words = |values: &[f64]| {
        let p95 = if values.len() < least_for(95) {
            String::new()
        } else {
            format!(", p95 {}", seconds(percentile(values, 95)))
        };
        let max = values.last().copied().unwrap_or_default();
        format!(
            "p50 {}{p95}, max {} of {}",
            seconds(percentile(values, 50)),
            seconds(max),
            count(values.len(), "sample")
        )
    };
    match before {
        Some(before) => format!("{}. Baseline: {}.", in_words(now), in_words(before)),
        None => format!("{}.", in_words(now)),
    }
}

/// How many values are in each bin.
struct Bins {
    low: f64,
    width: f64,
    counts: Vec<u32>,
    all: u32,
}

impl Bins {
    fn of(scale: &Scale, values: &[f64]) -> Self {
        let width = scale.step / PER_STEP;
        let number = ((scale.high - scale.low) / width).round();
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a scale has few steps")]
        let mut counts = vec![0_u32; number as usize];
        let last = counts.len().saturating_sub(1);
        for value in values {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the value is on the scale")]
            let bin = ((value - scale.low) / width).floor() as usize;
            if let Some(count) = counts.get_mut(bin.min(last)) {
                *count += 1;
            }
        }
        Self { low: scale.low, width, all: counts.iter().sum(), counts }
    }

    /// Where each bin begins and ends, and its count.
    fn each(&self) -> impl Iterator<Item = (f64, f64, u32)> {
        self.counts.iter().zip(0_u32..).map(|(count, at)| {
            let from = self.low + f64::from(at) * self.width;
            (from, from + self.width, *count)
        })
    }
}

fn plot(scale: &Scale, bins: &Bins, baseline: Option<&Bins>, values: &[f64]) -> Markup {
    let factor = baseline.map_or(1.0, |baseline| f64::from(bins.all) / f64::from(baseline.all.max(1)));
    let counts = bins.counts.iter().map(|count| f64::from(*count));
    let of_baseline = baseline.iter().flat_map(|bins| &bins.counts).map(|count| f64::from(*count) * factor);
    let most = counts.chain(of_baseline).fold(1.0, f64::max);
    let y = |count: f64| BOTTOM - count / most * (BOTTOM - TOP);
    let marks = [(50, true), (95, values.len() >= least_for(95))];
    let outline = baseline.map(|baseline| {
        let points = baseline.each().flat_map(|(from, to, count)| {
            let y = y(f64::from(count) * factor);
            [from, to].map(|x| format!("{},{}", px(scale.at(x)), px(y)))
        });
        points.collect::<Vec<_>>().join(" ")
    });
    html! {
        line.axis x1=(px(LEFT)) x2=(px(WIDTH - 16.0)) y1=(px(BOTTOM)) y2=(px(BOTTOM)) {}
        text.end x=(px(LEFT - 6.0)) y=(px(TOP + 5.0)) { (most.round()) }
        text.end x=(px(LEFT - 6.0)) y=(px(BOTTOM)) { "0" }
        line.grid x1=(px(LEFT)) x2=(px(WIDTH - 16.0)) y1=(px(TOP)) y2=(px(TOP)) {}
        @for tick in scale.ticks() {
            text.mid x=(px(scale.at(tick))) y=(px(BOTTOM + 17.0)) { (scale.time(tick)) }
        }
        @for (from, to, number) in bins.each().filter(|(.., number)| *number > 0) {
            @let (x, top) = (scale.at(from) + 1.0, y(f64::from(number)));
            rect.f-accent x=(px(x)) y=(px(top)) width=(px((scale.at(to) - x - 1.0).max(1.0))) height=(px(BOTTOM - top)) rx="2" {
                title { (seconds(from)) " to " (seconds(to)) ": " (count(number, "sample")) }
            }
        }
        @if let Some(points) = &outline { polyline.s-base points=(points) {} }
        @for (percent, _) in marks.iter().filter(|(_, shown)| *shown) {
            @let x = scale.at(percentile(values, *percent));
            line.s-mark x1=(px(x)) x2=(px(x)) y1=(px(TOP - 8.0)) y2=(px(BOTTOM)) {}
            text.name.mid x=(px(x)) y=(px(TOP - 12.0)) { "p" (percent) }
        }
    }
}

fn rows(bins: &Bins, baseline: Option<&Bins>) -> Vec<Vec<String>> {
    let of_baseline = |at: usize| baseline.and_then(|baseline| baseline.counts.get(at)).map(u32::to_string);
    let row = |(at, (from, to, count)): (usize, (f64, f64, u32))| {
        let range = format!("{} to {}", seconds(from), seconds(to));
        [Some(range), Some(count.to_string()), of_baseline(at)].into_iter().flatten().collect()
    };
    bins.each().enumerate().map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::{Bins, percentile};
    use crate::render::html::charts::scale::Scale;

    #[test]
    fn every_value_is_in_one_bin() {
        let values = [9.3, 9.31, 9.9, 10.0, 12.4];
        let bins = Bins::of(&Scale::of(9.3, 12.4, (0.0, 100.0)), &values);
        assert_eq!(bins.all, 5);
        for (from, to, count) in bins.each() {
            let inside = values.iter().filter(|value| (from..to).contains(*value)).count();
            assert_eq!(inside, count as usize, "{from} {to}");
        }
    }

    #[test]
    fn a_percentile_is_one_of_the_values() {
        let values: Vec<f64> = (1..=20).map(f64::from).collect();
        let of = |values: &[f64], percent| format!("{}", percentile(values, percent));
        assert_eq!([50, 95, 100].map(|percent| of(&values, percent)), ["10", "19", "20"]);
        assert_eq!(of(&[7.0], 95), "7");
    }
}

//! What each sample cost: a range, because RunPod does not report how much of a worker's start is billed.

use super::chart::{Chart, levels, px};
use crate::money::CostRange;
use crate::report::Report;
use comfycheck_wording::{money, money_range};
use maud::{Markup, html};

/// How many bars fit. More samples share bars.
const BARS: usize = 96;
/// Fewer samples need no chart.
const FEWEST: usize = 2;

/// In the units of the drawing.
const WIDTH: f64 = 380.0;
const HEIGHT: f64 = 210.0;
const LEFT: f64 = 64.0;
const TOP: f64 = 16.0;
const BOTTOM: f64 = 180.0;

/// A bar: samples that follow each other, and their mean cost.
struct Bar {
    samples: String,
    low: f64,
    high: f64,
}

pub(super) fn chart(report: &Report) -> Option<Chart> {
    let costs: Vec<(u32, CostRange)> =
        report.samples.iter().filter_map(|sample| Some((sample.index, sample.cost?))).collect();
    let most = costs.iter().map(|(_, cost)| cost.high).fold(0.0, f64::max);
    if costs.len() < FEWEST || most <= 0.0 {
        return None;
    }
    let (low, high) = costs.iter().fold((0.0, 0.0), |(low, high), (_, cost)| (low + cost.low, high + cost.high));
    #[expect(clippy::cast_precision_loss, reason = "a run has few samples")]
    let number = costs.len() as f64;
    let description = format!(
        "{} in all, {} per sample on average.",
        money_range(low, high),
        money_range(low / number, high / number)
    );
    let bars: Vec<Bar> = costs.chunks(costs.len().div_ceil(BARS)).map(bar).collect();
    let row = |(index, cost): &(u32, CostRange)| vec![index.to_string(), money(cost.low), money(cost.high)];
    Some(Chart {
        id: "cost",
        title: "Cost of each sample",
        description,
        plot: plot(&bars, most),
        size: (WIDTH, HEIGHT),
        wide: false,
        legend: vec![("f-accent", "billed at least"), ("f-soft", "possibly billed: the worker's start and idle time")],
        columns: vec!["sample", "at least", "at most"],
        rows: costs.iter().map(row).collect(),
    })
}

fn bar(samples: &[(u32, CostRange)]) -> Bar {
    #[expect(clippy::cast_precision_loss, reason = "a run has few samples")]
    let number = samples.len().max(1) as f64;
    let sum = |of: fn(&CostRange) -> f64| samples.iter().map(|(_, cost)| of(cost)).sum::<f64>() / number;
    let indices: Vec<u32> = samples.iter().map(|(index, _)| *index).collect();
    Bar { samples: comfycheck_wording::samples(&indices), low: sum(|cost| cost.low), high: sum(|cost| cost.high) }
}

fn plot(bars: &[Bar], most: f64) -> Markup {
    #[expect(clippy::cast_precision_loss, reason = "there are few bars")]
    let slot = (WIDTH - LEFT - 16.0) / bars.len() as f64;
    let width = (slot * 0.8).min(28.0);
    let y = |cost: f64| BOTTOM - cost / most * (BOTTOM - TOP);
    let x = |at: u32| LEFT + f64::from(at) * slot + (slot - width) / 2.0;
    html! {
        (levels(most, (LEFT, WIDTH - 16.0), y, money))
        @for (Bar { samples, low, high }, at) in bars.iter().zip(0_u32..) {
            g {
                title { (samples) ": " (money_range(*low, *high)) }
                rect.f-soft x=(px(x(at))) y=(px(y(*high))) width=(px(width)) height=(px(y(*low) - y(*high))) rx="1.5" {}
                rect.f-accent x=(px(x(at))) y=(px(y(*low))) width=(px(width)) height=(px(BOTTOM - y(*low))) rx="1.5" {}
            }
        }
        @for at in [0, bars.len().saturating_sub(1)].into_iter().take(bars.len()) {
            @let name = &bars[at].samples;
            @let middle = x(u32::try_from(at).unwrap_or(0)) + width / 2.0;
            text class=(if at == 0 { "" } else { "end" }) x=(px(if at == 0 { middle - width / 2.0 } else { middle + width / 2.0 })) y=(px(BOTTOM + 18.0)) { (name) }
        }
    }
}

//! A forecast as a table for people, and as JSON.

use super::columns::columns;
use crate::bench::jobs;
use crate::forecast::{DayForecast, Forecast, Interval, MEASURE, OptionForecast};
use crate::plain::{escape_unsafe, one_line};
use comfycheck_wording::{money_range, percent, seconds};
use std::fmt::Write;

/// The longest text of a report in a line, in characters.
const LONGEST: usize = 160;
const HEAD: [&str; 5] = ["option", "cost a day", "wait p50", "wait p95", "cold starts"];
const HEAD_BELOW: [&str; 5] = ["  95% interval", "", "", "", ""];

/// Renders a forecast as JSON, with a line break at the end.
///
/// # Panics
///
/// Never: it has no maps.
pub fn json_forecast(forecast: &Forecast) -> String {
    escape_unsafe(&serde_json::to_string_pretty(forecast).expect("it has no maps")) + "\n"
}

/// Renders a forecast for a person.
pub fn human_forecast(forecast: &Forecast) -> String {
    let from = one_line(&forecast.from, LONGEST);
    let mut text =
        format!("{} per hour, measured by {from} on {}\n\n", jobs(forecast.per_hour), one_line(&forecast.date, 20));
    let rows: Vec<[String; 5]> = [HEAD, HEAD_BELOW]
        .map(|head| head.map(str::to_owned))
        .into_iter()
        .chain(forecast.options.iter().flat_map(rows))
        .collect();
    text.push_str(&columns(&rows));
    if forecast.options.iter().any(is_overloaded) {
        text.push_str("\noverloaded: more jobs than the workers can do; the queue grows all day\n");
    }
    if forecast.options.iter().any(|option| option.day.is_none()) {
        let _ = writeln!(text, "\nno cold start was measured: set active workers to 0, then run");
        let _ = writeln!(text, "  {MEASURE}");
    }
    text.push_str("\nassumptions\n");
    for line in &forecast.assumptions {
        let _ = writeln!(text, "  {line}");
    }
    text
}

fn is_overloaded(option: &OptionForecast) -> bool {
    option.day.as_ref().is_some_and(|day| day.wait_p50_s.is_none())
}

/// The values of an option, and below them its intervals.
fn rows(option: &OptionForecast) -> Vec<[String; 5]> {
    // What a GPU or FlashBoot adds to the name stands below the settings, so the table is narrow.
    let settings = option.name.match_indices(", ").nth(2).map_or(option.name.len(), |(at, _)| at);
    let (name, more) = option.name.split_at(settings);
    let more = more.strip_prefix(", ").map(|more| format!("  {more}")).unwrap_or_default();
    let (values, intervals): (Vec<String>, Vec<String>) = match &option.day {
        Some(day) => cells(day)
            .into_iter()
            .map(|(value, interval)| if value == interval { (value, String::new()) } else { (value, interval) })
            .unzip(),
        None => (vec!["unknown".to_owned()], Vec::new()),
    };
    let row = |name: String, cells: Vec<String>| {
        let mut cells = std::iter::once(name).chain(cells);
        std::array::from_fn(|_| cells.next().unwrap_or_default())
    };
    let below = row(more, intervals);
    let has_more = below.iter().any(|cell| !cell.is_empty());
    std::iter::once(row(name.to_owned(), values)).chain(has_more.then_some(below)).collect()
}

/// Each value with its interval, in words.
fn cells(day: &DayForecast) -> [(String, String); 4] {
    let DayForecast { cost_without_starts, cost, wait_p50_s, wait_p95_s, cold_percent, .. } = day;
    let cost = match (cost_without_starts, cost) {
        (Some(least), Some(most)) => (money_range(least.value, most.value), money_range(least.low, most.high)),
        _ => ("no price".to_owned(), String::new()),
    };
    let wait = |wait: Option<Interval>| {
        wait.map_or_else(|| ("overloaded".to_owned(), String::new()), |wait| with_interval(wait, seconds))
    };
    [cost, wait(*wait_p50_s), wait(*wait_p95_s), with_interval(*cold_percent, |share| percent(share.round()))]
}

fn with_interval(Interval { value, low, high }: Interval, words: impl Fn(f64) -> String) -> (String, String) {
    (words(value), spread(low, high, words))
}

/// `5.9–6.6 s`: the unit stands once where both have the same.
fn spread(low: f64, high: f64, words: impl Fn(f64) -> String) -> String {
    let (low, high) = (words(low), words(high));
    if low == high {
        return low;
    }
    let is_digit = |c: char| c.is_ascii_digit() || c == '.';
    let number = low.strip_suffix(high.trim_start_matches(is_digit)).filter(|number| number.chars().all(is_digit));
    format!("{}–{high}", number.unwrap_or(&low))
}

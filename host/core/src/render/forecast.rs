//! A forecast as a table for people, and as JSON.

use crate::forecast::{DayForecast, Forecast, Interval, MEASURE, OptionForecast};
use crate::plain::{escape_unsafe, one_line};
use comfycheck_wording::{money_range, number, percent, seconds};
use std::fmt::Write;

/// The longest text of a report in a line, in characters.
const LONGEST: usize = 160;
const HEAD: [&str; 6] = ["option", "cost a day", "95% interval", "wait p50", "wait p95", "cold starts"];

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
    let mut text = format!(
        "{} jobs per hour, measured by {from} on {}\n\n",
        number(forecast.per_hour),
        one_line(&forecast.date, 20)
    );
    let rows: Vec<[String; 6]> =
        std::iter::once(HEAD.map(str::to_owned)).chain(forecast.options.iter().map(row)).collect();
    let width = |at: usize| rows.iter().map(|row| row[at].chars().count()).max().unwrap_or_default();
    let widths: [usize; 6] = std::array::from_fn(width);
    for row in &rows {
        let cells: Vec<String> = row.iter().zip(widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
        text.push_str(cells.join("  ").trim_end());
        text.push('\n');
    }
    for option in forecast.options.iter().filter(|option| is_overloaded(option)) {
        // Writing to a text cannot fail.
        let _ = writeln!(text, "\n{}: more jobs than its workers can do; the queue grows all day", option.name);
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
    option.day.as_ref().is_some_and(|day| day.utilization_percent >= 100.0)
}

fn row(option: &OptionForecast) -> [String; 6] {
    let Some(day) = &option.day else {
        let unknown = "unknown".to_owned();
        return [option.name.clone(), unknown, String::new(), String::new(), String::new(), String::new()];
    };
    let DayForecast { cost_without_starts, cost, wait_p50_s, wait_p95_s, cold_percent, .. } = day;
    let (value, interval) = match (cost_without_starts, cost) {
        (Some(least), Some(most)) => (money_range(least.value, most.value), money_range(least.low, most.high)),
        _ => ("no price".to_owned(), String::new()),
    };
    [
        option.name.clone(),
        value,
        interval,
        with_interval(*wait_p50_s, seconds),
        with_interval(*wait_p95_s, seconds),
        with_interval(*cold_percent, percent),
    ]
}

/// `6.2 s (5.9–6.6 s)`; the value alone if the interval has the same words.
fn with_interval(Interval { value, low, high }: Interval, words: impl Fn(f64) -> String) -> String {
    let (value, range) = (words(value), spread(low, high, words));
    if value == range { value } else { format!("{value} ({range})") }
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

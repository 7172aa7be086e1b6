//! A chart: a drawing with its words and its table.

use comfycheck_wording::count;
use maud::{Markup, html};

/// How many rows a table behind a chart has.
const ROWS: usize = 200;

/// A drawing with its words and its table.
pub(super) struct Chart {
    /// Distinguishes it on the page.
    pub(super) id: &'static str,
    pub(super) title: &'static str,
    /// What it shows, in numbers. One sentence.
    pub(super) description: String,
    /// The drawing, without the `svg` around it.
    pub(super) plot: Markup,
    /// The size of the drawing.
    pub(super) size: (f64, f64),
    /// Whether it needs the width of the page.
    pub(super) wide: bool,
    /// Classes of fills, and what they stand for.
    pub(super) legend: Vec<(&'static str, &'static str)>,
    pub(super) columns: Vec<&'static str>,
    pub(super) rows: Vec<Vec<String>>,
}

pub(super) fn section(charts: &[Chart]) -> Markup {
    html! {
        @if !charts.is_empty() {
            section #charts {
                h2 { "Charts" }
                div.charts { @for chart in charts { (figure(chart)) } }
            }
        }
    }
}

fn figure(chart: &Chart) -> Markup {
    let Chart { id, title, description, plot, size: (width, height), wide, legend, columns, rows } = chart;
    let (title_id, text_id) = (format!("{id}-title"), format!("{id}-text"));
    html! {
        figure.chart.wide[*wide] {
            figcaption { h3 { (title) } p.small { (description) } }
            div.scroll tabindex="0" role="region" aria-label=(title) {
                svg.plot.long[*wide] viewBox=(format!("0 0 {width} {height}")) role="img" aria-labelledby={ (title_id) " " (text_id) } {
                    title id=(title_id) { (title) }
                    desc id=(text_id) { (description) }
                    (plot)
                }
            }
            @if !legend.is_empty() {
                ul.legend {
                    @for (class, meaning) in legend {
                        li { svg viewBox="0 0 12 12" aria-hidden="true" { rect class=(class) width="12" height="12" rx="3" {} } (meaning) }
                    }
                }
            }
            details {
                summary { "Table" }
                div.scroll tabindex="0" role="region" aria-label={ (title) ", table" } {
                    table {
                        thead { tr { @for (at, column) in columns.iter().enumerate() { th.num[at > 0] scope="col" { (column) } } } }
                        tbody {
                            @for row in rows.iter().take(ROWS) {
                                tr { @for (at, cell) in row.iter().enumerate() { td.num[at > 0] { (cell) } } }
                            }
                        }
                    }
                }
                @if rows.len() > ROWS { p.small { "and " (count(rows.len() - ROWS, "more row")) " in the JSON report" } }
            }
        }
    }
}

/// Lines at nothing, at half and at the most, from left to right, with the words of their values. `y` is where a value stands.
pub(super) fn levels(
    most: f64,
    (left, right): (f64, f64),
    y: impl Fn(f64) -> f64,
    words: impl Fn(f64) -> String,
) -> Markup {
    html! {
        @for value in [0.0, 0.5, 1.0].map(|part| part * most) {
            line.grid x1=(px(left)) x2=(px(right)) y1=(px(y(value))) y2=(px(y(value))) {}
            text.end x=(px(left - 8.0)) y=(px(y(value) + 4.0)) { (words(value)) }
        }
    }
}

/// A length in a drawing, with one decimal.
pub(super) fn px(length: f64) -> String {
    format!("{length:.1}")
}

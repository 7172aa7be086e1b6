//! The page: one HTML file that a browser shows from disk, without a network and without scripts.
//!
//! Its policy allows its own style and embedded images, and nothing else. Text of checks, workers and workflows is
//! escaped by the templates, and made harmless for the eye by [`text`].

mod bench;
mod charts;
mod document;
mod findings;
mod golden;
mod header;
mod prompts;
mod samples;
mod tables;
mod text;
mod trend;

use crate::render::context::ReportContext;
use crate::render::view::View;
use crate::report::Report;
pub use bench::html_bench;
use document::document;
pub use golden::{ComparedImage, html_golden};
use maud::{Markup, html};
use text::{NAME, line};
pub use trend::html_history;

/// Renders a report as a page. Equal reports in equal contexts give equal bytes.
pub fn html(report: &Report, context: &ReportContext<'_>) -> String {
    let view = View::of(report);
    let title = format!("{} {}", line(&report.name, NAME), report.summary.verdict.word());
    let charts = charts::write(report, context.baseline);
    let body = html! {
        a.skip href="#main" { "Skip to the findings" }
        div.wrap {
            (header::write(&view, context, !charts.0.is_empty()))
            main #main tabindex="-1" {
                (findings::write(&view, context))
                (tables::checks(&view))
                (tables::measurements(&view, context))
                (charts)
                (prompts::write(report))
                (samples::write(&view, context))
            }
            (footer(report, context))
        }
    };
    document(&title, &body)
}

fn footer(report: &Report, context: &ReportContext<'_>) -> Markup {
    html! {
        footer {
            "comfycheck " (line(&report.version, NAME))
            @if let Some(json) = context.json { " · everything is in " (text::code(json, NAME)) }
        }
    }
}

//! What a person reads in a terminal: where the responses came from, a line per check, each problem as a compiler
//! shows it, the samples, and the verdict as the last line.
//!
//! Readable at 100 columns and without colours: a word says what a colour says. What is shown is bounded, and where
//! something is left out, a line says how much; the JSON report holds it all.

mod checks;
mod page;
mod problems;
mod samples;
mod validation;
mod verdict;

use crate::diagnostic::Color;
use crate::render::places::Places;
use crate::render::plain::one_line;
use crate::report::{Origin, Report};
use page::Page;
pub use validation::human_validation;

/// The longest text that is shown, in characters.
const TEXT: usize = 600;

/// Renders a report for a person. Ends with a line break.
pub fn human(report: &Report, color: Color) -> String {
    let mut page = Page::new(color);
    header(report, &mut page);
    checks::write(report, &mut page);
    problems::write(&report.executions, &Places::of(report), &mut page);
    samples::write(report, &mut page);
    verdict::write(report, &mut page);
    page.finish()
}

fn header(report: &Report, page: &mut Page) {
    page.heading(&one_line(&report.suite, 80));
    if let Some(workflow) = &report.workflow {
        page.field("workflow", &one_line(&workflow.path, TEXT));
    }
    match &report.origin {
        Origin::Live { endpoint: Some(endpoint) } => {
            page.field("endpoint", &one_line(&format!("{endpoint}, live on {}", report.date), TEXT));
        }
        Origin::Live { endpoint: None } => page.field("endpoint", &one_line(&format!("live on {}", report.date), TEXT)),
        Origin::Replay { cassette, note } => {
            page.field("replay", &one_line(&format!("`{cassette}` of {}", report.date), TEXT));
            if let Some(note) = note {
                page.field("", &one_line(note, TEXT));
            }
        }
        Origin::Simulation { scenario, about } => {
            page.field("simulated", &one_line(&format!("`{scenario}`: {about}"), TEXT));
        }
    }
}

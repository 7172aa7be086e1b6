//! The report for a person in a terminal or a CI log: what is wrong, then what is unknown, warnings, a row per check, the
//! measurements, and the verdict.
//!
//! A page without `-v` has at most 24 lines for one cause and 40 for several. What does not fit goes in this order: excerpts
//! of the workflow, help and evidence of warnings and questions, whole warnings and questions, help and evidence of errors but the
//! first, whole errors. A line says how many are not shown. The JSON report has everything.

mod bench;
mod blocks;
mod page;
mod samples;
mod tables;
mod validation;
mod verbose;
mod wrap;

use crate::diagnostic::Color;
use crate::plain::one_line;
use crate::render::view::{Block, Kind, View, origin, workers};
use crate::report::Report;
use crate::suite::CheckSource;
pub use bench::human_bench;
use page::{Page, Tone};
pub use validation::human_validation;
pub use wrap::wrap;

/// The longest text that is shown, in characters.
const TEXT: usize = 600;

/// The longest message on a page without room, in characters.
const SHORT: usize = 240;

/// The most lines of a page with one cause, and of a page with several.
const LINES: (usize, usize) = (24, 40);

/// The most lines from the last error to the end: a terminal shows so many.
const SCREEN: usize = 24;

/// How a page looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageStyle {
    /// Prose is wrapped at this column.
    pub width: usize,
    pub color: Color,
    /// Only ASCII: for terminals that cannot show more.
    pub ascii: bool,
    pub detail: Detail,
}

/// How much a page shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Detail {
    /// Findings and the verdict.
    Quiet,
    #[default]
    Normal,
    /// All notes, readings and samples, without a limit on lines.
    Verbose,
}

impl Default for PageStyle {
    /// For files and logs: 100 columns, without color.
    fn default() -> Self {
        Self { width: 100, color: Color::Off, ascii: false, detail: Detail::Normal }
    }
}

/// What a page has room for.
#[derive(Clone, Copy, Debug)]
struct Room {
    /// How many blocks have an excerpt of the workflow.
    excerpts: usize,
    /// How many warnings and questions have their help and evidence.
    details: usize,
    /// How many errors have theirs.
    errors: usize,
    blocks: usize,
    /// Whether the table of measurements is shown.
    measurements: bool,
    /// The longest message, in characters.
    message: usize,
}

/// Renders a report for a person. `written` are the paths of the reports that are written beside it. Ends with a line break.
pub fn human(report: &Report, style: PageStyle, written: &[String]) -> String {
    let view = View::of(report);
    let all = Room {
        excerpts: usize::MAX,
        details: usize::MAX,
        errors: usize::MAX,
        blocks: usize::MAX,
        measurements: true,
        message: TEXT,
    };
    if style.detail == Detail::Verbose {
        return compose(&view, style, written, all).0;
    }
    let errors = view.of_kind(Kind::Error).count();
    let main = if errors > 0 { errors } else { view.of_kind(Kind::Unknown).count() };
    // Where nothing is wrong or unknown, each warning is worth reading.
    let few = if main == 0 { 1 } else { 2 * main + 2 };
    let most = if main <= 1 && view.blocks.len() <= few { LINES.0 } else { LINES.1 };
    let mut last = String::new();
    for room in rooms(view.blocks.len(), errors) {
        let (page, from_last_error) = compose(&view, style, written, room);
        let fits = page.lines().count() <= most && from_last_error <= SCREEN;
        last = page;
        if fits {
            break;
        }
    }
    last
}

/// From the most that a page may show to the least.
fn rooms(blocks: usize, errors: usize) -> impl Iterator<Item = Room> {
    let all = usize::MAX;
    // Without an error, the first question is what matters.
    let least = usize::from(errors == 0);
    let details = [(3, all), (1, all), (0, all), (0, 2.max(least)), (0, least)];
    let roomy = details.into_iter().map(move |(excerpts, details)| Room {
        excerpts,
        details,
        errors: all,
        blocks: all,
        measurements: true,
        message: TEXT,
    });
    // Beside an error, other findings matter more than numbers.
    let tight =
        Room { excerpts: 0, details: least, errors: all, blocks: all, measurements: errors == 0, message: TEXT };
    let fewer = (errors.max(1)..blocks).rev().map(move |blocks| Room { blocks, ..tight });
    // The title of each error matters more than the help for the second.
    let titles = (1..=errors).rev().map(move |blocks| Room { blocks, errors: 1, ..tight });
    roomy.chain([tight]).chain(fewer).chain(titles).chain([Room { blocks: 1, message: SHORT, ..tight }])
}

/// Writes the page, and says how many lines stand from the last error to the end.
fn compose(view: &View<'_>, style: PageStyle, written: &[String], room: Room) -> (String, usize) {
    let mut page = Page::new(style);
    if style.detail != Detail::Quiet {
        head(view, &mut page);
    }
    let last_error = blocks::write(view, room, &mut page);
    if style.detail == Detail::Verbose {
        verbose::consequences(view, &mut page);
        samples::write(view.report, &mut page);
    }
    if style.detail != Detail::Quiet {
        tables::checks(view, &mut page);
        if room.measurements {
            tables::measurements(view, &mut page);
        }
    }
    verdict(view, &mut page);
    footer(view, written, &mut page);
    let lines = page.lines();
    (page.finish(), last_error.map_or(0, |start| lines - start))
}

fn head(view: &View<'_>, page: &mut Page) {
    let report = view.report;
    let parts = [Some(one_line(&report.suite, 80)), Some(origin(report)), workers(report)];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    page.prose(Tone::Strong, "", "  ", &parts.join(" · "));
    if page.style.detail == Detail::Verbose {
        verbose::head(report, page);
    }
}

/// The last line of the page: the verdict, and what it counts.
pub fn verdict_line(report: &Report) -> String {
    let view = View::of(report);
    format!("{}  {}", view.verdict_word(), view.verdict_parts().join(" · "))
}

fn verdict(view: &View<'_>, page: &mut Page) {
    page.gap();
    let parts = view.verdict_parts().join(" · ");
    page.prose(Tone::of_verdict(view.report.summary.verdict), &format!("{}  ", view.verdict_word()), "  ", &parts);
}

/// The other reports of this run, and the command that explains its first rule.
fn footer(view: &View<'_>, written: &[String], page: &mut Page) {
    if !written.is_empty() {
        let written: Vec<String> = written.iter().map(|path| one_line(path, 300)).collect();
        page.prose(Tone::Quiet, "reports: ", "  ", &written.join(", "));
    }
    // Beside a check that did not run to its end, the rule of a warning explains nothing.
    let crashed = view.blocks.iter().any(|block| block.error.is_some());
    let matters = |block: &&Block<'_>| matches!(block.kind, Kind::Error | Kind::Unknown) || !crashed;
    let explained =
        view.blocks.iter().filter(|block| !block.kind.is_waived() && block.error.is_none()).filter(matters).find_map(
            |block| {
                let (check, rule) = block.id().split_once('/')?;
                let planned = view.report.checks.iter().find(|planned| planned.suite.name == check)?;
                match &planned.suite.source {
                    CheckSource::Bundled(name) => Some(format!("{name}/{rule}")),
                    CheckSource::File(_) | CheckSource::Remote(_) => None,
                }
            },
        );
    if let Some(rule) = explained {
        page.prose(Tone::Quiet, "more: ", "  ", &format!("comfycheck explain {}", one_line(&rule, 200)));
    }
}

//! Markdown: a comment on a pull or merge request, and the summary of a step on GitHub.
//!
//! It fits into a comment of GitHub (65,536 characters). What is left out is counted, and the JSON report has it. The first
//! line, which is not shown, identifies the comment for tools that update it.

mod bench;
mod comparison;
mod escape;
mod validation;

pub use bench::markdown_bench;
pub use validation::markdown_validation;

use crate::money::CostRange;
use crate::render::comparison::changes;
use crate::render::context::{CiRun, ReportContext, SavedFiles};
use crate::render::view::{Block, CheckRow, Kind, Row, Statement, View, about, origin, quote, workers};
use crate::render::wording::{all_attempts, waiver_line};
use crate::report::{Origin, Report, Verdict};
use crate::sample::{Ending, FileFacts, Sample};
use comfycheck_wording::{count, money_range, seconds};
use escape::{code, escaped};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::time::Duration;

/// The longest text, in characters.
const TEXT: usize = 400;

/// The longest name and path, in characters.
const NAME: usize = 100;

/// How many items of each list are shown.
const FINDINGS: usize = 20;
const CHECKS: usize = 40;
const ATTEMPTS: usize = 10;
const SAMPLES: usize = 20;
/// How many files of a sample are linked.
const LINKS: usize = 4;

/// How far each list may fill the page, in bytes after escaping. The rest between and after them is short, so the whole
/// stays below GitHub's limit.
const FULL_OF_FINDINGS: usize = 28 * 1024;
const FULL_OF_CHECKS: usize = 48 * 1024;
const FULL_OF_ATTEMPTS: usize = 52 * 1024;
const FULL_OF_SAMPLES: usize = 60 * 1024;

/// A page that is being written.
struct Page<'a> {
    text: String,
    context: &'a ReportContext<'a>,
}

impl Page<'_> {
    /// Writes lines, with their line breaks.
    fn lines(&mut self, lines: &str) {
        self.text.push_str(lines);
    }

    fn all(&mut self, lines: impl IntoIterator<Item = String>) {
        self.text.extend(lines);
    }

    /// Writes the first `most` items of a list as far as there is room, and how many `thing`s more there are.
    fn list<T>(&mut self, items: &[T], thing: &str, (most, full): (usize, usize), line: impl Fn(&T) -> String) {
        let mut shown = 0;
        for item in items.iter().take(most) {
            let line = line(item);
            if self.text.len() + line.len() > full {
                break;
            }
            self.text.push_str(&line);
            shown += 1;
        }
        let more = items.len() - shown;
        if more > 0 {
            let more = count(more, &format!("more {thing}"));
            let whole = escaped(&self.context.whole(), TEXT);
            self.lines(&format!("\nand {more} in {whole}\n"));
        }
    }
}

/// The step summary of a command that ended without a report: a line that says why.
pub fn markdown_of_failure(why: &str) -> String {
    format!("❌ comfycheck: {}\n", escaped(why, TEXT))
}

/// Renders a report as Markdown. Equal reports in equal contexts give equal bytes.
pub fn markdown(report: &Report, context: &ReportContext<'_>) -> String {
    let view = View::of(report);
    let mut page = Page { text: String::new(), context };
    header(&view, &mut page);
    findings(&view, &mut page);
    if let Some(baseline) = context.baseline {
        comparison::failures(report, baseline, &mut page);
    }
    checks(&view, &mut page);
    measurements(&view, &mut page);
    more_attempts(report, &mut page);
    samples(report, &mut page);
    page.lines(&format!("\n<sub>comfycheck {}</sub>\n", escaped(&report.version, NAME)));
    page.text
}

fn header(view: &View<'_>, page: &mut Page<'_>) {
    let report = view.report;
    let sign = match report.summary.verdict {
        Verdict::Passed => "✅",
        Verdict::Failed => "❌",
        Verdict::Inconclusive => "⚠️",
    };
    page.lines(&format!("<!-- comfycheck:{} -->\n", marker(&report.name)));
    let (name, verdict) = (escaped(&report.name, 2 * NAME), report.summary.verdict.word());
    page.lines(&format!("### {sign} comfycheck: {name} {verdict}\n\n"));
    page.lines(&format!("{}\n\n", escaped(&view.verdict_parts().join(" · "), TEXT)));
    let from = [Some(origin(report)), workers(report)].into_iter().flatten().collect::<Vec<_>>().join(" · ");
    page.lines(&format!("- {}\n", escaped(&from, TEXT)));
    let note = match &report.origin {
        Origin::Replay { note, .. } => note.as_ref(),
        Origin::Simulation { about, .. } => Some(about),
        Origin::Live { .. } => None,
    };
    page.all(note.map(|note| format!("- {}\n", escaped(note, TEXT))));
    page.all(report.workflow.as_ref().map(|file| format!("- workflow {}\n", code(file.path(), NAME))));
    page.all(page.context.baseline.map(comparison::header));
    page.all(page.context.saved.map(saved));
    page.all(page.context.ci_run.map(link));
}

fn saved(SavedFiles { folder, count: number, links: _ }: &SavedFiles) -> String {
    format!("- {} of the samples in {}\n", count(*number, "file"), code(folder, NAME))
}

/// A link to the CI run. Its text is ours, and its address comes from the environment.
fn link(ci_run: &CiRun) -> String {
    format!("- [{} run]({})\n", ci_run.system(), ci_run.address())
}

/// A run's name inside an HTML comment. Different names have different markers, so each run keeps a comment of its own.
///
/// Letters, digits and single hyphens stay. Every other character is its code point in hexadecimal, between `_` and `.`.
pub(crate) fn marker(name: &str) -> String {
    let mut marker = String::new();
    for letter in name.chars().take(3 * NAME) {
        match letter {
            'a'..='z' | 'A'..='Z' | '0'..='9' => marker.push(letter),
            // Two of them would end the comment.
            '-' if !marker.is_empty() && !marker.ends_with('-') => marker.push(letter),
            // Writing to a string does not fail.
            other => drop(write!(marker, "_{:x}.", u32::from(other))),
        }
    }
    if marker.ends_with('-') {
        marker.pop();
        marker.push_str("_2d.");
    }
    marker
}

/// Text of others in a cell of a table or in a line.
pub(crate) fn cell(text: &str, limit: usize) -> String {
    escaped(text, limit)
}

fn findings(view: &View<'_>, page: &mut Page<'_>) {
    if view.blocks.is_empty() {
        return;
    }
    page.lines("\n#### Findings\n\n");
    let last_error = view.blocks.iter().rposition(|block| block.kind == Kind::Error);
    let shared = Some(view.therefore.join(", ")).filter(|clauses| !clauses.is_empty());
    let indexed: Vec<(usize, &Block<'_>)> = view.blocks.iter().enumerate().collect();
    page.list(&indexed, "finding", (FINDINGS, FULL_OF_FINDINGS), |(index, block)| {
        let mut text = item(view, block);
        if let Some(clauses) = shared.as_ref().filter(|_| Some(*index) == last_error) {
            text.extend(["- **therefore** ", &escaped(clauses, TEXT), "\n"]);
        }
        text
    });
}

fn item(view: &View<'_>, block: &Block<'_>) -> String {
    let ids: Vec<String> = block.ids.iter().map(|id| code(id, NAME)).collect();
    let Statement { what, seen, unknown } = block.statement();
    let mut text = format!("- **{}** {}: {}\n", block.kind.word(), ids.join(", "), escaped(what, TEXT));
    if let Some((path, place)) = view.place(block) {
        text.extend(["  - at ", &code(&format!("{path}:{place}"), 2 * NAME), "\n"]);
    }
    let about = about(block, &view.places, &view.report.samples, None);
    let also: Vec<&str> = block.also.iter().map(|twin| twin.id.as_str()).collect();
    let lines = [
        ("about", Some(about)),
        ("seen", seen.map(str::to_owned)),
        ("unknown", unknown.map(str::to_owned)),
        ("waiver", block.waiver.map(waiver_line)),
        ("help", block.help.map(str::to_owned)),
        ("also", Some(also.join(", "))),
        ("therefore", Some(block.therefore.join(", "))),
    ];
    for (key, line) in lines {
        if let Some(line) = line.filter(|line| !line.is_empty()) {
            text.extend(["  - ", key, ": ", &escaped(&line, TEXT), "\n"]);
        }
    }
    text
}

fn checks(view: &View<'_>, page: &mut Page<'_>) {
    page.lines("\n| Check | Result | |\n| --- | --- | --- |\n");
    page.list(&view.checks(), "check", (CHECKS, FULL_OF_CHECKS), |CheckRow { name, sign, detail }| {
        format!("| {} | {} | {} |\n", code(name, NAME), sign.word(), escaped(detail, TEXT))
    });
}

fn measurements(view: &View<'_>, page: &mut Page<'_>) {
    let rows = view.measurements();
    if rows.is_empty() || view.report.samples.iter().all(|sample| sample.ending == Ending::NotSubmitted) {
        return;
    }
    let baseline = page.context.baseline;
    let changes = baseline.map(|baseline| changes(&rows, baseline));
    page.lines(match changes {
        Some(_) => "\n| Measured | p50 | baseline | change | p95 | max | limit | |\n| --- | --: | --: | --: | --: | --: | --: | --- |\n",
        None => "\n| Measured | p50 | p95 | max | limit | |\n| --- | --: | --: | --: | --: | --- |\n",
    });
    let changes = changes.map_or_else(|| vec![None; rows.len()], |changes| changes.into_iter().map(Some).collect());
    let rows: Vec<_> = rows.iter().zip(&changes).collect();
    page.list(&rows, "measurement", (CHECKS, FULL_OF_ATTEMPTS), |(row, change)| {
        let Row { label, p50, p95, max, limit, of, median: _, unit: _ } = row;
        let change = change.iter().flatten();
        let cells = [label, p50].into_iter().chain(change).chain([p95, max, limit, of]);
        format!("| {} |\n", cells.map(|cell| escaped(cell, NAME)).collect::<Vec<_>>().join(" | "))
    });
}

fn more_attempts(report: &Report, page: &mut Page<'_>) {
    let attempts = all_attempts(&report.executions);
    if attempts.is_empty() {
        return;
    }
    page.lines("\n#### More than one attempt\n\n");
    page.list(&attempts, "check", (ATTEMPTS, FULL_OF_ATTEMPTS), |line| format!("- {}\n", escaped(line, TEXT)));
}

fn samples(report: &Report, page: &mut Page<'_>) {
    let samples = &report.samples;
    if samples.is_empty() || samples.iter().all(|sample| sample.ending == Ending::NotSubmitted) {
        return;
    }
    let succeeded = format!("{} of {} succeeded", report.summary.succeeded, count(samples.len(), "sample"));
    page.lines(&format!("\n<details><summary>{succeeded}</summary>\n\n"));
    let files = if Sample::files_heading(samples) == "images" { "Images" } else { "Files" };
    page.lines(&format!("| # | Result | Start | Queue | Execution | {files} | Cost | |\n| --: | --- | --- | --: | --: | --: | --- | --- |\n"));
    let links = page.context.saved.map(|saved| &saved.links);
    page.list(samples, "sample", (SAMPLES, FULL_OF_SAMPLES), |sample| row(sample, links));
    page.lines("\n</details>\n");
}

/// How many files there are, each as a link where it has one.
fn files(sample: &Sample, links: Option<&BTreeMap<String, String>>) -> String {
    let link = |(file, at): (&FileFacts, usize)| Some(format!("[{at}]({})", links?.get(&file.sha256)?));
    let linked: Vec<String> = sample.all_files().zip(1..=LINKS).filter_map(link).collect();
    if linked.is_empty() { sample.all_files().count().to_string() } else { linked.join(" ") }
}

fn row(sample: &Sample, links: Option<&BTreeMap<String, String>>) -> String {
    let time = |time: Option<Duration>| time.map(|time| seconds(time.as_secs_f64())).unwrap_or_default();
    let why = sample.error.as_deref().map(quote).or_else(|| sample.reason.clone());
    format!(
        "| {} | {} | {} | {} | {} | {} | {} | {} |\n",
        sample.index,
        sample.ending.word().replace('-', " "),
        sample.start.word(),
        time(sample.delay),
        time(sample.execution),
        files(sample, links),
        sample.cost.map(|CostRange { low, high }| escaped(&money_range(low, high), NAME)).unwrap_or_default(),
        why.map(|why| escaped(&why, TEXT)).unwrap_or_default(),
    )
}

//! Markdown: a comment on a pull or merge request, and the summary of a step on GitHub.
//!
//! It fits into a comment of GitHub (65,536 characters); what is left out is counted, and the JSON report holds it. The first
//! line, which is not shown, tells whoever updates a comment which one it is.

mod escape;

use crate::diagnostic::Excerpt;
use crate::render::places::Places;
use crate::render::problems::{Key, Problem, about, problems};
use crate::render::tally::{Tally, of_check};
use crate::render::verdict;
use crate::render::wording::{all_attempts, count, money, seconds, waiver_line};
use crate::report::{Machine, Origin, Report, Verdict};
use crate::sample::{Ending, Sample};
use escape::{code, escaped};

/// The longest text, in characters.
const TEXT: usize = 400;

/// The longest name and path, in characters.
const NAME: usize = 100;

/// How many checks, problems, reasons and samples are shown.
const CHECKS: usize = 40;
const PROBLEMS: usize = 20;
const REASONS: usize = 10;
const ATTEMPTS: usize = 10;
const SAMPLES: usize = 20;

/// How far the page may be filled by each of its lists, in bytes after escaping; what has no room is only counted. What is
/// between and after the lists is short, so that the whole stays below GitHub's limit.
const FULL_OF_CHECKS: usize = 20 * 1024;
const FULL_OF_PROBLEMS: usize = 44 * 1024;
const FULL_OF_REASONS: usize = 52 * 1024;
const FULL_OF_ATTEMPTS: usize = 54 * 1024;
const FULL_OF_SAMPLES: usize = 60 * 1024;

/// A page that is being written.
struct Page(String);

impl Page {
    /// Writes lines, with their line breaks.
    fn lines(&mut self, lines: &str) {
        self.0.push_str(lines);
    }

    fn all(&mut self, lines: impl IntoIterator<Item = String>) {
        self.0.extend(lines);
    }

    /// Writes the first `most` items of a list as far as there is room, and how many `thing`s more there are.
    fn list<T>(&mut self, items: &[T], thing: &str, (most, full): (usize, usize), line: impl Fn(&T) -> String) {
        let mut shown = 0;
        for item in items.iter().take(most) {
            let line = line(item);
            if self.0.len() + line.len() > full {
                break;
            }
            self.0.push_str(&line);
            shown += 1;
        }
        let more = items.len() - shown;
        if more > 0 {
            let more = count(more, &format!("more {thing}"));
            self.lines(&format!("\nand {more}, which the JSON report holds\n"));
        }
    }
}

/// What a step's summary tells where there is no report: a line that says why.
pub fn markdown_of_failure(why: &str) -> String {
    format!("❌ comfycheck: {}\n", escaped(why, TEXT))
}

/// Renders a report as Markdown. Equal reports give equal bytes.
pub fn markdown(report: &Report) -> String {
    let mut page = Page(String::new());
    header(report, &mut page);
    checks(report, &mut page);
    what_is_wrong(report, &mut page);
    reasons(report, &mut page);
    more_attempts(report, &mut page);
    samples(report, &mut page);
    page.lines(&format!("\n<sub>comfycheck {}</sub>\n", escaped(&report.version, NAME)));
    page.0
}

fn header(report: &Report, page: &mut Page) {
    let sign = match report.summary.verdict {
        Verdict::Passed => "✅",
        Verdict::Failed => "❌",
        Verdict::Inconclusive => "⚠️",
    };
    let marker: String = report.suite.chars().filter(char::is_ascii_alphanumeric).take(NAME).collect();
    page.lines(&format!("<!-- comfycheck:{marker} -->\n"));
    let (suite, verdict) = (escaped(&report.suite, NAME), report.summary.verdict.word());
    page.lines(&format!(
        "### {sign} comfycheck: {suite} {verdict}\n\n{}.\n\n",
        escaped(&verdict::sentence(report), TEXT)
    ));
    let (where_from, note) = match &report.origin {
        Origin::Live { endpoint: Some(endpoint) } => (format!("live, endpoint {}", code(endpoint, NAME)), None),
        Origin::Live { endpoint: None } => ("live".to_owned(), None),
        Origin::Replay { cassette, note } => (format!("replay of {}", code(cassette, NAME)), note.as_ref()),
        Origin::Simulation { scenario, about } => (format!("simulation of {}", code(scenario, NAME)), Some(about)),
    };
    page.lines(&format!("- {where_from}, {}\n", escaped(&report.date, NAME)));
    page.all(note.map(|note| format!("- {}\n", escaped(note, TEXT))));
    page.all(report.workflow.as_ref().map(|file| format!("- workflow {}\n", code(&file.path, NAME))));
    page.lines(&format!("- {}; {}\n", verdict::findings(&report.summary), verdict::instances(&report.summary)));
    page.all(verdict::cost(report).map(|cost| format!("- cost: {}\n", escaped(&cost, TEXT))));
    if let Some(Machine { elapsed, .. }) = &report.machine {
        page.lines(&format!("- took {}\n", seconds(*elapsed)));
    }
}

fn checks(report: &Report, page: &mut Page) {
    page.lines("\n| Check | Result | |\n| --- | --- | --- |\n");
    page.list(&report.checks, "check", (CHECKS, FULL_OF_CHECKS), |check| {
        let executions = of_check(report, &check.suite.name);
        let tally = Tally::of(&executions);
        let (name, word) = (code(&check.suite.name, NAME), tally.mark(report.interrupted).word());
        format!("| {name} | {word} | {} |\n", escaped(&tally.detail(&executions), TEXT))
    });
}

fn what_is_wrong(report: &Report, page: &mut Page) {
    let (problems, places) = (problems(&report.executions), Places::of(report));
    let (waived, problems): (Vec<_>, Vec<_>) = problems.into_iter().partition(|problem| problem.key.kind.is_waived());
    list("What to look at", &problems, &places, page);
    list("What the suite waives", &waived, &places, page);
}

fn list(heading: &str, problems: &[Problem<'_>], places: &Places, page: &mut Page) {
    if problems.is_empty() {
        return;
    }
    page.lines(&format!("\n#### {heading}\n\n"));
    page.list(problems, "problem", (PROBLEMS, FULL_OF_PROBLEMS), |problem| item(problem, places));
}

fn item(problem: &Problem<'_>, places: &Places) -> String {
    let Problem { key: Key { kind, check, rule, message, waiver }, error, help, subjects } = problem;
    let id = match (rule, error) {
        (Some(rule), _) => format!("{check}/{rule}"),
        (None, Some(error)) => format!("{check}: {}", error.word()),
        (None, None) => (*check).to_owned(),
    };
    let mut text = format!("- **{}** {}: {}\n", kind.word(), code(&id, NAME), escaped(message, TEXT));
    let place = subjects.iter().find_map(|subject| places.excerpt(subject));
    text.extend(
        place.map(|Excerpt { path, place, .. }| format!("  - at {}\n", code(&format!("{path}:{place}"), 2 * NAME))),
    );
    if !subjects.is_empty() {
        text.push_str("  - about: ");
        text.push_str(&escaped(&about(subjects, places), TEXT));
        text.push('\n');
    }
    text.extend(waiver.map(|waiver| format!("  - waiver: {}\n", escaped(&waiver_line(waiver), TEXT))));
    text.extend(help.map(|help| format!("  - help: {}\n", escaped(help, TEXT))));
    text
}

fn reasons(report: &Report, page: &mut Page) {
    let reasons = &report.summary.inconclusive;
    if reasons.is_empty() {
        return;
    }
    page.lines("\n#### What could not be told\n\n");
    page.list(reasons, "reason", (REASONS, FULL_OF_REASONS), |reason| format!("- {}\n", escaped(reason, TEXT)));
}

fn more_attempts(report: &Report, page: &mut Page) {
    let attempts = all_attempts(&report.executions);
    if attempts.is_empty() {
        return;
    }
    page.lines("\n#### What was attempted more than once\n\n");
    page.list(&attempts, "instance", (ATTEMPTS, FULL_OF_ATTEMPTS), |line| format!("- {}\n", escaped(line, TEXT)));
}

fn samples(report: &Report, page: &mut Page) {
    let samples = &report.samples;
    if samples.is_empty() || samples.iter().all(|sample| sample.ending == Ending::NotSubmitted) {
        return;
    }
    let succeeded = format!("{} of {} succeeded", report.summary.succeeded, count(samples.len(), "sample"));
    page.lines(&format!("\n<details><summary>{succeeded}</summary>\n\n"));
    page.lines("| # | Ending | Start | Queue | Execution | Images | Cost | |\n| --: | --- | --- | --: | --: | --: | --- | --- |\n");
    page.list(samples, "sample", (SAMPLES, FULL_OF_SAMPLES), row);
    page.lines("\n</details>\n");
}

fn row(sample: &Sample) -> String {
    let why = sample.error.as_ref().or(sample.reason.as_ref()).map(|why| escaped(why, TEXT)).unwrap_or_default();
    format!(
        "| {} | {} | {} | {} | {} | {} | {} | {why} |\n",
        sample.index,
        sample.ending.word(),
        sample.start.word(),
        sample.delay.map(seconds).unwrap_or_default(),
        sample.execution.map(seconds).unwrap_or_default(),
        sample.images.len(),
        sample.cost.map(|cost| escaped(&money(cost), NAME)).unwrap_or_default(),
    )
}

//! Markdown: a comment on a pull or merge request, and the summary of a step on GitHub.
//!
//! It fits into a comment of GitHub (65,536 characters); what is left out is counted, and the JSON report holds it. The first
//! line, which is not shown, tells whoever updates a comment which one it is.

mod escape;

use crate::diagnostic::Excerpt;
use crate::render::places::Places;
use crate::render::plain::one_line;
use crate::render::problems::{Key, Problem, about, problems};
use crate::render::tally::{Tally, of_check};
use crate::render::verdict;
use crate::render::wording::{count, money, seconds, waiver_line};
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
const SAMPLES: usize = 20;

/// Beyond this, in bytes, problems and samples are only counted, so that the whole stays below GitHub's limit.
const FULL: usize = 48 * 1024;

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
}

/// Renders a report as Markdown. Equal reports give equal bytes.
pub fn markdown(report: &Report) -> String {
    let mut page = Page(String::new());
    header(report, &mut page);
    checks(report, &mut page);
    what_is_wrong(report, &mut page);
    reasons(report, &mut page);
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
    for check in report.checks.iter().take(CHECKS) {
        let executions = of_check(report, &check.suite.name);
        let tally = Tally::of(&executions);
        let (name, word) = (code(&check.suite.name, NAME), tally.mark(report.interrupted).word());
        page.lines(&format!("| {name} | {word} | {} |\n", escaped(&tally.detail(&executions), TEXT)));
    }
    more(report.checks.len().saturating_sub(CHECKS), "check", page);
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
    let mut shown = 0;
    for problem in problems.iter().take(PROBLEMS) {
        if page.0.len() >= FULL {
            break;
        }
        page.lines(&item(problem, places));
        shown += 1;
    }
    more(problems.len() - shown, "problem", page);
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
    for reason in reasons.iter().take(REASONS) {
        page.lines(&format!("- {}\n", escaped(reason, TEXT)));
    }
    more(reasons.len().saturating_sub(REASONS), "reason", page);
}

fn samples(report: &Report, page: &mut Page) {
    let samples = &report.samples;
    if samples.is_empty() || samples.iter().all(|sample| sample.ending == Ending::NotSubmitted) {
        return;
    }
    let succeeded = format!("{} of {} succeeded", report.summary.succeeded, count(samples.len(), "sample"));
    page.lines(&format!("\n<details><summary>{succeeded}</summary>\n\n"));
    page.lines("| # | Ending | Start | Queue | Execution | Images | Cost | |\n| --: | --- | --- | --: | --: | --: | --- | --- |\n");
    let mut shown = 0;
    for sample in samples.iter().take(SAMPLES) {
        if page.0.len() >= FULL {
            break;
        }
        page.lines(&row(sample));
        shown += 1;
    }
    more(samples.len() - shown, "sample", page);
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

fn more(number: usize, thing: &str, page: &mut Page) {
    if number > 0 {
        page.lines(&format!(
            "\nand {}, which the JSON report holds\n",
            one_line(&count(number, &format!("more {thing}")), NAME)
        ));
    }
}

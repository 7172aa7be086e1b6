//! Slack: the body of a message to an incoming webhook, in blocks.
//!
//! Every text in a block is plain: no word of a guest becomes a link, a mention, a picture or formatting. Slack takes 50
//! blocks, 150 characters in a header and 3,000 in a text; what is left out is counted.

use crate::render::places::Places;
use crate::render::plain::visible;
use crate::render::problems::{Key, Problem, about, problems};
use crate::render::verdict;
use crate::render::wording::{count, seconds};
use crate::report::{Machine, Origin, Report, Verdict};
use serde_json::{Value, json};

/// The longest text that Slack takes of a header and of a section, in UTF-16 units.
const HEADER: usize = 150;
const SECTION: usize = 3000;
/// The longest section that is no problem, in the same.
const SHORT: usize = 1200;
/// What all problems take at most, in the same: of a whole message Slack takes some 13,000.
const FULL: usize = 9000;

/// The longest message and help of a check, in the same.
const TEXT: usize = 500;
/// The longest name.
const NAME: usize = 100;

/// How many problems and reasons are shown.
const PROBLEMS: usize = 10;
const REASONS: usize = 5;

/// Renders a report for Slack. `before` is the verdict of the run before, if it is known. Equal reports give equal bytes.
pub fn slack(report: &Report, before: Option<Verdict>) -> String {
    let title = title(report, before);
    let mut blocks = vec![json!({ "type": "header", "text": plain(&escaped(&title, HEADER)) })];
    blocks.push(section(&escaped(&lead(report), SHORT)));
    blocks.extend(problem_sections(report));
    blocks.extend(reasons(report).map(|reasons| section(&escaped(&reasons, SHORT))));
    blocks.push(json!({ "type": "context", "elements": [plain(&counts(report))] }));
    // What a phone shows of it. Slack parses it, so that nothing but our own words and the suite's name stands in it.
    let text = escaped(&title, HEADER);
    json!({
        "text": text, "blocks": blocks,
        "mrkdwn": false, "parse": "none", "link_names": false, "unfurl_links": false, "unfurl_media": false,
    })
    .to_string()
}

fn title(report: &Report, before: Option<Verdict>) -> String {
    let verdict = report.summary.verdict;
    let sign = match verdict {
        Verdict::Passed => "✅",
        Verdict::Failed => "❌",
        Verdict::Inconclusive => "⚠️",
    };
    let before = before.filter(|before| *before != verdict);
    let before = before.map(|before| format!(" (before: {})", before.word())).unwrap_or_default();
    format!("{sign} comfycheck: {} {}{before}", cut(&report.suite, NAME / 2), verdict.word())
}

/// What it all comes to, and what was under test.
fn lead(report: &Report) -> String {
    let from = match &report.origin {
        Origin::Live { endpoint: Some(endpoint) } => format!("endpoint {}", cut(endpoint, NAME)),
        Origin::Live { endpoint: None } => "live".to_owned(),
        Origin::Replay { cassette, .. } => format!("replay of {}", cut(cassette, NAME)),
        Origin::Simulation { scenario, .. } => format!("simulation of {}", cut(scenario, NAME)),
    };
    let workflow = report.workflow.as_ref().map(|file| format!(", {}", cut(&file.path, NAME))).unwrap_or_default();
    format!("{}.\n{from}{workflow}, {}", cut(&verdict::sentence(report), TEXT), cut(&report.date, NAME))
}

/// A section for each thing to look at, what failed first at the top.
fn problem_sections(report: &Report) -> Vec<Value> {
    let places = Places::of(report);
    let mut problems = problems(&report.executions);
    problems.retain(|problem| !problem.key.kind.is_waived());
    let (mut sections, mut length) = (Vec::new(), 0);
    for problem in problems.iter().take(PROBLEMS) {
        let item = escaped(&item(problem, &places), SECTION);
        length += item.encode_utf16().count();
        if length > FULL {
            break;
        }
        sections.push(section(&item));
    }
    let more = problems.len() - sections.len();
    if more > 0 {
        sections.push(section(&format!("and {}, which the JSON report holds", count(more, "more problem"))));
    }
    sections
}

fn item(problem: &Problem<'_>, places: &Places) -> String {
    let Problem { key: Key { kind, check, rule, message, waiver: _ }, error, help, subjects } = problem;
    let id = match (rule, error) {
        (Some(rule), _) => format!("{check}/{rule}"),
        (None, Some(error)) => format!("{check}: {}", error.word()),
        (None, None) => (*check).to_owned(),
    };
    let mut text = format!("{} [{}]: {}", kind.word(), cut(&id, NAME), cut(message, TEXT));
    if !subjects.is_empty() {
        text.push_str("\nabout: ");
        text.push_str(&cut(&about(subjects, places), TEXT));
    }
    text.extend(help.map(|help| format!("\nhelp: {}", cut(help, TEXT))));
    text
}

/// Why the run proves nothing, where it does not.
fn reasons(report: &Report) -> Option<String> {
    let reasons = &report.summary.inconclusive;
    if reasons.is_empty() {
        return None;
    }
    let mut text = "could not be told:".to_owned();
    text.extend(reasons.iter().take(REASONS).map(|reason| format!("\n• {}", cut(reason, 2 * NAME))));
    let more = reasons.len().saturating_sub(REASONS);
    if more > 0 {
        text.push_str("\n• and ");
        text.push_str(&count(more, "more reason"));
    }
    Some(text)
}

fn counts(report: &Report) -> String {
    let summary = &report.summary;
    let mut parts = vec![verdict::findings(summary), verdict::instances(summary)];
    if summary.samples > 0 {
        parts.push(format!("{} of {} succeeded", summary.succeeded, count(summary.samples, "sample")));
    }
    parts.extend(verdict::cost(report).map(|cost| format!("cost: {cost}")));
    parts.extend(report.machine.as_ref().map(|Machine { elapsed, .. }| format!("took {}", seconds(*elapsed))));
    parts.push(format!("comfycheck {}", report.version));
    escaped(&parts.join(" · "), SHORT / 2)
}

fn section(escaped: &str) -> Value {
    json!({ "type": "section", "text": plain(escaped) })
}

/// A text object of which nothing is parsed, not even `:names:` of emoji.
fn plain(escaped: &str) -> Value {
    json!({ "type": "plain_text", "text": escaped, "emoji": false })
}

/// A text as one harmless line of at most `limit` UTF-16 units, before it is escaped.
fn cut(text: &str, limit: usize) -> String {
    let text: String = text.chars().take(limit + 1).map(visible).collect();
    fitted(text.chars().map(|character| (character.len_utf16(), String::from(character))), limit)
}

/// A text with what Slack parses in any text written as entities, of at most `limit` UTF-16 units. Its line breaks are ours.
fn escaped(text: &str, limit: usize) -> String {
    let pieces = text.chars().map(|character| match character {
        '&' => (5, "&amp;".to_owned()),
        '<' => (4, "&lt;".to_owned()),
        '>' => (4, "&gt;".to_owned()),
        '\n' => (1, "\n".to_owned()),
        other => (other.len_utf16(), visible(other).to_string()),
    });
    fitted(pieces, limit)
}

/// As many whole pieces, with their lengths, as fit; with an ellipsis at the end if some do not.
fn fitted(pieces: impl Iterator<Item = (usize, String)>, limit: usize) -> String {
    let (mut text, mut length) = (String::new(), 0);
    // Where to cut, so that the ellipsis fits, too.
    let mut end = 0;
    for (units, piece) in pieces {
        length += units;
        if length > limit {
            text.truncate(end);
            text.push('…');
            return text;
        }
        text.push_str(&piece);
        if length < limit {
            end = text.len();
        }
    }
    text
}

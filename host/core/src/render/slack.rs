//! Slack: the body of a message to an incoming webhook, in blocks.
//!
//! Every text in a block is plain: no word of a guest becomes a link, a mention, a picture or formatting. Slack takes 50
//! blocks, 150 characters in a header and 3,000 in a text. What is left out is counted.

use crate::plain::visible;
use crate::render::view::{Block, Kind, View, about, origin, workers};
use crate::report::{Report, Verdict};
use comfycheck_wording::count;
use serde_json::{Value, json};

/// The longest text that Slack takes of a header and of a section, in UTF-16 units.
const HEADER: usize = 150;
const SECTION: usize = 3000;
/// The longest other section, in the same.
const SHORT: usize = 1200;
/// The most that all findings take, in the same: of a whole message Slack takes some 13,000.
const FULL: usize = 9000;

/// The longest message and help of a check, in the same.
const TEXT: usize = 500;
/// The longest name.
const NAME: usize = 100;

/// How many findings and checks are shown.
const FINDINGS: usize = 10;
const CHECKS: usize = 20;

/// Renders a report for Slack. `before` is the verdict of the previous run, if known. Equal reports give equal bytes.
pub fn slack(report: &Report, before: Option<Verdict>) -> String {
    let view = View::of(report);
    let title = title(report, before);
    let mut blocks = vec![json!({ "type": "header", "text": plain(&escaped(&title, HEADER)) })];
    blocks.push(section(&escaped(&lead(&view), SHORT)));
    blocks.extend(findings(&view));
    blocks.extend(checks(&view).map(|checks| section(&escaped(&checks, SHORT))));
    let version = format!("comfycheck {}", cut(&report.version, NAME));
    blocks.push(json!({ "type": "context", "elements": [plain(&escaped(&version, SHORT))] }));
    // What a phone shows of it. Slack parses it, so it has nothing but our own words and the suite's name.
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

/// The verdict, and what was under test.
fn lead(view: &View<'_>) -> String {
    let report = view.report;
    let workflow = report.workflow.as_ref().map(|file| cut(file.path(), NAME));
    let from: Vec<String> = [Some(origin(report)), workflow, workers(report)].into_iter().flatten().collect();
    format!("{}\n{}", cut(&view.verdict_parts().join(" · "), TEXT), cut(&from.join(" · "), TEXT))
}

/// A section for each finding, causes first. What is waived has none.
fn findings(view: &View<'_>) -> Vec<Value> {
    let blocks: Vec<&Block<'_>> = view.blocks.iter().filter(|block| !block.kind.is_waived()).collect();
    let last_error = blocks.iter().rposition(|block| block.kind == Kind::Error);
    let (mut sections, mut length) = (Vec::new(), 0);
    for (index, block) in blocks.iter().enumerate().take(FINDINGS) {
        let mut item = item(view, block);
        if Some(index) == last_error && !view.therefore.is_empty() {
            item.extend(["\n\ntherefore: ", &cut(&view.therefore.join(", "), TEXT)]);
        }
        let item = escaped(&item, SECTION);
        length += item.encode_utf16().count();
        if length > FULL {
            break;
        }
        sections.push(section(&item));
    }
    let more = blocks.len() - sections.len();
    if more > 0 {
        sections.push(section(&format!("and {} in the JSON report", count(more, "more finding"))));
    }
    sections
}

fn item(view: &View<'_>, block: &Block<'_>) -> String {
    let ids = cut(&block.ids.join(", "), 2 * NAME);
    let mut text = format!("{} [{ids}]: {}", block.kind.word(), cut(&block.message, TEXT));
    let also: Vec<&str> = block.also.iter().map(|twin| twin.id.as_str()).collect();
    let lines = [
        ("about", Some(about(block, &view.places, view.report.samples.len(), None))),
        ("seen", block.seen.as_deref().map(str::to_owned)),
        ("unknown", block.unknown.map(str::to_owned)),
        ("help", block.help.map(str::to_owned)),
        ("also", Some(also.join(", "))),
        ("therefore", Some(block.therefore.join(", "))),
    ];
    for (key, line) in lines {
        if let Some(line) = line.filter(|line| !line.is_empty()) {
            text.extend(["\n", key, ": ", &cut(&line, TEXT)]);
        }
    }
    text
}

/// A line for each check.
fn checks(view: &View<'_>) -> Option<String> {
    let rows = view.checks();
    let mut lines: Vec<String> = rows
        .iter()
        .take(CHECKS)
        .map(|row| format!("{} {}: {}", row.sign.word(), cut(&row.name, NAME / 2), cut(&row.detail, NAME)))
        .map(|line| line.trim_end_matches(": ").to_owned())
        .collect();
    if rows.len() > CHECKS {
        lines.push(format!("and {}", count(rows.len() - CHECKS, "more check")));
    }
    (!lines.is_empty()).then(|| lines.join("\n"))
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

/// As many whole pieces, with their lengths, as fit. An ellipsis at the end says that some do not.
fn fitted(pieces: impl Iterator<Item = (usize, String)>, limit: usize) -> String {
    let (mut text, mut length) = (String::new(), 0);
    // Where to cut to leave room for the ellipsis.
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

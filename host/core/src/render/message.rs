//! What a message about a run says, before a format escapes it: title, findings, lead, checks. Its first lines name the cause.
//!
//! Lengths are in UTF-16 units, as chat systems count them.

use crate::plain::visible;
use crate::render::view::{Block, Kind, Statement, View, about, origin, workers};
use crate::report::{Report, Verdict};
use comfycheck_wording::count;

/// The longest message and help of a check.
const TEXT: usize = 500;
/// The longest name.
const NAME: usize = 100;

/// How many checks are shown.
const CHECKS: usize = 20;

pub(super) fn title(report: &Report, before: Option<Verdict>) -> String {
    let verdict = report.summary.verdict;
    let sign = match verdict {
        Verdict::Passed => "✅",
        Verdict::Failed => "❌",
        Verdict::Inconclusive => "⚠️",
    };
    let before = before.filter(|before| *before != verdict);
    let before = before.map(|before| format!(" (before: {})", before.word())).unwrap_or_default();
    let name = cut(&report.name, NAME);
    // A run without a name of its own is called after the program.
    let program = if name.starts_with("comfycheck") { "" } else { "comfycheck: " };
    format!("{sign} {program}{name} {}{before}", verdict.word())
}

/// The title, and what the first finding says: a preview shows nothing else.
pub(super) fn preview(view: &View<'_>, title: &str) -> String {
    let first = view.blocks.iter().find(|block| matches!(block.kind, Kind::Error | Kind::Crashed | Kind::Unknown));
    let what = first.map(|block| format!(": {}", cut(block.statement().what, TEXT))).unwrap_or_default();
    title.to_owned() + &what
}

/// The verdict, and what was under test.
pub(super) fn lead(view: &View<'_>) -> String {
    let report = view.report;
    let workflow = report.workflow.as_ref().map(|file| cut(file.path(), NAME));
    let from: Vec<String> = [Some(origin(report)), workflow, workers(report)].into_iter().flatten().collect();
    format!("{}\n{}", cut(&view.verdict_parts().join(" · "), TEXT), cut(&from.join(" · "), TEXT))
}

/// The findings in the order of a reader, each as text of several lines. What is waived is not among them.
pub(super) fn findings(view: &View<'_>) -> Vec<String> {
    let blocks: Vec<&Block<'_>> = view.blocks.iter().filter(|block| !block.kind.is_waived()).collect();
    let last_error = blocks.iter().rposition(|block| block.kind == Kind::Error);
    let text = |(index, block): (usize, &&Block<'_>)| {
        let mut item = item(view, block);
        if Some(index) == last_error && !view.therefore.is_empty() {
            item.extend(["\n\ntherefore: ", &cut(&view.therefore.join(", "), TEXT)]);
        }
        item
    };
    blocks.iter().enumerate().map(text).collect()
}

fn item(view: &View<'_>, block: &Block<'_>) -> String {
    let ids = cut(&block.ids.join(", "), 2 * NAME);
    let Statement { what, seen, unknown } = block.statement();
    let mut text = format!("{} [{ids}]: {}", block.kind.word(), cut(what, TEXT));
    let also: Vec<&str> = block.also.iter().map(|twin| twin.id.as_str()).collect();
    let lines = [
        ("at", view.place(block).map(|(path, place)| format!("{}:{place}", cut(path, NAME)))),
        ("about", Some(about(block, &view.places, &view.report.samples, None))),
        ("seen", seen.map(str::to_owned)),
        ("unknown", unknown.map(str::to_owned)),
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
pub(super) fn checks(view: &View<'_>) -> Option<String> {
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

/// A text as one harmless line of at most `limit` UTF-16 units, before it is escaped. Chat systems show marks, so
/// names stand in quotes, not in backticks.
pub(super) fn cut(text: &str, limit: usize) -> String {
    let quoted = |character| if character == '`' { '\'' } else { visible(character) };
    let text: String = text.chars().take(limit + 1).map(quoted).collect();
    fitted(text.chars().map(|character| (character.len_utf16(), String::from(character))), limit)
}

/// As many whole pieces, with their lengths, as fit. An ellipsis at the end says that some do not.
pub(super) fn fitted(pieces: impl Iterator<Item = (usize, String)>, limit: usize) -> String {
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

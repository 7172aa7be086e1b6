//! Discord: a message with one embed.
//!
//! What a guest says is in a block of code, where nothing is marked up, and no mention notifies anyone. Discord takes 256
//! characters of a title, 4,096 of a description and 6,000 of an embed. What is left out is counted.

use crate::plain::visible;
use crate::render::context::{CiRun, ReportContext};
use crate::render::message::{self, fitted};
use crate::render::view::View;
use crate::report::{Report, Verdict};
use comfycheck_wording::count;
use serde_json::{Map, Value, json};

/// How many findings are shown.
const FINDINGS: usize = 10;
/// The longest title, in UTF-16 units.
const TITLE: usize = 256;
/// The longest text of the block, in the same.
const FULL: usize = 3_900;
/// Room for the line that counts what is left out.
const REST: usize = 200;

/// Renders a report for Discord. `before` is the verdict of the previous run, if known. Equal reports give equal bytes.
pub fn discord(report: &Report, before: Option<Verdict>, context: &ReportContext<'_>) -> String {
    let view = View::of(report);
    let color = match report.summary.verdict {
        Verdict::Passed => 0x002e_a043,
        Verdict::Failed => 0x00da_3633,
        Verdict::Inconclusive => 0x00bf_8700,
    };
    let mut embed = Map::from_iter([
        ("title".to_owned(), json!(title(&message::title(report, before)))),
        ("description".to_owned(), json!(format!("```text\n{}\n```", text(&view, context)))),
        ("color".to_owned(), json!(color)),
        ("footer".to_owned(), json!({ "text": format!("comfycheck {}", code(&report.version, TITLE)) })),
    ]);
    embed.extend(context.ci_run.map(|ci_run: &CiRun| ("url".to_owned(), json!(ci_run.address()))));
    json!({ "embeds": [Value::Object(embed)], "allowed_mentions": { "parse": [] } }).to_string()
}

/// The findings, the lead and the checks, as far as there is room.
fn text(view: &View<'_>, context: &ReportContext<'_>) -> String {
    let lead = code(&message::lead(view), FULL / 3);
    let (mut text, findings, mut shown) = (String::new(), message::findings(view), 0);
    for finding in findings.iter().take(FINDINGS) {
        let finding = code(finding, FULL / 3);
        if length(&text) + length(&finding) + length(&lead) + REST > FULL {
            break;
        }
        text.extend([&finding, "\n\n"]);
        shown += 1;
    }
    let more = findings.len() - shown;
    if more > 0 {
        let rest = format!("and {} in {}", count(more, "more finding"), context.whole());
        text.extend([&code(&rest, REST - 2), "\n\n"]);
    }
    text.push_str(&lead);
    let checks = message::checks(view).map(|checks| code(&checks, FULL)).unwrap_or_default();
    if !checks.is_empty() && length(&text) + length(&checks) + 2 <= FULL {
        text.extend(["\n\n", &checks]);
    }
    text
}

fn length(text: &str) -> usize {
    text.encode_utf16().count()
}

/// Text that cannot end a block of code.
fn code(text: &str, limit: usize) -> String {
    let pieces = text.chars().map(|character| match character {
        '\n' => (1, "\n".to_owned()),
        '`' => (1, "'".to_owned()),
        other => (other.len_utf16(), visible(other).to_string()),
    });
    fitted(pieces, limit)
}

/// A title without marks: each is escaped.
fn title(text: &str) -> String {
    let pieces = text.chars().map(|character| {
        if character.is_ascii_punctuation() {
            (2, format!("\\{character}"))
        } else {
            (character.len_utf16(), visible(character).to_string())
        }
    });
    fitted(pieces, TITLE)
}

//! Slack: the body of a message to an incoming webhook, in blocks.
//!
//! Every text in a block is plain: no word of a guest becomes a link, a mention, a picture or formatting. Slack takes 50
//! blocks, 150 characters in a header and 3,000 in a text. What is left out is counted.

use crate::plain::visible;
use crate::render::context::{CiRun, ReportContext};
use crate::render::message::{self, cut, fitted};
use crate::render::view::View;
use crate::report::{Report, Verdict};
use comfycheck_wording::count;
use serde_json::{Value, json};

/// The longest text that Slack takes of a header and of a section, in UTF-16 units.
const HEADER: usize = 150;
const SECTION: usize = 3000;
/// The longest preview, in the same.
const PREVIEW: usize = 300;
/// The longest other section, in the same.
const SHORT: usize = 1200;
/// The most that all findings take, in the same: of a whole message Slack takes some 13,000.
const FULL: usize = 9000;

/// The longest name.
const NAME: usize = 100;

/// How many findings are shown.
const FINDINGS: usize = 10;

/// Renders a report for Slack. `before` is the verdict of the previous run, if known. Equal reports give equal bytes.
pub fn slack(report: &Report, before: Option<Verdict>, context: &ReportContext<'_>) -> String {
    let view = View::of(report);
    let title = message::title(report, before);
    let mut blocks = vec![json!({ "type": "header", "text": plain(&escaped(&title, HEADER)) })];
    blocks.extend(findings(&view, context));
    blocks.push(section(&escaped(&message::lead(&view), SHORT)));
    blocks.extend(message::checks(&view).map(|checks| section(&escaped(&checks, SHORT))));
    blocks.extend(context.ci_run.map(link));
    let version = format!("comfycheck {}", cut(&report.version, NAME));
    blocks.push(json!({ "type": "context", "elements": [plain(&escaped(&version, SHORT))] }));
    // What a phone shows of it.
    let text = escaped(&message::preview(&view, &title), PREVIEW);
    json!({
        "text": text, "blocks": blocks,
        "mrkdwn": false, "parse": "none", "link_names": false, "unfurl_links": false, "unfurl_media": false,
    })
    .to_string()
}

/// A section for each finding, causes first.
fn findings(view: &View<'_>, context: &ReportContext<'_>) -> Vec<Value> {
    let findings = message::findings(view);
    let (mut sections, mut length) = (Vec::new(), 0);
    for finding in findings.iter().take(FINDINGS) {
        let item = escaped(finding, SECTION);
        length += item.encode_utf16().count();
        if length > FULL {
            break;
        }
        sections.push(section(&item));
    }
    let more = findings.len() - sections.len();
    if more > 0 {
        let more = format!("and {} in {}", count(more, "more finding"), cut(&context.whole(), NAME));
        sections.push(section(&escaped(&more, SHORT)));
    }
    sections
}

/// A link to the CI run, the one text that is not plain. Its address comes from the environment.
fn link(ci_run: &CiRun) -> Value {
    let link = format!("<{}|{} run>", escaped(&ci_run.address(), SHORT), ci_run.system());
    json!({ "type": "section", "text": { "type": "mrkdwn", "text": link } })
}

fn section(escaped: &str) -> Value {
    json!({ "type": "section", "text": plain(escaped) })
}

/// A text object of which nothing is parsed, not even `:names:` of emoji.
fn plain(escaped: &str) -> Value {
    json!({ "type": "plain_text", "text": escaped, "emoji": false })
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

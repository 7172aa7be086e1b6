//! Teams: an adaptive card, as the webhook of a workflow takes it.
//!
//! Every text is a run of a rich text block, which knows no markup: no word of a guest becomes a link or a mention. Teams takes
//! some 28 KiB. What is left out is counted.

use crate::render::context::{CiRun, ReportContext};
use crate::render::message::{self, cut};
use crate::render::view::View;
use crate::report::{Report, Verdict};
use comfycheck_wording::count;
use serde_json::{Value, json};

/// How many findings are shown.
const FINDINGS: usize = 10;
/// The longest line, in UTF-16 units.
const LINE: usize = 1_000;
/// The most that all findings take, in bytes of JSON.
const FULL: usize = 18 << 10;

/// Renders a report for Teams. `before` is the verdict of the previous run, if known. Equal reports give equal bytes.
pub fn teams(report: &Report, before: Option<Verdict>, context: &ReportContext<'_>) -> String {
    let view = View::of(report);
    let mut body = vec![line(&message::title(report, before), Weight::Title)];
    body.extend(findings(&view, context));
    body.extend(message::lead(&view).lines().map(|text| line(text, Weight::Text)));
    let checks = message::checks(&view).unwrap_or_default();
    body.extend(checks.lines().map(|text| line(text, Weight::Text)));
    body.push(line(&format!("comfycheck {}", report.version), Weight::Small));
    let open = |ci_run: &CiRun| json!({ "type": "Action.OpenUrl", "title": format!("{} run", ci_run.system()), "url": ci_run.address() });
    let actions: Vec<Value> = context.ci_run.map(open).into_iter().collect();
    json!({
        "type": "message",
        "attachments": [{
            "contentType": "application/vnd.microsoft.card.adaptive",
            "content": {
                "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
                "type": "AdaptiveCard",
                "version": "1.4",
                "msteams": { "width": "Full" },
                "body": body,
                "actions": actions,
            },
        }],
    })
    .to_string()
}

fn findings(view: &View<'_>, context: &ReportContext<'_>) -> Vec<Value> {
    let findings = message::findings(view);
    let (mut lines, mut shown, mut length) = (Vec::new(), 0, 0);
    for finding in findings.iter().take(FINDINGS) {
        let mut texts = finding.lines().filter(|text| !text.is_empty());
        let first = texts.next().map(|text| line(text, Weight::Heading));
        let block: Vec<Value> = first.into_iter().chain(texts.map(|text| line(text, Weight::Text))).collect();
        length += block.iter().map(|line| line.to_string().len()).sum::<usize>();
        if length > FULL {
            break;
        }
        lines.extend(block);
        shown += 1;
    }
    let more = findings.len() - shown;
    if more > 0 {
        lines.push(line(&format!("and {} in {}", count(more, "more finding"), context.whole()), Weight::Text));
    }
    lines
}

#[derive(Clone, Copy)]
enum Weight {
    Title,
    Heading,
    Text,
    Small,
}

/// A line of its own.
fn line(text: &str, weight: Weight) -> Value {
    let (size, bold, spacing) = match weight {
        Weight::Title => ("Large", "Bolder", "None"),
        Weight::Heading => ("Default", "Bolder", "Medium"),
        Weight::Text => ("Default", "Default", "None"),
        Weight::Small => ("Small", "Default", "Medium"),
    };
    let run = json!({ "type": "TextRun", "text": cut(text, LINE), "size": size, "weight": bold });
    json!({ "type": "RichTextBlock", "spacing": spacing, "inlines": [run] })
}

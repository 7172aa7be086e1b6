//! The end of the page: what was counted, what could not be told, and the verdict as the last line.

use super::TEXT;
use super::page::{Page, Tone};
use crate::render::plain::one_line;
use crate::render::verdict::{cost, findings, instances, sentence};
use crate::render::wording::{count, seconds};
use crate::report::{Machine, Report, Summary, Verdict};

/// How many reasons are shown.
const REASONS: usize = 8;

pub(super) fn write(report: &Report, page: &mut Page) {
    let summary = &report.summary;
    page.heading("summary");
    page.field("findings", &findings(summary));
    page.field("checks", &instances(summary));
    if summary.samples > 0 {
        page.field("samples", &format!("{} of {} succeeded", summary.succeeded, summary.samples));
    }
    if let Some(cost) = cost(report) {
        page.field("cost", &cost);
    }
    if let Some(Machine { started, elapsed }) = &report.machine {
        page.field("time", &format!("{}, from {} on", seconds(*elapsed), one_line(started, 40)));
    }
    reasons(summary, page);
    let (word, tone) = match summary.verdict {
        Verdict::Passed => ("PASSED", Tone::Good),
        Verdict::Failed => ("FAILED", Tone::Bad),
        Verdict::Inconclusive => ("INCONCLUSIVE", Tone::Doubtful),
    };
    let word = page.paint(tone, word);
    page.block(&format!("{word}: {}", sentence(report)));
}

fn reasons(summary: &Summary, page: &mut Page) {
    if summary.inconclusive.is_empty() {
        return;
    }
    page.heading("not told");
    for reason in summary.inconclusive.iter().take(REASONS) {
        page.line(&format!("  - {}", one_line(reason, TEXT)));
    }
    let more = summary.inconclusive.len().saturating_sub(REASONS);
    if more > 0 {
        page.line(&format!("  - and {}", count(more, "more reason")));
    }
}

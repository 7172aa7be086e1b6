//! A benchmark for a person: the decision first, then a table by load.

use super::page::{Page, Tone};
use super::{PageStyle, blocks};
use crate::bench::{Bench, Decision};
use crate::plain::one_line;
use crate::render::bench::{HEAD, LONGEST, changed, cold_starts, finding_blocks, headline, notes, reasons, row};
use crate::render::view::Places;
use comfycheck_wording::count;

/// How many findings are shown.
const BLOCKS: usize = 20;

/// Renders a benchmark for a person. Ends with a line break.
pub fn human_bench(bench: &Bench, style: PageStyle) -> String {
    let mut page = Page::new(style);
    let tone = match bench.decision {
        Decision::Failed | Decision::Worse => Tone::Bad,
        Decision::Inconclusive => Tone::Doubtful,
        Decision::Better | Decision::NoDifference | Decision::Measured => Tone::Good,
    };
    page.line(&page.paint(tone, &headline(bench)));
    for line in reasons(bench) {
        page.line(&format!("  {line}"));
    }
    if !bench.levels.is_empty() {
        page.line("");
        for line in table(bench) {
            page.line(&line);
        }
    }
    let found = finding_blocks(bench);
    blocks::write_all(&found[..found.len().min(BLOCKS)], &Places::none(), &mut page);
    if found.len() > BLOCKS {
        page.gap();
        page.line(&format!("and {}: `--format json` shows all", count(found.len() - BLOCKS, "more finding")));
    }
    let sections = [
        ("cold starts", cold_starts(bench)),
        ("compared with the baseline", comparison(bench)),
        ("notes", notes(bench)),
    ];
    for (title, lines) in sections.into_iter().filter(|(_, lines)| !lines.is_empty()) {
        page.line("");
        page.line(&page.paint(Tone::Strong, title));
        for line in lines {
            page.line(&format!("  {line}"));
        }
    }
    page.finish()
}

fn table(bench: &Bench) -> Vec<String> {
    let rows: Vec<_> = std::iter::once(HEAD.map(str::to_owned)).chain(bench.levels.iter().map(row)).collect();
    let width = |at: usize| rows.iter().map(|row| row[at].chars().count()).max().unwrap_or_default();
    let widths: Vec<usize> = (0..HEAD.len()).map(width).collect();
    let line = |row: &[String; HEAD.len()]| {
        let cells = row.iter().zip(&widths).enumerate();
        let cells = cells.map(|(at, (cell, width))| match at {
            0 => format!("{cell:<width$}"),
            _ => format!("{cell:>width$}"),
        });
        cells.collect::<Vec<_>>().join("  ")
    };
    rows.iter().map(line).collect()
}

fn comparison(bench: &Bench) -> Vec<String> {
    let Some(comparison) = &bench.comparison else { return Vec::new() };
    let mut lines = vec![one_line(&format!("{}, {}", comparison.baseline, comparison.date), LONGEST)];
    for level in &comparison.levels {
        for metric in &level.metrics {
            let [before, after, change, interval, word] = changed(metric);
            lines.push(format!(
                "{}: {} {before} → {after} ({change}; 95% interval {interval}): {word}",
                level.load.words(),
                metric.metric
            ));
        }
    }
    lines.extend(comparison.notes.iter().map(|note| one_line(note, LONGEST)));
    lines
}

//! A benchmark as Markdown.

use super::cell as cell_up_to;
use crate::bench::Bench;
use crate::render::bench::{
    COMPARISON, HEAD, LONGEST, changed, cold_starts, finding_blocks, headline, notes, reasons, row,
};
use crate::render::view::Block;
use std::fmt::Write;

/// Renders a benchmark as Markdown, for a comment or a job summary.
pub fn markdown_bench(bench: &Bench) -> String {
    let mut text = format!("### {}\n", cell(&headline(bench)));
    list(&mut text, &reasons(bench));
    if !bench.levels.is_empty() {
        text.push('\n');
        line(&mut text, &HEAD.map(str::to_owned));
        line(&mut text, &HEAD.map(|_| "---".to_owned()));
        bench.levels.iter().for_each(|level| line(&mut text, &row(level).map(|text| cell(&text))));
    }
    if let Some(comparison) = &bench.comparison {
        // Writing to a string cannot fail.
        let _ = write!(text, "\nCompared with {} ({}):\n\n", cell(&comparison.baseline), cell(&comparison.date));
        line(&mut text, &COMPARISON.map(str::to_owned));
        line(&mut text, &COMPARISON.map(|_| "---".to_owned()));
        for level in &comparison.levels {
            for metric in &level.metrics {
                let [before, after, change, interval, word] = changed(metric);
                let cells = [level.load.words(), metric.metric.clone(), before, after, change, interval, word];
                line(&mut text, &cells.map(|text| cell(&text)));
            }
        }
        list(&mut text, &comparison.notes);
    }
    list(&mut text, &finding_blocks(bench).iter().map(finding).collect::<Vec<_>>());
    list(&mut text, &cold_starts(bench));
    list(&mut text, &notes(bench));
    text
}

fn finding(block: &Block<'_>) -> String {
    let mut text = format!("{}[{}]: {}", block.kind.word(), block.ids.join(", "), block.message);
    let parts = [block.place.map(|place| format!("; {place}")), block.help.map(|help| format!("; help: {help}"))];
    text.extend(parts.into_iter().flatten());
    text
}

fn line(text: &mut String, cells: &[String]) {
    // Writing to a string cannot fail.
    let _ = writeln!(text, "| {} |", cells.join(" | "));
}

fn list(text: &mut String, lines: &[String]) {
    if lines.is_empty() {
        return;
    }
    text.push('\n');
    for line in lines {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "- {}", cell(line));
    }
}

fn cell(text: &str) -> String {
    cell_up_to(text, LONGEST)
}

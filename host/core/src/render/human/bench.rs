//! A benchmark for a person: a table by load, what checks found, the comparison, and the decision last, where the end of a log
//! shows it.

use super::page::{Page, Tone};
use super::{PageStyle, blocks};
use crate::bench::{Bench, BenchOrigin, Decision};
use crate::plain::one_line;
use crate::render::bench::{
    HEAD, LONGEST, changed, cold_starts, cost, finding_blocks, found, jobs, notes, reasons, row,
};
use crate::render::columns::widths;
use crate::render::view::{Kind, Places};
use comfycheck_wording::count;

/// How many findings are shown.
const BLOCKS: usize = 20;

/// Renders a benchmark for a person. Ends with a line break.
pub fn human_bench(bench: &Bench, style: PageStyle) -> String {
    let mut page = Page::new(style);
    page.prose(Tone::Strong, "", "  ", &one_line(&format!("{} · {}", bench.name, origin(bench)), LONGEST));
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
    // An open question of a level is a reason, and has its block.
    let mut why = reasons(bench);
    why.retain(|reason| found.iter().all(|block| block.message != *reason));
    let sections = [
        ("cold starts", cold_starts(bench)),
        ("compared with the baseline", comparison(bench)),
        ("notes", notes(bench)),
        ("why", why),
    ];
    for (title, lines) in sections.into_iter().filter(|(_, lines)| !lines.is_empty()) {
        page.gap();
        page.line(&page.paint(Tone::Strong, title));
        for line in lines {
            page.prose(Tone::Quiet, "  ", "    ", &line);
        }
    }
    let errors = found.iter().filter(|block| block.kind == Kind::Error).count();
    decision(bench, errors, &mut page);
    page.finish()
}

/// `MEASURED  30 of 30 jobs succeeded · $0.12`.
fn decision(bench: &Bench, errors: usize, page: &mut Page) {
    let tone = match bench.decision {
        Decision::Failed | Decision::Worse => Tone::Bad,
        Decision::Inconclusive => Tone::Doubtful,
        Decision::Better | Decision::NoDifference | Decision::Measured => Tone::Good,
    };
    let errors = (errors > 0).then(|| count(errors, "error"));
    // A search has shown where the error begins.
    let what = found(bench).or(errors);
    let interrupted = bench.interrupted.as_deref().map(|by| by.strip_prefix("the run was ").unwrap_or(by).to_owned());
    let jobs = jobs(bench).unwrap_or_else(|| "no job was submitted".to_owned());
    let parts: Vec<String> = [what, interrupted, Some(jobs), cost(bench)].into_iter().flatten().collect();
    page.gap();
    page.prose(tone, &format!("{}  ", bench.decision.words().to_uppercase()), "  ", &parts.join(" · "));
}

/// Where the responses came from.
fn origin(bench: &Bench) -> String {
    let BenchOrigin { kind, name } = &bench.origin;
    match (kind.as_str(), name) {
        ("live", Some(name)) => format!("endpoint {name} · {}", bench.date),
        ("replay", Some(name)) => format!("replay of {name} ({})", bench.date),
        ("simulation", Some(name)) => format!("simulation of {name}"),
        _ => bench.date.clone(),
    }
}

fn table(bench: &Bench) -> Vec<String> {
    // Two lines, so the table fits a terminal.
    let heads = HEAD.map(|head| head.rsplit_once(' ').unwrap_or(("", head)));
    let heads = [heads.map(|(above, _)| above.to_owned()), heads.map(|(_, below)| below.to_owned())];
    let rows: Vec<_> = heads.into_iter().chain(bench.levels.iter().map(row)).collect();
    let widths = widths(&rows);
    let line = |row: &[String; HEAD.len()]| {
        let cells = row.iter().zip(&widths).enumerate();
        let cells = cells.map(|(at, (cell, width))| match at {
            0 => format!("{cell:<width$}"),
            _ => format!("{cell:>width$}"),
        });
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    rows.iter().map(line).collect()
}

fn comparison(bench: &Bench) -> Vec<String> {
    let Some(comparison) = &bench.comparison else { return Vec::new() };
    let mut lines = vec![one_line(&format!("{}, {}", comparison.baseline, comparison.date), LONGEST)];
    for level in &comparison.levels {
        for metric in &level.metrics {
            let [before, after, change, interval, word] = changed(metric);
            let size = if change == "–" { String::new() } else { format!(" ({change}; 95% interval {interval})") };
            lines.push(format!("{}: {} {before} → {after}{size}: {word}", level.load.words(), metric.metric));
        }
    }
    lines.extend(comparison.notes.iter().map(|note| one_line(note, LONGEST)));
    lines
}

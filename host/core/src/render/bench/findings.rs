//! Findings of a benchmark: from the report of its checks, and as the blocks that every report shows.

use crate::bench::{Bench, BenchFinding};
use crate::execution::Execution;
use crate::manifest::Scope;
use crate::plain::one_line;
use crate::render::view::{Block, Kind, View, about};
use crate::report::Report;
use crate::sample::Ending;
use std::borrow::Cow;

/// The longest place, in characters.
const PLACE: usize = 300;

/// What a report's page shows of its checks, without what is waived.
///
/// If a job succeeded, an error that was found in jobs is a warning: the success rate measures how reliable an endpoint is
/// that works, and a limit on it decides.
pub fn bench_findings(report: &Report) -> Vec<BenchFinding> {
    let view = View::of(report);
    let works = report.samples.iter().any(|sample| sample.ending == Ending::Succeeded);
    let of_jobs = |block: &Block<'_>| {
        let mut executions = block.findings.iter().filter_map(|at| report.executions.get(at.execution));
        executions.all(|execution| execution.instance.scope == Scope::Run)
    };
    let kind = |block: &Block<'_>| match block.kind {
        Kind::Error if works && of_jobs(block) => Kind::Warning,
        kind => kind,
    };
    view.blocks.iter().flat_map(|block| of_block(&view, block, kind(block))).collect()
}

/// One for each rule of the block.
fn of_block(view: &View<'_>, block: &Block<'_>, kind: Kind) -> Vec<BenchFinding> {
    let severity = match kind {
        Kind::Error => "error",
        Kind::Warning => "warning",
        Kind::Crashed | Kind::Unknown => "unknown",
        Kind::Waived(_) => return Vec::new(),
    };
    let placed = block.subjects.iter().find_map(|subject| Some((subject, view.places.excerpt(subject)?)));
    let about = about(block, &view.places, &view.report.samples, placed.as_ref().map(|(subject, _)| *subject));
    let about = Some(about).filter(|about| !about.is_empty());
    let texts = [block.seen.as_deref().map(str::to_owned), block.unknown.map(|unknown| format!("unknown: {unknown}"))];
    let evidence: Vec<String> = [about].into_iter().chain(texts).flatten().collect();
    let measurement = block.findings.first().and_then(|at| {
        view.report.executions.get(at.execution).map(Execution::findings)?.get(at.item)?.measurement.as_ref()
    });
    let message = match block.error {
        Some(_) => format!("the check did not run to its end: {}", block.message),
        None => block.message.to_string(),
    };
    let finding = BenchFinding {
        check: String::new(),
        rule: String::new(),
        severity: severity.to_owned(),
        message,
        place: placed.map(|(_, excerpt)| format!("{}:{}", one_line(&excerpt.path, PLACE), excerpt.place)),
        evidence: (!evidence.is_empty()).then(|| evidence.join("; ")),
        help: block.help.map(str::to_owned),
        value: measurement.map(|measurement| measurement.value),
        limit: measurement.and_then(|measurement| Some(measurement.limit?.limit())),
        unit: measurement.map(|measurement| measurement.unit.clone()),
    };
    let with_id = |id: &String| {
        let (check, rule) = id.split_once('/').unwrap_or((id, ""));
        BenchFinding { check: check.to_owned(), rule: rule.to_owned(), ..finding.clone() }
    };
    block.ids.iter().map(with_id).collect()
}

/// The findings as blocks, errors first. Equal ones of several rules or levels are one.
pub(in crate::render) fn blocks(bench: &Bench) -> Vec<Block<'_>> {
    let of_levels = bench.levels.iter().flat_map(|level| {
        let load = level.load.words();
        level.findings.iter().map(move |finding| (finding, Some(load.clone())))
    });
    let mut groups: Vec<(&BenchFinding, Vec<String>, Vec<String>)> = Vec::new();
    for (finding, load) in bench.findings.iter().map(|finding| (finding, None)).chain(of_levels) {
        let at = groups.iter().position(|(known, ..)| key(known) == key(finding)).unwrap_or(groups.len());
        if at == groups.len() {
            groups.push((finding, Vec::new(), Vec::new()));
        }
        let (_, ids, loads) = &mut groups[at];
        for (list, new) in [(ids, Some(id(finding))), (loads, load)] {
            list.extend(new.filter(|new| !list.contains(new)).into_iter().collect::<Vec<_>>());
        }
    }
    let mut blocks: Vec<Block<'_>> =
        groups.into_iter().map(|(finding, ids, loads)| block(finding, ids, &loads)).collect();
    blocks.sort_by_key(|block| block.kind);
    blocks
}

/// What equal findings have in common.
fn key(finding: &BenchFinding) -> [Option<&str>; 4] {
    let BenchFinding { severity, message, place, help, .. } = finding;
    [Some(severity), Some(message), place.as_deref(), help.as_deref()]
}

fn id(finding: &BenchFinding) -> String {
    if finding.rule.is_empty() { finding.check.clone() } else { format!("{}/{}", finding.check, finding.rule) }
}

fn block<'a>(finding: &'a BenchFinding, ids: Vec<String>, loads: &[String]) -> Block<'a> {
    let kind = match finding.severity.as_str() {
        "error" => Kind::Error,
        "warning" => Kind::Warning,
        _ => Kind::Unknown,
    };
    let message = if loads.is_empty() {
        Cow::Borrowed(finding.message.as_str())
    } else {
        Cow::Owned(format!("{}: {}", loads.join(", "), finding.message))
    };
    let mut block = Block::new(kind, String::new(), message);
    block.ids = ids;
    block.seen = finding.evidence.as_deref().map(Cow::Borrowed);
    block.place = finding.place.as_deref();
    block.help = finding.help.as_deref();
    block
}

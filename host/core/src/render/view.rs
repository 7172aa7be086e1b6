//! What a report shows, decided once for all formats: which findings are one block, what follows from what, where things
//! stand, and how each check came out. Formats only print it.

mod about;
mod blocks;
mod checks;
mod consequences;
mod distributions;
mod fold;
mod places;
mod samples;
mod statement;
mod verdict;

pub(in crate::render) use about::{about, label};
pub(in crate::render) use blocks::{Block, Kind, blocks};
pub(in crate::render) use checks::{CheckRow, Sign};
pub(in crate::render) use distributions::Row;
pub(in crate::render) use fold::{At, Fold};
pub(in crate::render) use places::Places;
pub(in crate::render) use samples::quote;
pub(in crate::render) use statement::Statement;
pub(in crate::render) use verdict::{origin, workers};

use crate::execution::Execution;
use crate::report::{Report, WorkflowFile};
use crate::text::Place;
use std::collections::BTreeSet;

/// What a report shows.
pub(in crate::render) struct View<'a> {
    pub(in crate::render) report: &'a Report,
    pub(in crate::render) places: Places,
    pub(in crate::render) fold: Fold,
    /// Errors first, then what is unknown, warnings, and what is waived. What follows from an error is not among them.
    pub(in crate::render) blocks: Vec<Block<'a>>,
    /// What follows from several errors together.
    pub(in crate::render) therefore: Vec<String>,
}

impl<'a> View<'a> {
    pub(in crate::render) fn of(report: &'a Report) -> Self {
        let places = Places::of(report);
        let fold = Fold::of(report);
        let mut blocks = blocks(&report.executions, &fold);
        let therefore = consequences::write(report, &fold, &mut blocks);
        samples::write(report, &fold, &mut blocks);
        Self { report, places, fold, blocks, therefore }
    }

    /// The blocks of a kind.
    pub(in crate::render) fn of_kind(&self, kind: Kind) -> impl Iterator<Item = &Block<'a>> {
        self.blocks.iter().filter(move |block| block.kind == kind)
    }

    /// A row for each check, in the order of the suite.
    pub(in crate::render) fn checks(&self) -> Vec<CheckRow> {
        self.report.checks.iter().map(|check| CheckRow::of(self, &check.suite.name)).collect()
    }

    /// The executions of a check, with their index, in the order of the plan.
    pub(in crate::render) fn executions(&self, check: &str) -> Vec<(usize, &'a Execution)> {
        let all = self.report.executions.iter().enumerate();
        all.filter(|(_, execution)| execution.instance.check == check).collect()
    }

    /// Where a block stands: the path of the workflow's file, and the place in it.
    pub(in crate::render) fn place(&self, block: &Block<'_>) -> Option<(&'a str, Place)> {
        let place = block.subjects.iter().find_map(|subject| self.places.place(subject));
        self.report.workflow.as_ref().map(WorkflowFile::path).zip(place)
    }

    /// The blocks of errors that show these findings, each once.
    pub(in crate::render) fn blocks_of(&self, findings: &[At]) -> Vec<&Block<'a>> {
        self.blocks_with(Kind::Error, findings)
    }

    /// The blocks of a kind that show at least one of these findings.
    fn blocks_with(&self, kind: Kind, findings: &[At]) -> Vec<&Block<'a>> {
        self.of_kind(kind).filter(|block| block.findings.iter().any(|at| findings.contains(at))).collect()
    }

    /// The first rules of the blocks that show these causes, at most `most`: `see endpoint/no-worker`.
    pub(in crate::render) fn see(&self, causes: &[At], most: usize) -> String {
        let mut known = BTreeSet::new();
        let mut rules: Vec<&str> = self.blocks_of(causes).into_iter().map(Block::id).collect();
        rules.retain(|rule| known.insert(*rule));
        let more = rules.len().saturating_sub(most);
        rules.truncate(most);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        format!("see {}{more}", rules.join(", "))
    }

    /// The rules of findings, each once, such as `endpoint/no-worker`.
    pub(in crate::render) fn rules(&self, findings: &[At]) -> Vec<String> {
        rules(self.report, findings)
    }
}

/// The rules of findings, each once, in the order of the report.
pub(in crate::render) fn rules(report: &Report, findings: &[At]) -> Vec<String> {
    let mut known = BTreeSet::new();
    let rules = findings.iter().filter_map(|at| {
        let execution = report.executions.get(at.execution)?;
        Some(format!("{}/{}", execution.instance.check, execution.findings().get(at.item)?.rule))
    });
    rules.filter(|rule| known.insert(rule.clone())).collect()
}

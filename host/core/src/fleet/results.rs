//! The reports of a fleet's runs, put together: a verdict for each pair, and one for the fleet.

use super::{Fleet, FleetPair};
use crate::money::CostRange;
use crate::render::{Failure, Failures};
use crate::report::{ExitCode, Report, Verdict, exit_code};

/// The results of a fleet.
#[derive(Clone, Debug, PartialEq)]
pub struct FleetResults {
    /// The fleet's name.
    pub name: String,
    /// In the order of the fleet.
    pub pairs: Vec<(FleetPair, Option<PairResult>)>,
    /// Reports that do not count, with their files and the reason, one line each.
    pub left_out: Vec<String>,
}

/// The result of one run.
#[derive(Clone, Debug, PartialEq)]
pub struct PairResult {
    /// The file of the report.
    pub file: String,
    pub verdict: Verdict,
    pub exit_code: ExitCode,
    pub date: String,
    pub samples: u32,
    pub succeeded: u32,
    pub cost: Option<CostRange>,
    /// What keeps it from passing, in the order of rules and subjects.
    pub failures: Vec<Failure>,
}

impl FleetResults {
    /// Passed if every pair passed. Failed if one failed.
    pub fn verdict(&self) -> Verdict {
        let verdicts = || self.pairs.iter().map(|(_, result)| result.as_ref().map(|result| result.verdict));
        if verdicts().any(|verdict| verdict == Some(Verdict::Failed)) {
            Verdict::Failed
        } else if verdicts().all(|verdict| verdict == Some(Verdict::Passed)) {
            Verdict::Passed
        } else {
            Verdict::Inconclusive
        }
    }

    /// The exit code for the whole fleet. An interrupted run and a missing one are inconclusive.
    pub fn exit_code(&self) -> ExitCode {
        let mut results = self.pairs.iter().filter_map(|(_, result)| result.as_ref());
        match self.verdict() {
            Verdict::Passed => ExitCode::Passed,
            Verdict::Failed => ExitCode::Failed,
            Verdict::Inconclusive if results.any(|result| result.exit_code == ExitCode::CheckFailed) => {
                ExitCode::CheckFailed
            }
            Verdict::Inconclusive => ExitCode::Inconclusive,
        }
    }

    /// `2 failed, 1 missing, 9 passed`.
    pub fn counts(&self) -> String {
        let verdict = |result: &Option<PairResult>| result.as_ref().map(|result| result.verdict);
        let of = |wanted: Option<Verdict>| self.pairs.iter().filter(|(_, result)| verdict(result) == wanted).count();
        let parts = [
            (of(Some(Verdict::Failed)), "failed"),
            (of(Some(Verdict::Inconclusive)), "inconclusive"),
            (of(None), "missing"),
            (of(Some(Verdict::Passed)), "passed"),
        ];
        let parts =
            parts.into_iter().filter(|(number, _)| *number > 0).map(|(number, word)| format!("{number} {word}"));
        parts.collect::<Vec<_>>().join(", ")
    }

    /// The known cost of all runs together.
    pub fn cost(&self) -> Option<CostRange> {
        let known = self.pairs.iter().filter_map(|(_, result)| result.as_ref()?.cost);
        known.reduce(|one, other| CostRange { low: one.low + other.low, high: one.high + other.high })
    }
}

/// Finds the report of each pair by the name of its run. Of two reports, the complete one counts, else the later one.
pub fn fleet_results(fleet: &Fleet, reports: Vec<(String, Report)>) -> FleetResults {
    let mut chosen: Vec<Option<(String, Report)>> = fleet.pairs.iter().map(|_| None).collect();
    let mut left_out = Vec::new();
    for (file, report) in reports {
        let Some(at) = fleet.pairs.iter().position(|pair| pair.name == report.name) else {
            left_out.push(format!("`{file}`: the fleet has no `{}`", report.name));
            continue;
        };
        match &chosen[at] {
            Some((other, known)) if rank(known) >= rank(&report) => {
                left_out.push(format!("`{file}`: `{other}` is a report of `{}`, too", report.name));
            }
            previous => {
                let replaced = previous
                    .as_ref()
                    .map(|(other, _)| format!("`{other}`: `{file}` is a report of `{}`, too", report.name));
                left_out.extend(replaced);
                chosen[at] = Some((file, report));
            }
        }
    }
    let results = chosen.into_iter().map(|chosen| chosen.map(|(file, report)| result(file, &report)));
    let pairs = fleet.pairs.iter().cloned().zip(results).collect();
    FleetResults { name: fleet.name.clone(), pairs, left_out }
}

/// A complete report precedes an interrupted one, and a later one an earlier one.
fn rank(report: &Report) -> (bool, &str, &str) {
    let started = report.machine.as_ref().map_or("", |machine| machine.started.as_str());
    (report.interrupted.is_none(), report.date.as_str(), started)
}

fn result(file: String, report: &Report) -> PairResult {
    let summary = &report.summary;
    PairResult {
        file,
        verdict: summary.verdict,
        exit_code: exit_code(report),
        date: report.date.clone(),
        samples: summary.samples,
        succeeded: summary.succeeded,
        cost: summary.cost,
        failures: Failures::of(report).iter().cloned().collect(),
    }
}

impl PairResult {
    /// What keeps it from passing in a few words: `nodes/missing-node (node 9) and 2 more`.
    pub fn why(&self) -> String {
        let Some(Failure { rule, subject, .. }) = self.failures.first() else { return String::new() };
        let subject = if subject.is_empty() { String::new() } else { format!(" ({subject})") };
        match self.failures.len() - 1 {
            0 => format!("{rule}{subject}"),
            more => format!("{rule}{subject} and {more} more"),
        }
    }
}

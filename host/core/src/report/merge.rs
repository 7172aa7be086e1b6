//! Makes one report of several, each of a part of one run.

use super::contradiction::on;
use super::summarize::{close_answered, summary};
use super::{Machine, Origin, Report, Summary};
use crate::execution::{Execution, Outcome};
use crate::manifest::Manifest;
use crate::plan::PlannedCheck;
use crate::sample::{Ending, Sample};
use std::collections::BTreeMap;

/// Why two reports cannot be one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MergeError {
    /// The reports are not of one run.
    #[error("they are not of one run: {what} differs")]
    Run {
        /// What differs, such as `the suite's name`.
        what: &'static str,
    },
    /// A check is not the same in both.
    #[error("check `{name}` is not the same in both: its component, its settings or its grants differ")]
    Check {
        /// Its name in the suite.
        name: String,
    },
    /// A check instance was carried out twice, and not with the same outcome.
    #[error("both tell what came of check `{check}` {on}, and not the same")]
    Execution {
        /// The check's name in the suite.
        check: String,
        /// In which scope, or on which sample.
        on: String,
    },
    /// A sample was taken twice.
    #[error("both hold sample {index}, and not the same")]
    Sample {
        /// Its index.
        index: u32,
    },
}

/// Makes one report of two: all checks, executions and samples in the order of the suite, each once, and the summary of
/// the whole. What is in both must be the same, but for the words in which parts say why a sample was not submitted.
///
/// The day is the earlier one. The machine's time is from the earlier start, and as long as the longer of the two.
pub fn merge(one: Report, other: Report) -> Result<Report, MergeError> {
    same_run(&one, &other)?;
    let mut executions = executions(one.executions, other.executions)?;
    let checks = checks(one.checks, other.checks)?;
    let position: BTreeMap<&str, usize> = checks.iter().map(|check| check.suite.name.as_str()).zip(0..).collect();
    executions.sort_by_key(|Execution { instance, .. }| {
        (instance.scope, position.get(instance.check.as_str()).copied(), instance.sample)
    });
    close_answered(&mut executions);
    let mut samples = one.samples;
    for sample in other.samples {
        match samples.iter().find(|known| known.index == sample.index) {
            None => samples.push(sample),
            Some(known) if *known == sample || both_not_submitted(known, &sample) => {}
            Some(_) => return Err(MergeError::Sample { index: sample.index }),
        }
    }
    samples.sort_by_key(|sample| sample.index);
    // Each part made its own.
    let mut dry_run = one.dry_run;
    let others: Vec<_> = other.dry_run.into_iter().filter(|job| !dry_run.contains(job)).collect();
    dry_run.extend(others);
    dry_run.sort_by(|one, other| (one.submitted, &one.job).cmp(&(other.submitted, &other.job)));
    let interrupted = one.interrupted.or(other.interrupted);
    let over_budget = one.summary.over_budget.or(other.summary.over_budget);
    Ok(Report {
        summary: Summary { over_budget, ..summary(&executions, &samples, &dry_run, interrupted) },
        version: one.version,
        suite: one.suite,
        workflow: one.workflow,
        origin: one.origin,
        date: one.date.min(other.date),
        checks,
        executions,
        samples,
        dry_run,
        price: one.price,
        interrupted,
        machine: machine(one.machine, other.machine),
    })
}

/// Whether neither part submitted the same sample. Each says why in its own words, such as which of its checks found an
/// error before; those of the first part stay.
fn both_not_submitted(known: &Sample, other: &Sample) -> bool {
    known.ending == Ending::NotSubmitted && Sample { reason: known.reason.clone(), ..other.clone() } == *known
}

fn same_run(one: &Report, other: &Report) -> Result<(), MergeError> {
    let origin = |report: &Report| match &report.origin {
        Origin::Live { endpoint } => (true, endpoint.clone()),
        Origin::Replay { cassette, .. } => (false, Some(cassette.clone())),
        Origin::Simulation { scenario, .. } => (false, Some(scenario.clone())),
    };
    let differing = [
        ("the suite's name", one.suite != other.suite),
        ("the version of comfycheck", one.version != other.version),
        ("the endpoint or the cassette", origin(one) != origin(other)),
        ("the workflow", one.workflow != other.workflow),
        ("the price", one.price != other.price),
    ];
    match differing.into_iter().find(|(_, differs)| *differs) {
        Some((what, _)) => Err(MergeError::Run { what }),
        None => Ok(()),
    }
}

/// The checks in the order of both: one that only the other has stands where it stands there, among those that both have.
fn checks(mut all: Vec<PlannedCheck>, other: Vec<PlannedCheck>) -> Result<Vec<PlannedCheck>, MergeError> {
    let position = |all: &[PlannedCheck], name: &str| all.iter().position(|known| known.suite.name == name);
    let mut next = other.iter().find_map(|check| position(&all, &check.suite.name)).unwrap_or(all.len());
    for mut check in other {
        if let Some(at) = position(&all, &check.suite.name) {
            explain(&mut all[at].manifest, &mut check.manifest);
            if all[at] != check {
                return Err(MergeError::Check { name: check.suite.name });
            }
            next = at + 1;
        } else {
            all.insert(next, check);
            next += 1;
        }
    }
    Ok(all)
}

/// A stored report explains only those rules that something in it names.
fn explain(one: &mut Manifest, other: &mut Manifest) {
    for (one, other) in one.rules.iter_mut().zip(&mut other.rules).filter(|(one, other)| one.id == other.id) {
        match (one.explanation.is_empty(), other.explanation.is_empty()) {
            (true, false) => one.explanation.clone_from(&other.explanation),
            (false, true) => other.explanation.clone_from(&one.explanation),
            (true, true) | (false, false) => {}
        }
    }
}

fn executions(mut all: Vec<Execution>, other: Vec<Execution>) -> Result<Vec<Execution>, MergeError> {
    // Whether a question is closed is a matter of the whole.
    all.iter_mut().for_each(reopen);
    let known: BTreeMap<_, usize> = all.iter().map(|execution| execution.instance.clone()).zip(0..).collect();
    for mut execution in other {
        reopen(&mut execution);
        match known.get(&execution.instance) {
            None => all.push(execution),
            Some(&at) if all[at].outcome == execution.outcome => {}
            Some(_) => {
                let instance = execution.instance;
                return Err(MergeError::Execution { on: on(&instance), check: instance.check });
            }
        }
    }
    Ok(all)
}

fn reopen(execution: &mut Execution) {
    if let Outcome::Completed { open, .. } = &mut execution.outcome {
        for question in open {
            question.closed = false;
        }
    }
}

fn machine(one: Option<Machine>, other: Option<Machine>) -> Option<Machine> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.and(other)),
        (one, other) => one.or(other),
    }
}

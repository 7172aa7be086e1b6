//! Makes one report of several, each of a part of one run.

use super::contradiction::on;
use super::summarize::{close_answered, summary};
use super::{Machine, Origin, Report, Summary};
use crate::execution::{Execution, Outcome};
use crate::manifest::Manifest;
use crate::plan::PlannedCheck;
use crate::sample::{Ending, Sample};
use crate::waiver::{UnusedWaiver, cover_twins, uncover_twins};
use std::collections::BTreeMap;
use std::mem::discriminant;

/// Why two reports cannot be one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MergeError {
    /// They are reports of different runs.
    #[error("they are from different runs: {what} differs")]
    Run {
        /// What differs, such as `the suite's name`.
        what: &'static str,
    },
    #[error("check `{name}` differs in its component, settings or grants")]
    Check {
        /// Its name in the suite.
        name: String,
    },
    /// A check instance has two different outcomes.
    #[error("the outcomes of check `{check}` {on} differ")]
    Execution {
        /// The check's name in the suite.
        check: String,
        /// In which scope, or on which sample.
        on: String,
    },
    #[error("both have sample {index}, and the two differ")]
    Sample {
        /// Its index.
        index: u32,
    },
}

/// Makes one report of two: all checks, executions and samples in the order of the suite, each once, and a new summary.
///
/// - What both have must be the same, except for the reason why a sample was not submitted.
/// - The date is the earlier one. The machine's time has the earlier start and the longer duration.
/// - A waiver is unused if both parts say so, or if the other part does not have its check.
pub fn merge(one: Report, other: Report) -> Result<Report, MergeError> {
    same_run(&one, &other)?;
    let unused_waivers = unused_waivers(&one, &other);
    let mut executions = executions(one.executions, other.executions)?;
    let checks = checks(one.checks, other.checks)?;
    let position: BTreeMap<&str, usize> = checks.iter().map(|check| check.suite.name.as_str()).zip(0..).collect();
    executions.sort_by_key(|Execution { instance, .. }| {
        (instance.scope, position.get(instance.check.as_str()).copied(), instance.sample)
    });
    close_answered(&mut executions);
    cover_twins(&mut executions);
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
        name: one.name,
        workflow: one.workflow,
        origin: one.origin,
        date: one.date.min(other.date),
        checks,
        executions,
        samples,
        dry_run,
        price: one.price,
        interrupted,
        unused_waivers,
        machine: machine(one.machine, other.machine),
        history: None,
    })
}

/// Whether neither part submitted the sample. Each may give another reason; that of the first part stays.
fn both_not_submitted(known: &Sample, other: &Sample) -> bool {
    known.ending == Ending::NotSubmitted && Sample { reason: known.reason.clone(), ..other.clone() } == *known
}

fn unused_waivers(one: &Report, other: &Report) -> Vec<UnusedWaiver> {
    let is_in = |waiver: &UnusedWaiver, report: &Report| {
        let same = |known: &UnusedWaiver| (&known.rule, &known.subject) == (&waiver.rule, &waiver.subject);
        report.unused_waivers.iter().any(same)
    };
    let ran_in = |waiver: &UnusedWaiver, report: &Report| {
        let check = waiver.rule.split('/').next();
        report.executions.iter().any(|execution| Some(execution.instance.check.as_str()) == check)
    };
    let of_one = one.unused_waivers.iter().filter(|waiver| is_in(waiver, other) || !ran_in(waiver, other));
    let of_other = other.unused_waivers.iter().filter(|waiver| !is_in(waiver, one) && !ran_in(waiver, one));
    of_one.chain(of_other).cloned().collect()
}

fn same_run(one: &Report, other: &Report) -> Result<(), MergeError> {
    let origin = |report: &Report| {
        let name = match &report.origin {
            Origin::Live { endpoint, .. } => endpoint.clone(),
            Origin::Replay { cassette, .. } => Some(cassette.clone()),
            Origin::Simulation { scenario, .. } => Some(scenario.clone()),
        };
        (discriminant(&report.origin), name)
    };
    let differing = [
        ("the suite's name", one.suite != other.suite),
        ("the run's name", one.name != other.name),
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

/// The checks in the order of both: one that only the other has keeps its place there, among those that both have.
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

/// A stored report has explanations only of rules that something in it names.
fn explain(one: &mut Manifest, other: &mut Manifest) {
    for (one, other) in one.rules.iter_mut().zip(&mut other.rules).filter(|(one, other)| one.id == other.id) {
        match (one.explanation.is_empty(), other.explanation.is_empty()) {
            (true, false) => one.explanation.clone_from(&other.explanation),
            (false, true) => other.explanation.clone_from(&one.explanation),
            (true, true) | (false, false) => {}
        }
    }
}

fn executions(mut all: Vec<Execution>, mut other: Vec<Execution>) -> Result<Vec<Execution>, MergeError> {
    // Closed questions and waivers of twins depend on the whole run.
    all.iter_mut().for_each(reopen);
    uncover_twins(&mut all);
    let known: BTreeMap<_, usize> = all.iter().map(|execution| execution.instance.clone()).zip(0..).collect();
    other.iter_mut().for_each(reopen);
    uncover_twins(&mut other);
    for execution in other {
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

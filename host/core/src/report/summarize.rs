//! From what happened to the report: plan order, withdrawn findings, closed questions, counts, verdict.

mod reasons;

pub(crate) use reasons::{NOTHING_WORKED, nothing_worked, samples_waived, unexplained_samples};

use super::{Machine, Origin, Report, Signal, Summary, Verdict, WorkflowFile};
use crate::cost::{Price, over_budget};
use crate::execution::{ErrorKind, Execution, Outcome};
use crate::finding::{Finding, OpenQuestion, Severity};
use crate::manifest::Scope;
use crate::plan::Plan;
use crate::sample::{Ending, Sample};
use crate::suite::Suite;
use crate::waiver::{Waivers, cover_twins};
use std::collections::{BTreeMap, BTreeSet};

/// What happened in a run, before it is summarized.
#[derive(Clone, Debug)]
pub struct RunResult {
    /// Where the responses came from.
    pub origin: Origin,
    /// The date of the run, `YYYY-MM-DD`: today live, the recording's in replay.
    pub date: String,
    /// In any order. Severities and waivers of the suite were applied to each as it ended: gates need them.
    pub executions: Vec<Execution>,
    /// In any order.
    pub samples: Vec<Sample>,
    /// The jobs of the dry run, in the order of their submission.
    pub dry_run: Vec<Sample>,
    /// The price that the samples' costs were computed with.
    pub price: Option<Price>,
    /// The signal that interrupted the run.
    pub interrupted: Option<Signal>,
    /// The machine's own times: live runs only.
    pub machine: Option<Machine>,
}

/// Makes the report of a run, with everything in the order of the plan.
///
/// A planned instance without an execution is skipped if the run was interrupted, else errored. A planned sample that is
/// missing was not submitted.
pub fn summarize(suite: &Suite, plan: &Plan, run: RunResult) -> Report {
    let RunResult { origin, date, executions, samples, dry_run, price, interrupted, machine } = run;
    let mut executions = executions_in_plan_order(plan, executions, interrupted);
    withdraw(&mut executions);
    close_answered(&mut executions);
    cover_twins(&mut executions);
    let samples = samples_in_plan_order(plan, samples);
    let sampling = Some(&suite.sampling).filter(|_| !suite.deployment.local_worker);
    let jobs = || samples.iter().chain(&dry_run);
    let over_budget = price.as_ref().zip(sampling).and_then(|(price, sampling)| over_budget(jobs(), sampling, price));
    let summary = Summary { over_budget, ..summary(&executions, &samples, &dry_run, interrupted) };
    let day = date.parse().ok();
    let mut report = Report {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        suite: suite.name.clone(),
        name: suite.run_name.clone(),
        workflow: suite.workflow.clone().map(WorkflowFile::from),
        origin,
        date,
        checks: plan.checks.clone(),
        executions,
        samples,
        dry_run,
        price,
        interrupted,
        unused_waivers: Vec::new(),
        summary,
        machine,
        history: None,
    };
    // What an interrupted run did not find can be there.
    if !suite.waivers.is_empty() && report.interrupted.is_none() {
        let workflow = report.workflow.as_ref().and_then(WorkflowFile::parsed);
        let waivers = Waivers::with(suite, day, workflow.map(|workflow| &**workflow));
        report.unused_waivers = waivers.unused(&report.executions, &report.samples);
    }
    report
}

fn executions_in_plan_order(
    plan: &Plan,
    mut executions: Vec<Execution>,
    interrupted: Option<Signal>,
) -> Vec<Execution> {
    let known: BTreeSet<_> = executions.iter().map(|execution| execution.instance.clone()).collect();
    let missing = plan.instances.iter().filter(|planned| !known.contains(&planned.instance));
    executions.extend(missing.map(|planned| Execution {
        instance: planned.instance.clone(),
        outcome: never_run(interrupted),
        earlier: Vec::new(),
        waited: std::time::Duration::ZERO,
    }));
    let position: BTreeMap<_, _> = plan.instances.iter().map(|planned| &planned.instance).zip(0..).collect();
    executions.sort_by_key(|execution| position.get(&execution.instance).copied().unwrap_or(usize::MAX));
    executions
}

fn never_run(interrupted: Option<Signal>) -> Outcome {
    match interrupted {
        Some(_) => Outcome::Skipped { reason: "the run was interrupted before its turn".into() },
        None => Outcome::Errored { kind: ErrorKind::Inconclusive, message: "it never ran".into() },
    }
}

fn samples_in_plan_order(plan: &Plan, mut samples: Vec<Sample>) -> Vec<Sample> {
    let known: BTreeSet<u32> = samples.iter().map(|sample| sample.index).collect();
    let missing = plan.samples.iter().filter(|planned| !known.contains(&planned.index));
    samples.extend(missing.map(|planned| {
        let workflow = planned.workflow.clone();
        Sample::not_submitted(planned.index, planned.seed, workflow, "the run ended before its turn")
    }));
    samples.sort_by_key(|sample| sample.index);
    samples
}

/// Removes each finding of a `deployment` instance that the `run` instance of the same check withdraws: by a finding of the same
/// rule and subjects with `{"withdrawn": true}` as its data. That one is removed as well.
fn withdraw(executions: &mut [Execution]) {
    let mut withdrawn = Vec::new();
    for Execution { instance, outcome, .. } in executions.iter_mut().filter(|one| one.instance.scope == Scope::Run) {
        let Outcome::Completed { findings, .. } = outcome else { continue };
        let is_withdrawal = |finding: &mut Finding| finding.data.as_ref().is_some_and(|data| data["withdrawn"] == true);
        let of_check = findings.extract_if(.., is_withdrawal);
        withdrawn.extend(of_check.map(|finding| (instance.check.clone(), finding)));
    }
    for Execution { instance, outcome, .. } in executions {
        let Outcome::Completed { findings, .. } = outcome else { continue };
        if instance.scope == Scope::Deployment {
            findings.retain(|finding| {
                let is_same = |other: &Finding| other.rule == finding.rule && other.subjects == finding.subjects;
                !withdrawn.iter().any(|(check, other)| *check == instance.check && is_same(other))
            });
        }
    }
}

/// Closes each open question of a `deployment` instance if the `run` instance of the same check completed and did not leave
/// the rule open. A check has one set of settings in a plan, so its name identifies it.
pub(super) fn close_answered(executions: &mut [Execution]) {
    let left_open: BTreeMap<String, BTreeSet<String>> = executions
        .iter()
        .filter(|execution| execution.instance.scope == Scope::Run)
        .filter(|execution| matches!(execution.outcome, Outcome::Completed { .. }))
        .map(|execution| {
            let rules = execution.open().iter().map(|question| question.rule.clone());
            (execution.instance.check.clone(), rules.collect())
        })
        .collect();
    for Execution { instance, outcome, .. } in executions {
        let Outcome::Completed { open, .. } = outcome else { continue };
        let left_open = left_open.get(&instance.check).filter(|_| instance.scope == Scope::Deployment);
        for question in open {
            question.closed = left_open.is_some_and(|left_open| !left_open.contains(&question.rule));
        }
    }
}

/// The summary of executions and samples, without the budget. Both are in plan order.
pub(super) fn summary(
    executions: &[Execution],
    samples: &[Sample],
    dry_run: &[Sample],
    interrupted: Option<Signal>,
) -> Summary {
    let counting = |severity| {
        findings(executions).filter(move |(_, finding)| finding.severity == severity && !finding.is_waived())
    };
    let of = |severity| count(counting(severity));
    let outcomes = |is: fn(&Outcome) -> bool| count(executions.iter().filter(|execution| is(&execution.outcome)));
    let errors = of(Severity::Error);
    let inconclusive = reasons::inconclusive(executions, samples, interrupted);
    Summary {
        verdict: match (errors, inconclusive.is_empty()) {
            (1.., _) => Verdict::Failed,
            (0, false) => Verdict::Inconclusive,
            (0, true) => Verdict::Passed,
        },
        errors,
        warnings: of(Severity::Warning),
        notes: of(Severity::Note),
        waived: count(findings(executions).filter(|(_, finding)| finding.is_waived())),
        open: count(open_questions(executions)),
        completed: outcomes(|outcome| matches!(outcome, Outcome::Completed { .. })),
        skipped: outcomes(|outcome| matches!(outcome, Outcome::Skipped { .. })),
        errored: outcomes(|outcome| matches!(outcome, Outcome::Errored { .. })),
        flaky: count(executions.iter().filter(|execution| execution.is_flaky())),
        samples: count(samples.iter()),
        succeeded: count(samples.iter().filter(|sample| sample.ending == Ending::Succeeded)),
        cost: samples.iter().chain(dry_run).filter_map(|sample| sample.cost).reduce(|one, more| one + more),
        over_budget: None,
        inconclusive,
    }
}

fn findings(executions: &[Execution]) -> impl Iterator<Item = (&Execution, &Finding)> {
    executions.iter().flat_map(|execution| execution.findings().iter().map(move |finding| (execution, finding)))
}

/// The open questions that count.
fn open_questions(executions: &[Execution]) -> impl Iterator<Item = (&Execution, &OpenQuestion)> {
    executions
        .iter()
        .flat_map(|execution| execution.still_open().filter(|it| !it.unrecorded).map(move |it| (execution, it)))
}

fn count(items: impl Iterator) -> u32 {
    u32::try_from(items.count()).unwrap_or(u32::MAX)
}

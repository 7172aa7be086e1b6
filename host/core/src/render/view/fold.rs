//! What follows from what: errors, questions, skipped checks and samples that have their cause in an error.
//!
//! It is decided from subjects, samples, scopes and severities, never from the name of a check or a rule:
//!
//! - An error that only names samples, or compares a value of many samples with a limit, follows from the more specific
//!   errors that explain its samples. Errors that are equally specific do not follow from each other.
//! - Except that errors which only name samples that completed without a file follow from those of the first such check.
//! - A sample that was not submitted follows from the errors that closed the gate, or from the causes of the sample whose
//!   failure ended the sampling.
//! - What stands on one sample follows from the causes of that sample.
//! - If no sample returned a file and each has a cause, the questions that samples would have answered follow.
//! - If no sample returned a file and none has a cause, those questions follow from the samples themselves.
//!
//! Apart from that, nothing follows without a cause. A check that crashed follows from nothing. A waived error neither causes nor follows from
//! anything. Verdict, exit code, gates and counts do not depend on this: it only decides what a report shows together.

use crate::execution::{Execution, Outcome};
use crate::finding::{Finding, OpenQuestion, Subject};
use crate::manifest::Scope;
use crate::report::{Report, samples_waived, unexplained_samples};
use crate::sample::{Ending, Sample};
use std::collections::{BTreeMap, BTreeSet};

/// Where a finding or an open question stands in a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(in crate::render) struct At {
    /// The index of its execution.
    pub(in crate::render) execution: usize,
    /// Its index among the execution's findings or questions.
    pub(in crate::render) item: usize,
}

/// What follows from which findings. Each list of causes is sorted.
#[derive(Debug, Default)]
pub(in crate::render) struct Fold {
    findings: BTreeMap<At, BTreeSet<At>>,
    questions: BTreeMap<At, BTreeSet<At>>,
    executions: BTreeMap<usize, BTreeSet<At>>,
    samples: BTreeMap<u32, BTreeSet<At>>,
    /// The causes of all samples together, if none returned a file and each has one.
    whole_run: Option<BTreeSet<At>>,
    /// Questions that samples would have answered, if no sample returned a file and none has a cause.
    unanswered: BTreeSet<At>,
}

/// How much an error says about its samples.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    /// How many there are.
    Aggregate,
    /// Which they are.
    SamplesOnly,
    /// What they have in common: a node, a model, a pack, a worker.
    Specific,
}

/// An error that counts.
struct CountedError {
    at: At,
    rank: Rank,
    samples: BTreeSet<u32>,
}

impl Fold {
    pub(in crate::render) fn of(report: &Report) -> Self {
        let samples: BTreeMap<u32, &Sample> = report.samples.iter().map(|sample| (sample.index, sample)).collect();
        let mut fold = Self::default();
        let errors: Vec<CountedError> = counted_errors(&report.executions).collect();
        let failed = |index: &u32| samples.get(index).is_some_and(|sample| !sample.delivered());
        let mut explained: BTreeMap<u32, BTreeSet<At>> = BTreeMap::new();
        for rank in [Rank::Specific, Rank::SamplesOnly] {
            let mut own = Vec::new();
            for error in errors.iter().filter(|error| error.rank == rank) {
                match Self::common_causes(error, &explained, failed) {
                    Some(causes) if rank < Rank::Specific => {
                        fold.findings.insert(error.at, causes);
                    }
                    _ => own.push(error),
                }
            }
            if rank == Rank::SamplesOnly {
                own = fold.once_of_empty(own, report, &samples);
            }
            for error in own {
                for sample in &error.samples {
                    explained.entry(*sample).or_default().insert(error.at);
                }
            }
        }
        not_submitted(report, &mut explained);
        let ended_badly = |index: &u32| samples.get(index).is_some_and(|sample| sample.ending != Ending::Succeeded);
        for error in errors.iter().filter(|error| error.rank == Rank::Aggregate) {
            if let Some(causes) = Self::common_causes(error, &explained, ended_badly) {
                fold.findings.insert(error.at, causes);
            }
        }
        explained.retain(|index, _| failed(index));
        fold.samples = explained;
        let has_cause = |sample: &Sample| fold.samples.contains_key(&sample.index);
        if !report.samples.is_empty() && report.samples.iter().all(has_cause) {
            fold.whole_run = Some(fold.samples.values().flatten().copied().collect());
        }
        fold.of_instances(report);
        let is_explained = !errors.is_empty() || !samples_waived(&report.executions).is_empty();
        if !is_explained && !report.samples.iter().any(Sample::delivered) {
            fold.unanswered = unanswered(report);
        }
        fold
    }

    /// The causes of an error's samples; none unless each of them has one.
    fn common_causes(
        error: &CountedError,
        explained: &BTreeMap<u32, BTreeSet<At>>,
        failed: impl Fn(&u32) -> bool,
    ) -> Option<BTreeSet<At>> {
        if error.samples.is_empty() || !error.samples.iter().all(failed) {
            return None;
        }
        let causes: Option<Vec<&BTreeSet<At>>> = error.samples.iter().map(|sample| explained.get(sample)).collect();
        Some(causes?.into_iter().flatten().copied().collect())
    }

    /// Of samples that completed without a file, errors that only name them report one thing. Those of the check that stands
    /// first in the suite are its cause. Returns what follows from nothing.
    fn once_of_empty<'e>(
        &mut self,
        mut errors: Vec<&'e CountedError>,
        report: &Report,
        samples: &BTreeMap<u32, &Sample>,
    ) -> Vec<&'e CountedError> {
        let check = |error: &CountedError| {
            let name = report.executions.get(error.at.execution).map(|execution| execution.instance.check.as_str());
            report.checks.iter().position(|check| Some(check.suite.name.as_str()) == name)
        };
        let is_empty = |index: &u32| {
            samples.get(index).is_some_and(|sample| sample.ending == Ending::Succeeded && !sample.delivered())
        };
        errors.sort_by_key(|error| (check(error), error.at));
        let mut first: BTreeMap<u32, (Option<usize>, BTreeSet<At>)> = BTreeMap::new();
        errors.retain(|error| {
            let own = check(error);
            let causes: Option<Vec<&BTreeSet<At>>> = error
                .samples
                .iter()
                .map(|index| {
                    let (check, causes) = first.get(index).filter(|_| is_empty(index))?;
                    (*check != own).then_some(causes)
                })
                .collect();
            if let Some(causes) = causes.filter(|causes| !causes.is_empty()) {
                self.findings.insert(error.at, causes.into_iter().flatten().copied().collect());
                return false;
            }
            for index in &error.samples {
                let (check, causes) = first.entry(*index).or_insert_with(|| (own, BTreeSet::new()));
                if *check == own {
                    causes.insert(error.at);
                }
            }
            true
        });
        errors
    }

    /// Open questions and skipped instances.
    fn of_instances(&mut self, report: &Report) {
        for (index, execution) in report.executions.iter().enumerate() {
            let whole_run = self.whole_run.as_ref();
            let causes = match (execution.instance.scope, execution.instance.sample) {
                (Scope::Sample, Some(sample)) => self.samples.get(&sample),
                _ => whole_run,
            };
            let Some(causes) = causes.cloned() else { continue };
            match &execution.outcome {
                Outcome::Completed { open, .. } => {
                    for (item, question) in open.iter().enumerate().filter(|(_, question)| !question.closed) {
                        let waits = execution.instance.scope != Scope::Deployment
                            || waits_for_samples(report, &execution.instance.check, &question.rule);
                        if waits {
                            self.questions.insert(At { execution: index, item }, causes.clone());
                        }
                    }
                }
                // A check that had nothing to look at says so itself: that follows from nothing.
                Outcome::Skipped { .. } if was_not_submitted(report, execution) && report.interrupted.is_none() => {
                    self.executions.insert(index, causes);
                }
                Outcome::Skipped { .. } | Outcome::Errored { .. } => {}
            }
        }
    }

    /// The causes of a finding; empty if it follows from nothing.
    pub(in crate::render) fn finding(&self, at: At) -> Vec<At> {
        sorted(self.findings.get(&at))
    }

    /// The causes of an open question.
    pub(in crate::render) fn question(&self, at: At) -> Vec<At> {
        sorted(self.questions.get(&at))
    }

    /// Whether only samples would have answered a question, and nothing says why no sample returned a file.
    pub(in crate::render) fn is_unanswered(&self, at: At) -> bool {
        self.unanswered.contains(&at)
    }

    /// The causes of a skipped instance.
    pub(in crate::render) fn execution(&self, index: usize) -> Vec<At> {
        sorted(self.executions.get(&index))
    }

    /// The causes of a sample that returned no file.
    pub(in crate::render) fn sample(&self, index: u32) -> Vec<At> {
        sorted(self.samples.get(&index))
    }

    /// The causes of all samples together; empty unless no sample returned a file and each has a cause.
    pub(in crate::render) fn whole_run(&self) -> Vec<At> {
        sorted(self.whole_run.as_ref())
    }
}

/// The questions that samples would have answered. One with help has a next step of its own.
fn unanswered(report: &Report) -> BTreeSet<At> {
    if unexplained_samples(report.samples.iter()).is_empty() {
        return BTreeSet::new();
    }
    let questions = report.executions.iter().enumerate().flat_map(|(index, execution)| {
        let open = execution.open().iter().enumerate().filter(|(_, question)| !question.closed);
        let waits = move |question: &OpenQuestion| match execution.instance.scope {
            Scope::Deployment => {
                let check = &execution.instance.check;
                waits_for_samples(report, check, &question.rule) && !stands_later(report, check, &question.rule)
            }
            Scope::Sample | Scope::Run => question.help.is_none(),
        };
        open.filter(move |(_, question)| waits(question)).map(move |(item, _)| At { execution: index, item })
    });
    questions.collect()
}

/// Whether a later instance of the check leaves the same rule open, with a next step.
fn stands_later(report: &Report, check: &str, rule: &str) -> bool {
    let later =
        |execution: &&Execution| execution.instance.check == check && execution.instance.scope != Scope::Deployment;
    let mut open = report.executions.iter().filter(later).flat_map(Execution::open);
    open.any(|question| question.rule == rule && question.help.is_some())
}

/// Whether an instance was skipped because its sample was not submitted.
fn was_not_submitted(report: &Report, execution: &Execution) -> bool {
    let sample = execution.instance.sample.and_then(|index| report.samples.iter().find(|sample| sample.index == index));
    sample.is_some_and(|sample| sample.ending == Ending::NotSubmitted)
}

fn sorted(causes: Option<&BTreeSet<At>>) -> Vec<At> {
    causes.into_iter().flatten().copied().collect()
}

fn counted_errors(executions: &[Execution]) -> impl Iterator<Item = CountedError> {
    executions.iter().enumerate().flat_map(|(index, execution)| {
        let errors = execution.findings().iter().enumerate().filter(|(_, finding)| finding.is_error());
        errors.map(move |(item, finding)| CountedError {
            at: At { execution: index, item },
            rank: rank(finding),
            samples: finding.samples().chain(execution.instance.sample).collect(),
        })
    })
}

fn rank(finding: &Finding) -> Rank {
    let is_sample = |subject: &Subject| matches!(subject, Subject::Sample(_) | Subject::Image(..));
    match finding.subjects.iter().all(is_sample) {
        _ if finding.is_aggregate() => Rank::Aggregate,
        true => Rank::SamplesOnly,
        false => Rank::Specific,
    }
}

/// Adds the causes of samples that were not submitted: what closed the gate, or what stopped the sampling.
fn not_submitted(report: &Report, explained: &mut BTreeMap<u32, BTreeSet<At>>) {
    let is_left = |sample: &&Sample| sample.ending == Ending::NotSubmitted;
    let left: Vec<u32> = report
        .samples
        .iter()
        .filter(is_left)
        .map(|sample| sample.index)
        .filter(|index| !explained.contains_key(index))
        .collect();
    let all_left = report.samples.iter().all(|sample| is_left(&sample));
    let causes: BTreeSet<At> = if all_left { closed_gates(report) } else { BTreeSet::new() };
    let causes = match (causes.is_empty(), report.interrupted) {
        (false, _) => causes,
        (true, None) => stopped_sampling(report, explained),
        (true, Some(_)) => return,
    };
    if !causes.is_empty() {
        explained.extend(left.into_iter().map(|index| (index, causes.clone())));
    }
}

/// The errors that keep all samples from being submitted.
fn closed_gates(report: &Report) -> BTreeSet<At> {
    let gating: BTreeSet<&str> =
        report.checks.iter().filter(|check| check.gates).map(|check| check.suite.name.as_str()).collect();
    let gates = report.executions.iter().enumerate().filter(|(_, execution)| {
        execution.instance.scope == Scope::Deployment && gating.contains(execution.instance.check.as_str())
    });
    gates
        .flat_map(|(index, execution)| {
            let errors = execution.findings().iter().enumerate().filter(|(_, finding)| finding.is_error());
            errors.map(move |(item, _)| At { execution: index, item })
        })
        .collect()
}

/// The causes of the samples that ended the sampling: no worker took them or finished them in time, the run gave them up, or
/// RunPod refused them or did not respond.
fn stopped_sampling(report: &Report, explained: &BTreeMap<u32, BTreeSet<At>>) -> BTreeSet<At> {
    let stops = |sample: &&Sample| match sample.ending {
        Ending::NeverStarted | Ending::NotFinished | Ending::NotSubmitted => true,
        Ending::Unknown => sample.job.is_none(),
        // RunPod gives no reason for what another client cancelled.
        Ending::Cancelled => sample.reason.is_some(),
        Ending::Succeeded | Ending::Failed | Ending::Expired => false,
    };
    let causes = report.samples.iter().filter(stops).filter_map(|sample| explained.get(&sample.index));
    causes.flatten().copied().collect()
}

/// Whether a question of the deployment is one that samples would have answered: the same check has an instance in a later
/// scope that was skipped, or left the same rule open.
fn waits_for_samples(report: &Report, check: &str, rule: &str) -> bool {
    let later =
        |execution: &&Execution| execution.instance.check == check && execution.instance.scope != Scope::Deployment;
    report.executions.iter().filter(later).any(|execution| match &execution.outcome {
        Outcome::Completed { open, .. } => open.iter().any(|question| question.rule == rule),
        Outcome::Skipped { .. } => true,
        Outcome::Errored { .. } => false,
    })
}

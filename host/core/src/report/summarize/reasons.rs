//! Why a run proves nothing: one line for each reason, in plain words.

use super::{findings, open_questions};
use crate::execution::{CheckInstance, Execution, Outcome};
use crate::finding::{Finding, Severity, Subject};
use crate::report::Signal;
use crate::sample::{self, Ending, Sample};
use std::collections::{BTreeSet, HashMap};
use std::hash::Hash;

/// Why a run proves nothing where no error finding says so: what could not be carried out, what could not be told,
/// samples that nothing explains, an interruption. Empty if there is no such reason.
///
/// Equal reasons of many samples are one line. Lines hold a check's words as the check gave them: a format escapes
/// them.
pub(super) fn inconclusive(executions: &[Execution], samples: &[Sample], interrupted: Option<Signal>) -> Vec<String> {
    let mut lines = not_carried_out(executions);
    lines.extend(not_told(executions));
    lines.extend(unexplained_samples(executions, samples));
    lines.extend(nothing_worked(executions, samples).map(str::to_owned));
    if executions.iter().all(|execution| matches!(execution.outcome, Outcome::Skipped { .. })) {
        lines.push("no check was carried out".into());
    }
    lines.extend(interrupted.map(|signal| signal.sentence().to_owned()));
    lines
}

fn not_carried_out(executions: &[Execution]) -> Vec<String> {
    let errored = executions.iter().filter_map(|execution| match &execution.outcome {
        Outcome::Errored { message, .. } => Some((&execution.instance, message)),
        Outcome::Completed { .. } | Outcome::Skipped { .. } => None,
    });
    let keyed = errored.map(|(instance, message)| ((&instance.check, message), instance));
    grouped(keyed)
        .into_iter()
        .map(|((check, message), instances)| {
            format!("`{check}` could not be carried out {}: {message}", on_what(&instances))
        })
        .collect()
}

fn not_told(executions: &[Execution]) -> Vec<String> {
    let keyed = open_questions(executions).map(|(execution, question)| {
        ((&execution.instance.check, &question.rule, &question.reason), &execution.instance)
    });
    grouped(keyed)
        .into_iter()
        .map(|((check, rule, reason), instances)| {
            let samples = sample_indices(&instances);
            let on = if samples.is_empty() { String::new() } else { format!(" on {}", sample::list(&samples)) };
            format!("`{check}/{rule}` could not be told{on}: {reason}")
        })
        .collect()
}

/// Samples that did not succeed and that no error explains, by how they ended.
fn unexplained_samples(executions: &[Execution], samples: &[Sample]) -> Vec<String> {
    let explained = &samples_failed(executions) | &samples_waived(executions);
    let unexplained = samples
        .iter()
        .filter(|sample| sample.ending != Ending::Succeeded && !explained.contains(&sample.index))
        .map(|sample| ((sample.ending, unknown_in_words(sample), &sample.reason), sample.index));
    grouped(unexplained)
        .into_iter()
        .map(|((ending, unknown, reason), indices)| {
            let told = ending_in_words(ending, unknown, indices.len());
            let because = reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
            if indices.len() == samples.len() && indices.len() > 1 {
                return format!("all {} samples {told}{because}", samples.len());
            }
            format!("{} {told}{because}", sample::list(&indices))
        })
        .collect()
}

/// Where no sample succeeded, and waived errors explain all of them: a run that saw nothing work is no pass.
pub(crate) fn nothing_worked(executions: &[Execution], samples: &[Sample]) -> Option<&'static str> {
    let errors = findings(executions).any(|(_, finding)| finding.is_error());
    let waived = samples_waived(executions);
    let explained = |sample: &Sample| sample.ending != Ending::Succeeded && waived.contains(&sample.index);
    (!errors && !samples.is_empty() && samples.iter().all(explained))
        .then_some("no sample succeeded: the suite waives what explains it, and nothing shows that the workflow runs")
}

/// The samples that an error is about which counts: those that it names, and the one that its instance was run on.
pub(crate) fn samples_failed(executions: &[Execution]) -> BTreeSet<u32> {
    findings(executions)
        .filter(|(_, finding)| finding.is_error())
        .flat_map(|(execution, finding)| named(finding).chain(execution.instance.sample))
        .collect()
}

/// The samples that a waived error explains: it is known what went wrong with them, and accepted.
///
/// They are those that it names itself; where it names nothing at all, the one that its instance was run on. An aggregate,
/// which holds a value of many samples against a limit, says how many there are and not why, so that it explains none.
pub(crate) fn samples_waived(executions: &[Execution]) -> BTreeSet<u32> {
    findings(executions)
        .filter(|(_, finding)| finding.severity == Severity::Error && finding.is_waived() && !is_aggregate(finding))
        .flat_map(|(execution, finding)| {
            named(finding).chain(execution.instance.sample.filter(|_| finding.subjects.is_empty()))
        })
        .collect()
}

fn is_aggregate(finding: &Finding) -> bool {
    finding.measurement.as_ref().is_some_and(|measurement| measurement.limit.is_some())
}

/// The samples among a finding's subjects.
fn named(finding: &Finding) -> impl Iterator<Item = u32> {
    finding.subjects.iter().filter_map(|subject| match subject {
        Subject::Sample(index) | Subject::Image(index, _) => Some(*index),
        Subject::Node { .. } | Subject::Model { .. } | Subject::Pack(_) | Subject::Worker(_) | Subject::Other(_) => {
            None
        }
    })
}

/// The values by their key, keys in order of their first occurrence.
fn grouped<K: Clone + Eq + Hash, V>(pairs: impl Iterator<Item = (K, V)>) -> Vec<(K, Vec<V>)> {
    let mut groups: Vec<(K, Vec<V>)> = Vec::new();
    let mut position: HashMap<K, usize> = HashMap::new();
    for (key, value) in pairs {
        let at = *position.entry(key.clone()).or_insert(groups.len());
        match groups.get_mut(at) {
            Some((_, values)) => values.push(value),
            None => groups.push((key, vec![value])),
        }
    }
    groups
}

fn on_what(instances: &[&CheckInstance]) -> String {
    let samples = sample_indices(instances);
    if !samples.is_empty() {
        return format!("on {}", sample::list(&samples));
    }
    let scopes: BTreeSet<_> = instances.iter().map(|instance| instance.scope).collect();
    let scopes: Vec<String> = scopes.into_iter().map(|scope| format!("`{}`", scope.word())).collect();
    format!("in scope {}", scopes.join(" and "))
}

fn sample_indices(instances: &[&CheckInstance]) -> Vec<u32> {
    instances.iter().filter_map(|instance| instance.sample).collect()
}

/// What is known of a sample of which not all is.
fn unknown_in_words(sample: &Sample) -> &'static str {
    match (&sample.job, sample.finished) {
        (None, _) => "may or may not have run",
        (Some(_), None) => "may or may not have finished",
        (Some(_), Some(_)) => "finished, and not all that came of it could be had",
    }
}

/// How samples ended that ended alike; `unknown` says it where the ending does not.
fn ending_in_words(ending: Ending, unknown: &'static str, samples: usize) -> &'static str {
    match (ending, samples) {
        (Ending::Succeeded, _) => "succeeded",
        (Ending::Failed, _) => "failed, and no finding says why",
        (Ending::Cancelled, 1) => "was cancelled",
        (Ending::Cancelled, _) => "were cancelled",
        (Ending::Expired, _) => "expired before the result was seen",
        (Ending::NeverStarted, _) => "never started",
        (Ending::NotFinished, _) => "did not finish",
        (Ending::Unknown, _) => unknown,
        (Ending::NotSubmitted, 1) => "was not submitted",
        (Ending::NotSubmitted, _) => "were not submitted",
    }
}

//! Why a run is inconclusive: one line for each reason.

use super::{findings, open_questions};
use crate::execution::{CheckInstance, Execution, Outcome};
use crate::finding::Severity;
use crate::report::Signal;
use crate::sample::{Ending, Sample};
use comfycheck_wording::samples as sample_list;
use std::collections::{BTreeSet, HashMap};
use std::hash::Hash;

/// Why a run without errors is inconclusive: checks that did not run to their end, open questions, samples that no finding
/// explains, an interruption. Empty if there is no such reason.
///
/// Equal reasons of many samples are one line. Lines have a check's words as the check gave them: a format escapes them.
pub(super) fn inconclusive(executions: &[Execution], samples: &[Sample], interrupted: Option<Signal>) -> Vec<String> {
    let mut lines = errored_checks(executions);
    lines.extend(unknown_rules(executions));
    let explained = &samples_failed(executions) | &samples_waived(executions);
    let unexplained = samples.iter().filter(|sample| !explained.contains(&sample.index));
    lines.extend(unexplained_samples(unexplained).iter().map(|group| group.sentence(samples.len())));
    lines.extend(nothing_worked(executions, samples).then(|| NOTHING_WORKED.to_owned()));
    if executions.iter().all(|execution| matches!(execution.outcome, Outcome::Skipped { .. })) {
        lines.push("no check ran".into());
    }
    lines.extend(interrupted.map(|signal| signal.sentence().to_owned()));
    lines
}

fn errored_checks(executions: &[Execution]) -> Vec<String> {
    let errored = executions.iter().filter_map(|execution| match &execution.outcome {
        Outcome::Errored { message, .. } => Some((&execution.instance, message)),
        Outcome::Completed { .. } | Outcome::Skipped { .. } => None,
    });
    let keyed = errored.map(|(instance, message)| ((&instance.check, message), instance));
    let line = |((check, message), instances): ((&String, &String), Vec<&CheckInstance>)| {
        format!("check `{check}` did not complete {}: {message}", on_what(&instances))
    };
    grouped(keyed).into_iter().map(line).collect()
}

fn unknown_rules(executions: &[Execution]) -> Vec<String> {
    let keyed = open_questions(executions).map(|(execution, question)| {
        ((&execution.instance.check, &question.rule, &question.reason), &execution.instance)
    });
    grouped(keyed)
        .into_iter()
        .map(|((check, rule, reason), instances)| {
            let samples = sample_indices(&instances);
            let on = if samples.is_empty() { String::new() } else { format!(" on {}", sample_list(&samples)) };
            format!("`{check}/{rule}` is unknown{on}: {reason}")
        })
        .collect()
}

/// Samples with the same result for the same reason, which no finding explains.
#[derive(Debug)]
pub(crate) struct UnexplainedSamples<'a> {
    pub(crate) indices: Vec<u32>,
    ending: Ending,
    /// What is known of samples with an unknown result.
    unknown: &'static str,
    reason: Option<&'a str>,
}

impl UnexplainedSamples<'_> {
    /// Whether the jobs ran to an end, and only the reason is missing.
    pub(crate) fn have_results(&self) -> bool {
        matches!(self.ending, Ending::Failed)
    }

    /// One line; `total` is the number of samples of the run.
    pub(crate) fn sentence(&self, total: usize) -> String {
        let what = ending_in_words(self.ending, self.unknown, self.indices.len());
        let reason = self.reason.map(|reason| format!(": {reason}")).unwrap_or_default();
        if self.indices.len() == total && total > 1 {
            if self.ending == Ending::NotSubmitted {
                return format!("no sample was submitted{reason}");
            }
            return format!("all {total} samples {what}{reason}");
        }
        format!("{} {what}{reason}", sample_list(&self.indices))
    }
}

/// The samples that did not succeed, grouped by result and reason.
pub(crate) fn unexplained_samples<'a>(samples: impl Iterator<Item = &'a Sample>) -> Vec<UnexplainedSamples<'a>> {
    let unexplained = samples
        .filter(|sample| sample.ending != Ending::Succeeded)
        .map(|sample| ((sample.ending, unknown_in_words(sample), sample.reason.as_deref()), sample.index));
    let group = |((ending, unknown, reason), indices)| UnexplainedSamples { indices, ending, unknown, reason };
    grouped(unexplained).into_iter().map(group).collect()
}

/// The reason of a run for which [`nothing_worked`] holds.
pub(crate) const NOTHING_WORKED: &str = "no sample succeeded: the suite waives the findings that explain it";

/// Whether no sample succeeded, and only waived errors explain it. Such a run is not a pass.
pub(crate) fn nothing_worked(executions: &[Execution], samples: &[Sample]) -> bool {
    let errors = findings(executions).any(|(_, finding)| finding.is_error());
    let waived = samples_waived(executions);
    let explained = |sample: &Sample| sample.ending != Ending::Succeeded && waived.contains(&sample.index);
    !errors && !samples.is_empty() && samples.iter().all(explained)
}

/// The samples of errors that count: those that an error names, and the one that its instance ran on.
fn samples_failed(executions: &[Execution]) -> BTreeSet<u32> {
    findings(executions)
        .filter(|(_, finding)| finding.is_error())
        .flat_map(|(execution, finding)| finding.samples().chain(execution.instance.sample))
        .collect()
}

/// The samples that a waived error explains: the cause is known and accepted.
///
/// They are those that it names. An error without subjects explains the sample that its instance ran on. An aggregate says
/// how many samples and not why, so it explains none.
pub(crate) fn samples_waived(executions: &[Execution]) -> BTreeSet<u32> {
    findings(executions)
        .filter(|(_, finding)| finding.severity == Severity::Error && finding.is_waived() && !finding.is_aggregate())
        .flat_map(|(execution, finding)| {
            finding.samples().chain(execution.instance.sample.filter(|_| finding.subjects.is_empty()))
        })
        .collect()
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
        return format!("on {}", sample_list(&samples));
    }
    let scopes: BTreeSet<_> = instances.iter().map(|instance| instance.scope).collect();
    let scopes: Vec<String> = scopes.into_iter().map(|scope| format!("`{}`", scope.word())).collect();
    format!("in scope {}", scopes.join(" and "))
}

fn sample_indices(instances: &[&CheckInstance]) -> Vec<u32> {
    instances.iter().filter_map(|instance| instance.sample).collect()
}

fn unknown_in_words(sample: &Sample) -> &'static str {
    match (&sample.job, sample.finished) {
        (None, _) => "may have run",
        (Some(_), None) => "may still run",
        (Some(_), Some(_)) => "finished, but some outputs could not be downloaded",
    }
}

fn ending_in_words(ending: Ending, unknown: &'static str, samples: usize) -> &'static str {
    match (ending, samples) {
        (Ending::Succeeded, _) => "succeeded",
        (Ending::Failed, _) => "failed, and no finding explains why",
        (Ending::Cancelled, 1) => "was cancelled",
        (Ending::Cancelled, _) => "were cancelled",
        (Ending::Expired, _) => "expired before the result was read",
        (Ending::NeverStarted, _) => "never started",
        (Ending::NotFinished, _) => "did not finish",
        (Ending::Unknown, _) => unknown,
        (Ending::NotSubmitted, 1) => "was not submitted",
        (Ending::NotSubmitted, _) => "were not submitted",
    }
}

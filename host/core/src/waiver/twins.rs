//! Twins: findings of different checks about one defect.

use crate::execution::{Execution, Outcome};
use crate::finding::{Effect, Finding, Severity, Subject, Waiver};
use std::collections::BTreeSet;

/// Whether findings of two checks are about one defect: the same nodes and inputs, or the same model files where one of
/// them names no node. Notes have no twins.
pub(crate) fn are_twins((one_check, one): (&str, &Finding), (other_check, other): (&str, &Finding)) -> bool {
    if one_check == other_check || one.severity == Severity::Note || other.severity == Severity::Note {
        return false;
    }
    let nodes = |finding| subjects(finding, |subject| matches!(subject, Subject::Node { .. }));
    let models = |finding| subjects(finding, |subject| matches!(subject, Subject::Model { .. }));
    let same = |one: BTreeSet<&Subject>, other: BTreeSet<&Subject>| !one.is_empty() && one == other;
    match (nodes(one), nodes(other)) {
        (one, other) if !one.is_empty() && !other.is_empty() => one == other,
        _ => same(models(one), models(other)),
    }
}

fn subjects(finding: &Finding, is: fn(&Subject) -> bool) -> BTreeSet<&Subject> {
    finding.subjects.iter().filter(|subject| is(subject)).collect()
}

/// Extends the waivers of findings to their twins: one defect needs one waiver.
///
/// - A waiver covers no twin that is more severe than the finding it names: waiving a warning waives no error.
/// - It covers direct twins only.
/// - A finding with a waiver of its own is left to that, even if it expired.
///
/// Both the gate and the summary call this, once all instances of a phase have ended. Calling it again with more
/// executions gives the same as calling it once with all.
pub fn cover_twins(executions: &mut [Execution]) {
    uncover_twins(executions);
    let named: Vec<(String, Finding)> = executions
        .iter()
        .flat_map(|execution| execution.findings().iter().map(|finding| (execution.instance.check.clone(), finding)))
        .filter(|(_, finding)| finding.is_waived())
        .map(|(check, finding)| (check, finding.clone()))
        .collect();
    if named.is_empty() {
        return;
    }
    for Execution { instance, outcome, .. } in executions {
        let Outcome::Completed { findings, .. } = outcome else { continue };
        for finding in findings.iter_mut().filter(|finding| finding.waiver.is_none()) {
            finding.waiver = waiver_of_twin(&named, &instance.check, finding);
        }
    }
}

/// Takes back what [`cover_twins`] did: parts of a run that know different twins are compared without it.
pub(crate) fn uncover_twins(executions: &mut [Execution]) {
    for execution in executions {
        let Outcome::Completed { findings, .. } = &mut execution.outcome else { continue };
        for finding in findings {
            finding.waiver.take_if(|waiver| waiver.twin.is_some());
        }
    }
}

/// Of several waivers, the one that counts longest.
fn waiver_of_twin(named: &[(String, Finding)], check: &str, finding: &Finding) -> Option<Waiver> {
    let twins = named.iter().filter(|(other, twin)| {
        twin.severity >= finding.severity && are_twins((check, finding), (other.as_str(), twin))
    });
    let waivers = twins.filter_map(|(other, twin)| {
        let waiver = twin.waiver.as_ref().filter(|waiver| waiver.effect == Effect::Waived)?;
        Some(Waiver { twin: Some(format!("{other}/{}", twin.rule)), ..waiver.clone() })
    });
    waivers.max_by(|one, other| (&one.expires, &other.twin).cmp(&(&other.expires, &one.twin)))
}

//! What a person should look at: what is wrong and what could not be told, each thing once.

use crate::execution::{ErrorKind, Execution, Outcome};
use crate::finding::{Finding, Severity, Subject};
use crate::render::places::Places;
use crate::render::plain::one_line;
use crate::render::wording::subject_name;
use crate::sample;
use std::collections::{BTreeMap, HashMap};

/// How many subjects of one problem are named, samples and images aside.
const SUBJECTS: usize = 8;

/// Something that a person should look at; what several instances say alike is one problem.
pub(super) struct Problem<'a> {
    pub(super) key: Key<'a>,
    /// Of an instance that could not be carried out.
    pub(super) error: Option<ErrorKind>,
    pub(super) help: Option<&'a str>,
    pub(super) subjects: Vec<Subject>,
}

/// What makes two problems one, in the order in which they are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Key<'a> {
    pub(super) kind: Kind,
    pub(super) check: &'a str,
    /// None of an instance that could not be carried out.
    pub(super) rule: Option<&'a str>,
    pub(super) message: &'a str,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Kind {
    Error,
    NotCarriedOut,
    Open,
    Warning,
}

/// All problems of some executions: what is wrong before what could not be told before warnings, each in order.
pub(super) fn problems(executions: &[Execution]) -> Vec<Problem<'_>> {
    let mut problems: Vec<Problem<'_>> = Vec::new();
    let mut position: HashMap<Key<'_>, usize> = HashMap::new();
    for problem in executions.iter().flat_map(problems_of) {
        let at = *position.entry(problem.key).or_insert(problems.len());
        match problems.get_mut(at) {
            Some(known) => known.subjects.extend(problem.subjects),
            None => problems.push(problem),
        }
    }
    problems.sort_by_key(|problem| problem.key.kind);
    problems
}

fn problems_of(execution: &Execution) -> Vec<Problem<'_>> {
    let check = execution.instance.check.as_str();
    let own_sample: Vec<Subject> = execution.instance.sample.map(Subject::Sample).into_iter().collect();
    let findings = execution.findings().iter().filter_map(|finding| {
        let kind = match finding.severity {
            Severity::Error => Kind::Error,
            Severity::Warning => Kind::Warning,
            Severity::Note => return None,
        };
        let Finding { rule, message, help, subjects, .. } = finding;
        let subjects = if subjects.is_empty() { own_sample.clone() } else { subjects.clone() };
        let key = Key { kind, check, rule: Some(rule), message };
        Some(Problem { key, error: None, help: help.as_deref(), subjects })
    });
    let open = execution.still_open().map(|question| Problem {
        key: Key { kind: Kind::Open, check, rule: Some(&question.rule), message: &question.reason },
        error: None,
        help: question.help.as_deref(),
        subjects: own_sample.clone(),
    });
    let errored = match &execution.outcome {
        Outcome::Errored { kind, message } => Some(Problem {
            key: Key { kind: Kind::NotCarriedOut, check, rule: None, message },
            error: Some(*kind),
            help: None,
            subjects: own_sample.clone(),
        }),
        Outcome::Completed { .. } | Outcome::Skipped { .. } => None,
    };
    findings.chain(open).chain(errored).collect()
}

/// The subjects in their order, and after them the samples and images, each in one list.
pub(super) fn about(subjects: &[Subject], places: &Places) -> String {
    let mut others: Vec<String> = Vec::new();
    let mut samples: Vec<u32> = Vec::new();
    let mut images: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    for subject in subjects {
        match subject {
            Subject::Sample(sample) => samples.push(*sample),
            Subject::Image(sample, image) => images.entry(*image).or_default().push(*sample),
            other => {
                let class = places.class(other).map(|class| format!(" (`{class}`)")).unwrap_or_default();
                others.push(one_line(&format!("{}{class}", subject_name(other)), 120));
            }
        }
    }
    let more = others.len().saturating_sub(SUBJECTS);
    others.truncate(SUBJECTS);
    if more > 0 {
        others.push(format!("{more} more"));
    }
    others.extend((!samples.is_empty()).then(|| sample::list(&samples)));
    others.extend(images.iter().map(|(image, samples)| format!("image {image} of {}", sample::list(samples))));
    others.join(", ")
}

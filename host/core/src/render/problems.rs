//! What a person should look at: what is wrong and what could not be told, each thing once.

use crate::execution::{ErrorKind, Execution, Outcome};
use crate::finding::{Finding, Severity, Subject, Waiver};
use crate::render::places::Places;
use crate::render::plain::one_line;
use crate::render::wording::subject_name;
use crate::sample;
use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};

/// How many subjects of one problem are named, samples and images aside.
const SUBJECTS: usize = 8;

/// The longest name of a subject, in characters.
pub(crate) const SUBJECT: usize = 120;

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
    /// The waiver that names it, whether it counts or not.
    pub(super) waiver: Option<&'a Waiver>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Kind {
    Error,
    NotCarriedOut,
    Open,
    Warning,
    /// A finding of this severity that a waiver keeps from counting.
    Waived(Reverse<Severity>),
}

impl Kind {
    /// The word for it.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::NotCarriedOut => "not carried out",
            Self::Open => "open",
            Self::Warning => "warning",
            Self::Waived(Reverse(Severity::Error)) => "waived error",
            Self::Waived(Reverse(Severity::Warning)) => "waived warning",
            Self::Waived(Reverse(Severity::Note)) => "waived note",
        }
    }

    /// Whether it is a finding that a waiver keeps from counting.
    pub(super) fn is_waived(self) -> bool {
        matches!(self, Self::Waived(_))
    }
}

/// All problems of some executions: what is wrong before what could not be told before warnings, and what is waived after
/// them; each in order.
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
            severity if finding.is_waived() => Kind::Waived(Reverse(severity)),
            Severity::Error => Kind::Error,
            Severity::Warning => Kind::Warning,
            Severity::Note => return None,
        };
        let Finding { rule, message, help, subjects, waiver, .. } = finding;
        let subjects = if subjects.is_empty() { own_sample.clone() } else { subjects.clone() };
        let key = Key { kind, check, rule: Some(rule), message, waiver: waiver.as_ref() };
        Some(Problem { key, error: None, help: help.as_deref(), subjects })
    });
    let open = execution.still_open().map(|question| Problem {
        key: Key { kind: Kind::Open, check, rule: Some(&question.rule), message: &question.reason, waiver: None },
        error: None,
        help: question.help.as_deref(),
        subjects: own_sample.clone(),
    });
    let errored = match &execution.outcome {
        Outcome::Errored { kind, message } => Some(Problem {
            key: Key { kind: Kind::NotCarriedOut, check, rule: None, message, waiver: None },
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
                others.push(one_line(&format!("{}{class}", subject_name(other)), SUBJECT));
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

//! What keeps a run from passing, in a form that compares with another run.

use crate::digest::sha256_hex;
use crate::finding::{Subject, subject_name};
use crate::plain::one_line;
use crate::render::view::{Block, Kind, View};
use crate::report::Report;
use std::collections::BTreeSet;
use std::mem::discriminant;

/// The longest rule and subject, in characters.
const TEXT: usize = 200;

/// The causes and the unknown questions of a run. Two runs with the same ones failed in the same way.
///
/// Samples, images and workers differ in every run, so they do not distinguish failures. Messages have numbers, so they do not either.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Failures(BTreeSet<Failure>);

/// One cause, or one unknown question.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Failure {
    /// `error` or `unknown`.
    pub kind: &'static str,
    /// `check/rule`, or a check that did not run to its end.
    pub rule: String,
    /// A node, a model, a pack. Empty if it is about none.
    pub subject: String,
}

impl Failures {
    /// Those of a run. What only follows from an error is not among them.
    pub fn of(report: &Report) -> Self {
        let mut failures: BTreeSet<Failure> = View::of(report).blocks.iter().flat_map(of_block).collect();
        if report.interrupted.is_some() {
            failures.insert(Failure { kind: "unknown", rule: "interrupted".to_owned(), subject: String::new() });
        }
        Self(failures)
    }

    /// Those that the other run does not have.
    pub fn without<'a>(&'a self, other: &'a Self) -> impl Iterator<Item = &'a Failure> {
        self.0.difference(&other.0)
    }

    /// In the order of rules and subjects.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Failure> {
        self.0.iter()
    }

    /// The same for the same failures.
    pub fn digest(&self) -> String {
        let lines: Vec<String> = self.iter().map(|failure| format!("{failure:?}")).collect();
        sha256_hex(lines.join("\n").as_bytes())
    }
}

fn of_block(block: &Block<'_>) -> Vec<Failure> {
    let kind = match block.kind {
        Kind::Error => "error",
        Kind::Crashed | Kind::Unknown => "unknown",
        Kind::Warning | Kind::Waived(_) => return Vec::new(),
    };
    let lasting = |subject: &&Subject| !matches!(subject, Subject::Sample(_) | Subject::Image(..) | Subject::Worker(_));
    // The first subject is primary. Others of its kind are of equal findings in the same block.
    let primary = block.subjects.iter().find(lasting).map(discriminant);
    let same_kind = block.subjects.iter().filter(|subject| Some(discriminant(*subject)) == primary);
    let mut subjects: Vec<String> = same_kind.map(|subject| one_line(&subject_name(subject), TEXT)).collect();
    if subjects.is_empty() {
        subjects.push(String::new());
    }
    let of_rule = |rule: &String| {
        let rule = one_line(rule, TEXT);
        subjects.iter().map(move |subject| Failure { kind, rule: rule.clone(), subject: subject.clone() })
    };
    block.ids.iter().flat_map(of_rule).collect()
}

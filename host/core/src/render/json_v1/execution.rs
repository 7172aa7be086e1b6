//! What came of a check instance, in JSON.

use super::check::ScopeV1;
use super::finding::FindingV1;
use super::milliseconds;
use crate::execution::{CheckInstance, ErrorKind, Execution, Outcome};
use crate::finding::OpenQuestion;
use crate::render::places::Places;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::time::Duration;

/// A check instance and what came of it.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(super) struct ExecutionV1<'a> {
    /// The check's name in the suite.
    check: Cow<'a, str>,
    /// In which scope it was run.
    scope: ScopeV1,
    /// The index of its sample, in scope `sample`.
    #[serde(skip_serializing_if = "Option::is_none")]
    sample: Option<u32>,
    /// How long it waited for answers, on its own clock.
    waited_ms: u64,
    /// What came of it.
    #[serde(flatten)]
    outcome: OutcomeV1<'a>,
    /// What came of it at earlier attempts, which waited for an answer in vain.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    earlier: Vec<OutcomeV1<'a>>,
}

impl<'a> ExecutionV1<'a> {
    pub(super) fn of(execution: &'a Execution, places: &Places) -> Self {
        let Execution { instance: CheckInstance { check, scope, sample }, outcome, earlier, waited } = execution;
        Self {
            check: check.into(),
            scope: (*scope).into(),
            sample: *sample,
            waited_ms: milliseconds(*waited),
            outcome: OutcomeV1::of(outcome, places),
            earlier: earlier.iter().map(|outcome| OutcomeV1::of(outcome, places)).collect(),
        }
    }
}

impl From<ExecutionV1<'_>> for Execution {
    fn from(ExecutionV1 { check, scope, sample, waited_ms, outcome, earlier }: ExecutionV1<'_>) -> Self {
        Self {
            instance: CheckInstance { check: check.into(), scope: scope.into(), sample },
            outcome: outcome.into(),
            earlier: earlier.into_iter().map(Into::into).collect(),
            waited: Duration::from_millis(waited_ms),
        }
    }
}

/// What came of a check instance.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(tag = "outcome", rename_all = "kebab-case")]
enum OutcomeV1<'a> {
    /// It was carried out. Both lists empty: nothing is wrong.
    Completed {
        /// In the order in which the check gave them.
        findings: Vec<FindingV1<'a>>,
        /// In the order in which the check gave them.
        open: Vec<OpenQuestionV1<'a>>,
    },
    /// It was not carried out, and need not be.
    Skipped {
        /// Why.
        reason: Cow<'a, str>,
    },
    /// It could not be carried out, so that its questions are open.
    Errored {
        /// What kind of error.
        kind: ErrorKindV1,
        /// What went wrong.
        message: Cow<'a, str>,
    },
}

impl<'a> OutcomeV1<'a> {
    fn of(outcome: &'a Outcome, places: &Places) -> Self {
        match outcome {
            Outcome::Completed { findings, open } => Self::Completed {
                findings: findings.iter().map(|finding| FindingV1::of(finding, places)).collect(),
                open: open.iter().map(Into::into).collect(),
            },
            Outcome::Skipped { reason } => Self::Skipped { reason: reason.into() },
            Outcome::Errored { kind, message } => Self::Errored { kind: (*kind).into(), message: message.into() },
        }
    }
}

impl From<OutcomeV1<'_>> for Outcome {
    fn from(outcome: OutcomeV1<'_>) -> Self {
        match outcome {
            OutcomeV1::Completed { findings, open } => Self::Completed {
                findings: findings.into_iter().map(Into::into).collect(),
                open: open.into_iter().map(Into::into).collect(),
            },
            OutcomeV1::Skipped { reason } => Self::Skipped { reason: reason.into() },
            OutcomeV1::Errored { kind, message } => Self::Errored { kind: kind.into(), message: message.into() },
        }
    }
}

/// Why a check instance could not be carried out.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum ErrorKindV1 {
    /// The check says that it could not find out anything.
    Inconclusive,
    /// The check refuses its settings, though its schema allows them.
    InvalidSettings,
    /// A limit of the sandbox was exceeded.
    Limit,
    /// The check trapped: a bug in it.
    Trap,
    /// The check broke the contract.
    Contract,
    /// A request is not in the cassette.
    Cassette,
}

impl From<ErrorKind> for ErrorKindV1 {
    fn from(kind: ErrorKind) -> Self {
        match kind {
            ErrorKind::Inconclusive => Self::Inconclusive,
            ErrorKind::InvalidSettings => Self::InvalidSettings,
            ErrorKind::Limit => Self::Limit,
            ErrorKind::Trap => Self::Trap,
            ErrorKind::Contract => Self::Contract,
            ErrorKind::Cassette => Self::Cassette,
        }
    }
}

impl From<ErrorKindV1> for ErrorKind {
    fn from(word: ErrorKindV1) -> Self {
        match word {
            ErrorKindV1::Inconclusive => Self::Inconclusive,
            ErrorKindV1::InvalidSettings => Self::InvalidSettings,
            ErrorKindV1::Limit => Self::Limit,
            ErrorKindV1::Trap => Self::Trap,
            ErrorKindV1::Contract => Self::Contract,
            ErrorKindV1::Cassette => Self::Cassette,
        }
    }
}

/// A question that a check could not answer.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
struct OpenQuestionV1<'a> {
    /// One of the check's rules.
    rule: Cow<'a, str>,
    /// Why it could not be answered.
    reason: Cow<'a, str>,
    /// What the reader can do so that it can be answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    help: Option<Cow<'a, str>>,
    /// Whether the check's instance of scope `run` answered it later. A closed question does not count.
    closed: bool,
}

impl<'a> From<&'a OpenQuestion> for OpenQuestionV1<'a> {
    fn from(OpenQuestion { rule, reason, help, closed }: &'a OpenQuestion) -> Self {
        Self { rule: rule.into(), reason: reason.into(), help: help.as_deref().map(Into::into), closed: *closed }
    }
}

impl From<OpenQuestionV1<'_>> for OpenQuestion {
    fn from(OpenQuestionV1 { rule, reason, help, closed }: OpenQuestionV1<'_>) -> Self {
        Self { rule: rule.into(), reason: reason.into(), help: help.map(Into::into), closed }
    }
}

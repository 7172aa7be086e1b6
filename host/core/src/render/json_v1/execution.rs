//! Check instances and their outcomes, in JSON.

use super::check::ScopeV1;
use super::finding::FindingV1;
use super::{Follows, milliseconds};
use crate::execution::{CheckInstance, ErrorKind, Execution, Outcome};
use crate::finding::OpenQuestion;
use crate::render::view::Places;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::time::Duration;

/// A check instance and its outcome.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(super) struct ExecutionV1<'a> {
    /// The check's name in the suite.
    check: Cow<'a, str>,
    scope: ScopeV1,
    /// The index of its sample, in scope `sample`.
    #[serde(skip_serializing_if = "Option::is_none")]
    sample: Option<u32>,
    /// How long it waited for responses, on its own clock.
    waited_ms: u64,
    #[serde(flatten)]
    outcome: OutcomeV1<'a>,
    /// The rules of the errors that a skipped instance follows from, such as `endpoint/no-worker`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    follows_from: Vec<String>,
    /// The outcomes of earlier attempts, in which a request got no response.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    earlier: Vec<OutcomeV1<'a>>,
}

impl<'a> ExecutionV1<'a> {
    pub(super) fn of(execution: &'a Execution, places: &Places, follows: Option<Follows<'_>>) -> Self {
        let Execution { instance: CheckInstance { check, scope, sample }, outcome, earlier, waited } = execution;
        Self {
            check: check.into(),
            scope: (*scope).into(),
            sample: *sample,
            waited_ms: milliseconds(*waited),
            outcome: OutcomeV1::of(outcome, places, follows),
            follows_from: follows.map(Follows::execution).unwrap_or_default(),
            earlier: earlier.iter().map(|outcome| OutcomeV1::of(outcome, places, None)).collect(),
        }
    }
}

impl From<ExecutionV1<'_>> for Execution {
    fn from(execution: ExecutionV1<'_>) -> Self {
        // What it follows from is found again.
        let ExecutionV1 { check, scope, sample, waited_ms, outcome, follows_from: _, earlier } = execution;
        Self {
            instance: CheckInstance { check: check.into(), scope: scope.into(), sample },
            outcome: outcome.into(),
            earlier: earlier.into_iter().map(Into::into).collect(),
            waited: Duration::from_millis(waited_ms),
        }
    }
}

/// The outcome of a check instance.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(tag = "outcome", rename_all = "kebab-case")]
enum OutcomeV1<'a> {
    /// It ran. Both lists empty: nothing is wrong.
    Completed {
        /// In the check's order.
        findings: Vec<FindingV1<'a>>,
        /// In the check's order.
        open: Vec<OpenQuestionV1<'a>>,
    },
    /// It did not run, and did not have to.
    Skipped {
        /// Why.
        reason: Cow<'a, str>,
    },
    /// It did not run to its end, so its questions are open.
    Errored {
        kind: ErrorKindV1,
        /// What went wrong.
        message: Cow<'a, str>,
        /// The exceeded limit is the waiting limit `wall-s`. The server was slow, so a retry may help.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        waiting: bool,
    },
}

impl<'a> OutcomeV1<'a> {
    fn of(outcome: &'a Outcome, places: &Places, follows: Option<Follows<'_>>) -> Self {
        match outcome {
            Outcome::Completed { findings, open } => Self::Completed {
                findings: (0..)
                    .zip(findings)
                    .map(|(item, finding)| {
                        let follows_from = follows.map(|follows| follows.finding(item)).unwrap_or_default();
                        FindingV1::of(finding, places, follows_from)
                    })
                    .collect(),
                open: (0..)
                    .zip(open)
                    .map(|(item, question)| {
                        let follows_from = follows.map(|follows| follows.question(item)).unwrap_or_default();
                        OpenQuestionV1::of(question, follows_from)
                    })
                    .collect(),
            },
            Outcome::Skipped { reason } => Self::Skipped { reason: reason.into() },
            Outcome::Errored { kind, message } => {
                Self::Errored { kind: (*kind).into(), message: message.into(), waiting: *kind == ErrorKind::Waiting }
            }
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
            OutcomeV1::Errored { message, waiting: true, .. } => {
                Self::Errored { kind: ErrorKind::Waiting, message: message.into() }
            }
            OutcomeV1::Errored { kind, message, waiting: false } => {
                Self::Errored { kind: kind.into(), message: message.into() }
            }
        }
    }
}

/// Why a check instance did not run to its end.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum ErrorKindV1 {
    /// The check reports that it could not find out anything.
    Inconclusive,
    /// The check refuses its settings, though its schema allows them.
    InvalidSettings,
    /// It exceeded a limit of the sandbox.
    Limit,
    /// The check trapped: a bug in it.
    Trap,
    /// The check broke the contract.
    Contract,
    /// The cassette does not have one of its requests.
    Cassette,
}

impl From<ErrorKind> for ErrorKindV1 {
    fn from(kind: ErrorKind) -> Self {
        match kind {
            ErrorKind::Inconclusive => Self::Inconclusive,
            ErrorKind::InvalidSettings => Self::InvalidSettings,
            ErrorKind::Limit | ErrorKind::Waiting => Self::Limit,
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
    /// Why the check could not answer it.
    reason: Cow<'a, str>,
    /// What the reader can do to get an answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    help: Option<Cow<'a, str>>,
    /// Whether the check's instance of scope `run` answered it later. A closed question does not count.
    closed: bool,
    /// Whether it is open only because the recording does not hold the answer. Then it does not count.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    unrecorded: bool,
    /// The rules of the errors that it follows from, such as `endpoint/no-worker`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    follows_from: Vec<String>,
}

impl<'a> OpenQuestionV1<'a> {
    fn of(
        OpenQuestion { rule, reason, help, closed, unrecorded }: &'a OpenQuestion,
        follows_from: Vec<String>,
    ) -> Self {
        let help = help.as_deref().map(Into::into);
        Self { rule: rule.into(), reason: reason.into(), help, closed: *closed, unrecorded: *unrecorded, follows_from }
    }
}

impl From<OpenQuestionV1<'_>> for OpenQuestion {
    fn from(OpenQuestionV1 { rule, reason, help, closed, unrecorded, follows_from: _ }: OpenQuestionV1<'_>) -> Self {
        Self { rule: rule.into(), reason: reason.into(), help: help.map(Into::into), closed, unrecorded }
    }
}

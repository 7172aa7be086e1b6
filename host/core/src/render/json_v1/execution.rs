//! Check instances and their outcomes, in JSON.

use super::Follows;
use super::finding::FindingV1;
use crate::execution::{CheckInstance, ErrorKind, Execution, Outcome};
use crate::finding::OpenQuestion;
use crate::milliseconds;
use crate::render::view::Places;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::time::Duration;

/// A check instance and its outcome.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(super) struct ExecutionV1<'a> {
    #[serde(flatten)]
    instance: Cow<'a, CheckInstance>,
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
        let Execution { instance, outcome, earlier, waited } = execution;
        Self {
            instance: Cow::Borrowed(instance),
            waited_ms: milliseconds::of(*waited),
            outcome: OutcomeV1::of(outcome, places, follows),
            follows_from: follows.map(Follows::execution).unwrap_or_default(),
            earlier: earlier.iter().map(|outcome| OutcomeV1::of(outcome, places, None)).collect(),
        }
    }
}

impl From<ExecutionV1<'_>> for Execution {
    fn from(execution: ExecutionV1<'_>) -> Self {
        // What it follows from is found again.
        let ExecutionV1 { instance, waited_ms, outcome, follows_from: _, earlier } = execution;
        Self {
            instance: instance.into_owned(),
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
        kind: ErrorKind,
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
                        OpenQuestionV1 { question: Cow::Borrowed(question), follows_from }
                    })
                    .collect(),
            },
            Outcome::Skipped { reason } => Self::Skipped { reason: reason.into() },
            Outcome::Errored { kind, message } => {
                Self::Errored { kind: *kind, message: message.into(), waiting: *kind == ErrorKind::Waiting }
            }
        }
    }
}

impl From<OutcomeV1<'_>> for Outcome {
    fn from(outcome: OutcomeV1<'_>) -> Self {
        match outcome {
            OutcomeV1::Completed { findings, open } => Self::Completed {
                findings: findings.into_iter().map(Into::into).collect(),
                open: open.into_iter().map(|open| open.question.into_owned()).collect(),
            },
            OutcomeV1::Skipped { reason } => Self::Skipped { reason: reason.into() },
            OutcomeV1::Errored { message, waiting: true, .. } => {
                Self::Errored { kind: ErrorKind::Waiting, message: message.into() }
            }
            OutcomeV1::Errored { kind, message, waiting: false } => Self::Errored { kind, message: message.into() },
        }
    }
}

/// A question that a check could not answer.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
struct OpenQuestionV1<'a> {
    #[serde(flatten)]
    question: Cow<'a, OpenQuestion>,
    /// The rules of the errors that it follows from, such as `endpoint/no-worker`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    follows_from: Vec<String>,
}

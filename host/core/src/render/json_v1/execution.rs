//! What came of a check instance, in JSON.

use super::check::{ScopeV1, SeverityV1};
use super::{PlaceV1, milliseconds};
use crate::execution::{CheckInstance, ErrorKind, Execution, Outcome};
use crate::finding::{Bound, Finding, Measurement, OpenQuestion, Subject};
use crate::render::places::Places;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
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
}

impl<'a> ExecutionV1<'a> {
    pub(super) fn of(execution: &'a Execution, places: &Places) -> Self {
        let Execution { instance: CheckInstance { check, scope, sample }, outcome, waited } = execution;
        Self {
            check: check.into(),
            scope: (*scope).into(),
            sample: *sample,
            waited_ms: milliseconds(*waited),
            outcome: OutcomeV1::of(outcome, places),
        }
    }
}

impl From<ExecutionV1<'_>> for Execution {
    fn from(ExecutionV1 { check, scope, sample, waited_ms, outcome }: ExecutionV1<'_>) -> Self {
        Self {
            instance: CheckInstance { check: check.into(), scope: scope.into(), sample },
            outcome: outcome.into(),
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

/// One thing that a check has to say.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
struct FindingV1<'a> {
    /// One of the check's rules.
    rule: Cow<'a, str>,
    /// The severity that holds in this run.
    severity: SeverityV1,
    /// One line, in the check's words.
    message: Cow<'a, str>,
    /// What it is about; the first is primary.
    subjects: Vec<SubjectV1<'a>>,
    /// The value that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    measurement: Option<MeasurementV1<'a>>,
    /// What the reader can do.
    #[serde(skip_serializing_if = "Option::is_none")]
    help: Option<Cow<'a, str>>,
    /// What the check gives to programs, as the check gave it.
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<Cow<'a, Value>>,
}

impl<'a> FindingV1<'a> {
    fn of(finding: &'a Finding, places: &Places) -> Self {
        let Finding { rule, severity, message, subjects, measurement, help, data } = finding;
        Self {
            rule: rule.into(),
            severity: (*severity).into(),
            message: message.into(),
            subjects: subjects.iter().map(|subject| SubjectV1::of(subject, places)).collect(),
            measurement: measurement.as_ref().map(Into::into),
            help: help.as_deref().map(Into::into),
            data: data.as_ref().map(Cow::Borrowed),
        }
    }
}

impl From<FindingV1<'_>> for Finding {
    fn from(FindingV1 { rule, severity, message, subjects, measurement, help, data }: FindingV1<'_>) -> Self {
        Self {
            rule: rule.into(),
            severity: severity.into(),
            message: message.into(),
            subjects: subjects.into_iter().map(Into::into).collect(),
            measurement: measurement.map(Into::into),
            help: help.map(Into::into),
            data: data.map(Cow::into_owned),
        }
    }
}

/// What a finding is about.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "kebab-case")]
enum SubjectV1<'a> {
    /// A node of the workflow.
    Node {
        /// Its key in the workflow.
        id: Cow<'a, str>,
        /// The input that is meant.
        #[serde(skip_serializing_if = "Option::is_none")]
        input: Option<Cow<'a, str>>,
        /// Where it stands in the workflow's file.
        #[serde(skip_serializing_if = "Option::is_none")]
        place: Option<PlaceV1>,
    },
    /// A model file.
    Model {
        /// ComfyUI's folder; empty where it is unknown.
        folder: Cow<'a, str>,
        /// The file's name within the folder.
        name: Cow<'a, str>,
    },
    /// A sample.
    Sample {
        /// Its index.
        sample: u32,
    },
    /// An image.
    Image {
        /// The index of its sample.
        sample: u32,
        /// Its index among the sample's images.
        image: u32,
    },
    /// A node pack.
    Pack {
        /// The name of its folder.
        name: Cow<'a, str>,
    },
    /// A worker.
    Worker {
        /// RunPod's id.
        id: Cow<'a, str>,
    },
    /// Anything else.
    Other {
        /// In the words that a reader would use.
        name: Cow<'a, str>,
    },
}

impl<'a> SubjectV1<'a> {
    fn of(subject: &'a Subject, places: &Places) -> Self {
        match subject {
            Subject::Node { id, input } => Self::Node {
                id: id.into(),
                input: input.as_deref().map(Into::into),
                place: places.place(subject).map(Into::into),
            },
            Subject::Model { folder, name } => Self::Model { folder: folder.into(), name: name.into() },
            Subject::Sample(sample) => Self::Sample { sample: *sample },
            Subject::Image(sample, image) => Self::Image { sample: *sample, image: *image },
            Subject::Pack(name) => Self::Pack { name: name.into() },
            Subject::Worker(id) => Self::Worker { id: id.into() },
            Subject::Other(name) => Self::Other { name: name.into() },
        }
    }
}

impl From<SubjectV1<'_>> for Subject {
    fn from(subject: SubjectV1<'_>) -> Self {
        match subject {
            // Its place is found in the workflow's text again.
            SubjectV1::Node { id, input, place: _ } => Self::Node { id: id.into(), input: input.map(Into::into) },
            SubjectV1::Model { folder, name } => Self::Model { folder: folder.into(), name: name.into() },
            SubjectV1::Sample { sample } => Self::Sample(sample),
            SubjectV1::Image { sample, image } => Self::Image(sample, image),
            SubjectV1::Pack { name } => Self::Pack(name.into()),
            SubjectV1::Worker { id } => Self::Worker(id.into()),
            SubjectV1::Other { name } => Self::Other(name.into()),
        }
    }
}

/// A measured value.
#[derive(Serialize, Deserialize, JsonSchema)]
struct MeasurementV1<'a> {
    /// The value.
    value: f64,
    /// A UCUM symbol such as `s`, `By`, `%`, `1`; money is `[USD]`.
    unit: Cow<'a, str>,
    /// What the value was held against, whether kept or broken.
    #[serde(skip_serializing_if = "Option::is_none")]
    limit: Option<LimitV1>,
}

impl<'a> From<&'a Measurement> for MeasurementV1<'a> {
    fn from(Measurement { value, unit, limit }: &'a Measurement) -> Self {
        Self { value: *value, unit: unit.into(), limit: limit.map(Into::into) }
    }
}

impl From<MeasurementV1<'_>> for Measurement {
    fn from(MeasurementV1 { value, unit, limit }: MeasurementV1<'_>) -> Self {
        Self { value, unit: unit.into(), limit: limit.map(Into::into) }
    }
}

/// What a value should be.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", content = "value", rename_all = "kebab-case")]
enum LimitV1 {
    /// Below the limit.
    Below(f64),
    /// Below or at the limit.
    AtMost(f64),
    /// At or above the limit.
    AtLeast(f64),
    /// Above the limit.
    Above(f64),
}

impl From<Bound> for LimitV1 {
    fn from(bound: Bound) -> Self {
        match bound {
            Bound::Below(value) => Self::Below(value),
            Bound::AtMost(value) => Self::AtMost(value),
            Bound::AtLeast(value) => Self::AtLeast(value),
            Bound::Above(value) => Self::Above(value),
        }
    }
}

impl From<LimitV1> for Bound {
    fn from(limit: LimitV1) -> Self {
        match limit {
            LimitV1::Below(value) => Self::Below(value),
            LimitV1::AtMost(value) => Self::AtMost(value),
            LimitV1::AtLeast(value) => Self::AtLeast(value),
            LimitV1::Above(value) => Self::Above(value),
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

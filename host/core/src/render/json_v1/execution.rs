//! What came of a check instance, in JSON.

use super::check::{ScopeV1, SeverityV1};
use super::{PlaceV1, milliseconds};
use crate::execution::{CheckInstance, ErrorKind, Execution, Outcome};
use crate::finding::{Bound, Finding, Measurement, OpenQuestion, Subject};
use crate::render::places::Places;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

/// A check instance and what came of it.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(super) struct ExecutionV1<'a> {
    /// The check's name in the suite.
    check: &'a str,
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
            check,
            scope: (*scope).into(),
            sample: *sample,
            waited_ms: milliseconds(*waited),
            outcome: OutcomeV1::of(outcome, places),
        }
    }
}

/// What came of a check instance.
#[derive(Serialize, JsonSchema)]
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
        reason: &'a str,
    },
    /// It could not be carried out, so that its questions are open.
    Errored {
        /// What kind of error.
        kind: ErrorKindV1,
        /// What went wrong.
        message: &'a str,
    },
}

impl<'a> OutcomeV1<'a> {
    fn of(outcome: &'a Outcome, places: &Places) -> Self {
        match outcome {
            Outcome::Completed { findings, open } => Self::Completed {
                findings: findings.iter().map(|finding| FindingV1::of(finding, places)).collect(),
                open: open.iter().map(Into::into).collect(),
            },
            Outcome::Skipped { reason } => Self::Skipped { reason },
            Outcome::Errored { kind, message } => Self::Errored { kind: (*kind).into(), message },
        }
    }
}

/// Why a check instance could not be carried out.
#[derive(Serialize, JsonSchema)]
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

/// One thing that a check has to say.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
struct FindingV1<'a> {
    /// One of the check's rules.
    rule: &'a str,
    /// The severity that holds in this run.
    severity: SeverityV1,
    /// One line, in the check's words.
    message: &'a str,
    /// What it is about; the first is primary.
    subjects: Vec<SubjectV1<'a>>,
    /// The value that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    measurement: Option<MeasurementV1<'a>>,
    /// What the reader can do.
    #[serde(skip_serializing_if = "Option::is_none")]
    help: Option<&'a str>,
    /// What the check gives to programs, as the check gave it.
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<&'a Value>,
}

impl<'a> FindingV1<'a> {
    fn of(finding: &'a Finding, places: &Places) -> Self {
        let Finding { rule, severity, message, subjects, measurement, help, data } = finding;
        Self {
            rule,
            severity: (*severity).into(),
            message,
            subjects: subjects.iter().map(|subject| SubjectV1::of(subject, places)).collect(),
            measurement: measurement.as_ref().map(Into::into),
            help: help.as_deref(),
            data: data.as_ref(),
        }
    }
}

/// What a finding is about.
#[derive(Serialize, JsonSchema)]
#[serde(tag = "type", rename_all = "kebab-case")]
enum SubjectV1<'a> {
    /// A node of the workflow.
    Node {
        /// Its key in the workflow.
        id: &'a str,
        /// The input that is meant.
        #[serde(skip_serializing_if = "Option::is_none")]
        input: Option<&'a str>,
        /// Where it stands in the workflow's file.
        #[serde(skip_serializing_if = "Option::is_none")]
        place: Option<PlaceV1>,
    },
    /// A model file.
    Model {
        /// ComfyUI's folder; empty where it is unknown.
        folder: &'a str,
        /// The file's name within the folder.
        name: &'a str,
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
        name: &'a str,
    },
    /// A worker.
    Worker {
        /// RunPod's id.
        id: &'a str,
    },
    /// Anything else.
    Other {
        /// In the words that a reader would use.
        name: &'a str,
    },
}

impl<'a> SubjectV1<'a> {
    fn of(subject: &'a Subject, places: &Places) -> Self {
        match subject {
            Subject::Node { id, input } => {
                Self::Node { id, input: input.as_deref(), place: places.place(subject).map(Into::into) }
            }
            Subject::Model { folder, name } => Self::Model { folder, name },
            Subject::Sample(sample) => Self::Sample { sample: *sample },
            Subject::Image(sample, image) => Self::Image { sample: *sample, image: *image },
            Subject::Pack(name) => Self::Pack { name },
            Subject::Worker(id) => Self::Worker { id },
            Subject::Other(name) => Self::Other { name },
        }
    }
}

/// A measured value.
#[derive(Serialize, JsonSchema)]
struct MeasurementV1<'a> {
    /// The value.
    value: f64,
    /// A UCUM symbol such as `s`, `By`, `%`, `1`; money is `[USD]`.
    unit: &'a str,
    /// What the value was held against, whether kept or broken.
    #[serde(skip_serializing_if = "Option::is_none")]
    limit: Option<LimitV1>,
}

impl<'a> From<&'a Measurement> for MeasurementV1<'a> {
    fn from(Measurement { value, unit, limit }: &'a Measurement) -> Self {
        Self { value: *value, unit, limit: limit.map(Into::into) }
    }
}

/// What a value should be.
#[derive(Serialize, JsonSchema)]
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

/// A question that a check could not answer.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
struct OpenQuestionV1<'a> {
    /// One of the check's rules.
    rule: &'a str,
    /// Why it could not be answered.
    reason: &'a str,
    /// What the reader can do so that it can be answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    help: Option<&'a str>,
    /// Whether the check's instance of scope `run` answered it later. A closed question does not count.
    closed: bool,
}

impl<'a> From<&'a OpenQuestion> for OpenQuestionV1<'a> {
    fn from(OpenQuestion { rule, reason, help, closed }: &'a OpenQuestion) -> Self {
        Self { rule, reason, help: help.as_deref(), closed: *closed }
    }
}

//! Findings in JSON: message, subjects, measurement, waiver.

use super::PlaceV1;
use super::check::SeverityV1;
use crate::finding::{Bound, Effect, Finding, Measurement, Subject, Waiver};
use crate::render::view::Places;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::borrow::Cow;

/// One thing that a check reports.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(super) struct FindingV1<'a> {
    /// One of the check's rules.
    rule: Cow<'a, str>,
    /// The severity that applies in this run.
    severity: SeverityV1,
    /// One line, in the check's words.
    message: Cow<'a, str>,
    /// What it is about; the first is primary.
    subjects: Vec<SubjectV1<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    measurement: Option<MeasurementV1<'a>>,
    /// What the reader can do.
    #[serde(skip_serializing_if = "Option::is_none")]
    help: Option<Cow<'a, str>>,
    /// The check's data for programs, unchanged.
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<Cow<'a, Value>>,
    /// The waiver of the suite that applies to it.
    #[serde(skip_serializing_if = "Option::is_none")]
    waiver: Option<WaiverV1<'a>>,
    /// The rules of the errors that it follows from, such as `endpoint/no-worker`. It counts all the same.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    follows_from: Vec<String>,
}

impl<'a> FindingV1<'a> {
    pub(super) fn of(finding: &'a Finding, places: &Places, follows_from: Vec<String>) -> Self {
        let Finding { rule, severity, message, subjects, measurement, help, data, waiver } = finding;
        Self {
            rule: rule.into(),
            severity: (*severity).into(),
            message: message.into(),
            subjects: subjects.iter().map(|subject| SubjectV1::of(subject, places)).collect(),
            measurement: measurement.as_ref().map(Into::into),
            help: help.as_deref().map(Into::into),
            data: data.as_ref().map(Cow::Borrowed),
            waiver: waiver.as_ref().map(Into::into),
            follows_from,
        }
    }
}

impl From<FindingV1<'_>> for Finding {
    fn from(finding: FindingV1<'_>) -> Self {
        // What it follows from is found again.
        let FindingV1 { rule, severity, message, subjects, measurement, help, data, waiver, follows_from: _ } = finding;
        Self {
            rule: rule.into(),
            severity: severity.into(),
            message: message.into(),
            subjects: subjects.into_iter().map(Into::into).collect(),
            measurement: measurement.map(Into::into),
            help: help.map(Into::into),
            data: data.map(Cow::into_owned),
            waiver: waiver.map(Into::into),
        }
    }
}

/// A waiver of the suite that applies to a finding.
#[derive(Serialize, Deserialize, JsonSchema)]
struct WaiverV1<'a> {
    /// What it does to the finding.
    effect: EffectV1,
    /// Why the finding is accepted, in the suite's words.
    reason: Cow<'a, str>,
    /// The last day on which it applies, `YYYY-MM-DD`.
    expires: Cow<'a, str>,
    /// The rule that the waiver names, if that is the rule of a twin: a finding of another check about the same defect.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    twin: Option<Cow<'a, str>>,
}

impl<'a> From<&'a Waiver> for WaiverV1<'a> {
    fn from(Waiver { reason, expires, effect, twin }: &'a Waiver) -> Self {
        let twin = twin.as_deref().map(Into::into);
        Self { effect: (*effect).into(), reason: reason.into(), expires: expires.into(), twin }
    }
}

impl From<WaiverV1<'_>> for Waiver {
    fn from(WaiverV1 { effect, reason, expires, twin }: WaiverV1<'_>) -> Self {
        let twin = twin.map(Into::into);
        Self { reason: reason.into(), expires: expires.into(), effect: effect.into(), twin }
    }
}

/// What a waiver does to a finding.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum EffectV1 {
    /// The finding neither closes a gate nor counts.
    Waived,
    /// None: the waiver expired before the run's date.
    Expired,
    /// None: the run's date is unknown.
    Undated,
}

impl From<Effect> for EffectV1 {
    fn from(effect: Effect) -> Self {
        match effect {
            Effect::Waived => Self::Waived,
            Effect::Expired => Self::Expired,
            Effect::Undated => Self::Undated,
        }
    }
}

impl From<EffectV1> for Effect {
    fn from(word: EffectV1) -> Self {
        match word {
            EffectV1::Waived => Self::Waived,
            EffectV1::Expired => Self::Expired,
            EffectV1::Undated => Self::Undated,
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
        /// One of its inputs; absent for the node as a whole.
        #[serde(skip_serializing_if = "Option::is_none")]
        input: Option<Cow<'a, str>>,
        /// Its place in the workflow's file.
        #[serde(skip_serializing_if = "Option::is_none")]
        place: Option<PlaceV1>,
    },
    /// A model file.
    Model {
        /// ComfyUI's folder; empty if unknown.
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
            // Its place is found again in the workflow's text.
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
    /// The limit that the value was compared with, whether it was kept or not.
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

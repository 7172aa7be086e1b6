//! Findings in JSON: message, subjects, measurement, waiver.

use crate::finding::{Finding, Measurement, Severity, Subject, Waiver};
use crate::render::view::Places;
use crate::text::Place;
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
    severity: Severity,
    /// One line, in the check's words.
    message: Cow<'a, str>,
    /// What it is about; the first is primary.
    subjects: Vec<SubjectV1<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    measurement: Option<Cow<'a, Measurement>>,
    /// What the reader can do.
    #[serde(skip_serializing_if = "Option::is_none")]
    help: Option<Cow<'a, str>>,
    /// The check's data for programs, unchanged.
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<Cow<'a, Value>>,
    /// The waiver of the suite that applies to it.
    #[serde(skip_serializing_if = "Option::is_none")]
    waiver: Option<Cow<'a, Waiver>>,
    /// The rules of the errors that it follows from, such as `endpoint/no-worker`. It counts all the same.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    follows_from: Vec<String>,
}

impl<'a> FindingV1<'a> {
    pub(super) fn of(finding: &'a Finding, places: &Places, follows_from: Vec<String>) -> Self {
        let Finding { rule, severity, message, subjects, measurement, help, data, waiver } = finding;
        Self {
            rule: rule.into(),
            severity: *severity,
            message: message.into(),
            subjects: subjects.iter().map(|subject| SubjectV1::of(subject, places)).collect(),
            measurement: measurement.as_ref().map(Cow::Borrowed),
            help: help.as_deref().map(Into::into),
            data: data.as_ref().map(Cow::Borrowed),
            waiver: waiver.as_ref().map(Cow::Borrowed),
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
            severity,
            message: message.into(),
            subjects: subjects.into_iter().map(Into::into).collect(),
            measurement: measurement.map(Cow::into_owned),
            help: help.map(Into::into),
            data: data.map(Cow::into_owned),
            waiver: waiver.map(Cow::into_owned),
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
        place: Option<Place>,
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
            Subject::Node { id, input } => {
                Self::Node { id: id.into(), input: input.as_deref().map(Into::into), place: places.place(subject) }
            }
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

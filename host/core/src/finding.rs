//! What a check reports: findings and open questions.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// How serious a finding is. Only an error fails a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// Something to know. Never makes a run fail.
    Note,
    /// Something to look at. Never makes a run fail.
    Warning,
    /// Something is wrong. Makes the run fail.
    Error,
}

impl Severity {
    /// From the least serious.
    pub const ALL: [Self; 3] = [Self::Note, Self::Warning, Self::Error];

    /// The word for it in suites and reports.
    pub fn word(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// What a finding is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Subject {
    /// A node of the workflow.
    Node {
        /// Its key in the workflow.
        id: String,
        /// One of its inputs; none for the node as a whole.
        input: Option<String>,
    },
    /// A model file.
    Model {
        /// ComfyUI's folder; empty if unknown.
        folder: String,
        /// The file's name within the folder.
        name: String,
    },
    /// A sample, by its index.
    Sample(u32),
    /// An image: the index of its sample, and its index among the sample's images.
    Image(u32, u32),
    /// A node pack, by its folder.
    Pack(String),
    /// A worker, by RunPod's id.
    Worker(String),
    Other(String),
}

/// The limit that a measured value is compared with.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", content = "value", rename_all = "kebab-case")]
pub enum Bound {
    /// Below the limit.
    Below(f64),
    /// Below or at the limit.
    AtMost(f64),
    /// At or above the limit.
    AtLeast(f64),
    /// Above the limit.
    Above(f64),
}

impl Bound {
    pub fn limit(self) -> f64 {
        match self {
            Self::Below(limit) | Self::AtMost(limit) | Self::AtLeast(limit) | Self::Above(limit) => limit,
        }
    }
}

/// A measured value. All numbers are finite.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Measurement {
    /// The value.
    pub value: f64,
    /// A UCUM symbol such as `s`, `By`, `%`, `1`; money is `[USD]`.
    pub unit: String,
    /// The limit that the value was compared with, whether it was kept or not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<Bound>,
}

/// One thing that a check reports, with the severity that applies in this run.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// The id of one of the check's rules.
    pub rule: String,
    /// The rule's default severity, or the suite's override.
    pub severity: Severity,
    /// One line in the check's words: a format escapes it.
    pub message: String,
    /// What it is about; the first is primary.
    pub subjects: Vec<Subject>,
    pub measurement: Option<Measurement>,
    /// What the reader can do.
    pub help: Option<String>,
    /// For programs.
    pub data: Option<Value>,
    /// The waiver of the suite that applies to it.
    pub waiver: Option<Waiver>,
}

impl Finding {
    /// Whether a waiver keeps it from counting. It is shown, and neither closes a gate nor fails the run.
    pub fn is_waived(&self) -> bool {
        self.waiver.as_ref().is_some_and(|waiver| waiver.effect == Effect::Waived)
    }

    /// Whether it is an error that counts.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error && !self.is_waived()
    }

    /// Whether it compares a value of several samples with a limit. It then reports how many samples, and explains none.
    pub fn is_aggregate(&self) -> bool {
        self.measurement.as_ref().is_some_and(|measurement| measurement.limit.is_some())
    }

    /// The samples among its subjects, by their index.
    pub fn samples(&self) -> impl Iterator<Item = u32> {
        self.subjects.iter().filter_map(|subject| match subject {
            Subject::Sample(index) | Subject::Image(index, _) => Some(*index),
            Subject::Node { .. }
            | Subject::Model { .. }
            | Subject::Pack(_)
            | Subject::Worker(_)
            | Subject::Other(_) => None,
        })
    }
}

/// A waiver of the suite that applies to a finding.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub struct Waiver {
    pub effect: Effect,
    /// Why the finding is accepted. The suite's words: a format escapes them.
    pub reason: String,
    /// The last day on which the waiver applies, `YYYY-MM-DD`.
    pub expires: String,
    /// The rule that the waiver names, such as `nodes/missing-node`, where that is the rule of a twin: a finding of another
    /// check about the same defect.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub twin: Option<String>,
}

/// What a waiver does to a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Effect {
    /// The finding does not count.
    Waived,
    /// The waiver ended before the run's date. The finding counts.
    Expired,
    /// The run's date is unknown. The finding counts.
    Undated,
}

/// A question that a check could not answer. Never a pass.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct OpenQuestion {
    /// The id of one of the check's rules.
    pub rule: String,
    /// Why the check could not answer it.
    pub reason: String,
    /// What the reader can do to get an answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
    /// Whether a later instance of the same check answered it. A closed question does not count.
    pub closed: bool,
    /// Whether it is open only because a recording does not hold the answer. It does not count: the recorded run did not
    /// ask.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unrecorded: bool,
}

/// The longest name of a subject, in characters.
pub(crate) const LONGEST_SUBJECT: usize = 120;

/// A subject with its kind: ``node `2` ``, `sample 3`. Has a guest's words unchanged.
pub(crate) fn subject_name(subject: &Subject) -> String {
    match subject {
        Subject::Node { id, input: None } => format!("node `{id}`"),
        Subject::Node { id, input: Some(input) } => format!("input `{input}` of node `{id}`"),
        Subject::Model { folder, name } if folder.is_empty() => format!("model `{name}`"),
        Subject::Model { folder, name } => format!("model `{folder}/{name}`"),
        Subject::Sample(sample) => format!("sample {sample}"),
        Subject::Image(sample, image) => format!("image {image} of sample {sample}"),
        Subject::Pack(name) => format!("node pack `{name}`"),
        Subject::Worker(id) => format!("worker `{id}`"),
        Subject::Other(words) => words.clone(),
    }
}

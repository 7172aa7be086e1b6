//! What a check has to say: findings and open questions.

use serde_json::Value;

/// How much a finding matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Something to know. Never makes a run fail.
    Note,
    /// Something to look at. Never makes a run fail.
    Warning,
    /// Something is wrong. Makes the run fail.
    Error,
}

impl Severity {
    /// All severities, from the least.
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
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// A node of the workflow.
    Node {
        /// Its key in the workflow.
        id: String,
        /// The input that is meant; none for the node as a whole.
        input: Option<String>,
    },
    /// A model file.
    Model {
        /// ComfyUI's folder; empty where it is unknown.
        folder: String,
        /// The file's name within the folder.
        name: String,
    },
    /// A sample, by its index.
    Sample(u32),
    /// An image, by the index of its sample and its own.
    Image(u32, u32),
    /// A node pack, by its folder.
    Pack(String),
    /// A worker, by RunPod's id.
    Worker(String),
    /// Anything else.
    Other(String),
}

/// What a measured value is held against: the value should be so.
#[derive(Clone, Copy, Debug, PartialEq)]
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

/// A measured value. All numbers are finite.
#[derive(Clone, Debug, PartialEq)]
pub struct Measurement {
    /// The value.
    pub value: f64,
    /// A UCUM symbol such as `s`, `By`, `%`, `1`; money is `[USD]`.
    pub unit: String,
    /// The limit that the value was held against.
    pub limit: Option<Bound>,
}

/// One thing that a check has to say, with the severity that holds in this run.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// The id of one of the check's rules.
    pub rule: String,
    /// The rule's default severity, or the suite's override.
    pub severity: Severity,
    /// One line. The check's words: a format escapes them.
    pub message: String,
    /// What it is about; the first is primary.
    pub subjects: Vec<Subject>,
    /// The value that it is about.
    pub measurement: Option<Measurement>,
    /// What the reader can do.
    pub help: Option<String>,
    /// For programs.
    pub data: Option<Value>,
    /// The suite's waiver that names it.
    pub waiver: Option<Waiver>,
}

impl Finding {
    /// Whether a waiver keeps it from counting: it is shown, and neither gates nor bears on the verdict.
    pub fn is_waived(&self) -> bool {
        self.waiver.as_ref().is_some_and(|waiver| waiver.effect == Effect::Waived)
    }

    /// Whether it is an error that counts.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error && !self.is_waived()
    }
}

/// A waiver of the suite that names a finding, and what it does to it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Waiver {
    /// Why the finding is accepted. The suite's words: a format escapes them.
    pub reason: String,
    /// The last day on which it counts, `YYYY-MM-DD`.
    pub expires: String,
    /// What it does to the finding.
    pub effect: Effect,
}

/// What a waiver does to a finding that it names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Effect {
    /// The finding does not count.
    Waived,
    /// None: it ended before the run's date. The finding counts.
    Expired,
    /// None: the run's date is not known. The finding counts.
    Undated,
}

/// A question that a check asks and could not answer this time. Never a pass.
#[derive(Clone, Debug, PartialEq)]
pub struct OpenQuestion {
    /// The id of one of the check's rules.
    pub rule: String,
    /// Why it could not be answered.
    pub reason: String,
    /// What the reader can do so that it can be answered.
    pub help: Option<String>,
    /// Whether a later instance of the same check and settings answered it. A closed
    /// question does not count.
    pub closed: bool,
}

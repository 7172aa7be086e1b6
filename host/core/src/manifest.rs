//! Manifests: how checks describe themselves.

mod verify;

pub use verify::{ManifestError, SchemaError};

use crate::finding::Severity;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The capabilities that a suite can grant, as `grants` names them. Sorted.
pub const GRANTABLE: [&str; 10] = [
    "check/files",
    "comfyui/http",
    "comfyui/inventory",
    "runpod/dry-run",
    "runpod/endpoint",
    "runpod/inputs",
    "runpod/outputs",
    "runpod/pictures",
    "runpod/samples",
    "runpod/volume",
];

/// The interfaces that every check can use.
pub const ALWAYS_GRANTED: [&str; 2] = ["log", "workflow"];

/// What a check looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Scope {
    /// Runs once, before the samples.
    Deployment,
    /// Runs once for each sample.
    Sample,
    /// Runs once, after all samples.
    Run,
}

impl Scope {
    /// The word in reports.
    pub fn word(self) -> &'static str {
        match self {
            Self::Deployment => "deployment",
            Self::Sample => "sample",
            Self::Run => "run",
        }
    }
}

/// One question that a check answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Rule {
    /// Kebab-case, unique within the check.
    pub id: String,
    /// The severity of its findings, unless the suite says otherwise.
    pub default_severity: Severity,
    /// One sentence.
    pub summary: String,
    /// What it finds, why it matters and what to do, in Markdown. A report has it only of rules that a finding or an open
    /// question names.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub explanation: String,
}

/// A check's description of itself. [`Manifest::verify`] makes sure that
///
/// - names and ids are kebab-case,
/// - there are scopes and rules, without duplicates,
/// - texts are bounded and not empty,
/// - the schema is a JSON Schema without outside references.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(description = "What a component says of itself.")]
pub struct Manifest {
    /// The check's own name.
    pub name: String,
    /// The check's version.
    pub version: String,
    /// One sentence.
    pub summary: String,
    /// Where it is run, in order of the scopes.
    pub scopes: Vec<Scope>,
    /// Whether it gates, unless the suite says otherwise: an error in scope `deployment` blocks the samples.
    pub gates: bool,
    /// Every rule that a finding or an open question can name.
    pub rules: Vec<Rule>,
    /// The JSON Schema of the settings.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    #[schemars(skip)]
    pub settings_schema: Value,
}

impl Manifest {
    pub fn rule(&self, id: &str) -> Option<&Rule> {
        self.rules.iter().find(|rule| rule.id == id)
    }
}

/// Whether a text is words of lower-case letters and digits, joined by single `-`.
pub fn is_kebab_case(text: &str) -> bool {
    let word =
        |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    text.split('-').all(word)
}

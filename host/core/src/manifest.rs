//! What a check says of itself.

mod verify;

pub use verify::{ManifestError, SchemaError};

use crate::finding::Severity;
use serde_json::Value;

/// On what a check is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// Once, before the samples are taken.
    Deployment,
    /// Once for each sample.
    Sample,
    /// Once, after all samples.
    Run,
}

impl Scope {
    /// The word for it in reports.
    pub fn word(self) -> &'static str {
        match self {
            Self::Deployment => "deployment",
            Self::Sample => "sample",
            Self::Run => "run",
        }
    }
}

/// One question that a check answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Kebab-case, unique within the check.
    pub id: String,
    /// The severity of its findings, unless the suite says otherwise.
    pub default_severity: Severity,
    /// One sentence.
    pub summary: String,
    /// Markdown.
    pub explanation: String,
}

/// What a check says of itself, after the host verified it ([`Manifest::verify`]): names
/// and ids are kebab-case, scopes and rules are not empty and have no duplicates, texts
/// are bounded and not empty, the schema is a JSON Schema without outside references.
#[derive(Clone, Debug, PartialEq)]
pub struct Manifest {
    /// The check's own name.
    pub name: String,
    /// The check's version.
    pub version: String,
    /// One sentence.
    pub summary: String,
    /// Where it is run, in order of the scopes.
    pub scopes: Vec<Scope>,
    /// Whether an error finding in scope `deployment` keeps the samples from being
    /// bought.
    pub gates: bool,
    /// Every rule that a finding may name.
    pub rules: Vec<Rule>,
    /// The JSON Schema of the settings.
    pub settings_schema: Value,
}

impl Manifest {
    /// The rule with this id.
    pub fn rule(&self, id: &str) -> Option<&Rule> {
        self.rules.iter().find(|rule| rule.id == id)
    }
}

/// Whether a text is words of lower-case letters and digits with single `-` between them.
pub(crate) fn is_kebab_case(text: &str) -> bool {
    let word =
        |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    text.split('-').all(word)
}

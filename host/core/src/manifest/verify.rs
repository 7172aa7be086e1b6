//! Verifies manifests.

mod weight;

use super::{Manifest, is_kebab_case};
use crate::diagnostic::inert;
use crate::violation::validator;
use serde_json::Value;
use std::collections::BTreeSet;
use weight::{Unweighable, weight};

/// The most bytes of a check's name and of a rule's id.
const LONGEST_NAME: usize = 64;
/// The most bytes of a summary.
const LONGEST_SUMMARY: usize = 512;
/// The most bytes of an explanation.
const LONGEST_EXPLANATION: usize = 64 * 1024;
/// The most rules of a check.
const MOST_RULES: usize = 256;
/// The most schemas that a validation can visit, with every reference followed. Forty nested `allOf` keep a validator busy for
/// days.
const HEAVIEST_SCHEMA: u64 = 100_000;

/// Why a manifest is not valid: the words that follow "the manifest of `x` is not valid:".
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ManifestError {
    #[error("{part} `{text}` is not lower-case words joined by `-`")]
    Name { part: String, text: String },
    #[error("the version `{0}` is not a semantic version such as `0.1.0`")]
    Version(String),
    #[error("it has no scopes")]
    NoScope,
    #[error("it lists a scope twice")]
    DuplicateScope,
    #[error("it has no rules")]
    NoRule,
    #[error("it has {0} rules, more than the limit of {MOST_RULES}")]
    TooManyRules(usize),
    #[error("it lists rule `{0}` twice")]
    DuplicateRule(String),
    #[error("{0} is empty")]
    Empty(String),
    #[error("{part} is longer than {most} bytes")]
    TooLong { part: String, most: usize },
    #[error("{0} has more than one line")]
    SeveralLines(String),
    #[error("{0} contains control characters")]
    ControlCharacters(String),
    #[error("the settings schema {0}")]
    Schema(#[from] SchemaError),
}

/// Why a settings schema is not accepted: the words that follow "the settings schema".
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SchemaError {
    #[error("is not an object")]
    NotAnObject,
    #[error("is not draft 2020-12")]
    Draft,
    #[error("refers to `{0}`, which is not part of it")]
    OutsideReference(String),
    #[error("uses `{0}`, which is not supported")]
    Keyword(String),
    #[error("is too large once its references are followed")]
    TooLarge,
    #[error("is not a JSON Schema: see {0}")]
    NotASchema(String),
}

impl Manifest {
    /// Verifies the manifest of a component and sorts its scopes.
    ///
    /// Afterwards all that [`Manifest`] lists is true. A validation of settings then takes bounded time and makes no request.
    pub fn verify(mut self) -> Result<Self, ManifestError> {
        named("the name", &self.name)?;
        if semver::Version::parse(&self.version).is_err() {
            return Err(ManifestError::Version(shown(&self.version)));
        }
        one_line("the summary", &self.summary)?;
        let declared = self.scopes.len();
        self.scopes.sort_unstable();
        self.scopes.dedup();
        if self.scopes.is_empty() {
            return Err(ManifestError::NoScope);
        }
        if self.scopes.len() < declared {
            return Err(ManifestError::DuplicateScope);
        }
        self.verify_rules()?;
        verify_schema(&self.settings_schema)?;
        Ok(self)
    }

    fn verify_rules(&self) -> Result<(), ManifestError> {
        if self.rules.is_empty() {
            return Err(ManifestError::NoRule);
        }
        if self.rules.len() > MOST_RULES {
            return Err(ManifestError::TooManyRules(self.rules.len()));
        }
        let mut ids = BTreeSet::new();
        for rule in &self.rules {
            named("the id of a rule", &rule.id)?;
            if !ids.insert(&rule.id) {
                return Err(ManifestError::DuplicateRule(rule.id.clone()));
            }
            one_line(&format!("the summary of rule `{}`", rule.id), &rule.summary)?;
            let part = format!("the explanation of rule `{}`", rule.id);
            bounded(&part, &rule.explanation, LONGEST_EXPLANATION)?;
            printable(&part, rule.explanation.replace(['\n', '\t'], " "))?;
        }
        Ok(())
    }
}

fn verify_schema(schema: &Value) -> Result<(), ManifestError> {
    if !schema.is_object() {
        return Err(SchemaError::NotAnObject.into());
    }
    let draft = schema.get("$schema").map(|draft| draft.as_str().unwrap_or_default().trim_end_matches('#'));
    if draft.is_some_and(|draft| draft != "https://json-schema.org/draft/2020-12/schema") {
        return Err(SchemaError::Draft.into());
    }
    // As JSON, where escaped characters do no harm.
    printable("the settings schema", schema.to_string())?;
    let weight = weight(schema).map_err(|why| match why {
        Unweighable::Outside(reference) => SchemaError::OutsideReference(shown(&reference)),
        Unweighable::Keyword(keyword) => SchemaError::Keyword(keyword),
    })?;
    if weight > HEAVIEST_SCHEMA {
        return Err(SchemaError::TooLarge.into());
    }
    validator(schema).map(drop).map_err(|error| {
        let place = error.instance_path().as_str();
        let place = if place.is_empty() { "its root".to_owned() } else { format!("`{}`", shown(place)) };
        SchemaError::NotASchema(place).into()
    })
}

fn named(part: &str, name: &str) -> Result<(), ManifestError> {
    if !is_kebab_case(name) {
        return Err(ManifestError::Name { part: part.to_owned(), text: shown(name) });
    }
    bounded(part, name, LONGEST_NAME)
}

fn one_line(part: &str, text: &str) -> Result<(), ManifestError> {
    if text.contains(['\n', '\r']) {
        return Err(ManifestError::SeveralLines(part.to_owned()));
    }
    printable(part, text)?;
    bounded(part, text, LONGEST_SUMMARY)
}

/// Text without characters that move a terminal's cursor or change the direction of writing.
fn printable(part: &str, text: impl AsRef<str>) -> Result<(), ManifestError> {
    let text = text.as_ref();
    if inert(text) == text { Ok(()) } else { Err(ManifestError::ControlCharacters(part.to_owned())) }
}

fn bounded(part: &str, text: &str, most: usize) -> Result<(), ManifestError> {
    if text.trim().is_empty() {
        return Err(ManifestError::Empty(part.to_owned()));
    }
    if text.len() > most {
        return Err(ManifestError::TooLong { part: part.to_owned(), most });
    }
    Ok(())
}

/// The beginning of a component's text, without control characters.
fn shown(text: &str) -> String {
    text.chars().take(LONGEST_NAME).map(|char| if char.is_control() { '\u{fffd}' } else { char }).collect()
}

//! What the host demands of a manifest before it believes it.

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
/// The most schemas that one validation may have to look at, with every reference
/// followed. Forty nested `allOf` are enough to keep a validator busy for days.
const HEAVIEST_SCHEMA: u64 = 100_000;

/// Why a manifest is not valid: the words that follow "the manifest of `x` is not valid:".
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ManifestError(String);

impl Manifest {
    /// Verifies what a component says of itself, and sorts its scopes.
    ///
    /// Afterwards everything holds that [`Manifest`] promises, and a validation of settings
    /// takes neither unbounded time nor a request.
    pub fn verify(mut self) -> Result<Self, ManifestError> {
        named("the name", &self.name)?;
        if semver::Version::parse(&self.version).is_err() {
            return refuse(format!("the version `{}` is not a semantic version such as `0.1.0`", shown(&self.version)));
        }
        one_line("the summary", &self.summary)?;
        let declared = self.scopes.len();
        self.scopes.sort_unstable();
        self.scopes.dedup();
        if self.scopes.is_empty() {
            return refuse("it has no scope");
        }
        if self.scopes.len() < declared {
            return refuse("it has a scope twice");
        }
        self.verify_rules()?;
        verify_schema(&self.settings_schema)?;
        Ok(self)
    }

    fn verify_rules(&self) -> Result<(), ManifestError> {
        if self.rules.is_empty() {
            return refuse("it has no rule");
        }
        if self.rules.len() > MOST_RULES {
            return refuse(format!("it has {} rules, more than {MOST_RULES}", self.rules.len()));
        }
        let mut ids = BTreeSet::new();
        for rule in &self.rules {
            named("the id of a rule", &rule.id)?;
            if !ids.insert(&rule.id) {
                return refuse(format!("rule `{}` stands twice", rule.id));
            }
            one_line(&format!("the summary of rule `{}`", rule.id), &rule.summary)?;
            let what = format!("the explanation of rule `{}`", rule.id);
            bounded(&what, &rule.explanation, LONGEST_EXPLANATION)?;
            printable(&what, rule.explanation.replace(['\n', '\t'], " "))?;
        }
        Ok(())
    }
}

fn verify_schema(schema: &Value) -> Result<(), ManifestError> {
    if !schema.is_object() {
        return refuse("the settings schema is not an object");
    }
    let draft = schema.get("$schema").map(|draft| draft.as_str().unwrap_or_default().trim_end_matches('#'));
    if draft.is_some_and(|draft| draft != "https://json-schema.org/draft/2020-12/schema") {
        return refuse("the settings schema is of another draft than 2020-12");
    }
    // As JSON, so that what is escaped there does no harm.
    printable("the settings schema", schema.to_string())?;
    let weight = weight(schema).map_err(|why| {
        ManifestError(match why {
            Unweighable::Outside(reference) => {
                format!("the settings schema refers to `{}`, which is not in it", shown(&reference))
            }
            Unweighable::Keyword(keyword) => format!("the settings schema uses `{keyword}`"),
        })
    })?;
    if weight > HEAVIEST_SCHEMA {
        return refuse("the settings schema is too large once its references are followed");
    }
    validator(schema).map(drop).map_err(|error| {
        let place = error.instance_path().as_str();
        let place = if place.is_empty() { "its root".to_owned() } else { format!("`{}`", shown(place)) };
        ManifestError(format!("the settings schema is not a JSON Schema, as {place} shows"))
    })
}

fn named(what: &str, name: &str) -> Result<(), ManifestError> {
    if is_kebab_case(name) && name.len() <= LONGEST_NAME {
        return Ok(());
    }
    refuse(format!("{what}, `{}`, is not lower-case words with `-` between them", shown(name)))
}

fn one_line(what: &str, text: &str) -> Result<(), ManifestError> {
    if text.contains(['\n', '\r']) {
        return refuse(format!("{what} is more than one line"));
    }
    printable(what, text)?;
    bounded(what, text, LONGEST_SUMMARY)
}

/// Text that may be shown as it is: nothing in it moves a terminal's cursor or turns words around.
fn printable(what: &str, text: impl AsRef<str>) -> Result<(), ManifestError> {
    let text = text.as_ref();
    if inert(text) == text { Ok(()) } else { refuse(format!("{what} has control characters in it")) }
}

fn bounded(what: &str, text: &str, most: usize) -> Result<(), ManifestError> {
    if text.trim().is_empty() {
        return refuse(format!("{what} is empty"));
    }
    if text.len() > most {
        return refuse(format!("{what} has more than {most} bytes"));
    }
    Ok(())
}

/// A text of a component, short and without control characters.
fn shown(text: &str) -> String {
    text.chars().take(LONGEST_NAME).map(|char| if char.is_control() { '\u{fffd}' } else { char }).collect()
}

fn refuse<T>(why: impl Into<String>) -> Result<T, ManifestError> {
    Err(ManifestError(why.into()))
}

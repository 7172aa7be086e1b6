//! Environment variables that hold values of a suite.

use super::UnsetVariables;
use super::file::{FromEnv, Names};
use super::surroundings::Surroundings;
use crate::secret::Secret;
use crate::wording::names;

/// The value of an environment variable, without the white space around it that pasted secrets often have.
pub(super) struct Variable {
    pub(super) name: String,
    /// Every value is a secret until its use shows that it is not one: variables are easily mixed up.
    pub(super) value: Secret,
}

/// Variables of which none has a value.
#[derive(Default)]
pub(super) struct Missing {
    empty: Vec<String>,
    unset: Vec<String>,
}

impl FromEnv {
    pub(super) fn into_names(self) -> Vec<String> {
        match self.env {
            Names::One(name) => vec![name],
            Names::Several(names) => names,
        }
    }
}

impl Surroundings<'_> {
    /// All of these variables that have a value, in this order. In a replay or simulation, none.
    pub(super) fn variables(&self, names: &[String]) -> Result<Vec<Variable>, Missing> {
        let mut missing = Missing::default();
        let mut variables = Vec::new();
        for name in names {
            let value = match self.unset {
                UnsetVariables::Refused => (self.environment)(name),
                UnsetVariables::Tolerated => None,
            };
            match value.map(|value| value.trimmed()) {
                None => missing.unset.push(name.clone()),
                Some(value) if value.expose().is_empty() => missing.empty.push(name.clone()),
                Some(value) => variables.push(Variable { name: name.clone(), value }),
            }
        }
        if variables.is_empty() { Err(missing) } else { Ok(variables) }
    }
}

impl Missing {
    pub(super) fn extend(&mut self, other: Self) {
        self.empty.extend(other.empty);
        self.unset.extend(other.unset);
    }

    /// The problem in words, such as "environment variable `A` is not set".
    pub(super) fn describe(&self) -> String {
        let plural = if self.empty.len() + self.unset.len() == 1 { "" } else { "s" };
        format!("environment variable{plural} {}", self.describe_briefly())
    }

    /// The same in the middle of a sentence, such as "`A` is not set".
    pub(super) fn describe_briefly(&self) -> String {
        let parts = [part(&self.empty, "empty"), part(&self.unset, "not set")];
        parts.into_iter().flatten().collect::<Vec<_>>().join(" and ")
    }

    /// The problem with optional variables: one that is empty was probably meant to have a value.
    pub(super) fn describe_empty(&self) -> Option<String> {
        part(&self.empty, "empty")
    }
}

fn part(list: &[String], state: &str) -> Option<String> {
    let verb = if list.len() == 1 { "is" } else { "are" };
    (!list.is_empty()).then(|| format!("{} {verb} {state}", names(list.iter().map(String::as_str))))
}

//! Which declared input an undeclared one was meant to be.

use super::input_kinds::is_for_links;
use crate::api_graph::ApiNode;
use crate::class::{Class, Input};
use crate::json::Value;
use crate::verdict::{Problem, ResolvedWorkflow, check_literal, takes_link};
use comfycheck_sdk::{Edit, Fix, nearest, quote};
use std::collections::BTreeSet;

/// The inputs of a node: those that it has, and those that its class declares.
pub(super) struct Names<'a> {
    pub(super) resolved: &'a ResolvedWorkflow,
    pub(super) node: &'a ApiNode,
    pub(super) class: &'a Class,
    pub(super) declared: &'a [Input],
}

/// The undeclared input that has the value of a declared one.
pub(super) enum GivenName<'a> {
    Meant(&'a str),
    /// Several could be meant, or one with another name.
    Unclear,
    Missing,
}

impl<'a> Names<'a> {
    /// The declared inputs without a value that an undeclared one may mean, and that take its value. For `width`, a dynamic input
    /// of that name comes first, such as `resize_type.width`. For `images`, it is the first of the group, such as
    /// `images.image0`.
    pub(super) fn meant_by(&self, given: &str) -> Vec<&'a str> {
        let Some(value) = self.node.input(given) else { return Vec::new() };
        let free = self.declared.iter().filter(|input| self.node.input(&input.name).is_none());
        let free: Vec<&str> = free.filter(|input| self.may_take(input, value)).map(|input| &*input.name).collect();
        let dotted = free.iter().copied().filter(|name| name.rsplit_once('.').is_some_and(|(_, last)| last == given));
        let dotted: Vec<&str> = dotted.collect();
        let in_group = |name: &&&str| name.split_once('.').is_some_and(|(group, _)| group == given);
        match free.iter().find(in_group) {
            _ if !dotted.is_empty() => dotted,
            Some(first) => vec![first],
            None => alike(given, &free),
        }
    }

    /// Renames an undeclared input to the only one that it may mean.
    pub(super) fn rename(&self, given: &str) -> Option<Fix> {
        let names = self.meant_by(given);
        let [to] = names.as_slice() else { return None };
        let edit = Edit::RenameInput { node: self.node.id.to_string(), input: given.to_owned(), to: (*to).to_owned() };
        (!self.resolved.replaced.contains(&self.node.id)).then(|| Fix {
            message: format!("rename input {} to {}", quote(given), quote(to)),
            safe: false,
            edits: vec![edit],
        })
    }

    /// The undeclared input that has the value of a declared one that is missing.
    pub(super) fn given_for(&self, missing: &str) -> GivenName<'a> {
        let names: BTreeSet<&str> = self.declared.iter().map(|input| &*input.name).collect();
        let facts = &self.class.facts;
        let is_stray = |name: &&str| {
            let is_known = names.contains(name) || self.class.hidden.iter().any(|hidden| **hidden == **name);
            !is_known && !facts.reads(name) && !facts.is_leftover(name)
        };
        let given = self.node.inputs.iter().flat_map(|inputs| inputs.entries()).map(|(name, _)| &**name);
        let strays: Vec<(&str, Vec<&str>)> = given.filter(is_stray).map(|name| (name, self.meant_by(name))).collect();
        let sure: Vec<&str> = strays.iter().filter(|(_, meant)| *meant == [missing]).map(|(name, _)| *name).collect();
        let Some(input) = self.declared.iter().find(|input| *input.name == *missing) else {
            return GivenName::Missing;
        };
        let could_be = |(name, meant): &(&str, Vec<&str>)| {
            meant.contains(&missing) || (meant.is_empty() && self.looks_meant(input, name))
        };
        match sure.as_slice() {
            [only] => GivenName::Meant(only),
            [] if !strays.iter().any(could_be) => GivenName::Missing,
            _ => GivenName::Unclear,
        }
    }

    /// Whether an input takes a value, in whatever range.
    fn may_take(&self, input: &Input, value: &Value) -> bool {
        match value {
            Value::List(link) => takes_link(self.resolved, self.class, input, link),
            _ if is_for_links(&input.spec.kind) => false,
            _ => {
                let checked = check_literal(self.class, input, value, None, self.resolved.version);
                !matches!(checked, Ok(Err(Problem::InvalidInputType { .. })))
            }
        }
    }

    /// Whether the value of another input has the very type of this one.
    fn looks_meant(&self, input: &Input, other: &str) -> bool {
        let Some(value) = self.node.input(other) else { return false };
        let has_type = match (input.spec.kind.text(), value) {
            (Some("INT"), Value::Int(_))
            | (Some("FLOAT"), Value::Int(_) | Value::Float(_))
            | (Some("STRING"), Value::Text(_))
            | (Some("BOOLEAN"), Value::Bool(_))
            | (_, Value::List(_)) => true,
            (_, value) => input.spec.choices().is_some_and(|all| all.iter().any(|one| one.text() == value.text())),
        };
        has_type && self.may_take(input, value)
    }
}

/// Names that resemble a name, or that have it as their last words: `filename_prefix` has `prefix`.
fn alike<'a>(name: &str, names: &[&'a str]) -> Vec<&'a str> {
    let mut alike = nearest(name, names.iter().copied());
    let more = names.iter().copied().filter(|other| ends_with(other, name) || ends_with(name, other));
    let more: Vec<&str> = more.filter(|other| !alike.contains(other)).collect();
    alike.extend(more);
    alike
}

fn ends_with(long: &str, short: &str) -> bool {
    const SHORTEST: usize = 3;
    let before = long.strip_suffix(short).filter(|_| short.len() >= SHORTEST);
    before.is_some_and(|before| before.ends_with(['_', '-', ' ']))
}

//! Required inputs that a node lacks. A node with several has one finding for those that have a fix, and one for the others.

use super::phrasing::{name_of, shown, subject};
use super::{Findings, REQUIRED_INPUT_MISSING, fixes};
use crate::api_graph::ApiNode;
use crate::class::Spec;
use crate::json::Value;
use crate::verdict::{NodeError, Problem, ResolvedWorkflow};
use comfycheck_sdk::{Edit, Finding, Fix, quote, wording};
use std::collections::BTreeSet;

/// An input with its declaration and its fix.
type MissingInput<'a> = (&'a str, Option<&'a Spec>, Option<Fix>);

pub(super) fn collect(node: &ApiNode, errors: &[NodeError], resolved: &ResolvedWorkflow, findings: &mut Findings) {
    let missing = errors.iter().filter(|error| matches!(error.problem, Problem::RequiredInputMissing));
    let inputs = missing.map(|error| {
        let (input, spec) = (error.input.as_deref().unwrap_or_default(), error.spec.as_deref());
        (input, spec, fixes::supply(resolved, node, input, spec))
    });
    let (fixable, others): (Vec<MissingInput<'_>>, Vec<_>) = inputs.partition(|(.., fix)| fix.is_some());
    for inputs in [fixable, others].iter().filter(|inputs| !inputs.is_empty()) {
        findings.add_with(REQUIRED_INPUT_MISSING, || finding(node, inputs));
    }
}

/// At least one input.
pub(super) fn finding(node: &ApiNode, inputs: &[MissingInput<'_>]) -> Finding {
    let names: Vec<&str> = inputs.iter().map(|(input, ..)| *input).collect();
    let help = match inputs {
        [(_, spec, fix)] => match renamed(fix.as_ref()) {
            Some(old) => format!("rename the input {}", quote(old)),
            None => set_input(*spec),
        },
        several => format!("set the inputs: {}", several.iter().map(to_set).collect::<Vec<_>>().join(", ")),
    };
    Finding::new(REQUIRED_INPUT_MISSING, lacks(&name_of(node), &names))
        .help(help)
        .about(subject(node, None))
        .fix(all_fixes(inputs))
}

/// That a node lacks required inputs.
pub(super) fn lacks(node: &str, inputs: &[&str]) -> String {
    match inputs {
        [input] => format!("required input {} of {node} is missing", quote(input)),
        several => {
            let (number, names) = (several.len(), wording::names(several.iter().copied()));
            format!("{number} required inputs of {node} are missing: {names}")
        }
    }
}

/// The fixes of all inputs as one. None if two of them rename the same input.
fn all_fixes(inputs: &[MissingInput<'_>]) -> Option<Fix> {
    let fixes: Vec<&Fix> = inputs.iter().filter_map(|(.., fix)| fix.as_ref()).collect();
    let edits: Vec<Edit> = fixes.iter().flat_map(|fix| fix.edits.clone()).collect();
    let mut renamed = BTreeSet::new();
    let is_once = edits.iter().all(|edit| match edit {
        Edit::RenameInput { input, .. } => renamed.insert(input),
        _ => true,
    });
    let message = fixes.iter().map(|fix| fix.message.as_str()).collect::<Vec<_>>().join("; ");
    let safe = fixes.iter().all(|fix| fix.safe);
    (is_once && !fixes.is_empty()).then_some(Fix { message, safe, edits })
}

/// What a declaration says that an input takes.
enum Declared<'a> {
    Default(&'a Value),
    /// A link to an output of this type.
    Link(&'a str),
}

fn declared(spec: Option<&Spec>) -> Option<Declared<'_>> {
    let spec = spec?;
    match (spec.options.get("default"), spec.kind.text()) {
        (Some(default), _) => Some(Declared::Default(default)),
        (None, Some("INT" | "FLOAT" | "STRING" | "BOOLEAN" | "COMBO") | None) => None,
        (None, Some(kind)) => Some(Declared::Link(kind)),
    }
}

/// Help for a missing input.
fn set_input(spec: Option<&Spec>) -> String {
    match declared(spec) {
        Some(Declared::Default(default)) => format!("set the input, for example to its default {}", shown(default)),
        Some(Declared::Link(kind)) => format!("link an output of type {}", quote(kind)),
        None => "set the input".into(),
    }
}

/// The same for one of several: `` `cfg` (default: 8.0) ``.
fn to_set((input, spec, fix): &MissingInput<'_>) -> String {
    let input = quote(input);
    if let Some(old) = renamed(fix.as_ref()) {
        return format!("{input} (rename {})", quote(old));
    }
    match declared(*spec) {
        Some(Declared::Default(default)) => format!("{input} (default: {})", shown(default)),
        Some(Declared::Link(kind)) => format!("{input} (type {})", quote(kind)),
        None => input,
    }
}

/// The input that a fix renames.
fn renamed(fix: Option<&Fix>) -> Option<&str> {
    match fix?.edits.as_slice() {
        [Edit::RenameInput { input, .. }] => Some(input),
        _ => None,
    }
}

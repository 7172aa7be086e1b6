//! ComfyUI's errors about nodes, as findings.

use super::phrasing::{SEND_FILE, choose, kind, name_of, set_number, shown, subject, subjects};
use super::{
    BAD_LINKED_INPUT, DEPENDENCY_CYCLE, DEPENDS_ON_PACK, EXCEPTION_DURING_VALIDATION, FILE_NOT_IN_LIST, Findings,
    INVALID_INPUT_TYPE, REQUIRED_INPUT_MISSING, RETURN_TYPE_MISMATCH, VALUE_BIGGER_THAN_MAX, VALUE_NOT_IN_LIST,
    VALUE_SMALLER_THAN_MIN, fixes, missing_inputs,
};
use crate::api_graph::ApiNode;
use crate::class::Spec;
use crate::json::Value;
use crate::verdict::{Cause, Cycle, Exception, NodeError, Problem, ResolvedWorkflow, Verdict};
use comfycheck_sdk::{Finding, Fix, few_names, quote, wording};
use std::rc::Rc;

/// A finding for each error of each node, and one for each cycle.
pub(super) fn collect(verdict: &Verdict, resolved: &ResolvedWorkflow, findings: &mut Findings) {
    let mut cycle: Option<&Rc<[_]>> = None;
    for (id, errors) in &verdict.node_errors {
        let Some(node) = resolved.graph.position(id).map(|place| &resolved.graph.nodes()[place]) else { continue };
        missing_inputs::collect(node, errors, resolved, findings);
        for error in errors {
            // Each node of a cycle has the error.
            if let Problem::DependencyCycle(Cycle { path, .. }) = &error.problem
                && cycle.replace(path).is_some_and(|known| Rc::ptr_eq(known, path))
            {
                continue;
            }
            // Those of a node stand together.
            let is_missing = matches!(error.problem, Problem::RequiredInputMissing);
            if is_missing || is_blamed_with_a_file(node, error, resolved) {
                continue;
            }
            if depends_on_pack(node, error, resolved) {
                findings.add_with(DEPENDS_ON_PACK, || Finding {
                    rule: DEPENDS_ON_PACK.into(),
                    help: None,
                    data: None,
                    ..finding(node, error, resolved)
                });
                continue;
            }
            findings.add_with(rule_of(error), || finding(node, error, resolved));
        }
        for exception in more_broken_links(node, errors, resolved) {
            findings.add_with(EXCEPTION_DURING_VALIDATION, || {
                raised(node, &exception).fix(after_raising(node, &exception, resolved))
            });
        }
    }
    for cycle in &verdict.unnamed_cycles {
        findings.add_with(DEPENDENCY_CYCLE, || dependency_cycle(cycle, resolved));
    }
}

/// The links of a node to missing nodes that ComfyUI did not reach: it ends at the first.
fn more_broken_links(node: &ApiNode, errors: &[NodeError], resolved: &ResolvedWorkflow) -> Vec<Exception> {
    let first = errors.iter().find_map(|error| match &error.problem {
        Problem::ExceptionDuringValidation(exception) | Problem::ExceptionDuringInnerValidation { exception, .. } => {
            Some(exception)
        }
        _ => None,
    });
    let Some(first) = first.filter(|first| matches!(&*first.cause, Cause::NoSuchNode(Value::Text(_)))) else {
        return Vec::new();
    };
    let inputs = node.inputs.iter().flat_map(|inputs| inputs.entries());
    let broken = inputs.filter_map(|(name, value)| {
        let [id @ Value::Text(text), _] = value.list()? else { return None };
        let is_new = first.input.as_deref() != Some(&**name) && resolved.graph.position(text).is_none();
        // ComfyUI ignores what the class does not declare.
        let is_read = is_new && fixes::spec_of(resolved, node, name).is_some();
        is_read.then(|| Exception {
            input: Some(Rc::clone(name)),
            cause: Box::new(Cause::NoSuchNode(id.clone())),
            ..first.clone()
        })
    });
    broken.collect()
}

/// Whether an input is only blamed because its validator refuses the file of another input.
fn is_blamed_with_a_file(node: &ApiNode, error: &NodeError, resolved: &ResolvedWorkflow) -> bool {
    let class = resolved.graph.position(&node.id).map(|place| &resolved.classes[place]);
    let validator = class.and_then(|class| class.facts.validator(resolved.version));
    let is_judged = |input: &str| validator.is_none_or(|by| by.judges(input));
    matches!(error.problem, Problem::CustomValidationFailed { .. }) && !error.input.as_deref().is_some_and(is_judged)
}

/// Whether there are errors, and ComfyUI may report none of them.
pub(super) fn all_depend_on_packs(verdict: &Verdict, resolved: &ResolvedWorkflow) -> bool {
    let depend = |(id, errors): &(Rc<str>, Vec<NodeError>)| {
        let node = resolved.graph.position(id).map(|place| &resolved.graph.nodes()[place]);
        node.is_some_and(|node| errors.iter().all(|error| depends_on_pack(node, error, resolved)))
    };
    !verdict.node_errors.is_empty() && verdict.node_errors.iter().all(depend)
}

/// Whether ComfyUI may not report an error: it rests on the description of a class that may accept more than it shows.
fn depends_on_pack(node: &ApiNode, error: &NodeError, resolved: &ResolvedWorkflow) -> bool {
    let is_vague = |id: &str| resolved.graph.position(id).is_some_and(|place| resolved.classes[place].is_vague());
    match &error.problem {
        Problem::ReturnTypeMismatch { node: linked, .. } => is_vague(&node.id) || is_vague(linked),
        Problem::ExceptionDuringValidation(exception) | Problem::ExceptionDuringInnerValidation { exception, .. } => {
            matches!(&*exception.cause, Cause::NoSuchOutput { node, outputs, .. } if *outputs > 0 && is_vague(node))
        }
        _ => false,
    }
}

fn rule_of(error: &NodeError) -> &'static str {
    match error.problem {
        Problem::RequiredInputMissing => REQUIRED_INPUT_MISSING,
        Problem::BadLinkedInput { .. } => BAD_LINKED_INPUT,
        Problem::ReturnTypeMismatch { .. } => RETURN_TYPE_MISMATCH,
        Problem::InvalidInputType { .. } => INVALID_INPUT_TYPE,
        Problem::ValueSmallerThanMin { .. } => VALUE_SMALLER_THAN_MIN,
        Problem::ValueBiggerThanMax { .. } => VALUE_BIGGER_THAN_MAX,
        Problem::ValueNotInList { .. } if error.spec.as_ref().is_some_and(|spec| spec.takes_uploads()) => {
            FILE_NOT_IN_LIST
        }
        Problem::ValueNotInList { .. } => VALUE_NOT_IN_LIST,
        Problem::CustomValidationFailed { .. } => FILE_NOT_IN_LIST,
        Problem::ExceptionDuringValidation(_) | Problem::ExceptionDuringInnerValidation { .. } => {
            EXCEPTION_DURING_VALIDATION
        }
        Problem::DependencyCycle(_) => DEPENDENCY_CYCLE,
    }
}

/// An error in words, with its help and its fix.
pub(super) fn finding(node: &ApiNode, error: &NodeError, resolved: &ResolvedWorkflow) -> Finding {
    let name = name_of(node);
    let spec = error.spec.as_deref();
    let input = error.input.as_deref().unwrap_or_default();
    let of_input = format!("input {} of {name}", quote(input));
    let about_input = |message: String, help: String| {
        Finding::new(rule_of(error), message).help(help).about(subject(node, Some(input)))
    };
    let not_uploaded = |received: &Value| {
        let (message, help) = not_uploaded(received, &of_input, &name);
        about_input(message, help)
    };
    match &error.problem {
        Problem::RequiredInputMissing => missing_inputs::finding(node, &[(input, spec, None)]),
        Problem::BadLinkedInput { received } => {
            let message = format!("{of_input} is {}, which is not a link", shown(received));
            match received.list() {
                Some([only]) if fixes::is_taken(resolved, node, input, only) => {
                    about_input(message, format!("write {} without brackets", shown(only)))
                        .fix(fixes::set(resolved, node, input, only))
                }
                _ => about_input(message, format!("write a link as `[\"9\", 0]` (node id, output index), or {LIST}")),
            }
        }
        Problem::ReturnTypeMismatch { received, node: linked } => {
            let expected = spec.map(|spec| kind(&spec.kind)).unwrap_or_default();
            let message = format!("{of_input} takes {expected}, but node {} gives {}", quote(linked), kind(received));
            if let Some((other, fix)) = fixes::swapped(resolved, node, input) {
                return about_input(message, format!("swap the links of this input and {}", quote(&other))).fix(fix);
            }
            let help = match spec.and_then(Spec::choices) {
                Some(_) => "set a value from the list".to_owned(),
                None => format!("link an output of type {expected}"),
            };
            about_input(message, help).fix(fixes::relink(resolved, node, input, spec, Some(linked)))
        }
        Problem::InvalidInputType { received, expected, .. } => {
            let expected = if *expected == "INT" { "an integer" } else { "a number" };
            about_input(format!("{of_input} is {}, not {expected}", shown(received)), set_number(spec))
        }
        Problem::ValueSmallerThanMin { received, bound } => about_input(
            format!("{of_input} is {}, below the minimum of {}", shown(received), shown(bound)),
            set_number(spec),
        ),
        Problem::ValueBiggerThanMax { received, bound } => about_input(
            format!("{of_input} is {}, above the maximum of {}", shown(received), shown(bound)),
            set_number(spec),
        ),
        Problem::CustomValidationFailed { received } => not_uploaded(received),
        Problem::ValueNotInList { received } if rule_of(error) == FILE_NOT_IN_LIST => not_uploaded(received),
        Problem::ValueNotInList { received } => {
            // As JSON where a backslash of a path became a line break or the like.
            let is_escaped = received.text().is_some_and(|text| text.contains(char::is_control));
            let value = received.text().filter(|_| !is_escaped).map_or_else(|| shown(received), quote);
            let choices = spec.and_then(Spec::choices).unwrap_or_default();
            let help = match choose(received, choices) {
                help if is_escaped => format!("{help}; write `/` for a backslash, which JSON reads as an escape"),
                help => help,
            };
            about_input(format!("{of_input} is {value}, which is not in the list"), help)
                .fix(fixes::choice(resolved, node, input, received, choices))
        }
        Problem::ExceptionDuringValidation(exception) | Problem::ExceptionDuringInnerValidation { exception, .. } => {
            raised(node, exception).fix(after_raising(node, exception, resolved))
        }
        Problem::DependencyCycle(cycle) => dependency_cycle(cycle, resolved),
    }
}

/// The message and the help for an input file that the list does not have.
fn not_uploaded(received: &Value, of_input: &str, node: &str) -> (String, String) {
    let text = received.text().unwrap_or_default();
    if matches!(received, Value::Text(_)) && text.is_empty() {
        return (format!("{of_input} is empty"), "name an input file".to_owned());
    }
    let file = received.text().map_or_else(|| shown(received), quote);
    let message = format!("input file {file} of {node} is not in the server's list");
    if let Some(folder) = [" [output]", " [temp]"].into_iter().find(|folder| text.ends_with(folder)) {
        let help =
            format!("remove {}: a new worker has no files there. Then send the file with each job", quote(folder));
        return (message, help);
    }
    let subfolder = if text.contains('/') { "; the list leaves out subfolders" } else { "" };
    (message, format!("{SEND_FILE}{subfolder}"))
}

/// What Python raises, by its cause.
fn raised(node: &ApiNode, exception: &Exception) -> Finding {
    let name = name_of(node);
    let of_input = format!("input {} of {name}", quote(exception.input.as_deref().unwrap_or_default()));
    let (message, help) = match &*exception.cause {
        Cause::NoInputs => (format!("{name} has no `inputs`"), "add `\"inputs\": {}` to the node".to_owned()),
        Cause::NoSuchNode(_) if is_list_value(node, exception) => {
            let value = exception.input.as_deref().and_then(|input| node.input(input)).map(shown).unwrap_or_default();
            (
                format!("{of_input} is {value}: ComfyUI reads a list of two as a link"),
                format!("write one value, or {LIST}"),
            )
        }
        Cause::NoSuchNode(Value::Text(id)) => (
            format!("{of_input} is linked to node {}, which does not exist", quote(id)),
            if id.is_empty() { "link it to a node" } else { "link it to an existing node, or remove the link" }
                .to_owned(),
        ),
        Cause::NoSuchNode(id) => (
            format!("{of_input} is linked to {}, which is not a node id", shown(id)),
            match id {
                Value::Int(_) | Value::Float(_) => "write the node id as a string, in double quotes".to_owned(),
                _ => "link it to a node, such as `[\"4\", 0]`".to_owned(),
            },
        ),
        Cause::NoSuchOutput { node: linked, slot, outputs } => (
            format!(
                "{of_input} is linked to output {} of node {}, which has {}",
                shown(slot),
                quote(linked),
                wording::count(*outputs, "output")
            ),
            match outputs {
                0 => "link it to a node that has outputs".to_owned(),
                1 => "link it to output 0".to_owned(),
                outputs => format!("link it to an output from 0 to {}", outputs - 1),
            },
        ),
        Cause::SlotNotAnInteger(slot) => (
            format!("{of_input} is linked to output {}, which is not an integer", shown(slot)),
            "write the output's index, counted from 0".to_owned(),
        ),
        Cause::NotComparable { received, bound } => (
            format!("{of_input} is {}, which cannot be compared with its bound {}", shown(received), shown(bound)),
            "set a number".to_owned(),
        ),
        Cause::NotAFileName(received) => {
            (format!("{of_input} is {}, not a file name", shown(received)), "set a file name as a string".to_owned())
        }
        Cause::RequiredByValidator => (format!("required {of_input} is missing"), "set the input".to_owned()),
    };
    let input = exception.input.as_deref().filter(|_| !matches!(&*exception.cause, Cause::RequiredByValidator));
    Finding::new(EXCEPTION_DURING_VALIDATION, message).help(help).about(subject(node, input))
}

/// How to write a list that is not a link.
const LIST: &str = "a list value as `{\"__value__\": […]}`";

/// Whether a list of two is surely not meant as a link: its second item cannot be an output.
fn is_list_value(node: &ApiNode, exception: &Exception) -> bool {
    let value = exception.input.as_deref().and_then(|input| node.input(input));
    match value.and_then(Value::list) {
        Some([_, Value::Text(second)]) => second.trim().parse::<f64>().is_err(),
        _ => false,
    }
}

fn after_raising(node: &ApiNode, exception: &Exception, resolved: &ResolvedWorkflow) -> Option<Fix> {
    let input = exception.input.as_deref()?;
    let spec = || fixes::spec_of(resolved, node, input);
    match &*exception.cause {
        Cause::NoSuchNode(id @ Value::Int(_)) => fixes::id_as_string(resolved, node, input, id),
        Cause::NoSuchNode(_) if is_list_value(node, exception) => None,
        Cause::NoSuchNode(Value::Text(_)) => fixes::relink(resolved, node, input, spec().as_deref(), None),
        Cause::NoSuchOutput { node: linked, outputs, .. } if *outputs > 0 => {
            fixes::relink(resolved, node, input, spec().as_deref(), Some(linked))
        }
        Cause::SlotNotAnInteger(slot) => fixes::slot_as_number(resolved, node, input, slot),
        Cause::RequiredByValidator => fixes::supply(resolved, node, input, spec().as_deref()),
        _ => None,
    }
}

fn dependency_cycle(Cycle { path, length }: &Cycle, resolved: &ResolvedWorkflow) -> Finding {
    let message = match &**path {
        [(only, _), _] => format!("node {} is linked to itself", quote(only)),
        path => {
            let ids = path[..path.len().saturating_sub(1)].iter().map(|(id, _)| &**id);
            format!("{} form a cycle: {}", wording::count(*length, "node"), few_names(ids))
        }
    };
    let mut places: Vec<_> = path.iter().filter_map(|(id, _)| resolved.graph.position(id)).collect();
    places.sort_unstable();
    places.dedup();
    let nodes = resolved.graph.nodes();
    let nodes = places.into_iter().map(|place| &nodes[place]);
    Finding::new(DEPENDENCY_CYCLE, message).help("remove one of the links").about_all(subjects(nodes))
}

//! ComfyUI's errors about nodes, in a person's words.

use super::wording::{choose, kind, name_of, plain, range, shown, subject, subjects};
use super::{
    BAD_LINKED_INPUT, DEPENDENCY_CYCLE, EXCEPTION_DURING_VALIDATION, FILE_NOT_IN_LIST, INVALID_INPUT_TYPE,
    REQUIRED_INPUT_MISSING, RETURN_TYPE_MISMATCH, Told, VALUE_BIGGER_THAN_MAX, VALUE_NOT_IN_LIST,
    VALUE_SMALLER_THAN_MIN,
};
use crate::class::Spec;
use crate::graph::Node;
use crate::json::Value;
use crate::verdict::{Cause, Exception, NodeError, Problem, Resolved, Verdict};
use comfycheck_sdk::{Finding, quote, quote_all};
use std::rc::Rc;

/// A finding for each error of each node; for each cycle, one.
pub(super) fn tell(verdict: &Verdict, resolved: &Resolved, told: &mut Told) {
    let mut cycle: Option<&Rc<[_]>> = None;
    for (id, errors) in &verdict.node_errors {
        let Some(node) = resolved.graph.position(id).map(|place| &resolved.graph.nodes()[place]) else { continue };
        for error in errors {
            // Each node of a cycle has the error.
            if let Problem::DependencyCycle { path, .. } = &error.problem
                && cycle.replace(path).is_some_and(|known| Rc::ptr_eq(known, path))
            {
                continue;
            }
            told.add_with(rule_of(error), || finding(node, error, resolved));
        }
    }
}

/// The rule that an error is told under.
fn rule_of(error: &NodeError) -> &'static str {
    match error.problem {
        Problem::RequiredInputMissing => REQUIRED_INPUT_MISSING,
        Problem::BadLinkedInput { .. } => BAD_LINKED_INPUT,
        Problem::ReturnTypeMismatch { .. } => RETURN_TYPE_MISMATCH,
        Problem::InvalidInputType { .. } => INVALID_INPUT_TYPE,
        Problem::ValueSmallerThanMin { .. } => VALUE_SMALLER_THAN_MIN,
        Problem::ValueBiggerThanMax { .. } => VALUE_BIGGER_THAN_MAX,
        Problem::ValueNotInList { .. } => VALUE_NOT_IN_LIST,
        Problem::CustomValidationFailed { .. } => FILE_NOT_IN_LIST,
        Problem::ExceptionDuringValidation(_) | Problem::ExceptionDuringInnerValidation { .. } => {
            EXCEPTION_DURING_VALIDATION
        }
        Problem::DependencyCycle { .. } => DEPENDENCY_CYCLE,
    }
}

fn finding(node: &Node, error: &NodeError, resolved: &Resolved) -> Finding {
    let rule = rule_of(error);
    let name = name_of(node);
    let input = error.input.as_deref().unwrap_or_default();
    let spec = error.spec.as_deref();
    let about = |finding: Finding| finding.about(subject(node, Some(input)));
    match &error.problem {
        Problem::RequiredInputMissing => {
            let message = format!("{name} lacks its required input {}", quote(input));
            Finding::new(rule, message).help(how_to_give(spec)).about(subject(node, None))
        }
        Problem::BadLinkedInput { received } => {
            let message = format!("input {} of {name} is {}, an array that is no link", quote(input), shown(received));
            about(Finding::new(rule, message).help(
                "write a link as `[\"9\", 0]`, a node's id and the index of its output; write an array that is meant as \
                 a value as `{\"__value__\": […]}`",
            ))
        }
        Problem::ReturnTypeMismatch { received, node: linked } => {
            let wanted = spec.map(|spec| kind(&spec.kind)).unwrap_or_default();
            let message = format!(
                "input {} of {name} takes {wanted}, and node {} gives {}",
                quote(input),
                quote(linked),
                kind(received)
            );
            about(Finding::new(rule, message).help(format!("link an output of type {wanted} to it")))
        }
        Problem::InvalidInputType { received, wanted, .. } => {
            let article = if *wanted == "INT" { "an integer" } else { "a number" };
            let message = format!("input {} of {name} is {}, and not {article}", quote(input), shown(received));
            about(Finding::new(rule, message).help(how_to_number(spec)))
        }
        Problem::ValueSmallerThanMin { received, bound } => {
            let message = format!(
                "input {} of {name} is {}, below its minimum of {}",
                quote(input),
                shown(received),
                plain(bound)
            );
            about(Finding::new(rule, message).help(how_to_number(spec)))
        }
        Problem::ValueBiggerThanMax { received, bound } => {
            let message = format!(
                "input {} of {name} is {}, above its maximum of {}",
                quote(input),
                shown(received),
                plain(bound)
            );
            about(Finding::new(rule, message).help(how_to_number(spec)))
        }
        Problem::ValueNotInList { received } => {
            let message = format!(
                "input {} of {name} is {}, which the server does not offer",
                quote(input),
                quote(&plain(received))
            );
            let choices = spec.and_then(Spec::choices).unwrap_or_default();
            about(Finding::new(rule, message).help(choose(received, choices)))
        }
        Problem::CustomValidationFailed { received } => {
            let file = quote(&plain(received));
            let message = format!("file {file} of {name} is not among the server's input files");
            about(Finding::new(rule, message).help(
                "send the file along with each job, or put it into the server's input folder; files in subfolders are \
                 not listed and may be there",
            ))
        }
        Problem::ExceptionDuringValidation(exception) | Problem::ExceptionDuringInnerValidation { exception, .. } => {
            raised(node, exception)
        }
        Problem::DependencyCycle { path, length } => dependency_cycle(path, *length, resolved),
    }
}

/// What Python raises, by what it means.
fn raised(node: &Node, exception: &Exception) -> Finding {
    let name = name_of(node);
    let input = exception.input.as_deref().map(quote).unwrap_or_default();
    let (message, help) = match &*exception.cause {
        Cause::NoInputs => {
            (format!("{name} has no `inputs`"), "give the node an `inputs` object, empty if it needs none".to_owned())
        }
        Cause::NoSuchNode(Value::Text(text)) => (
            format!("input {input} of {name} is linked to node {}, which does not exist", quote(text)),
            if text.is_empty() { "link it to a node" } else { "link it to a node of the workflow, or remove the link" }
                .to_owned(),
        ),
        Cause::NoSuchNode(id) => (
            format!("input {input} of {name} is linked to {}, which is no id: ids are texts", shown(id)),
            "write the node's id in double quotes".to_owned(),
        ),
        Cause::NoSuchOutput { node: linked, slot, outputs } => (
            format!(
                "input {input} of {name} is linked to output {} of node {}, which has {outputs}",
                shown(slot),
                quote(linked)
            ),
            match outputs {
                0 => "link it to a node that has outputs".to_owned(),
                1 => "link it to output 0".to_owned(),
                outputs => format!("link it to one of the outputs 0 to {}", outputs - 1),
            },
        ),
        Cause::SlotNotAnInteger(slot) => (
            format!("input {input} of {name} is linked to output {}, which is no integer", shown(slot)),
            "write the index of the output, from 0".to_owned(),
        ),
        Cause::NotComparable { received, bound } => (
            format!(
                "input {input} of {name} is {}, which cannot be compared with its bound {}",
                shown(received),
                shown(bound)
            ),
            "give a number".to_owned(),
        ),
        Cause::NoFileName(received) => (
            format!("input {input} of {name} is {}, and not the name of a file", shown(received)),
            "give the name of a file as a text".to_owned(),
        ),
        Cause::ValidatorNeeds => {
            (format!("{name} lacks its required input {input}"), "give the input a value".to_owned())
        }
    };
    let of_input = exception.input.as_deref().filter(|_| !matches!(&*exception.cause, Cause::ValidatorNeeds));
    Finding::new(EXCEPTION_DURING_VALIDATION, message).help(help).about(subject(node, of_input))
}

fn dependency_cycle(path: &[(Rc<str>, Rc<str>)], length: usize, resolved: &Resolved) -> Finding {
    let message = match path {
        [(only, _), _] => format!("node {} is linked to itself", quote(only)),
        path => {
            let ids = path[..path.len().saturating_sub(1)].iter().map(|(id, _)| &**id);
            format!("{length} nodes depend on themselves, each linked to the next: {}", quote_all(ids))
        }
    };
    let mut places: Vec<_> = path.iter().filter_map(|(id, _)| resolved.graph.position(id)).collect();
    places.sort_unstable();
    places.dedup();
    let nodes = resolved.graph.nodes();
    let nodes = places.into_iter().map(|place| &nodes[place]);
    Finding::new(DEPENDENCY_CYCLE, message).help("remove one of the links").about_all(subjects(nodes))
}

fn how_to_give(spec: Option<&Spec>) -> String {
    let Some(spec) = spec else { return "give the input a value".into() };
    match (spec.options.get("default"), spec.kind.text()) {
        (Some(default), _) => format!("give the input a value, such as its default {}", shown(default)),
        (None, Some("INT" | "FLOAT" | "STRING" | "BOOLEAN" | "COMBO") | None) => "give the input a value".into(),
        (None, Some(kind)) => format!("link an output of type {} to it", quote(kind)),
    }
}

fn how_to_number(spec: Option<&Spec>) -> String {
    let Some(spec) = spec else { return "give another value".into() };
    let default = spec.options.get("default").map(|default| format!("; the default is {}", plain(default)));
    format!("{}{}", range(spec), default.unwrap_or_default())
}

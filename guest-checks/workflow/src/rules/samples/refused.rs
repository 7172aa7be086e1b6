//! Inputs that ComfyUI refused in jobs, in the words of the verdict.

use crate::rules::missing_inputs::lacks;
use crate::rules::phrasing::SEND_FILE;
use crate::rules::{
    BAD_LINKED_INPUT, DEPENDENCY_CYCLE, EXCEPTION_DURING_VALIDATION, INVALID_INPUT_TYPE, REQUIRED_INPUT_MISSING,
    RETURN_TYPE_MISMATCH, VALUE_BIGGER_THAN_MAX, VALUE_NOT_IN_LIST, VALUE_SMALLER_THAN_MIN,
};
use comfycheck_sdk::samples::Sample;
use comfycheck_sdk::wording::{count, names_with};
use comfycheck_sdk::worker_error::{InputError, NodeErrors};
use comfycheck_sdk::{Finding, NodeRef, Subject, WorkerError, Workflow, few_names, nearest, one_line, quote};
use serde_json::Value;

/// How much of ComfyUI's own words is quoted, in characters.
const QUOTED: usize = 200;

/// A finding for each refused input, with all samples that were refused for it. Models are left to the check `models`.
pub(super) fn judge(samples: &[Sample]) -> Vec<Finding> {
    let mut findings: Vec<(Finding, Vec<u32>)> = Vec::new();
    for sample in samples {
        let Some(WorkerError::InvalidInputs(nodes)) = sample.failure().map(|failure| WorkerError::parse(&failure.text))
        else {
            continue;
        };
        let workflow = Workflow::parse(&sample.workflow).unwrap_or_default();
        for finding in nodes.iter().flat_map(|node| of_node(node, &workflow)) {
            match findings.iter_mut().find(|(known, _)| known.rule == finding.rule && known.message == finding.message)
            {
                Some((_, samples)) => samples.push(sample.index),
                None => findings.push((finding, vec![sample.index])),
            }
        }
    }
    let findings = findings.into_iter().map(|(finding, samples)| {
        let message = format!("{} ({} refused)", finding.message, count(samples.len(), "job"));
        Finding { message, ..finding }.about_all(samples.into_iter().map(Subject::Sample))
    });
    findings.collect()
}

/// The findings of one node. The required inputs that it lacks have one together.
fn of_node(node: &NodeErrors, workflow: &Workflow) -> Vec<Finding> {
    let name = name_of(node, workflow);
    let is_missing = |error: &&InputError| error.kind == "required_input_missing";
    let (missing, others): (Vec<&InputError>, Vec<&InputError>) = node.errors.iter().partition(is_missing);
    let together = (!missing.is_empty()).then(|| {
        let inputs: Vec<&str> = missing.iter().map(|error| error.input.as_deref().unwrap_or_default()).collect();
        let help = if inputs.len() == 1 { "set the input" } else { "set the inputs" };
        let node = Subject::Node(NodeRef { id: node.id.clone(), input: None });
        Finding::new(REQUIRED_INPUT_MISSING, lacks(&name, &inputs)).help(help).about(node)
    });
    let others = others.into_iter().filter(|error| error.missing_model().is_none());
    together.into_iter().chain(others.map(|error| finding(node, error, &name))).collect()
}

fn name_of(node: &NodeErrors, workflow: &Workflow) -> String {
    let known = workflow.node(&node.id);
    let title =
        known.and_then(|known| known.title.clone().or_else(|| known.class.clone())).or_else(|| node.class.clone());
    let title = title.map(|title| format!(" ({})", quote(&title))).unwrap_or_default();
    format!("node {}{title}", quote(&node.id))
}

fn finding(node: &NodeErrors, error: &InputError, name: &str) -> Finding {
    let input = error.input.as_deref().unwrap_or_default();
    let of_input = format!("input {} of {name}", quote(input));
    let received = error.received.as_ref().map(shown).unwrap_or_default();
    let bound = |key: &str| error.options.as_ref()?.get(key).map(shown);
    let (rule, message, help) = match error.kind.as_str() {
        "value_bigger_than_max" => {
            let max = bound("max").map(|max| format!(" of {max}")).unwrap_or_default();
            (VALUE_BIGGER_THAN_MAX, format!("{of_input} is {received}, above the maximum{max}"), set_number(error))
        }
        "value_smaller_than_min" => {
            let min = bound("min").map(|min| format!(" of {min}")).unwrap_or_default();
            (VALUE_SMALLER_THAN_MIN, format!("{of_input} is {received}, below the minimum{min}"), set_number(error))
        }
        "value_not_in_list" => {
            (VALUE_NOT_IN_LIST, format!("{of_input} is {received}, which is not in the list"), choose(error))
        }
        "invalid_input_type" => {
            (INVALID_INPUT_TYPE, format!("{of_input} is {received}, not a number"), set_number(error))
        }
        "bad_linked_input" => {
            let help = "write a link as `[\"9\", 0]` (node id, output index)";
            (BAD_LINKED_INPUT, format!("{of_input} is {received}, which is not a link"), help.to_owned())
        }
        "return_type_mismatch" => {
            let message = format!("{of_input} is linked to an output of another type: {}", quoted(&error.details));
            (RETURN_TYPE_MISMATCH, message, "link an output of the input's type".to_owned())
        }
        "custom_validation_failed" => {
            // A warning before the job, as a job can bring the file. This one did not.
            (VALUE_NOT_IN_LIST, format!("{of_input} is refused: {}", quoted(&error.details)), SEND_FILE.to_owned())
        }
        "dependency_cycle" => {
            (DEPENDENCY_CYCLE, format!("{name} is part of a cycle"), "remove one of the links".to_owned())
        }
        _ => {
            let words = [error.message.as_str(), error.details.as_str()];
            let words = words.into_iter().filter(|words| !words.is_empty()).collect::<Vec<_>>().join(": ");
            let what = if input.is_empty() { name } else { &of_input };
            let help = "fix the input, and export the workflow again";
            (EXCEPTION_DURING_VALIDATION, format!("ComfyUI refuses {what}: {}", quoted(&words)), help.to_owned())
        }
    };
    // A missing input has no place of its own.
    let place = error.input.clone().filter(|_| rule != DEPENDENCY_CYCLE);
    Finding::new(rule, message).help(help).about(Subject::Node(NodeRef { id: node.id.clone(), input: place }))
}

fn quoted(words: &str) -> String {
    format!("`{}`", one_line(words, QUOTED))
}

/// A number plainly, a text or anything else in backticks.
fn shown(value: &Value) -> String {
    match value {
        Value::Number(number) => number.to_string(),
        Value::String(text) => quote(text),
        other => quote(&other.to_string()),
    }
}

fn set_number(error: &InputError) -> String {
    let bound = |key: &str| error.options.as_ref()?.get(key).map(shown);
    match (bound("min"), bound("max")) {
        (Some(min), Some(max)) => format!("set a value from {min} to {max}"),
        (Some(min), None) => format!("set a value of at least {min}"),
        (None, Some(max)) => format!("set a value of at most {max}"),
        (None, None) => "set a number".to_owned(),
    }
}

fn choose(error: &InputError) -> String {
    let accepted: Vec<&str> = error.accepted.iter().flatten().map(String::as_str).collect();
    let value = error.received.as_ref().and_then(Value::as_str).unwrap_or_default();
    let near = nearest(value, accepted.iter().copied());
    match (near.as_slice(), accepted.as_slice()) {
        (_, []) => "use a value that the worker's ComfyUI lists".to_owned(),
        ([], few) if few.len() <= 5 => format!("use {}", names_with(few.iter().copied(), "or")),
        ([], many) => format!("use an accepted value, such as {}", few_names(many.iter().take(3).copied())),
        (near, _) => format!("use an accepted value; similar: {}", few_names(near.iter().copied())),
    }
}

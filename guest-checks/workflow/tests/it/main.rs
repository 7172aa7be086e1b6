//! The workflow check as tables over its core. Classes and workflows are made up for these tests; a real ComfyUI
//! (0.33.0) gave the verdicts on such workflows.

mod convert;
mod defects;
mod dynamic;
mod fixes;
mod hostile;
mod json;
mod links;
mod packs;
mod prompt;
mod python;
mod readme;
mod result_size;
mod returned;
mod rules;
mod samples;
mod values;
mod versions;
mod wording;

use comfycheck_check_workflow::class::Classes;
use comfycheck_check_workflow::json::parse;
use comfycheck_check_workflow::replacement::Replacements;
use comfycheck_check_workflow::verdict::{Refusal, Verdict, judge};
use serde_json::value::RawValue;
use std::collections::BTreeMap;
use std::fmt::Write;

/// The descriptions of the classes of these tests.
fn descriptions() -> BTreeMap<String, Box<RawValue>> {
    serde_json::from_str(include_str!("classes.json")).expect("descriptions")
}

fn classes() -> Classes<'static> {
    let descriptions = descriptions();
    Classes::new(move |name| Ok(descriptions.get(name).map(ToString::to_string)))
}

fn replacements() -> Replacements {
    Replacements::parse(include_str!("replacements.json")).expect("replacements")
}

/// The verdict on a workflow, in one line: `ok 9 | 4: type input, type`, or the error's type in the place of `ok`.
fn judged(workflow: &str, targets: Option<&[&str]>) -> String {
    let prompt = parse(workflow).expect("JSON");
    let targets: Option<Vec<String>> = targets.map(|targets| targets.iter().map(ToString::to_string).collect());
    let (verdict, _) = judge(&prompt, &classes(), &replacements(), targets.as_deref());
    line(&verdict)
}

fn line(verdict: &Verdict) -> String {
    let mut line = verdict.refusal.as_ref().map_or("ok", Refusal::error_type).to_owned();
    for id in &verdict.good_outputs {
        line.push(' ');
        line.push_str(id);
    }
    for (id, errors) in &verdict.node_errors {
        let errors: Vec<_> = errors
            .iter()
            .map(|error| {
                format!("{} {}", error.error_type(), error.input.as_deref().unwrap_or_default()).trim().to_owned()
            })
            .collect();
        let _ = write!(line, " | {id}: {}", errors.join(", "));
    }
    line
}

/// Checks the verdict on a workflow.
#[track_caller]
fn check(workflow: &str, expected: &str) {
    assert_eq!(judged(workflow, None), expected, "{workflow}");
}

/// Nodes without `_meta`, written as `id class {inputs}`, one a line.
fn nodes(lines: &str) -> String {
    let node = |line: &str| {
        let (id, rest) = line.trim().split_once(' ').expect("an id");
        let (class, inputs) = rest.split_once(' ').expect("a class");
        format!("\"{id}\": {{\"class_type\": \"{class}\", \"inputs\": {inputs}}}")
    };
    format!("{{{}}}", lines.trim().lines().map(node).collect::<Vec<_>>().join(", "))
}

/// Checks the verdict on nodes that are written as [`nodes`] says.
#[track_caller]
fn check_nodes(lines: &str, expected: &str) {
    check(&nodes(lines), expected);
}

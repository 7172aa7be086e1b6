//! What the models check says, as tables over its core. `recorded/` is cut from the
//! answers of a ComfyUI 0.33.0 and from the result of a worker-comfyui 5.8.5.

mod attached;
mod content;
mod description;
mod dry_run;
mod missing;
mod near_miss;
mod readme;
mod required;
mod samples;
mod volume;

use comfycheck_check_models::rules::description::Description;
use comfycheck_sdk::{Answer, Subject, Workflow};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// An answer as text: a line for each finding and open question, and one for its help.
fn told(answer: &Answer) -> String {
    let help = |help: &Option<String>| help.as_ref().map_or(String::new(), |help| format!("help: {help}\n"));
    let findings = answer.findings.iter().map(|finding| {
        let subjects: Vec<_> = finding.subjects.iter().map(subject).collect();
        format!("{}: {} [{}]\n{}", finding.rule, finding.message, subjects.join(", "), help(&finding.help))
    });
    let open = answer.open.iter().map(|open| format!("open {}: {}\n{}", open.rule, open.reason, help(&open.help)));
    findings.chain(open).collect()
}

fn subject(subject: &Subject) -> String {
    match subject {
        Subject::Node(node) => format!("node {}.{}", node.id, node.input.as_deref().unwrap_or("?")),
        Subject::Model(model) => format!("model {}/{}", model.folder, model.name),
        Subject::Sample(index) => format!("sample {index}"),
        other => format!("{other:?}"),
    }
}

/// The Denrisi workflow, with replacements in its text.
fn workflow(replaced: &[(&str, &str)]) -> Workflow {
    Workflow::parse(&workflow_text(replaced)).expect("a workflow")
}

fn workflow_text(replaced: &[(&str, &str)]) -> String {
    let mut text = include_str!("../../../../fixtures/workflows/denrisi.json").to_owned();
    for (old, new) in replaced {
        assert!(text.contains(old), "the workflow has no {old}");
        text = text.replace(old, new);
    }
    text
}

fn object_info() -> Map<String, Value> {
    serde_json::from_str(include_str!("../recorded/object_info.json")).expect("an object")
}

/// The recorded classes, with replacements in their text.
fn classes(replaced: &[(&str, &str)]) -> BTreeMap<String, Description> {
    let describe = |(class, entry): (String, Value)| {
        let text = replaced.iter().fold(entry.to_string(), |text, (old, new)| text.replace(old, new));
        (class, Description::parse(&text).expect("a description"))
    };
    object_info().into_iter().map(describe).collect()
}

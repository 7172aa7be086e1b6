//! Output nodes whose files a worker does not return.
//!
//! worker-comfyui 5.8.5 returns what a node lists under `images` and drops every other list
//! (<https://github.com/runpod-workers/worker-comfyui>, `handler.py`).

use super::{Findings, OUTPUT_NOT_RETURNED, Settings, Worker};
use crate::json::{Object, Value};
use comfycheck_packs::{Packs, UnreturnedFiles};
use comfycheck_sdk::samples::Sample;
use comfycheck_sdk::{Finding, NodeRef, Subject, Workflow, quote};
use serde_json::{Value as Json, json};

/// Adds a finding for each node of a workflow in API format.
pub(super) fn collect(prompt: &Value, packs: &Packs, settings: &Settings, findings: &mut Findings) {
    if settings.worker != Worker::WorkerComfyui {
        return;
    }
    for (id, node) in prompt.object().into_iter().flat_map(Object::entries) {
        let is_target = settings.targets.as_ref().is_none_or(|targets| targets.iter().any(|target| **target == **id));
        let input = |name: &str| node.get("inputs").and_then(|inputs| inputs.get(name));
        // Then it shows its file in the editor only.
        let is_preview = matches!(input("save_output"), Some(Value::Bool(false)));
        let Some(class) = node.get("class_type").and_then(Value::text) else { continue };
        let facts = packs.class(class, "");
        let Some(files) = facts.unreturned() else { continue };
        if is_target && !is_preview {
            findings.add_with(OUTPUT_NOT_RETURNED, || warning(id, class, files));
        }
    }
}

fn warning(id: &str, class: &str, UnreturnedFiles { list, instead, endings }: &UnreturnedFiles) -> Finding {
    let node = format!("node {} ({})", quote(id), quote(class));
    let why = match list {
        Some(list) => format!("it drops `{list}`"),
        None => "the node lists no file".to_owned(),
    };
    let message = format!("worker-comfyui does not return the file of {node}: {why}");
    let returns =
        list.as_ref().map_or_else(|| format!("such files (`.{}`)", endings.join("`, `.")), |list| format!("`{list}`"));
    let other =
        format!("use a worker that returns {returns}, and set `worker = \"other\"` in the settings of this check");
    let help = instead.as_ref().map_or_else(|| other.clone(), |instead| format!("{instead}; or {other}"));
    let subject = Subject::Node(NodeRef { id: id.to_owned(), input: None });
    Finding::new(OUTPUT_NOT_RETURNED, message).about(subject).help(help)
}

/// Withdraws the warning about each node whose file a sample returned all the same.
pub(super) fn withdrawn(samples: &[Sample]) -> Vec<Finding> {
    let mut findings: Vec<Finding> = Vec::new();
    for sample in samples {
        let Some(output) = sample.output.as_deref().and_then(|output| serde_json::from_str(output).ok()) else {
            continue;
        };
        let workflow = Workflow::parse(&sample.workflow).unwrap_or_default();
        let savers = workflow.nodes().filter_map(|node| {
            let files = Packs::embedded().class(node.class.as_deref().unwrap_or_default(), "").unreturned()?.clone();
            Some((node, files))
        });
        let savers: Vec<_> = savers.collect();
        for (node, files) in &savers {
            let prefix = node.text("filename_prefix").filter(|prefix| !prefix.contains('%')).unwrap_or_default();
            // Workers rename files. The name of the node counts where several nodes save.
            let prefix = if savers.len() == 1 { "" } else { prefix.rsplit('/').next().unwrap_or_default() };
            let subject = node.subject(None);
            if has_file(&output, prefix, &files.endings) && findings.iter().all(|known| known.subjects[0] != subject) {
                let message = format!("the worker returned the file of node {}", quote(&node.id));
                findings
                    .push(Finding::new(OUTPUT_NOT_RETURNED, message).about(subject).data(&json!({"withdrawn": true})));
            }
        }
    }
    findings
}

/// Whether an output names a file with this beginning and one of these endings. Bounded: the parser refuses deep nesting.
fn has_file(output: &Json, prefix: &str, endings: &[String]) -> bool {
    match output {
        Json::String(text) => {
            let name = text.rsplit(['/', '\\']).next().unwrap_or_default();
            let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
            name.starts_with(prefix) && endings.iter().any(|known| ending.eq_ignore_ascii_case(known))
        }
        Json::Array(items) => items.iter().any(|item| has_file(item, prefix, endings)),
        Json::Object(members) => members.values().any(|member| has_file(member, prefix, endings)),
        Json::Null | Json::Bool(_) | Json::Number(_) => false,
    }
}

//! What the editor leaves in an export: nodes that only it knows, and values that only it uses.

use super::phrasing::{name_all, shown};
use super::{EDITOR_LEFTOVER, Findings, NOT_A_WORKFLOW};
use crate::api_graph::{ApiGraph, ApiNode, InternalError};
use crate::class::declared;
use crate::json::Value;
use crate::verdict::ResolvedWorkflow;
use comfycheck_packs::EditorRole;
use comfycheck_sdk::{Edit, Finding, Fix, NodeRef, Subject, few_names, quote};
use std::collections::BTreeSet;
use std::rc::Rc;

/// Removes nodes of a class that only the editor knows. None if that would change what other nodes get.
pub(super) fn without_nodes(graph: &ApiGraph, nodes: &[&ApiNode], role: EditorRole) -> Option<Fix> {
    if !matches!(role, EditorRole::Vanishes | EditorRole::Passes) {
        return None;
    }
    let removed: BTreeSet<&str> = nodes.iter().map(|node| &*node.id).collect();
    let mut edits = Vec::new();
    for reader in graph.nodes().iter().filter(|node| !removed.contains(&*node.id)) {
        for (name, value) in reader.inputs.iter().flat_map(|inputs| inputs.entries()) {
            let Some([Value::Text(id), slot]) = value.list() else { continue };
            if !removed.contains(&**id) {
                continue;
            }
            let is_first = matches!(slot, Value::Int(slot) if slot.to_i64() == Some(0));
            let source = (role == EditorRole::Passes && is_first).then(|| source(graph, &removed, id))??;
            let (node, input) = (reader.id.to_string(), name.to_string());
            edits.push(Edit::SetInput { node, input, value: source.to_json() });
        }
    }
    edits.extend(removed.iter().map(|node| Edit::RemoveNode { node: (*node).to_owned() }));
    Some(Fix { message: format!("remove {}", name_all(removed.iter().copied())), safe: true, edits })
}

/// Members of a workflow that are no nodes, such as a comment or a version. ComfyUI fails on the first.
pub(super) fn not_nodes(prompt: &Value, error: &InternalError) -> Option<Finding> {
    let members = prompt.object()?.entries().iter();
    let others: Vec<&str> = members.filter(|(_, node)| node.object().is_none()).map(|(id, _)| &**id).collect();
    let first = error.node.as_deref().filter(|id| others.contains(id))?;
    let message = format!("ComfyUI fails with HTTP 500: {} is {}, not a node", quote(first), shown(prompt.get(first)?));
    let remove = |id: &&str| Edit::RemoveNode { node: (*id).to_owned() };
    let what = format!("remove {}", few_names(others.iter().copied()));
    let fix = Fix { message: what.clone(), safe: false, edits: others.iter().map(remove).collect() };
    let about = Subject::Node(NodeRef { id: first.to_owned(), input: None });
    Some(Finding::new(NOT_A_WORKFLOW, message).help(what).about(about).fix(fix))
}

/// The link that a chain of passing nodes continues.
fn source<'a>(graph: &'a ApiGraph, passing: &BTreeSet<&str>, id: &str) -> Option<&'a Value> {
    let mut id = id;
    // A chain in a circle has no source.
    for _ in 0..=passing.len() {
        let node = &graph.nodes()[graph.position(id)?];
        let link =
            node.inputs.as_ref()?.entries().iter().map(|(_, value)| value).find(|value| value.list().is_some())?;
        let [Value::Text(next), _] = link.list()? else { return None };
        if !passing.contains(&**next) {
            return Some(link);
        }
        id = next;
    }
    None
}

/// Adds one note for the values of used nodes that only the editor uses.
pub(super) fn collect_values(resolved: &ResolvedWorkflow, used: &[bool], findings: &mut Findings) {
    let mut left: Vec<(&ApiNode, &Rc<str>)> = Vec::new();
    for (place, node) in resolved.graph.nodes().iter().enumerate().filter(|(place, _)| used[*place]) {
        let class = &resolved.classes[place];
        let Some(given) = node.inputs.as_ref().filter(|_| !resolved.replaced.contains(&node.id)) else { continue };
        // A validator that takes everything may read them.
        if class.facts.validator(resolved.version).is_some_and(|by| by.takes_all) {
            continue;
        }
        let declared = declared(class, given);
        let is_left = |(name, value): &&(Rc<str>, Value)| {
            class.facts.is_leftover(name)
                && value.list().is_none()
                && !class.facts.reads(name)
                && declared.iter().all(|input| input.name != *name)
        };
        left.extend(given.entries().iter().filter(is_left).map(|(name, _)| (node, name)));
    }
    let Some((first, name)) = left.first() else { return };
    let (message, fix) = if let [_] = left.as_slice() {
        let name = format!("input {} of {}", quote(name), name_all([&*first.id]));
        (format!("{name} is a leftover of the editor"), format!("remove {name}"))
    } else {
        let mut ids: Vec<&str> = left.iter().map(|(node, _)| &*node.id).collect();
        ids.dedup();
        (format!("inputs of {} are leftovers of the editor", name_all(ids)), "remove the leftovers".to_owned())
    };
    let remove = |(node, input): &(&ApiNode, &Rc<str>)| Edit::RemoveInput {
        node: node.id.to_string(),
        input: input.to_string(),
    };
    let fix = Fix { message: fix, safe: true, edits: left.iter().map(remove).collect() };
    let subject = |(node, input): &(&ApiNode, &Rc<str>)| {
        Subject::Node(NodeRef { id: node.id.to_string(), input: Some(input.to_string()) })
    };
    let finding = Finding::new(EDITOR_LEFTOVER, message).about_all(left.iter().take(MOST_SUBJECTS).map(subject));
    findings.add(finding.fix(fix));
}

/// The most subjects of the note.
const MOST_SUBJECTS: usize = 20;

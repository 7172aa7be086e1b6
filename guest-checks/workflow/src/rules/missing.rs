//! Classes that are not installed: all of them, where ComfyUI names the first.

use super::wording::{name_all, name_of, subject, subjects};
use super::{MISSING_NODE_TYPE, NOT_A_WORKFLOW, Server, Told};
use crate::graph::{Graph, Node};
use crate::json::Value;
use crate::python::to_str;
use crate::replacement::Replacements;
use comfycheck_check_nodes::rules::known;
use comfycheck_sdk::{Finding, OpenQuestion, nearest, quote, quote_all};
use std::collections::BTreeMap;

pub(super) fn tell(prompt: &Value, server: &Server<'_>, told: &mut Told) {
    let Ok(mut graph) = Graph::read(prompt) else { return };
    let none = Replacements::default();
    // The verdict has applied them without breaking, or would have said that instead.
    let _ = server.replacements.unwrap_or(&none).apply(&mut graph, server.classes);
    if let Some(envelope) = envelope(&graph) {
        return told.add(envelope);
    }
    let mut by_class: BTreeMap<&str, usize> = BTreeMap::new();
    let mut missing: Vec<(&str, Vec<&Node>)> = Vec::new();
    for node in graph.nodes() {
        match node.class_name() {
            Some(class) if server.classes.class(class).is_some() => {}
            Some(class) => {
                let place = *by_class.entry(class).or_insert(missing.len());
                match missing.get_mut(place) {
                    Some((_, nodes)) => nodes.push(node),
                    None => missing.push((class, vec![node])),
                }
            }
            None => told.add(without_class(node)),
        }
    }
    let names = (server.class_names)();
    for (class, nodes) in missing {
        if server.replacements.is_none() && known::is_replaced(class) {
            let reason =
                format!("class {} is not installed, and whether ComfyUI replaces it could not be asked", quote(class));
            let help = "give the check the server's node replacements";
            told.answer.open.push(OpenQuestion::new(MISSING_NODE_TYPE, reason).help(help));
            continue;
        }
        told.add_with(MISSING_NODE_TYPE, || missing_class(class, &nodes, &names));
    }
}

/// A whole request, as it is sent to ComfyUI or to a worker, in the place of the workflow within.
fn envelope(graph: &Graph) -> Option<Finding> {
    let key = graph.nodes().iter().find(|node| ["prompt", "workflow", "input"].contains(&&*node.id))?;
    if graph.nodes().iter().any(|node| node.class_type.is_some()) {
        return None;
    }
    let message = format!("the file is a request, and the workflow is only what stands within {}", quote(&key.id));
    let finding = Finding::new(NOT_A_WORKFLOW, message).help("take the workflow out of it: an object of nodes by id");
    Some(finding.about(subject(key, None)))
}

fn missing_class(class: &str, nodes: &[&Node], installed: &[String]) -> Finding {
    let of = match nodes {
        [node] => name_of(node),
        nodes => name_all(nodes.iter().map(|node| &*node.id)),
    };
    let mut message = format!("class {} of {of} is not installed", quote(class));
    let near = if known::has_origin(class) { Vec::new() } else { nearest(class, installed.iter().map(String::as_str)) };
    if !near.is_empty() {
        message = format!("{message}; the nearest installed: {}", quote_all(near));
    }
    let help = known::how_to_install(class, None);
    Finding::new(MISSING_NODE_TYPE, message).help(help).about_all(subjects(nodes.iter().copied()))
}

fn without_class(node: &Node) -> Finding {
    let message = match &node.class_type {
        None => format!("{} has no `class_type`", name_of(node)),
        Some(other) => {
            format!("the `class_type` of {} is {}, which is no name of a class", name_of(node), quote(&to_str(other)))
        }
    };
    Finding::new(MISSING_NODE_TYPE, message)
        .help("export the workflow again from a ComfyUI that has the node's pack installed")
        .about(subject(node, None))
}

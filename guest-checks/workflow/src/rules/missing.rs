//! Every class that is not installed. ComfyUI names only the first.

use super::phrasing::{EXPORT, name_all, name_of, shown, subject, subjects};
use super::{Findings, MISSING_NODE_TYPE, NOT_A_WORKFLOW, Server, fixes, leftovers};
use crate::api_graph::{ApiGraph, ApiNode, REPLACES_NODES};
use crate::class::{Classes, StandIn};
use crate::convert::is_subgraph;
use crate::json::{Object, Value};
use crate::python::to_str;
use crate::replacement::Replacements;
use comfycheck_check_nodes::rules::known;
use comfycheck_packs::{CoreSpan, Version, core_span};
use comfycheck_sdk::{Edit, Finding, Fix, NodeRef, OpenQuestion, Subject, few_names, nearest, quote};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

pub(super) fn collect(prompt: &Value, server: &Server<'_>, findings: &mut Findings) {
    let Ok(mut graph) = ApiGraph::read(prompt, server.classes.version()) else { return };
    let none = Replacements::default();
    // Cannot fail: the verdict applied them before and would be an internal error.
    let replaced = server.replacements.unwrap_or(&none).apply(&mut graph, server.classes).unwrap_or_default();
    if let Some(finding) = not_a_workflow(prompt) {
        return findings.add(finding);
    }
    let mut by_class: BTreeMap<&str, usize> = BTreeMap::new();
    let mut missing: Vec<(&str, Vec<&ApiNode>)> = Vec::new();
    for node in graph.nodes() {
        match node.class_name() {
            Some(class) if server.classes.class(class).is_some() => {}
            Some(class) if !class.trim().is_empty() => {
                let place = *by_class.entry(class).or_insert(missing.len());
                match missing.get_mut(place) {
                    Some((_, nodes)) => nodes.push(node),
                    None => missing.push((class, vec![node])),
                }
            }
            _ => findings.add(without_class(node, prompt.get(&node.id))),
        }
    }
    let names = (server.class_names)();
    // One question for all classes that a worker may have.
    let mut unknown = Vec::new();
    for (class, nodes) in missing {
        if may_be_replaced(class, server) {
            let reason =
                format!("node class {} is not installed, and the server's node replacements are unknown", quote(class));
            findings.answer.open.push(OpenQuestion::new(MISSING_NODE_TYPE, reason).help(PASS_REPLACEMENTS));
            continue;
        }
        let is_known_to_be_missing =
            is_subgraph(class) || core_span(class).is_some() || server.classes.facts(class).editor_role().is_some();
        if server.is_core_only && !is_known_to_be_missing {
            unknown.push((class, nodes));
            continue;
        }
        findings.add_with(MISSING_NODE_TYPE, || {
            let finding = missing_class(class, &nodes, &names, server.classes);
            let role = server.classes.facts(class).editor_role().filter(|_| replaced.is_empty());
            match role {
                Some(role) => finding.fix(leftovers::without_nodes(&graph, &nodes, role)),
                None => finding,
            }
        });
    }
    if !unknown.is_empty() {
        let word = if unknown.len() == 1 { "node class" } else { "node classes" };
        let reason = format!(
            "could not check whether the worker has {word} {} ({}): only ComfyUI's own classes are known",
            few_names(unknown.iter().map(|(class, _)| *class)),
            name_all(unknown.iter().flat_map(|(_, nodes)| nodes).map(|node| &*node.id))
        );
        let alike = unknown.iter().filter_map(|(class, _)| names.iter().find(|known| fixes::is_alike(class, known)));
        let meant: Vec<&str> = alike.map(|known| &**known).collect();
        let help = match meant.as_slice() {
            [] => SAVE_INVENTORY.to_owned(),
            meant => format!("write {} if you meant that; else {SAVE_INVENTORY}", few_names(meant.iter().copied())),
        };
        findings.answer.open.push(OpenQuestion::new(MISSING_NODE_TYPE, reason).help(help));
    }
}

/// Help for classes that packs may have.
const SAVE_INVENTORY: &str = "save the worker's inventory and pass it with `--object-info`";

/// Whether ComfyUI replaces a class that is not installed, if the server has the usual replacements.
pub(super) fn may_be_replaced(class: &str, server: &Server<'_>) -> bool {
    server.replacements.is_none() && server.classes.version() >= REPLACES_NODES && known::is_replaced(class)
}

/// Help for such a class.
pub(super) const PASS_REPLACEMENTS: &str =
    "save the server's `/node_replacements` and pass it with `--node-replacements`";

/// What the workflow shows of the classes that the server is not known to have.
pub(super) fn stand_ins<'p>(prompt: &'p Value, server: &Server<'_>) -> Vec<StandIn<'p>> {
    let nodes = prompt.object().map(Object::entries).unwrap_or_default();
    let links = |node: &'p Value| {
        let inputs = node.get("inputs").and_then(Value::object).map(Object::entries).unwrap_or_default();
        inputs.iter().filter_map(|(input, value)| Some((&**input, value.list()?.first()?.text()?)))
    };
    let read: BTreeSet<&str> = nodes.iter().flat_map(|(_, node)| links(node)).map(|(_, from)| from).collect();
    let mut found: BTreeMap<&str, StandIn<'p>> = BTreeMap::new();
    for (id, node) in nodes {
        if let Some(class) = node.get("class_type").and_then(Value::text)
            && server.classes.class(class).is_none()
        {
            let new = StandIn { class, is_output: false, links: BTreeSet::new() };
            let stand_in = found.entry(class).or_insert(new);
            stand_in.is_output |= !read.contains(&**id);
            stand_in.links.extend(links(node).map(|(input, _)| input));
        }
    }
    found.into_values().collect()
}

/// How deep a workflow can be inside another object.
const DEEPEST: usize = 4;

/// Why a file without a single class is not a workflow. None if one of its members has a class or inputs, and if nothing shows
/// what the file is.
///
/// The host takes the workflow out of the requests of known workers. What it could not read comes as a whole.
pub(super) fn not_a_workflow(prompt: &Value) -> Option<Finding> {
    const WRITE: &str = "put an object of nodes by id there";
    const UNQUOTE: &str = "write the workflow itself there, without quotes around it and without backslashes";
    if prompt.text().is_some_and(|text| text.trim_start().starts_with('{')) {
        return Some(Finding::new(NOT_A_WORKFLOW, "the file is a string, not an object of nodes").help(UNQUOTE));
    }
    let members = prompt.object()?.entries();
    if members.iter().any(|(_, node)| node.get("class_type").or(node.get("inputs")).is_some()) {
        return None;
    }
    if is_inventory(members) {
        let message = "the file is ComfyUI's list of node classes (`/object_info`), not a workflow";
        let help = "name the workflow's file, and pass this one with `--object-info`";
        return Some(Finding::new(NOT_A_WORKFLOW, message).help(help));
    }
    let finding = |message: String, help: &str, id: &str| {
        let about = Subject::Node(NodeRef { id: id.to_owned(), input: None });
        Some(Finding::new(NOT_A_WORKFLOW, message).help(help).about(about))
    };
    for (id, value) in members {
        let mut path = vec![&**id];
        if find_nodes(value, &mut path) {
            let message = format!("the file is not a workflow: its nodes are inside {}", quote(&path.join(".")));
            let help = "save that part alone, or put it into `input.workflow`, where worker-comfyui reads it";
            return finding(message, help, id);
        }
    }
    let (id, request) = members.iter().find(|(id, _)| ["input", "prompt", "workflow"].contains(&&**id))?;
    request.object()?;
    let inner = ["workflow", "prompt"].into_iter().find_map(|name| Some((name, request.get(name)?)));
    let Some((name, value)) = inner else {
        let message = format!("the file is a request without a workflow: {} has no `workflow`", quote(id));
        return finding(message, "put the workflow into `input.workflow`, or name a workflow file", id);
    };
    let place = format!("{} in {}", quote(name), quote(id));
    match value {
        Value::Text(text) if text.trim_start().starts_with('{') => {
            finding(format!("{place} is a string, not an object of nodes"), UNQUOTE, id)
        }
        Value::Object(_) => finding(format!("{place} has no nodes"), WRITE, id),
        other => finding(format!("{place} is {}, not an object of nodes", shown(other)), WRITE, id),
    }
}

/// Whether each member describes a class of nodes, as ComfyUI's `/object_info` does.
fn is_inventory(members: &[(Rc<str>, Value)]) -> bool {
    let describes = |class: &Value| class.get("input").and_then(Value::object).and(class.get("output")).is_some();
    !members.is_empty() && members.iter().all(|(_, class)| describes(class))
}

/// Whether there are nodes in an object. Adds the way to them.
fn find_nodes<'p>(value: &'p Value, path: &mut Vec<&'p str>) -> bool {
    let members = value.object().map(Object::entries).unwrap_or_default();
    if members.iter().any(|(_, node)| node.get("class_type").is_some()) {
        return true;
    }
    if path.len() >= DEEPEST {
        return false;
    }
    for (name, value) in members {
        path.push(name);
        if find_nodes(value, path) {
            return true;
        }
        path.pop();
    }
    false
}

fn missing_class(class: &str, nodes: &[&ApiNode], installed: &[String], classes: &Classes<'_>) -> Finding {
    let title = match nodes {
        [node] => node.title().filter(|title| *title != class).map(|title| format!(" {}", quote(title))),
        _ => None,
    };
    let nodes_of_class = name_all(nodes.iter().map(|node| &*node.id)) + &title.unwrap_or_default();
    if classes.facts(class).editor_role().is_some() {
        let message = format!("node class {} exists only in the editor ({nodes_of_class})", quote(class));
        let finding = Finding::new(MISSING_NODE_TYPE, message).help(EXPORT);
        return finding.about_all(subjects(nodes.iter().copied()));
    }
    if is_subgraph(class) {
        let message =
            format!("{} is a subgraph, and the file has no definition of it ({nodes_of_class})", quote(class));
        let finding = Finding::new(MISSING_NODE_TYPE, message).help(EXPORT);
        return finding.about_all(subjects(nodes.iter().copied()));
    }
    let mut message = format!("node class {} is not installed ({nodes_of_class})", quote(class));
    if let Some(span) = core_span(class) {
        message.push_str(&versions_of(span, classes.version()));
    }
    let near = if known::has_origin(class) { Vec::new() } else { nearest(class, installed.iter().map(String::as_str)) };
    if !near.is_empty() {
        message = format!("{message}; similar: {}", few_names(near.iter().copied()));
    }
    let alike: Vec<&str> = near.iter().copied().filter(|name| fixes::is_alike(class, name)).collect();
    let write = |name: &&str| format!("write {}, or install the node pack that provides {}", quote(name), quote(class));
    let help = alike.first().map_or_else(|| known::how_to_install(class, None), write);
    let fix = match (alike.as_slice(), near.as_slice()) {
        ([only], _) | ([], [only]) => Some(correction(class, nodes, only)),
        _ => None,
    };
    let finding = Finding::new(MISSING_NODE_TYPE, message).help(help).fix(fix);
    finding.about_all(subjects(nodes.iter().copied()))
}

/// Sets the class that a missing one resembles.
fn correction(class: &str, nodes: &[&ApiNode], name: &str) -> Fix {
    let edit = |node: &&ApiNode| Edit::SetClass { node: node.id.to_string(), class: name.to_owned() };
    let message = format!("replace class {} with {}", quote(class), quote(name));
    // A class of another pack can have nearly the same name.
    Fix { message, safe: false, edits: nodes.iter().map(edit).collect() }
}

/// The versions that have a class of ComfyUI, beside that of the server.
fn versions_of(span: CoreSpan, server: Version) -> String {
    match span {
        CoreSpan { removed: Some(removed), .. } if server >= removed => {
            format!(": ComfyUI {}.{} no longer has it", removed.0, removed.1)
        }
        CoreSpan { since: Some(since), .. } if server < since => {
            format!(
                ": ComfyUI has it since {}.{}, and this server has {}.{}.{}",
                since.0, since.1, server.0, server.1, server.2
            )
        }
        CoreSpan { .. } => String::new(),
    }
}

fn without_class(node: &ApiNode, source: Option<&Value>) -> Finding {
    // Other tools and hands write it so.
    let other = ["class", "type", "classType"]
        .into_iter()
        .find(|name| source.and_then(|source| source.get(name)).is_some_and(|class| class.text().is_some()));
    let rename = other.map(|name| format!("rename {} to `class_type`", quote(name)));
    let (message, help) = match &node.class_type {
        None => (format!("{} has no `class_type`", name_of(node)), rename.as_deref().unwrap_or(EXPORT_AGAIN)),
        Some(Value::Text(_)) => {
            let help = "write the name of the node's class, such as `KSampler`, or remove the node";
            (format!("the `class_type` of {} is empty", name_all([&*node.id])), help)
        }
        Some(other) => {
            let class = quote(&to_str(other));
            (format!("the `class_type` of {} is {class}, not the name of a class", name_of(node)), EXPORT_AGAIN)
        }
    };
    Finding::new(MISSING_NODE_TYPE, message).help(help).about(subject(node, None))
}

/// Help for a node without a class: the editor leaves it out if the class is not installed.
const EXPORT_AGAIN: &str = "export the workflow again from a ComfyUI that has the node's pack";

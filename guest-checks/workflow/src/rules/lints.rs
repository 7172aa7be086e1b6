//! Problems that ComfyUI accepts silently.

mod choices;
mod inputs;
mod object_files;
mod option_inputs;
mod unknown_files;
mod values;
mod windows_paths;

use super::phrasing::{name_all, shown, subjects};
use super::{API_NODE, FIXED_SEED, Findings, Image, PREVIEW_ONLY_OUTPUT, UNREACHABLE_NODE, leftovers};
use crate::class::{Class, Classes};
use crate::json::Value;
use crate::verdict::{ResolvedWorkflow, Verdict};
use comfycheck_sdk::Finding;
use std::collections::BTreeSet;
use std::rc::Rc;
use unknown_files::UnknownFiles;

/// What is known about the worker.
pub(super) struct Known<'a> {
    pub(super) classes: &'a Classes<'a>,
    /// Whether only ComfyUI's own classes are known, and no files.
    pub(super) is_core_only: bool,
    pub(super) image: Option<&'a Image>,
}

/// Lints the nodes that outputs depend on, and the workflow as a whole.
///
/// `fatal` are links, by node and input, that have a finding already.
pub(super) fn collect(
    verdict: &Verdict,
    resolved: &ResolvedWorkflow,
    known: &Known<'_>,
    fatal: &BTreeSet<(Rc<str>, Rc<str>)>,
    findings: &mut Findings,
) {
    let used = used(resolved);
    let mut unknown = UnknownFiles::default();
    for place in (0..used.len()).filter(|place| used[*place]) {
        inputs::collect(resolved, place, known, fatal, findings, &mut unknown);
    }
    if let Some(finding) = unknown.finding(known.image) {
        findings.add(finding);
    }
    leftovers::collect_values(resolved, &used, findings);
    let places = |filter: &dyn Fn(usize) -> bool| (0..used.len()).filter(|place| filter(*place)).collect::<Vec<_>>();
    api_nodes(resolved, &places(&|place| used[place] && calls_api(&resolved.classes[place])), findings);
    preview_only(verdict, resolved, findings);
    // Behind a broken link, nodes are unreachable that are meant to be reached.
    if verdict.node_errors.is_empty() {
        unreachable(resolved, &places(&|place| !used[place]), findings);
    }
    fixed_seeds(resolved, &places(&|place| used[place] && fixed_seed(resolved, place).is_some()), findings);
}

/// A finding about all nodes at these places.
fn about_nodes(rule: &str, resolved: &ResolvedWorkflow, places: &[usize], message: String) -> Finding {
    Finding::new(rule, message).about_all(subjects(places.iter().map(|place| &resolved.graph.nodes()[*place])))
}

fn names(resolved: &ResolvedWorkflow, places: &[usize]) -> String {
    name_all(places.iter().map(|place| &*resolved.graph.nodes()[*place].id))
}

fn api_nodes(resolved: &ResolvedWorkflow, places: &[usize], findings: &mut Findings) {
    let nodes = names(resolved, places);
    let message = match places {
        [] => return,
        [_] => format!("{nodes} calls a paid service of another provider"),
        _ => format!("{nodes} call paid services of other providers"),
    };
    let help = "give the workers network access and an API key of the service, or use nodes that run on the worker";
    findings.add(about_nodes(API_NODE, resolved, places, message).help(help));
}

fn preview_only(verdict: &Verdict, resolved: &ResolvedWorkflow, findings: &mut Findings) {
    let outputs: Vec<_> = verdict.good_outputs.iter().filter_map(|id| resolved.graph.position(id)).collect();
    let is_preview = |place: &usize| {
        let saves = resolved.graph.nodes()[*place].input("save_output");
        resolved.classes[*place].facts.previews() || matches!(saves, Some(Value::Bool(false)))
    };
    if !verdict.is_ok() || !outputs.iter().all(is_preview) {
        return;
    }
    let nodes = names(resolved, &outputs);
    let message = match outputs.as_slice() {
        [_] => format!("the only output, {nodes}, is a preview: serverless workers do not return it"),
        _ => format!("all outputs, {nodes}, are previews: serverless workers do not return them"),
    };
    let help = "add a node that saves the result, such as `SaveImage`";
    findings.add(about_nodes(PREVIEW_ONLY_OUTPUT, resolved, &outputs, message).help(help));
}

fn unreachable(resolved: &ResolvedWorkflow, places: &[usize], findings: &mut Findings) {
    if places.is_empty() {
        return;
    }
    let message = format!("no output depends on {}", names(resolved, places));
    let help = if places.len() == 1 { "remove the node, or link it" } else { "remove the nodes, or link them" };
    findings.add(about_nodes(UNREACHABLE_NODE, resolved, places, message).help(help));
}

fn fixed_seeds(resolved: &ResolvedWorkflow, places: &[usize], findings: &mut Findings) {
    let Some(seed) = places.first().and_then(|place| fixed_seed(resolved, *place)) else { return };
    let nodes = names(resolved, places);
    let message = match places {
        [_] => format!("seed {} of {nodes} is fixed", shown(seed)),
        _ => format!("the seeds of {nodes} are fixed"),
    };
    let help = "set a new seed for each job: a warm worker answers an unchanged job from its cache";
    findings.add(about_nodes(FIXED_SEED, resolved, places, message).help(help));
}

/// Which nodes the outputs depend on, by links of any input, declared or not.
fn used(resolved: &ResolvedWorkflow) -> Vec<bool> {
    let mut used = vec![false; resolved.graph.nodes().len()];
    let mut open = resolved.outputs.clone();
    while let Some(place) = open.pop() {
        if std::mem::replace(&mut used[place], true) {
            continue;
        }
        let inputs = resolved.graph.nodes()[place].inputs.iter().flat_map(|inputs| inputs.entries());
        let linked = inputs.filter_map(|(_, value)| resolved.graph.position(value.list()?.first()?.text()?));
        open.extend(linked.filter(|place| !used[*place]));
    }
    used
}

fn calls_api(class: &Class) -> bool {
    class.calls_api || class.module.starts_with("comfy_api_nodes.")
}

/// A seed that the workflow sets as a number, in the node or in a linked one that holds nothing else.
fn fixed_seed(resolved: &ResolvedWorkflow, place: usize) -> Option<&Value> {
    let node = &resolved.graph.nodes()[place];
    ["seed", "noise_seed"].iter().filter_map(|name| node.input(name)).find_map(|seed| match seed {
        // A negative seed is refused, or asks for a new one, as that of rgthree does.
        Value::Int(number) => number.to_i64().is_none_or(|number| number >= 0).then_some(seed),
        _ => held_number(resolved, seed),
    })
}

/// The number of a linked node with one input.
fn held_number<'a>(resolved: &'a ResolvedWorkflow, link: &Value) -> Option<&'a Value> {
    let place = resolved.graph.position(link.list()?.first()?.text()?)?;
    match resolved.graph.nodes()[place].inputs.as_ref()?.entries() {
        [(_, number @ Value::Int(held))] if held.to_i64().is_none_or(|held| held >= 0) => Some(number),
        _ => None,
    }
}

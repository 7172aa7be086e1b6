//! Links that ComfyUI accepts and that then crash its executor.
//!
//! The executor follows every pair of a text and a number in a node's inputs, even if the class does not declare that
//! input. It does so outside of its error handling: the worker's thread ends, and the job is billed until its timeout.

use super::phrasing::{name_of, shown, subject};
use super::{FATAL_LINK, Findings};
use crate::api_graph::ApiNode;
use crate::class::{Input, declared};
use crate::json::Value;
use crate::verdict::{ResolvedWorkflow, Verdict, output_place, unwrapped};
use comfycheck_sdk::{Finding, quote, wording};
use std::collections::BTreeSet;
use std::rc::Rc;

/// Adds a finding for each such link. Returns the links as node and input.
pub(super) fn collect(
    verdict: &Verdict,
    resolved: &ResolvedWorkflow,
    findings: &mut Findings,
) -> BTreeSet<(Rc<str>, Rc<str>)> {
    let mut fatal = BTreeSet::new();
    let nodes = resolved.graph.nodes();
    let mut visits = vec![Visit::New; nodes.len()];
    for output in verdict.good_outputs.iter().filter_map(|id| resolved.graph.position(id)) {
        // The nodes from the output to the current one, each with the links that are still to follow.
        let mut path: Vec<(usize, Vec<Pair>)> = Vec::new();
        let enter = |place: usize, visits: &mut Vec<Visit>, path: &mut Vec<(usize, Vec<Pair>)>| {
            visits[place] = Visit::Open;
            let mut pairs = pairs(resolved, place);
            pairs.reverse();
            path.push((place, pairs));
        };
        if visits[output] == Visit::New {
            enter(output, &mut visits, &mut path);
        }
        while let Some((place, pairs)) = path.last_mut() {
            let node = &nodes[*place];
            let Some(pair) = pairs.pop() else {
                visits[*place] = Visit::Done;
                path.pop();
                continue;
            };
            let problem = match follow(resolved, &pair) {
                Err(why) => finding(node, &pair, &why),
                Ok(linked) if visits[linked] == Visit::Open => cycle(node, &pair),
                Ok(linked) => {
                    if visits[linked] == Visit::New {
                        enter(linked, &mut visits, &mut path);
                    }
                    let Some(why) = missing_output(resolved, linked, &pair) else { continue };
                    finding(node, &pair, &why)
                }
            };
            findings.add(problem);
            fatal.insert((Rc::clone(&node.id), pair.input));
        }
    }
    fatal
}

/// How far the walk is with a node.
#[derive(Clone, Copy, PartialEq)]
enum Visit {
    New,
    Open,
    Done,
}

/// What the executor takes for a link.
struct Pair {
    input: Rc<str>,
    id: Rc<str>,
    slot: Value,
}

fn pairs(resolved: &ResolvedWorkflow, place: usize) -> Vec<Pair> {
    let Some(inputs) = &resolved.graph.nodes()[place].inputs else { return Vec::new() };
    // Wrapped values are unwrapped before the executor runs, except those converted to a text or a boolean.
    let declared = declared(&resolved.classes[place], inputs);
    let keeps = |input: &&Input| !matches!(input.spec.kind.text(), Some("STRING" | "BOOLEAN"));
    let kept: BTreeSet<&str> = declared.iter().filter(keeps).map(|input| &*input.name).collect();
    let inputs = inputs.entries().iter().filter_map(|(name, value)| {
        let is_wrapped = value.get("__value__").is_some() && kept.contains(&**name);
        let value = if is_wrapped { unwrapped(value) } else { value };
        match value.list()? {
            [Value::Text(id), slot @ (Value::Int(_) | Value::Float(_) | Value::Bool(_))] => {
                Some(Pair { input: Rc::clone(name), id: Rc::clone(id), slot: slot.clone() })
            }
            _ => None,
        }
    });
    inputs.collect()
}

/// The place of the node that a pair links to. Fails with the reason why the executor crashes.
fn follow(resolved: &ResolvedWorkflow, pair: &Pair) -> Result<usize, String> {
    let node = quote(&pair.id);
    let place = resolved.graph.position(&pair.id);
    let place = place.ok_or_else(|| format!("to node {node}, which does not exist: {HANGS}"))?;
    if resolved.graph.nodes()[place].inputs.is_none() {
        return Err(format!("to node {node}, which has no `inputs`: {HANGS}"));
    }
    if matches!(pair.slot, Value::Float(_)) {
        return Err(format!("to output {} of node {node}, which is not an integer: {HANGS}", shown(&pair.slot)));
    }
    Ok(place)
}

const HANGS: &str = "ComfyUI accepts this, then hangs until the job times out";

/// Why a job fails because the linked output does not exist; none if it does.
fn missing_output(resolved: &ResolvedWorkflow, linked: usize, pair: &Pair) -> Option<String> {
    let class = &resolved.classes[linked];
    if class.facts.has_any_output() || class.is_vague() {
        return None;
    }
    let outputs = class.outputs.len();
    (output_place(&pair.slot, outputs) == Ok(None)).then(|| {
        format!(
            "to output {} of node {}, which has {}: ComfyUI accepts this, then the job fails",
            shown(&pair.slot),
            quote(&pair.id),
            wording::count(outputs, "output")
        )
    })
}

fn finding(node: &ApiNode, pair: &Pair, why: &str) -> Finding {
    let message = format!("input {} of {} is linked {why}", quote(&pair.input), name_of(node));
    Finding::new(FATAL_LINK, message)
        .help("remove the input, or link it to an existing output")
        .about(subject(node, Some(&pair.input)))
}

fn cycle(node: &ApiNode, pair: &Pair) -> Finding {
    let message = format!(
        "input {} of {} closes a cycle: ComfyUI accepts this and returns nothing",
        quote(&pair.input),
        name_of(node)
    );
    Finding::new(FATAL_LINK, message)
        .help("remove the input: the class does not read it")
        .about(subject(node, Some(&pair.input)))
}

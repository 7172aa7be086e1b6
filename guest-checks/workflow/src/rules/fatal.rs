//! Links that ComfyUI accepts, and that its executor then dies of.
//!
//! The executor follows every pair of a text and a number among a node's inputs, also where the class declares no such
//! input. It does so outside of what catches errors: the worker's thread ends, and the job is billed until its timeout.

use super::wording::{name_of, shown, subject};
use super::{FATAL_LINK, Told};
use crate::class::{Input, declared};
use crate::graph::Node;
use crate::json::Value;
use crate::verdict::{Resolved, Verdict, output_place, unwrapped};
use comfycheck_sdk::{Finding, quote};
use std::collections::BTreeSet;
use std::rc::Rc;

/// Tells of them, and returns them as node and input.
pub(super) fn tell(verdict: &Verdict, resolved: &Resolved, told: &mut Told) -> BTreeSet<(Rc<str>, Rc<str>)> {
    let mut fatal = BTreeSet::new();
    let nodes = resolved.graph.nodes();
    let mut state = vec![State::New; nodes.len()];
    for output in verdict.good_outputs.iter().filter_map(|id| resolved.graph.position(id)) {
        // The nodes from the output to the current one, each with the links that have not been followed.
        let mut path: Vec<(usize, Vec<Pair>)> = Vec::new();
        let enter = |place: usize, state: &mut Vec<State>, path: &mut Vec<(usize, Vec<Pair>)>| {
            state[place] = State::Open;
            let mut pairs = pairs(resolved, place);
            pairs.reverse();
            path.push((place, pairs));
        };
        if state[output] == State::New {
            enter(output, &mut state, &mut path);
        }
        while let Some((place, pairs)) = path.last_mut() {
            let node = &nodes[*place];
            let Some(pair) = pairs.pop() else {
                state[*place] = State::Done;
                path.pop();
                continue;
            };
            let problem = match follow(resolved, &pair) {
                Err(why) => finding(node, &pair, &why),
                Ok(linked) if state[linked] == State::Open => cycle(node, &pair),
                Ok(linked) => {
                    if state[linked] == State::New {
                        enter(linked, &mut state, &mut path);
                    }
                    let Some(why) = lacks_output(resolved, linked, &pair) else { continue };
                    finding(node, &pair, &why)
                }
            };
            told.add(problem);
            fatal.insert((Rc::clone(&node.id), pair.input));
        }
    }
    fatal
}

#[derive(Clone, Copy, PartialEq)]
enum State {
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

fn pairs(resolved: &Resolved, place: usize) -> Vec<Pair> {
    let Some(inputs) = &resolved.graph.nodes()[place].inputs else { return Vec::new() };
    // What was wrapped stands unwrapped when the executor comes, unless it was made a text or a truth.
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

/// The place of the node that a pair links to; fails with why the executor dies of it.
fn follow(resolved: &Resolved, pair: &Pair) -> Result<usize, String> {
    let place = resolved.graph.position(&pair.id);
    let place = place.ok_or_else(|| format!("to node {}, which does not exist{DIES}", quote(&pair.id)))?;
    if resolved.graph.nodes()[place].inputs.is_none() {
        return Err(format!("to node {}, which has no `inputs`{DIES}", quote(&pair.id)));
    }
    if matches!(pair.slot, Value::Float(_)) {
        return Err(format!("to output {} of node {}, which is no integer{DIES}", shown(&pair.slot), quote(&pair.id)));
    }
    Ok(place)
}

/// Why a job fails of a link to an output that does not exist; none if it does.
fn lacks_output(resolved: &Resolved, linked: usize, pair: &Pair) -> Option<String> {
    let outputs = resolved.classes[linked].outputs.len();
    (output_place(&pair.slot, outputs) == Ok(None)).then(|| {
        let slot = shown(&pair.slot);
        format!(
            "to output {slot} of node {}, which has {outputs}; ComfyUI accepts that, and the job fails",
            quote(&pair.id)
        )
    })
}

const DIES: &str = "; ComfyUI accepts that, and its worker thread dies of it";

fn finding(node: &Node, pair: &Pair, why: &str) -> Finding {
    let message = format!("input {} of {} is linked {why}", quote(&pair.input), name_of(node));
    Finding::new(FATAL_LINK, message)
        .help("remove the input, or link it to an output of a node of the workflow; jobs are billed to their timeout")
        .about(subject(node, Some(&pair.input)))
}

fn cycle(node: &Node, pair: &Pair) -> Finding {
    let message = format!(
        "input {} of {} makes it depend on itself; ComfyUI accepts that, and returns nothing",
        quote(&pair.input),
        name_of(node)
    );
    Finding::new(FATAL_LINK, message)
        .help("remove the input: the class does not read it")
        .about(subject(node, Some(&pair.input)))
}

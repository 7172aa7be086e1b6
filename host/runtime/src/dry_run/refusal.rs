//! What a job that ComfyUI refused tells.

use super::probe::{Guard, Probe, links};
use crate::capabilities::{AskError, RefusedValue};
use comfycheck_core::sample::{Ending, Sample};
use comfycheck_worker_error::{NodeErrors, WorkerError};
use std::collections::{BTreeMap, BTreeSet};

/// A refusal may be as long as what the sampler keeps of an error. Of one that was cut, what is missing would count as
/// accepted.
const LONGEST: usize = (64 << 10) - 4;

/// What ComfyUI said of a job, or why it said nothing.
pub(super) fn of_job(job: &Sample) -> Result<WorkerError, AskError> {
    let name = job.job.as_deref().unwrap_or_default();
    let unavailable = |why: String| Err(AskError::Unavailable(why));
    match (job.ending, job.error.as_deref()) {
        (Ending::Failed, Some(error)) if error.len() >= LONGEST => {
            unavailable(format!("the refusal of job `{name}` is longer than is kept of it"))
        }
        (Ending::Failed, Some(error)) => match WorkerError::parse(error) {
            WorkerError::RefusedAsWhole | WorkerError::RefusedWithoutReason => {
                unavailable(format!("ComfyUI refused job `{name}`, and the worker does not say why"))
            }
            WorkerError::Unrecognised => {
                unavailable(format!("job `{name}` failed, and not for what was put into it: {}", shortened(error)))
            }
            told => Ok(told),
        },
        (Ending::Succeeded, _) => {
            Err(AskError::Other(format!("the worker accepted what ComfyUI must refuse: job `{name}` was completed")))
        }
        (Ending::NotSubmitted, Some(refused))
            if ["status 401", "status 403"].iter().any(|denied| refused.starts_with(denied)) =>
        {
            Err(AskError::AccessDenied)
        }
        (ending, _) => {
            let reason = job.reason.as_deref().or(job.status.as_deref()).unwrap_or("nobody says why");
            unavailable(match ending {
                Ending::NotSubmitted => format!("no job was submitted: {reason}"),
                _ => format!("it is not known what ComfyUI says: {reason}"),
            })
        }
    }
}

fn shortened(error: &str) -> String {
    const LENGTH: usize = 200;
    let words: Vec<&str> = error.split_whitespace().collect();
    let line = words.join(" ");
    match line.char_indices().nth(LENGTH) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

/// What ComfyUI has against the workflow's own nodes, and the nodes whose inputs it looked at, in the workflow's order. An
/// error says in one line why the refusal does not tell it.
pub(super) fn verdict(probe: &Probe, refused: &[NodeErrors]) -> Result<(Vec<RefusedValue>, Vec<String>), String> {
    let named: BTreeMap<&str, &NodeErrors> = refused.iter().map(|node| (node.id.as_str(), node)).collect();
    let is_named = |guard: &&Guard| named.contains_key(guard.id.as_str());
    if probe.guards.iter().any(|guard| guard.is_looked_at && !is_named(&guard)) {
        return Err("ComfyUI's refusal does not name what was put in to be refused".to_owned());
    }
    let own = refused.iter().filter(|node| !probe.put_in.contains(&node.id));
    let values = own.flat_map(|node| {
        let errors = node.errors.iter().filter(|error| {
            let input = error.input.as_ref().map(|input| (node.id.clone(), input.clone()));
            input.is_none_or(|input| !probe.cut.contains(&input))
        });
        errors.map(|error| RefusedValue { node: node.id.clone(), error: error.clone() })
    });
    // Of a class that is not known, a guard that was looked at tells what was.
    let guarded = probe.guards.iter().filter(is_named).map(|guard| guard.before.as_str());
    let outputs = probe.nodes.keys().map(String::as_str).filter(|id| probe.is_output(id));
    let reached = reached(probe, &named, outputs.chain(guarded).collect());
    let validated = probe.nodes.keys().filter(|id| !probe.put_in.contains(*id) && reached.contains(id.as_str()));
    Ok((values.collect(), validated.cloned().collect()))
}

/// The nodes that validation came to and looked at, from these on.
fn reached<'a>(probe: &'a Probe, named: &BTreeMap<&str, &NodeErrors>, mut waiting: Vec<&'a str>) -> BTreeSet<&'a str> {
    let mut reached = BTreeSet::new();
    while let Some(id) = waiting.pop() {
        let Some(node) = probe.nodes.get(id) else { continue };
        let errors = named.get(id);
        // An exception ends the validation of a node, and so might what could not be read.
        let was_left =
            errors.is_some_and(|node| node.errors.is_empty() || node.errors.iter().any(|error| is_left(&error.kind)));
        if was_left || !reached.insert(id) {
            continue;
        }
        let is_followed = |input: &str| {
            let errors = errors.into_iter().flat_map(|node| &node.errors);
            !errors.clone().any(|error| error.input.as_deref() == Some(input) && is_not_followed(&error.kind))
        };
        waiting.extend(links(node).filter(|(input, _)| is_followed(input)).map(|(_, from)| from));
    }
    reached
}

fn is_left(kind: &str) -> bool {
    kind.starts_with("exception_during") || kind == "dependency_cycle"
}

fn is_not_followed(kind: &str) -> bool {
    matches!(kind, "return_type_mismatch" | "bad_linked_input")
}

//! What the samples' own errors tell of models, where no inventory does.

use super::Missing;
use comfycheck_sdk::samples::{Ending, Sample};
use comfycheck_sdk::worker_error::NodeErrors;
use comfycheck_sdk::{Answer, Finding, NodeRef, Subject, WorkerError, Workflow, quote, quote_samples};
use serde_json::Value;

/// What the samples tell: a finding for each model that a loader does not offer, with all
/// samples that it failed. Without findings, every model that the workflow names is there.
///
/// The error says why no sample tells anything.
pub fn after_samples(samples: &[Sample]) -> Result<Answer, String> {
    let errors: Vec<_> = samples.iter().map(|sample| (sample, invalid_inputs(sample))).collect();
    let mut groups: Vec<(Refused<'_>, Vec<u32>)> = Vec::new();
    for (sample, nodes) in &errors {
        for refused in nodes.iter().flat_map(refused_models) {
            match groups.iter_mut().find(|(known, _)| *known == refused) {
                Some((_, samples)) => samples.push(sample.index),
                None => groups.push((refused, vec![sample.index])),
            }
        }
    }
    if groups.is_empty() && !samples.iter().any(is_complete) {
        return Err("no sample tells whether every model is there".to_owned());
    }
    Ok(groups.iter().map(|(refused, samples)| refused.finding(samples)).collect())
}

/// Whether a sample shows that every output of its workflow ran: it returned more images than all outputs but one can
/// give. ComfyUI runs a workflow if one of its outputs is valid, and skips those that need a missing model.
fn is_complete(sample: &Sample) -> bool {
    let of_others = Workflow::parse(&sample.workflow).ok().and_then(|workflow| images_of_all_but_one(&workflow));
    sample.ending == Ending::Succeeded
        && sample.lost_images.is_empty()
        && of_others.is_some_and(|others| u64::from(sample.image_count) > others)
}

/// How many images all nodes of a workflow that save some, but one, give at most; none if that cannot be told.
fn images_of_all_but_one(workflow: &Workflow) -> Option<u64> {
    match workflow.nodes().filter(|node| node.saver().is_some()).count() {
        0 | 1 => Some(0),
        savers => (savers as u64 - 1).checked_mul(batch(workflow)?),
    }
}

/// How many images may come to one node at most, by the batches that the nodes of a workflow make; none if one of them
/// is given by another node, or if a class deals with batches itself.
fn batch(workflow: &Workflow) -> Option<u64> {
    workflow.nodes().try_fold(1_u64, |batch, node| {
        if node.class.as_deref().is_some_and(|class| class.contains("Batch")) {
            return None;
        }
        let size = node.inputs.get("batch_size").map_or(Some(1), Value::as_u64)?;
        batch.checked_mul(size.max(1))
    })
}

fn invalid_inputs(sample: &Sample) -> Vec<NodeErrors> {
    match sample.error.as_deref().map(WorkerError::parse) {
        Some(WorkerError::InvalidInputs(nodes)) => nodes,
        _ => Vec::new(),
    }
}

/// A model that ComfyUI refused.
#[derive(PartialEq)]
struct Refused<'a> {
    node: &'a str,
    class: Option<&'a str>,
    input: Option<&'a str>,
    file: &'a str,
    offered: Option<&'a [String]>,
}

fn refused_models(node: &NodeErrors) -> impl Iterator<Item = Refused<'_>> {
    node.errors.iter().filter_map(|error| {
        let file = error.missing_model()?;
        let (input, offered) = (error.input.as_deref(), error.accepted.as_deref());
        Some(Refused { node: &node.id, class: node.class.as_deref(), input, file, offered })
    })
}

impl Refused<'_> {
    fn finding(&self, samples: &[u32]) -> Finding {
        let node = format!("node {}", quote(self.node));
        let missing = Missing {
            loader: self.class.map_or_else(|| node.clone(), |class| format!("{} of {node}", quote(class))),
            class: self.class,
            file: self.file,
            offered: self.offered,
        };
        let node = NodeRef { id: self.node.to_owned(), input: self.input.map(str::to_owned) };
        let finding =
            missing.finding(&format!(" where {} ran", quote_samples(samples)), &[], [Subject::Node(node)].into_iter());
        finding.about_all(samples.iter().copied().map(Subject::Sample))
    }
}

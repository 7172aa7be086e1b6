//! What the samples' own errors show of models, without an inventory.

mod broken;

use super::missing::MissingModel;
use comfycheck_sdk::samples::{Ending, Sample};
use comfycheck_sdk::wording::count;
use comfycheck_sdk::worker_error::NodeErrors;
use comfycheck_sdk::{Answer, Finding, NodeRef, Subject, WorkerError, Workflow};
use serde_json::Value;

/// A finding for each model that a loader does not list or cannot read, with all samples that failed for it.
/// Without findings, the worker has every model of the workflow.
///
/// The error is the reason why no sample shows anything.
pub fn after_samples(samples: &[Sample]) -> Result<Answer, String> {
    let errors: Vec<_> = samples.iter().map(|sample| (sample, invalid_inputs(sample))).collect();
    let mut groups: Vec<(RefusedModel<'_>, Vec<u32>)> = Vec::new();
    for (sample, nodes) in &errors {
        for refused in nodes.iter().flat_map(refused_models) {
            match groups.iter_mut().find(|(known, _)| *known == refused) {
                Some((_, samples)) => samples.push(sample.index),
                None => groups.push((refused, vec![sample.index])),
            }
        }
    }
    let broken = broken::judge(samples);
    if groups.is_empty() && broken.is_empty() && !samples.iter().any(is_complete) {
        return Err("no sample shows whether every model is there".to_owned());
    }
    Ok(groups.iter().map(|(refused, samples)| refused.finding(samples)).chain(broken).collect())
}

/// Whether a sample shows that every output of its workflow ran: it returned more images than all
/// outputs but one can give. ComfyUI runs a workflow if one of its outputs is valid, and skips
/// those that need a missing model.
pub(super) fn is_complete(sample: &Sample) -> bool {
    let of_others = Workflow::parse(&sample.workflow).ok().and_then(|workflow| images_of_all_but_one(&workflow));
    sample.ending == Ending::Succeeded
        && sample.lost_images.is_empty()
        && of_others.is_some_and(|others| of_sample(sample) > others)
}

/// The files that show it: of a workflow that saves no image, those of any kind.
fn of_sample(sample: &Sample) -> u64 {
    let saves_images =
        Workflow::parse(&sample.workflow).is_ok_and(|workflow| workflow.nodes().any(|node| node.saver().is_some()));
    u64::from(if saves_images { sample.image_count } else { sample.file_count() })
}

/// The most images that all nodes that save some, but one, can give; none if it is unknown.
fn images_of_all_but_one(workflow: &Workflow) -> Option<u64> {
    match workflow.nodes().filter(|node| node.saver().is_some()).count() {
        0 | 1 => Some(0),
        savers => (savers as u64 - 1).checked_mul(batch(workflow)?),
    }
}

/// The most images that can reach one node, by the batches of the workflow; none if a batch size
/// is linked, or if a class deals with batches itself.
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
    match sample.failure().map(|failure| WorkerError::parse(&failure.text)) {
        Some(WorkerError::InvalidInputs(nodes)) => nodes,
        _ => Vec::new(),
    }
}

/// A model that ComfyUI refused.
#[derive(PartialEq)]
struct RefusedModel<'a> {
    node: &'a str,
    class: Option<&'a str>,
    input: Option<&'a str>,
    file: &'a str,
    listed: Option<&'a [String]>,
}

fn refused_models(node: &NodeErrors) -> impl Iterator<Item = RefusedModel<'_>> {
    node.errors.iter().filter_map(|error| {
        let file = error.missing_model()?;
        let (input, listed) = (error.input.as_deref(), error.accepted.as_deref());
        Some(RefusedModel { node: &node.id, class: node.class.as_deref(), input, file, listed })
    })
}

impl RefusedModel<'_> {
    fn finding(&self, samples: &[u32]) -> Finding {
        let missing = MissingModel { class: self.class, file: self.file, listed: self.listed };
        let node = NodeRef { id: self.node.to_owned(), input: self.input.map(str::to_owned) };
        let evidence = format!(" ({} refused)", count(samples.len() as u64, "job"));
        missing
            .finding(&evidence, &[], [Subject::Node(node)].into_iter())
            .about_all(samples.iter().copied().map(Subject::Sample))
    }
}

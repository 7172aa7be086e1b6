//! What the samples' own errors tell of models, where no inventory does.

use super::{Missing, description::is_model};
use comfycheck_sdk::samples::{Ending, Sample};
use comfycheck_sdk::worker_error::{InputError, NodeErrors};
use comfycheck_sdk::{Answer, Finding, NodeRef, Subject, WorkerError, Workflow, quote, quote_samples};

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

/// Whether a sample returned an image for every `SaveImage` of its workflow. ComfyUI runs a
/// workflow if one of its outputs is valid, and skips those that need a missing model.
fn is_complete(sample: &Sample) -> bool {
    let saved = |workflow: Workflow| workflow.nodes().filter(|node| node.class.as_deref() == Some("SaveImage")).count();
    let expected = Workflow::parse(&sample.workflow).map_or(1, saved).max(1);
    sample.ending == Ending::Succeeded && sample.lost_images.is_empty() && sample.image_count as usize >= expected
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
    let not_offered = node.errors.iter().filter(|error| error.kind == "value_not_in_list");
    not_offered.filter_map(|InputError { input, received, accepted, .. }| {
        let file = received.as_ref()?.as_str()?;
        let offered = accepted.as_deref();
        let loads_models = is_model(file) || offered.unwrap_or_default().iter().any(|name| is_model(name));
        let (node, class) = (node.id.as_str(), node.class.as_deref());
        loads_models.then_some(Refused { node, class, input: input.as_deref(), file, offered })
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
        samples.iter().copied().map(Subject::Sample).fold(finding, Finding::about)
    }
}

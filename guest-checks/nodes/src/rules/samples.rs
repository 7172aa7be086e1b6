//! What the samples' own errors tell of nodes, where no inventory does.

use super::known::how_to_install;
use super::{MISSING_NODE, node_without_class};
use comfycheck_sdk::samples::{Ending, Sample};
use comfycheck_sdk::{Answer, Finding, NodeRef, Subject, WorkerError, Workflow, quote, quote_samples};

/// What the samples tell: a finding for each class that a worker misses, with all samples
/// that it failed. Without findings, the class of every node is installed.
///
/// The error says why no sample tells anything.
pub fn after_samples(samples: &[Sample]) -> Result<Answer, String> {
    let mut refusals: Vec<(WorkerError, Vec<&Sample>)> = Vec::new();
    let mut accepted = false;
    for sample in samples {
        match told(sample) {
            Told::Accepted => accepted = true,
            Told::Nothing => {}
            Told::Refused(refusal) => match refusals.iter_mut().find(|(known, _)| *known == refusal) {
                Some((_, refused)) => refused.push(sample),
                None => refusals.push((refusal, vec![sample])),
            },
        }
    }
    if refusals.is_empty() && !accepted {
        return Err(why_nothing(samples));
    }
    Ok(refusals.iter().map(|(refusal, refused)| finding(refusal, refused, accepted)).collect())
}

/// What one sample tells.
enum Told {
    /// ComfyUI found the class of every node.
    Accepted,
    /// ComfyUI refused the workflow as a whole, for want of a class.
    Refused(WorkerError),
    Nothing,
}

fn told(sample: &Sample) -> Told {
    // Old workers report errors as success: an image proves that the workflow ran.
    if sample.ending == Ending::Succeeded && sample.image_count > 0 {
        return Told::Accepted;
    }
    let Some(error) = &sample.error else { return Told::Nothing };
    match WorkerError::parse(error) {
        refusal @ (WorkerError::MissingNode { .. } | WorkerError::NodeWithoutClass { .. }) => Told::Refused(refusal),
        refusal @ WorkerError::RefusedAsWhole if must_miss_a_class(&sample.workflow) => Told::Refused(refusal),
        // ComfyUI looks at inputs only after it found every class.
        WorkerError::InvalidInputs(_) => Told::Accepted,
        _ => Told::Nothing,
    }
}

/// Whether, of the reasons to refuse a workflow as a whole, only a missing class is left:
/// every node has a class, and one of them is an output that all versions have.
fn must_miss_a_class(workflow: &str) -> bool {
    Workflow::parse(workflow).is_ok_and(|workflow| {
        workflow.nodes().all(|node| node.class.is_some())
            && workflow.nodes().any(|node| matches!(node.class.as_deref(), Some("SaveImage" | "PreviewImage")))
    })
}

fn finding(refusal: &WorkerError, refused: &[&Sample], others_accepted: bool) -> Finding {
    let node = node_of(refusal, &refused[0].workflow);
    let of_node = node.as_deref().map_or_else(String::new, |id| format!(" of node {}", quote(id)));
    let indices: Vec<u32> = refused.iter().map(|sample| sample.index).collect();
    let ran = quote_samples(&indices);
    let missing = |class: &str, help: String| {
        let help = if others_accepted { MIXED_WORKERS.to_owned() } else { help };
        Finding::new(MISSING_NODE, format!("{class} is not installed where {ran} ran")).help(help)
    };
    let finding = match refusal {
        WorkerError::NodeWithoutClass { .. } => node_without_class(&node.as_deref().map_or("?".to_owned(), quote)),
        WorkerError::MissingNode { class: Some(class), .. } => {
            let help = format!("{}; ComfyUI names only the first missing class", how_to_install(class, None));
            missing(&format!("class {}{of_node}", quote(class)), help)
        }
        WorkerError::MissingNode { title: Some(title), .. } => {
            missing(&format!("the class of the node titled {}", quote(title)), how_to_install("", None))
        }
        _ => missing("the class of a node", UNNAMED.to_owned()),
    };
    let node = node.map(|id| Subject::Node(NodeRef { id, input: None }));
    finding.about_all(node).about_all(indices.into_iter().map(Subject::Sample))
}

const MIXED_WORKERS: &str = "other samples found every class, so that the workers run different images: wait until the newest is rolled out to all";

const UNNAMED: &str = "the worker does not say which class: look for `ComfyUI returned 400` in its log, or update \
                       worker-comfyui to 5.1.0 or later";

/// The id of the node that is meant: as the worker says it, else the first node of that
/// class or title.
fn node_of(refusal: &WorkerError, workflow: &str) -> Option<String> {
    let (id, class, title) = match refusal {
        WorkerError::MissingNode { id, class, title } => (id, class, title),
        WorkerError::NodeWithoutClass { id } => (id, &None, &None),
        _ => return None,
    };
    let by_name = || {
        let workflow = Workflow::parse(workflow).ok()?;
        let is_meant = |found: &Option<String>, wanted: &Option<String>| wanted.is_some() && found == wanted;
        let mut nodes = workflow.nodes();
        nodes.find(|node| is_meant(&node.class, class) || is_meant(&node.title, title)).map(|node| node.id.clone())
    };
    id.clone().or_else(by_name)
}

fn why_nothing(samples: &[Sample]) -> String {
    let unsaid = |sample: &&Sample| {
        let error = sample.error.as_deref().map(WorkerError::parse);
        matches!(error, Some(WorkerError::RefusedAsWhole | WorkerError::RefusedWithoutReason))
    };
    samples.iter().find(unsaid).map_or_else(
        || "no sample tells whether every node class is installed".to_owned(),
        |sample| format!("ComfyUI refused the workflow of sample {}, and the worker does not say why", sample.index),
    )
}

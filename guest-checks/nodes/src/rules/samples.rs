//! What the samples' own errors show of node classes, without an inventory.

use super::known::{INSTALL_ITS_PACK, how_to_install};
use super::{node_without_class, not_installed};
use comfycheck_sdk::samples::Sample;
use comfycheck_sdk::wording::{count, quote};
use comfycheck_sdk::{Answer, Finding, NodeRef, Subject, WorkerError, Workflow};

/// A finding for each missing class, with all samples that failed for it. Without findings, the
/// class of every node is installed.
///
/// The error is the reason why no sample shows anything.
pub fn after_samples(samples: &[Sample]) -> Result<Answer, String> {
    let mut refusals: Vec<(WorkerError, Vec<&Sample>)> = Vec::new();
    let mut all_installed = false;
    for sample in samples {
        match evidence(sample) {
            Evidence::AllInstalled => all_installed = true,
            Evidence::Nothing => {}
            Evidence::Refusal(refusal) => match refusals.iter_mut().find(|(known, _)| *known == refusal) {
                Some((_, refused)) => refused.push(sample),
                None => refusals.push((refusal, vec![sample])),
            },
        }
    }
    if refusals.is_empty() && !all_installed {
        return Err(why_nothing(samples));
    }
    Ok(refusals.iter().map(|(refusal, refused)| finding(refusal, refused, all_installed)).collect())
}

/// What one sample shows.
pub(super) enum Evidence {
    /// ComfyUI found the class of every node.
    AllInstalled,
    /// ComfyUI refused the workflow because a class is missing.
    Refusal(WorkerError),
    Nothing,
}

pub(super) fn evidence(sample: &Sample) -> Evidence {
    if sample.was_executed() {
        return Evidence::AllInstalled;
    }
    let Some(failure) = sample.failure() else { return Evidence::Nothing };
    match WorkerError::parse(&failure.text) {
        refusal @ (WorkerError::MissingNode { .. } | WorkerError::NodeWithoutClass { .. }) => {
            Evidence::Refusal(refusal)
        }
        refusal @ WorkerError::RefusedAsWhole if must_miss_a_class(&sample.workflow) => Evidence::Refusal(refusal),
        // ComfyUI validates inputs only after it found every class.
        WorkerError::InvalidInputs(_) => Evidence::AllInstalled,
        _ => Evidence::Nothing,
    }
}

/// Whether a missing class is the only reason left to refuse a workflow as a whole: every node has
/// a class, and one is an output in all versions of ComfyUI.
fn must_miss_a_class(workflow: &str) -> bool {
    Workflow::parse(workflow).is_ok_and(|workflow| {
        workflow.nodes().all(|node| node.class.is_some())
            && workflow.nodes().any(|node| matches!(node.class.as_deref(), Some("SaveImage" | "PreviewImage")))
    })
}

fn finding(refusal: &WorkerError, refused: &[&Sample], others_have_all: bool) -> Finding {
    let node = node_of(refusal, &refused[0].workflow);
    let (finding, help) = match refusal {
        WorkerError::NodeWithoutClass { .. } => (node_without_class(node.as_deref().unwrap_or("?")), None),
        WorkerError::MissingNode { class: Some(class), .. } => {
            let help = format!("{}; ComfyUI reports only the first missing class", how_to_install(class, None));
            (not_installed(&format!("node class {}", quote(class))), Some(help))
        }
        WorkerError::MissingNode { title: Some(title), .. } => {
            (not_installed(&format!("the class of node {}", quote(title))), Some(INSTALL_ITS_PACK.to_owned()))
        }
        _ => (not_installed("a node class"), Some(UNNAMED.to_owned())),
    };
    let finding = match help {
        None => finding,
        Some(_) if others_have_all => finding.help(MIXED_WORKERS),
        Some(help) => finding.help(help),
    };
    let jobs = count(refused.len() as u64, "job");
    let message = format!("{} ({jobs} refused)", finding.message);
    let node = node.map(|id| Subject::Node(NodeRef { id, input: None }));
    let samples = refused.iter().map(|sample| Subject::Sample(sample.index));
    Finding { message, ..finding }.about_all(node).about_all(samples)
}

const MIXED_WORKERS: &str = "wait until all workers run the same image: other samples found every class";

const UNNAMED: &str = "search the worker log for `ComfyUI returned 400` to find the class, or update worker-comfyui to 5.1.0 \
                       or later";

/// The id of the node: as the worker reports it, else of the first node of that class or title.
fn node_of(refusal: &WorkerError, workflow: &str) -> Option<String> {
    let (id, class, title) = match refusal {
        WorkerError::MissingNode { id, class, title } => (id, class, title),
        WorkerError::NodeWithoutClass { id } => (id, &None, &None),
        _ => return None,
    };
    let by_name = || {
        let workflow = Workflow::parse(workflow).ok()?;
        let is_same = |own: &Option<String>, reported: &Option<String>| reported.is_some() && own == reported;
        let mut nodes = workflow.nodes();
        nodes.find(|node| is_same(&node.class, class) || is_same(&node.title, title)).map(|node| node.id.clone())
    };
    id.clone().or_else(by_name)
}

fn why_nothing(samples: &[Sample]) -> String {
    let is_unexplained = |sample: &&Sample| {
        let error = sample.failure().map(|failure| WorkerError::parse(&failure.text));
        matches!(error, Some(WorkerError::RefusedAsWhole | WorkerError::RefusedWithoutReason))
    };
    samples.iter().find(is_unexplained).map_or_else(
        || "no sample shows whether every node class is installed".to_owned(),
        |sample| format!("ComfyUI refused the workflow of sample {}, and the worker reports no reason", sample.index),
    )
}

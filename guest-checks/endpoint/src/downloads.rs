//! Model files that are missing or damaged because the start of the worker could not download them.

use crate::evidence::WorkerLog;
use crate::run_evidence::Evidence;
use comfycheck_sdk::samples::{Ending, Sample};
use comfycheck_sdk::wording::count;
use comfycheck_sdk::worker_error::BrokenModel;
use comfycheck_sdk::{Finding, NodeFailure, NodeRef, Subject, WorkerError, Workflow, is_model, quote};
use serde_json::Value;

/// Jobs that failed for a model file while the log of their worker reports that a download failed before ComfyUI started. One
/// finding for each file and worker.
pub(crate) fn judge(evidence: &Evidence<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for log in evidence.management.logs.iter().filter(|log| log.source == "container") {
        let mut files: Vec<(ModelFile, Vec<u32>)> = Vec::new();
        for sample in evidence.samples.iter().filter(|sample| sample.worker.as_deref() == Some(&log.worker)) {
            for file in ModelFile::of(sample) {
                match files.iter_mut().find(|(known, _)| *known == file) {
                    Some((_, samples)) => samples.push(sample.index),
                    None => files.push((file, vec![sample.index])),
                }
            }
        }
        findings.extend(files.into_iter().filter_map(|(file, samples)| file.finding(log, &samples)));
    }
    findings
}

/// A file that a loader of the workflow does not have, or cannot read.
#[derive(PartialEq)]
struct ModelFile {
    node: NodeRef,
    name: String,
}

impl ModelFile {
    fn of(sample: &Sample) -> Vec<Self> {
        let Some(failure) = sample.failure().filter(|_| sample.ending != Ending::NotSubmitted) else {
            return Vec::new();
        };
        if let WorkerError::InvalidInputs(nodes) = WorkerError::parse(&failure.text) {
            let of_node = nodes.iter().flat_map(|node| {
                node.errors.iter().filter_map(move |error| {
                    let node = NodeRef { id: node.id.clone(), input: error.input.clone() };
                    Some(Self { node, name: error.missing_model()?.to_owned() })
                })
            });
            return of_node.collect();
        }
        let node = NodeFailure::parse(&failure.text).filter(|node| BrokenModel::of(node).is_some());
        node.and_then(|node| Self::named_by(&node.id, sample)).into_iter().collect()
    }

    /// The only model file that a node of the workflow names.
    fn named_by(node: &str, sample: &Sample) -> Option<Self> {
        let workflow = Workflow::parse(&sample.workflow).ok()?;
        let mut files = workflow.node(node)?.inputs.iter().filter_map(|(input, value)| match value {
            Value::String(name) if is_model(name) => Some((input.clone(), name.clone())),
            _ => None,
        });
        let (input, name) = files.next().filter(|_| files.next().is_none())?;
        Some(Self { node: NodeRef { id: node.to_owned(), input: Some(input) }, name })
    }

    fn finding(self, log: &WorkerLog, samples: &[u32]) -> Option<Finding> {
        let line = log.failed_download(&self.name)?;
        let family = line.family?;
        let jobs = count(samples.len(), "job");
        let message = format!(
            "{}: {jobs} failed for the model file {}; {}",
            family.meaning,
            quote(&self.name),
            log.quote(&line.text)
        );
        let worker = Subject::Worker(log.worker.clone());
        let subjects = [Subject::Node(self.node), worker].into_iter();
        let subjects = subjects.chain(samples.iter().copied().map(Subject::Sample));
        Some(Finding::new(family.rule, message).about_all(subjects).help(family.help))
    }
}

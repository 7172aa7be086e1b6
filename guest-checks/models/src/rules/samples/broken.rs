//! Model files that a loader could not read, by the errors of jobs.

use crate::rules::volume::BROKEN_FILE;
use comfycheck_sdk::samples::Sample;
use comfycheck_sdk::wording::count;
use comfycheck_sdk::worker_error::{BrokenModel, PICKLED_MODEL_HELP};
use comfycheck_sdk::{Finding, ModelRef, NodeFailure, NodeRef, Subject, Workflow, is_model, quote};
use serde_json::Value;

const HELP: &str =
    "download the file again on the worker or the volume, and compare its size and checksum with the source";

/// A finding for each node that failed because its model file cannot be read, with all samples that failed so.
pub(super) fn judge(samples: &[Sample]) -> Vec<Finding> {
    let mut groups: Vec<(BrokenFile, Vec<u32>)> = Vec::new();
    for (sample, file) in samples.iter().filter_map(|sample| Some((sample, BrokenFile::of(sample)?))) {
        match groups.iter_mut().find(|(known, _)| *known == file) {
            Some((_, indices)) => indices.push(sample.index),
            None => groups.push((file, vec![sample.index])),
        }
    }
    groups.into_iter().map(|(file, indices)| file.finding(&indices)).collect()
}

#[derive(PartialEq)]
struct BrokenFile {
    node: String,
    class: Option<String>,
    /// The input that names the file, and the file; none if no single input does.
    input: Option<(String, String)>,
    path: Option<String>,
    why: &'static str,
    is_pickled: bool,
    error: String,
}

impl BrokenFile {
    fn of(sample: &Sample) -> Option<Self> {
        let failure = sample.failure()?;
        let node = NodeFailure::parse(&failure.text)?;
        let BrokenModel { why, is_pickled, path } = BrokenModel::of(&node)?;
        let input = named_file(sample, &node.id, path.as_deref());
        // A message can have several lines. The first says what is wrong.
        let error = node.message.lines().next().unwrap_or_default().trim().to_owned();
        Some(Self { node: node.id, class: node.class, input, path, why, is_pickled, error })
    }

    fn finding(self, samples: &[u32]) -> Finding {
        let name = self.input.as_ref().map(|(_, file)| file.clone()).or(self.path);
        let class = self.class.map(|class| format!(" ({})", quote(&class))).unwrap_or_default();
        let file = match &name {
            Some(name) => format!("model file {} cannot be loaded", quote(name)),
            None => format!("a model file of node {}{class} cannot be loaded", quote(&self.node)),
        };
        let message = format!("{file}: {}: {} ({} failed)", self.why, quote(&self.error), count(samples.len(), "job"));
        let node = NodeRef { id: self.node, input: self.input.map(|(input, _)| input) };
        let model = name.map(|name| Subject::Model(ModelRef { folder: String::new(), name }));
        let samples = samples.iter().copied().map(Subject::Sample);
        Finding::new(BROKEN_FILE, message)
            .about(Subject::Node(node))
            .about_all(model.into_iter().chain(samples))
            .help(if self.is_pickled { PICKLED_MODEL_HELP } else { HELP })
    }
}

/// The input of a node that names the file at `path`, or the only one that names a model file.
fn named_file(sample: &Sample, node: &str, path: Option<&str>) -> Option<(String, String)> {
    let workflow = Workflow::parse(&sample.workflow).ok()?;
    let node = workflow.node(node)?;
    let files = node.inputs.iter().filter_map(|(input, value)| match value {
        Value::String(file) if is_model(file) => Some((input.clone(), file.clone())),
        _ => None,
    });
    let files: Vec<_> = files.collect();
    let at_path = |(_, file): &&(String, String)| path.is_some_and(|path| path.ends_with(file.as_str()));
    match files.as_slice() {
        [only] => Some(only.clone()),
        several => several.iter().find(at_path).cloned(),
    }
}

//! Node packs that are installed and failed to load.

use crate::evidence::named;
use crate::run_evidence::Evidence;
use comfycheck_sdk::samples::{Ending, Sample};
use comfycheck_sdk::wording::count;
use comfycheck_sdk::{Finding, NodeRef, Subject, WorkerError, quote};
use std::collections::BTreeSet;

/// Jobs that ComfyUI refused for a missing class while the log of their worker reports that the import of a pack failed.
/// One finding for each worker.
pub(crate) fn judge(evidence: &Evidence<'_>) -> Vec<Finding> {
    let logs = evidence.management.logs.iter().filter(|log| log.source == "container");
    let of_worker = logs.filter_map(|log| {
        let on_worker = |sample: &&Sample| sample.worker.as_deref() == Some(&log.worker);
        let refused =
            evidence.samples.iter().filter(on_worker).filter_map(|sample| Some((sample, missing_class(sample)?)));
        let refused: Vec<_> = refused.collect();
        let (_, first) = refused.first()?;
        let family = named("import-failed")?;
        let failures = log.lines.iter().filter(|line| line.family.is_some_and(|known| known.name == family.name));
        let failures: Vec<&str> = failures.map(|line| line.text.as_str()).collect();
        // ComfyUI's report of the exception names the module; its summary names only the pack.
        let shown = failures.iter().rev().find(|text| text.contains("Cannot import")).or(failures.last())?;
        let class = first.class.as_deref().map(|class| format!(" {}", quote(class))).unwrap_or_default();
        let jobs = count(refused.len(), "job");
        let message = format!("{}: {jobs} refused for the missing class{class}; {}", family.meaning, log.quote(shown));
        let nodes: BTreeSet<_> = refused.iter().filter_map(|(_, class)| class.node.clone()).collect();
        let packs: BTreeSet<_> = failures.iter().filter_map(|text| pack(text)).collect();
        let subjects = nodes.into_iter().map(|id| Subject::Node(NodeRef { id, input: None }));
        let subjects = subjects.chain(packs.into_iter().map(|pack| Subject::Pack(pack.to_owned())));
        let subjects = subjects.chain([Subject::Worker(log.worker.clone())]);
        let subjects = subjects.chain(refused.iter().map(|(sample, _)| Subject::Sample(sample.index)));
        Some(Finding::new(family.rule, message).about_all(subjects).help(family.help))
    });
    of_worker.collect()
}

struct MissingClass {
    class: Option<String>,
    node: Option<String>,
}

fn missing_class(sample: &Sample) -> Option<MissingClass> {
    let failure = sample.failure().filter(|_| sample.ending != Ending::NotSubmitted)?;
    let WorkerError::MissingNode { id, class, .. } = WorkerError::parse(&failure.text) else { return None };
    let workflow: serde_json::Value = serde_json::from_str(&sample.workflow).unwrap_or_default();
    let of_class = |class: &String| {
        let mut nodes = workflow.as_object()?.iter();
        nodes.find(|(_, node)| node.get("class_type").is_some_and(|of| of == class)).map(|(id, _)| id.clone())
    };
    let node = id.or_else(|| of_class(class.as_ref()?));
    Some(MissingClass { class, node })
}

/// The folder of the pack in a line of ComfyUI's log.
fn pack(line: &str) -> Option<&str> {
    let (_, path) = line.split_once("custom_nodes/")?;
    path.split(['/', ' ', ':', '\'']).next().filter(|pack| !pack.is_empty())
}

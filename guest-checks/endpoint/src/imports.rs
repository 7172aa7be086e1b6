//! Node packs that failed to load, or that the start could not clone.

use crate::evidence::{Family, REMOVED_MODULE, WorkerLog, named};
use crate::run_evidence::Evidence;
use comfycheck_packs::{Packs, core_span};
use comfycheck_sdk::samples::{Ending, Sample};
use comfycheck_sdk::wording::count;
use comfycheck_sdk::{Finding, NodeRef, Subject, WorkerError, quote};
use std::collections::BTreeSet;

/// Jobs that ComfyUI refused for a missing class while the log of their worker reports that the import of a pack failed.
/// One finding for each worker.
pub(crate) fn judge(evidence: &Evidence<'_>) -> Vec<Finding> {
    let logs = evidence.management.logs.iter().filter(|log| log.source == "container");
    let failed =
        logs.flat_map(|log| ["import-failed", "git"].into_iter().filter_map(named).map(move |family| (log, family)));
    failed.filter_map(|(log, family)| of_log(evidence, log, family)).collect()
}

/// What the failures of a family in the log of a worker explain.
fn of_log(evidence: &Evidence<'_>, log: &WorkerLog, family: &Family) -> Option<Finding> {
    let failures = log.lines.iter().filter(|line| line.family.is_some_and(|known| known.name == family.name));
    let failures: Vec<&str> = failures.map(|line| line.text.as_str()).collect();
    let packs: BTreeSet<_> = failures.iter().filter_map(|text| pack(text)).collect();
    let on_worker = |sample: &&Sample| sample.worker.as_deref() == Some(&log.worker);
    let refused = evidence.samples.iter().filter(on_worker).filter_map(|sample| {
        let missing = missing_class(sample)?;
        let may_be_of = |class| may_be_of(class, &packs);
        missing.class.as_deref().is_none_or(may_be_of).then_some((sample, missing))
    });
    let refused: Vec<_> = refused.collect();
    let (_, first) = refused.first()?;
    // ComfyUI's report of the exception names the module; its summary names only the pack. Some packs report each class.
    let names_class = |text: &&&str| first.class.as_deref().is_some_and(|class| text.contains(class));
    let of_class = failures.iter().rev().find(names_class);
    let of_pack = || failures.iter().rev().find(|text| text.contains("Cannot import"));
    let shown = of_class.or_else(of_pack).or(failures.last())?;
    let class = first.class.as_deref().map(|class| format!(" {}", quote(class))).unwrap_or_default();
    let jobs = count(refused.len(), "job");
    let message = format!("{}: {jobs} refused for the missing class{class}; {}", family.meaning, log.quote(shown));
    let nodes: BTreeSet<_> = refused.iter().filter_map(|(_, class)| class.node.clone()).collect();
    let help = match (named(REMOVED_MODULE).filter(|removed| removed.has_mark_in(shown)), missing_module(shown)) {
        (Some(removed), _) => removed.help.to_owned(),
        (None, Some(module)) => {
            format!("install the Python package that has the module {} into the image", quote(module))
        }
        (None, None) => family.help.to_owned(),
    };
    let subjects = nodes.into_iter().map(|id| Subject::Node(NodeRef { id, input: None }));
    let subjects = subjects.chain(packs.into_iter().map(|pack| Subject::Pack(pack.to_owned())));
    let subjects = subjects.chain([Subject::Worker(log.worker.clone())]);
    let subjects = subjects.chain(refused.iter().map(|(sample, _)| Subject::Sample(sample.index)));
    Some(Finding::new(family.rule, message).about_all(subjects).help(help))
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

/// Whether a class can come from one of these packs, by their folders. ComfyUI's own and those of known packs cannot come from others.
fn may_be_of(class: &str, packs: &BTreeSet<&str>) -> bool {
    if core_span(class).is_some() {
        return false;
    }
    let known = Packs::embedded();
    known.provider(class).is_none_or(|file| {
        packs.is_empty() || file.folders.iter().any(|folder| packs.iter().any(|pack| pack.eq_ignore_ascii_case(folder)))
    })
}

/// The Python module that an import lacks. ComfyUI's own modules come with ComfyUI, not with a package.
fn missing_module(line: &str) -> Option<&str> {
    let (_, named) = line.split_once("No module named '")?;
    let module = named.split(['.', '\'']).next()?;
    let is_of_comfyui =
        module.starts_with("comfy") || ["nodes", "folder_paths", "server", "execution"].contains(&module);
    (!module.is_empty() && !is_of_comfyui).then_some(module)
}

/// The folder of the pack in a line of ComfyUI's log, or its repository in a line of git.
fn pack(line: &str) -> Option<&str> {
    if let Some((_, path)) = line.split_once("custom_nodes/") {
        return path.split(['/', ' ', ':', '\'']).next().filter(|pack| !pack.is_empty());
    }
    let (_, url) = line.split_once("://")?;
    let url = url.split([' ', '\'', '"']).next()?.trim_end_matches(['/', ':']);
    url.trim_end_matches(".git").rsplit('/').next()
}

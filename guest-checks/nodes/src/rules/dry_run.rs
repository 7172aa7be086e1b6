//! What a job that ComfyUI refused tells of nodes, where no inventory does.

use super::known::how_to_install;
use super::{MISSING_NODE, name_of};
use comfycheck_sdk::dry_run::{MissingClass, Verdict};
use comfycheck_sdk::{AS_REFUSED, Answer, Finding, Node, OpenQuestion, Workflow, count, quote, quote_all, worker};
use std::collections::BTreeSet;

/// A dry run answered whether classes are installed.
pub const DRY_RUN: &str = "dry-run";

/// A finding for each class that ComfyUI named, and a note if it found all others, or an open question if it is not known.
#[must_use]
pub fn told(workflow: &Workflow, verdict: &Verdict) -> Answer {
    let mut answer: Answer = verdict.missing.iter().map(|missing| missing_class(workflow, missing, verdict)).collect();
    match &verdict.classes {
        Err(why) => answer.open.push(
            OpenQuestion::new(MISSING_NODE, format!("whether the other classes are installed is not known: {why}"))
                .help("raise `dry-run` in the suite's deployment, or install what is missing first"),
        ),
        Ok(worker) => answer.findings.push(note(workflow, worker.as_deref(), verdict)),
    }
    answer
}

fn missing_class(workflow: &Workflow, missing: &MissingClass, verdict: &Verdict) -> Finding {
    let MissingClass { class, worker } = missing;
    let nodes: Vec<&Node> = workflow.nodes().filter(|node| node.class.as_ref() == Some(class)).collect();
    let of = match nodes.as_slice() {
        [] => String::new(),
        [node] => format!(" of node {}", name_of(node)),
        nodes => format!(" of nodes {}", quote_all(nodes.iter().map(|node| node.id.as_str()))),
    };
    Finding::new(MISSING_NODE, format!("class {}{of} is not installed, {AS_REFUSED}", quote(class)))
        .help(how_to_install(class, None))
        .about_all(nodes)
        .by_dry_run(worker.as_deref(), verdict)
}

fn note(workflow: &Workflow, by: Option<&str>, verdict: &Verdict) -> Finding {
    let classes: BTreeSet<_> = workflow.nodes().filter_map(|node| node.class.as_ref()).collect();
    let found = classes.len().saturating_sub(verdict.missing.len());
    let others = if verdict.missing.is_empty() { "node" } else { "other node" };
    let plural = if found == 1 { "" } else { "es" };
    let message = format!(
        "{} has {found} {others} class{plural} of the workflow, {AS_REFUSED} ({})",
        worker(by),
        count(verdict.jobs, "job")
    );
    Finding::new(DRY_RUN, message).by_dry_run(by, verdict)
}

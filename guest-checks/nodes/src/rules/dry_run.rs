//! What a dry run shows of node classes, without an inventory.

use super::installed::{classes, headline};
use super::known::how_to_install;
use super::{MISSING_NODE, not_installed};
use comfycheck_sdk::dry_run::{MissingClass, Verdict};
use comfycheck_sdk::wording::quote;
use comfycheck_sdk::{Answer, Finding, Node, OpenQuestion, Workflow};

/// A dry run answered whether classes are installed.
pub const DRY_RUN: &str = "dry-run";

/// A finding for each class that ComfyUI reported as missing. The other classes are a note if
/// all of them are installed, and an open question if that is unknown.
#[must_use]
pub fn answer(workflow: &Workflow, verdict: &Verdict) -> Answer {
    let mut answer: Answer = verdict.missing.iter().map(|missing| missing_class(workflow, missing, verdict)).collect();
    match &verdict.classes {
        Err(why) => answer.open.push(
            OpenQuestion::new(MISSING_NODE, format!("could not check the other node classes: {why}"))
                .help("raise `dry-run` in `[deployment]`, or install the missing classes first"),
        ),
        Ok(worker) => answer.findings.push(note(workflow, worker.as_deref(), verdict)),
    }
    answer
}

fn missing_class(workflow: &Workflow, missing: &MissingClass, verdict: &Verdict) -> Finding {
    let MissingClass { class, worker } = missing;
    let nodes: Vec<&Node> = workflow.nodes().filter(|node| node.class.as_ref() == Some(class)).collect();
    not_installed(&format!("node class {}", quote(class)))
        .help(how_to_install(class, None))
        .about_all(nodes)
        .by_dry_run(worker.as_deref(), verdict)
}

fn note(workflow: &Workflow, worker: Option<&str>, verdict: &Verdict) -> Finding {
    Finding::new(DRY_RUN, headline(classes(workflow), verdict.missing.len())).by_dry_run(worker, verdict)
}

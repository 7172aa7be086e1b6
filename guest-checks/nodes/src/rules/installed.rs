//! The headline of the check: how many classes of the workflow are installed.

use super::packs::find;
use super::samples::{Evidence, evidence};
use super::{InstalledClasses, uninstalled};
use crate::requirements::{PackRequirement, is_commit};
use comfycheck_sdk::inventory::Pack;
use comfycheck_sdk::samples::Sample;
use comfycheck_sdk::wording::{count, one_line};
use comfycheck_sdk::{Finding, Workflow};
use std::collections::BTreeSet;

/// How many classes of the workflow are installed.
pub const INSTALLED: &str = "installed";

/// The classes that the inventory lists; none if the workflow has no class.
#[must_use]
pub fn by_inventory(
    workflow: &Workflow,
    installed: &InstalledClasses<'_>,
    required: &[PackRequirement],
) -> Option<Finding> {
    let missing = uninstalled(workflow, installed.classes).len();
    note(classes(workflow), missing, &versions(required, installed.packs))
}

/// The classes that a sample ran with; none if no sample shows it.
#[must_use]
pub fn by_samples(samples: &[Sample], required: &[PackRequirement], packs: Option<&[Pack]>) -> Option<Finding> {
    let sample = samples.iter().find(|sample| matches!(evidence(sample), Evidence::AllInstalled))?;
    let workflow = Workflow::parse(&sample.workflow).ok()?;
    note(classes(&workflow), 0, &versions(required, packs))
}

/// How many classes a workflow uses.
pub(super) fn classes(workflow: &Workflow) -> usize {
    workflow.nodes().filter_map(|node| node.class.as_ref()).collect::<BTreeSet<_>>().len()
}

/// `12 classes installed`, or `11 of 12 classes installed`.
pub(super) fn headline(all: usize, missing: usize) -> String {
    let of = if missing == 0 { String::new() } else { format!("{} of ", all.saturating_sub(missing)) };
    format!("{of}{} installed", count(all as u64, "class"))
}

fn note(all: usize, missing: usize, versions: &str) -> Option<Finding> {
    (all > 0).then(|| Finding::new(INSTALLED, format!("{}{versions}", headline(all, missing))))
}

/// The versions of the required packs, as `; RES4LYF 022c873`. Of more than two, the first.
fn versions(required: &[PackRequirement], packs: Option<&[Pack]>) -> String {
    let listed = required.iter().filter_map(|pack| find(packs?, &pack.name)).filter(|pack| pack.enabled);
    let listed: Vec<_> = listed.map(version).collect();
    match listed.as_slice() {
        [] => String::new(),
        [first, others @ ..] if others.len() > 1 => {
            format!("; {first} and {}", count(others.len() as u64, "other pack"))
        }
        few => format!("; {}", few.join(", ")),
    }
}

fn version(pack: &Pack) -> String {
    let version = pack.version.as_deref().map(str::trim).unwrap_or_default();
    let short = if is_commit(version) { version.get(..7).unwrap_or(version) } else { version };
    one_line(&format!("{} {short}", pack.folder), 40)
}

//! Every decision and every message of the check, from plain values. Nothing here asks the host,
//! so other checks can use it.

pub mod dry_run;
pub mod installed;
pub mod known;
pub mod packs;
pub mod samples;

use crate::requirements::lenient_version;
use comfycheck_sdk::inventory::{self, Pack};
use comfycheck_sdk::wording::{names_with, nearest, quote};
use comfycheck_sdk::{Answer, Finding, Node, OpenQuestion, SAVE_INVENTORY, Severity, Workflow};
use dry_run::DRY_RUN;
use installed::INSTALLED;
use semver::VersionReq;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// A class that the workflow uses is not installed.
pub const MISSING_NODE: &str = "missing-node";
/// A node of the workflow has no class.
pub const NODE_WITHOUT_CLASS: &str = "node-without-class";
/// A required pack is not installed.
pub const MISSING_PACK: &str = "missing-pack";
/// A pack does not have the required version.
pub const PACK_VERSION: &str = "pack-version";
/// A required pack is disabled.
pub const DISABLED_PACK: &str = "disabled-pack";
/// ComfyUI does not have the required version.
pub const COMFYUI_VERSION: &str = "comfyui-version";

/// Every rule, with its default severity.
pub const RULES: [(&str, Severity); 8] = [
    (MISSING_NODE, Severity::Error),
    (NODE_WITHOUT_CLASS, Severity::Error),
    (MISSING_PACK, Severity::Error),
    (PACK_VERSION, Severity::Error),
    (DISABLED_PACK, Severity::Warning),
    (COMFYUI_VERSION, Severity::Error),
    (INSTALLED, Severity::Note),
    (DRY_RUN, Severity::Note),
];

/// The node classes of a ComfyUI.
#[derive(Clone, Copy, Debug)]
pub struct InstalledClasses<'a> {
    /// The names of all classes.
    pub classes: &'a BTreeSet<String>,
    /// By old class, the classes that ComfyUI puts in its place (see [`parse_replacements`]).
    /// None if they are unknown: a class that ComfyUI is known to replace is then an open
    /// question, and any other is missing.
    pub replacements: Option<&'a BTreeMap<String, Vec<String>>>,
    /// The installed packs, for help; none if they are unknown.
    pub packs: Option<&'a [Pack]>,
}

/// The classes of the workflow that are not installed, each with its nodes, in the order of the
/// workflow. Replacements are not considered.
#[must_use]
pub fn uninstalled<'a>(workflow: &'a Workflow, classes: &BTreeSet<String>) -> Vec<(&'a str, Vec<&'a Node>)> {
    let mut missing: Vec<(&str, Vec<&Node>)> = Vec::new();
    for node in workflow.nodes() {
        let Some(class) = node.class.as_deref().filter(|class| !classes.contains(*class)) else { continue };
        match missing.iter_mut().find(|(known, _)| *known == class) {
            Some((_, nodes)) => nodes.push(node),
            None => missing.push((class, vec![node])),
        }
    }
    missing
}

/// A finding of `missing-node` for each class of the workflow that is neither installed nor
/// replaced. ComfyUI refuses a workflow with any such node, even one that no output needs.
#[must_use]
pub fn missing_nodes(workflow: &Workflow, installed: &InstalledClasses<'_>) -> Answer {
    let mut answer = Answer::default();
    for (class, nodes) in uninstalled(workflow, installed.classes) {
        let replaced = |by: &Vec<String>| by.iter().any(|class| installed.classes.contains(class));
        match installed.replacements {
            Some(replacements) if replacements.get(class).is_some_and(replaced) => {}
            None if known::is_replaced(class) => {
                let class = quote(class);
                let reason =
                    format!("node class {class} is not installed; could not check whether ComfyUI replaces it");
                answer.open.push(OpenQuestion::new(MISSING_NODE, reason).help(SAVE_INVENTORY));
            }
            _ => answer.findings.push(missing_node(class, &nodes, installed)),
        }
    }
    answer
}

fn missing_node(class: &str, nodes: &[&Node], installed: &InstalledClasses<'_>) -> Finding {
    let names = installed.classes.iter().map(String::as_str);
    // A class with a known origin is not a typo.
    let near = if known::has_origin(class) { Vec::new() } else { nearest(class, names) };
    let help = match near.as_slice() {
        [] => known::how_to_install(class, installed.packs),
        near => {
            format!("did you mean {}? Otherwise {}", names_with(near.iter().copied(), "or"), known::INSTALL_ITS_PACK)
        }
    };
    not_installed(&format!("node class {}", quote(class))).help(help).about_all(nodes.iter().copied())
}

/// A finding of `missing-node` about a class, in the words of a message.
fn not_installed(class: &str) -> Finding {
    Finding::new(MISSING_NODE, format!("{class} is not installed"))
}

/// Reads the body of `/node_replacements`: by old class, the classes that ComfyUI puts in its
/// place. Empty if it is not such a body.
#[must_use]
pub fn parse_replacements(json: &str) -> BTreeMap<String, Vec<String>> {
    let Ok(Value::Object(body)) = serde_json::from_str(json) else { return BTreeMap::new() };
    let new_class = |by: &Value| by.get("new_node_id")?.as_str().map(str::to_owned);
    let classes = |by: Value| by.as_array().into_iter().flatten().filter_map(new_class).collect();
    body.into_iter().map(|(old, by)| (old, classes(by))).collect()
}

/// Whether a file is not a workflow at all: nothing in it has a class or inputs. The check `workflow` says what it is.
#[must_use]
pub fn has_no_nodes(workflow: &Workflow) -> bool {
    workflow.nodes().all(|node| node.class.is_none() && node.inputs.is_empty())
}

/// A finding of `node-without-class` for each node without a class.
#[must_use]
pub fn nodes_without_class(workflow: &Workflow) -> Vec<Finding> {
    let without = workflow.nodes().filter(|node| node.class.is_none());
    without.map(|node| node_without_class(&node.id).about(node)).collect()
}

fn node_without_class(id: &str) -> Finding {
    Finding::new(NODE_WITHOUT_CLASS, format!("node {} has no `class_type`", quote(id)))
        .help("export the workflow again from a ComfyUI that has the node's pack")
}

/// Whether ComfyUI has the required version. `running` is the version that it reports, if any.
#[must_use]
pub fn comfyui_version(required: &VersionReq, running: Result<Option<&str>, &inventory::Error>) -> Answer {
    const WHAT: &str = "could not read the version of ComfyUI";
    let version = match running {
        Err(err) => {
            let offer = match err {
                inventory::Error::NotOffered(why) if why.starts_with("the scenario") => {
                    "add `served = true` to `[comfyui]` of a scenario of your own, or run on an endpoint"
                }
                _ => "set `comfyui` in `[deployment]` to a ComfyUI server",
            };
            return OpenQuestion::unanswered(COMFYUI_VERSION, WHAT, err, offer).into();
        }
        Ok(version) => version,
    };
    match version.map(|text| (text.trim(), lenient_version(text))) {
        None => OpenQuestion::new(COMFYUI_VERSION, format!("{WHAT}: it reports none")).into(),
        Some((text, None)) => {
            OpenQuestion::new(COMFYUI_VERSION, format!("{WHAT}: {} is not a version", quote(text))).into()
        }
        Some((_, Some(version))) if required.matches(&version) => Answer::default(),
        Some((text, _)) => {
            let message = format!("ComfyUI has version {} (required: `{required}`)", quote(text));
            let help = format!("rebuild the worker image with ComfyUI `{required}`");
            Finding::new(COMFYUI_VERSION, message).help(help).into()
        }
    }
}

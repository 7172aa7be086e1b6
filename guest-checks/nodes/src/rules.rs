//! What the check decides, from plain values, and every message it has.
//!
//! Nothing here asks the host, so that other checks can use it.

pub mod dry_run;
pub mod known;
pub mod packs;
pub mod samples;

use crate::requirements::lenient_version;
use comfycheck_sdk::inventory::{self, Pack};
use comfycheck_sdk::{Answer, Finding, Node, OpenQuestion, Severity, Workflow, nearest, quote, quote_all};
use dry_run::DRY_RUN;
use semver::VersionReq;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// A class that the workflow uses is not installed.
pub const MISSING_NODE: &str = "missing-node";
/// A node of the workflow has no class.
pub const NODE_WITHOUT_CLASS: &str = "node-without-class";
/// A pack that the settings require is not installed.
pub const MISSING_PACK: &str = "missing-pack";
/// A pack does not have the version that the settings require.
pub const PACK_VERSION: &str = "pack-version";
/// A pack that the settings require is disabled.
pub const DISABLED_PACK: &str = "disabled-pack";
/// ComfyUI does not have the version that the settings require.
pub const COMFYUI_VERSION: &str = "comfyui-version";

/// Every rule, with its default severity.
pub const RULES: [(&str, Severity); 7] = [
    (MISSING_NODE, Severity::Error),
    (NODE_WITHOUT_CLASS, Severity::Error),
    (MISSING_PACK, Severity::Error),
    (PACK_VERSION, Severity::Error),
    (DISABLED_PACK, Severity::Warning),
    (COMFYUI_VERSION, Severity::Error),
    (DRY_RUN, Severity::Note),
];

/// What the reader can do where the inventory does not tell which classes are installed.
pub(crate) const HOW_TO_ANSWER: &str =
    "take samples, or give the suite's deployment a ComfyUI server, a saved `object-info` or a `dry-run`";

/// What is known of a ComfyUI's node classes.
#[derive(Clone, Copy, Debug)]
pub struct Installed<'a> {
    /// The names of all classes.
    pub classes: &'a BTreeSet<String>,
    /// By old class, the classes that ComfyUI puts in its place (see
    /// [`parse_replacements`]); none if that could not be asked: then classes that ComfyUI
    /// is known to replace are an open question, and the others are missing.
    pub replacements: Option<&'a BTreeMap<String, Vec<String>>>,
    /// The installed packs, for advice; none if they were not asked for.
    pub packs: Option<&'a [Pack]>,
}

/// The classes that the workflow uses and that are not installed, each with its nodes, in
/// the workflow's order. Whether ComfyUI replaces them is not looked at.
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

/// A finding of `missing-node` for each class that the workflow uses and that is neither
/// installed nor replaced. ComfyUI refuses a workflow with any such node, whether or not
/// an output depends on it.
#[must_use]
pub fn missing_nodes(workflow: &Workflow, installed: &Installed<'_>) -> Answer {
    let mut answer = Answer::default();
    for (class, nodes) in uninstalled(workflow, installed.classes) {
        let replaced = |by: &Vec<String>| by.iter().any(|class| installed.classes.contains(class));
        match installed.replacements {
            Some(replacements) if replacements.get(class).is_some_and(replaced) => {}
            None if known::is_replaced(class) => {
                let class = quote(class);
                let reason =
                    format!("class {class} is not installed, and whether ComfyUI replaces it could not be asked");
                answer
                    .open
                    .push(OpenQuestion::new(MISSING_NODE, reason).help(
                        "take samples, or give the suite's deployment a ComfyUI server or a saved `object-info`",
                    ));
            }
            _ => answer.findings.push(missing_node(class, &nodes, installed)),
        }
    }
    answer
}

fn missing_node(class: &str, nodes: &[&Node], installed: &Installed<'_>) -> Finding {
    let of = match nodes {
        [node] => format!("node {}", name_of(node)),
        nodes => format!("nodes {}", quote_all(nodes.iter().map(|node| node.id.as_str()))),
    };
    let message = format!("class {} of {of} is not installed", quote(class));
    let installed_names = installed.classes.iter().map(String::as_str);
    let near = if known::has_origin(class) { Vec::new() } else { nearest(class, installed_names) };
    let message = match near.as_slice() {
        [] => message,
        near => format!("{message}; the nearest installed: {}", quote_all(near.iter().copied())),
    };
    Finding::new(MISSING_NODE, message)
        .help(known::how_to_install(class, installed.packs))
        .about_all(nodes.iter().copied())
}

/// Reads the body of `/node_replacements`: by old class, the classes that ComfyUI puts in
/// its place. Empty if it is not such a body.
#[must_use]
pub fn parse_replacements(json: &str) -> BTreeMap<String, Vec<String>> {
    let Ok(Value::Object(body)) = serde_json::from_str(json) else { return BTreeMap::new() };
    let new_class = |by: &Value| by.get("new_node_id")?.as_str().map(str::to_owned);
    let classes = |by: Value| by.as_array().into_iter().flatten().filter_map(new_class).collect();
    body.into_iter().map(|(old, by)| (old, classes(by))).collect()
}

/// A finding of `node-without-class` for each node without a class. The workflow alone
/// tells it.
#[must_use]
pub fn nodes_without_class(workflow: &Workflow) -> Vec<Finding> {
    let without = workflow.nodes().filter(|node| node.class.is_none());
    without.map(|node| node_without_class(&name_of(node)).about(node)).collect()
}

fn node_without_class(name: &str) -> Finding {
    Finding::new(NODE_WITHOUT_CLASS, format!("node {name} has no `class_type`"))
        .help("export the workflow again from a ComfyUI that has the node's pack installed")
}

/// Whether ComfyUI has the version that is required. `running` is the version that it
/// says, if it says one.
#[must_use]
pub fn comfyui_version(required: &VersionReq, running: Result<Option<&str>, &inventory::Error>) -> Answer {
    let what = "cannot tell the version of ComfyUI";
    let offer = "give the suite's deployment the address of a ComfyUI server";
    let version = match running {
        Err(err) => return OpenQuestion::unanswered(COMFYUI_VERSION, what, err, offer).into(),
        Ok(version) => version.and_then(|text| Some((text, lenient_version(text)?))),
    };
    match version {
        None => OpenQuestion::new(COMFYUI_VERSION, format!("{what}: it does not say one that can be read")).into(),
        Some((_, version)) if required.matches(&version) => Answer::default(),
        Some((text, _)) => {
            let message =
                format!("the deployment runs ComfyUI {}, and the settings require `{required}`", quote(text.trim()));
            Finding::new(COMFYUI_VERSION, message)
                .help("build the worker's image with such a version of ComfyUI")
                .into()
        }
    }
}

/// A node in a message: its id, and its title where that says more than its class.
fn name_of(node: &Node) -> String {
    match &node.title {
        Some(title) if node.class.as_ref() != Some(title) => format!("{} ({})", quote(&node.id), quote(title)),
        _ => quote(&node.id),
    }
}

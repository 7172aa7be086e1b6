//! Before the samples: the workflow, and what the inventory has of its nodes and models.

use crate::requirements::{Load, NODES, PACK, loads, unmet};
use comfycheck_check_models::rules::description::Description;
use comfycheck_check_models::rules::{EMPTY_LOADER, MISSING_MODEL, Named, missing_models};
use comfycheck_check_nodes::rules::packs::is_called;
use comfycheck_check_nodes::rules::{Installed, MISSING_NODE, missing_nodes};
use comfycheck_sdk::inventory::{Error, Pack};
use comfycheck_sdk::{Answer, Finding, OpenQuestion, Subject, Workflow, quote};
use std::collections::{BTreeMap, BTreeSet};

/// What the inventory says.
#[derive(Clone, Debug)]
pub struct Inventory {
    /// The names of all installed classes.
    pub classes: Result<BTreeSet<String>, Error>,
    /// By class, what is known of the classes that load the required models; none if a class is not installed or its
    /// description is not understood.
    pub loaders: Result<BTreeMap<String, Option<Description>>, Error>,
    /// The installed packs, for advice and a note; none if they could not be asked or are of no use.
    pub packs: Option<Vec<Pack>>,
}

/// What the reader can do where nothing shows an inventory.
const OFFER: &str = "take samples, or give the suite's deployment a ComfyUI server or a saved `object-info`";

/// Judges the workflow, and the requirements that it uses by the inventory.
#[must_use]
pub fn before(workflow: &Workflow, inventory: &Inventory) -> Answer {
    let mut answer: Answer = other_workflow(workflow).into_iter().collect();
    answer = [answer, nodes(workflow, inventory), models(workflow, inventory)].into_iter().collect();
    answer.findings.extend(version(inventory));
    answer.findings.extend(vae_name(workflow));
    answer
}

fn other_workflow(workflow: &Workflow) -> Option<Finding> {
    let unmet = unmet(workflow);
    (!unmet.is_empty()).then(|| {
        Finding::new(
            "other-workflow",
            format!("the suite's workflow is not Denrisi's: it does not use {}", unmet.join(", ")),
        )
        .help("name the Denrisi workflow in the suite, or take the check `denrisi` out of it")
    })
}

fn nodes(workflow: &Workflow, inventory: &Inventory) -> Answer {
    let classes = match &inventory.classes {
        Ok(classes) => classes,
        Err(err) => {
            return OpenQuestion::unanswered(MISSING_NODE, "cannot list the installed node classes", err, OFFER).into();
        }
    };
    let installed = Installed { classes, replacements: None, packs: inventory.packs.as_deref() };
    let findings = missing_nodes(workflow, &installed).findings;
    findings.into_iter().filter(|finding| is_about_required_node(finding, workflow)).collect()
}

/// Whether a finding is about a node of a required class, or about no node that is known.
pub(crate) fn is_about_required_node(finding: &Finding, workflow: &Workflow) -> bool {
    let classes = finding.subjects.iter().filter_map(|subject| match subject {
        Subject::Node(node) => workflow.node(&node.id).and_then(|node| node.class.as_deref()),
        _ => None,
    });
    let classes: Vec<_> = classes.collect();
    classes.is_empty() || classes.iter().any(|class| NODES.contains(class))
}

fn models(workflow: &Workflow, inventory: &Inventory) -> Answer {
    let loaders = match &inventory.loaders {
        Ok(loaders) => loaders,
        Err(err) => return OpenQuestion::unanswered(MISSING_MODEL, "cannot ask what loaders offer", err, OFFER).into(),
    };
    loads(workflow).iter().map(|load| model(load, loaders)).collect()
}

fn model(load: &Load<'_>, loaders: &BTreeMap<String, Option<Description>>) -> Answer {
    let description = loaders.get(load.class).and_then(Option::as_ref);
    let Some(offered) = description.and_then(|description| description.choices.get(load.input)) else {
        let of = format!("{} of node {}", quote(load.class), quote(&load.node.id));
        let reason =
            format!("it is not known whether {of} offers {}: the class does not say what it offers", quote(load.file));
        return OpenQuestion::new(MISSING_MODEL, reason).help("see what the check `nodes` says of the class").into();
    };
    let named = Named { node: load.node, class: load.class, input: load.input, file: load.file, offered };
    let twin = offered.iter().find(|name| load.model.is(name)).map(String::as_str);
    let findings = missing_models(&[named], &[]);
    findings
        .into_iter()
        .map(as_own_rule)
        .map(|finding| if let Some(twin) = twin { with_twin(finding, twin) } else { finding })
        .collect()
}

/// A finding of the check `models` as one of this check.
pub(crate) fn as_own_rule(mut finding: Finding) -> Finding {
    if finding.rule == EMPTY_LOADER {
        MISSING_MODEL.clone_into(&mut finding.rule);
    }
    finding
}

/// A finding about a model that is there under another of its names.
fn with_twin(mut finding: Finding, twin: &str) -> Finding {
    finding.message = format!("{}; {} is the same model", finding.message, quote(twin));
    finding.help(format!("write {} in the workflow", quote(twin)))
}

/// The version of the pack, where ComfyUI-Manager lists it.
fn version(inventory: &Inventory) -> Option<Finding> {
    let pack = inventory.packs.as_ref()?.iter().find(|pack| pack.enabled && is_called(pack, PACK))?;
    let message = match pack.version.as_deref().map(str::trim).filter(|version| !version.is_empty()) {
        Some(version) => format!("{PACK} is installed in version {}", quote(version)),
        None => format!("{PACK} is installed in a version that is not known"),
    };
    Some(Finding::new("res4lyf-version", message).about(Subject::Pack(pack.folder.clone())))
}

/// Under which of its names the workflow loads the VAE.
fn vae_name(workflow: &Workflow) -> Option<Finding> {
    let load = loads(workflow).into_iter().find(|load| load.model.folder == "vae")?;
    let file = quote(load.file);
    let message = if load.file.contains("z-image-turbo-vae") {
        format!("the workflow loads the VAE as {file}; RunPod's image for Z-Image-Turbo has it as `ae.safetensors`")
    } else {
        format!(
            "the workflow loads the VAE as {file}, as ComfyUI's template and RunPod's image for Z-Image-Turbo name it"
        )
    };
    Some(Finding::new("vae-name", message).about(load.node.subject(Some(load.input))))
}

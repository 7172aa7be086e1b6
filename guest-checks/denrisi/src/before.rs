//! Before the samples: the workflow, and the inventory of its nodes and models.

use crate::requirements::{Load, NODES, PACK, loads, unmet};
use comfycheck_check_models::rules::description::Description;
use comfycheck_check_models::rules::inputs::ModelInput;
use comfycheck_check_models::rules::{EMPTY_LOADER, MISSING_MODEL, missing::missing_models};
use comfycheck_check_nodes::rules::packs::is_called;
use comfycheck_check_nodes::rules::{InstalledClasses, MISSING_NODE, missing_nodes};
use comfycheck_sdk::inventory::{Error, Pack};
use comfycheck_sdk::wording::quote;
use comfycheck_sdk::{Answer, Finding, OpenQuestion, SAVE_INVENTORY, Subject, Workflow};
use std::collections::{BTreeMap, BTreeSet};

/// The inventory of a deployment.
#[derive(Clone, Debug)]
pub struct Inventory {
    /// The names of all installed classes.
    pub classes: Result<BTreeSet<String>, Error>,
    /// The descriptions of the classes that load the required models. None if a class is not installed or its description cannot
    /// be read.
    pub loaders: Result<BTreeMap<String, Option<Description>>, Error>,
    /// The installed packs, for help and a note; none if they are unknown or not needed.
    pub packs: Option<Vec<Pack>>,
}

/// Judges the workflow, and its nodes and models by the inventory.
#[must_use]
pub fn before(workflow: &Workflow, inventory: &Inventory) -> Answer {
    let other_workflow = other_workflow(workflow).into_iter().collect();
    let notes = version(inventory).into_iter().chain(vae_name(workflow)).collect();
    [other_workflow, nodes(workflow, inventory), models(workflow, inventory), notes].into_iter().collect()
}

fn other_workflow(workflow: &Workflow) -> Option<Finding> {
    let unmet = unmet(workflow);
    (!unmet.is_empty()).then(|| {
        let message = format!("the workflow is not Denrisi's: it does not use {}", unmet.join(", "));
        Finding::new("other-workflow", message)
            .help("set `workflow` to the Denrisi workflow, or remove `[checks.denrisi]` from the suite")
    })
}

fn nodes(workflow: &Workflow, inventory: &Inventory) -> Answer {
    let classes = match &inventory.classes {
        Ok(classes) => classes,
        Err(err) => {
            let what = "could not list the installed node classes";
            return OpenQuestion::unanswered(MISSING_NODE, what, err, SAVE_INVENTORY).into();
        }
    };
    let installed = InstalledClasses { classes, replacements: None, packs: inventory.packs.as_deref() };
    let findings = missing_nodes(workflow, &installed).findings;
    findings.into_iter().filter(|finding| is_about_required_node(finding, workflow)).collect()
}

/// Whether a finding is about a node of a required class, or about no known node.
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
        Err(err) => {
            let what = "could not list the installed models";
            return OpenQuestion::unanswered(MISSING_MODEL, what, err, SAVE_INVENTORY).into();
        }
    };
    let loads = loads(workflow);
    let (known, unknown): (Vec<_>, Vec<_>) =
        loads.iter().map(|load| (load, listed(load, loaders))).partition(|(_, listed)| listed.is_some());
    let inputs: Vec<_> = known.iter().filter_map(|(load, listed)| Some(input(load, (*listed)?))).collect();
    // All at once, so that nodes share findings as in the check `models`.
    let findings = missing_models(&inputs, &[]).into_iter().map(|finding| with_twin(of_denrisi(finding), &inputs));
    Answer { findings: findings.collect(), open: unknown.iter().map(|(load, _)| unreadable(load)).collect() }
}

/// The list of a loader; none if its class is not installed or cannot be read.
fn listed<'a>(load: &Load<'_>, loaders: &'a BTreeMap<String, Option<Description>>) -> Option<&'a [String]> {
    let description = loaders.get(load.class)?.as_ref()?;
    description.choices.get(load.input).map(Vec::as_slice)
}

fn input<'a>(load: &Load<'a>, listed: &'a [String]) -> ModelInput<'a> {
    ModelInput { node: load.node, class: load.class, input: load.input, file: load.file, listed }
}

fn unreadable(load: &Load<'_>) -> OpenQuestion {
    let reason = format!("could not check {}: {} has no list of models", quote(load.file), quote(load.class));
    OpenQuestion::new(MISSING_MODEL, reason).help("see the findings of the check `nodes`")
}

/// A finding of the check `models` as one of this check.
pub(crate) fn of_denrisi(mut finding: Finding) -> Finding {
    if finding.rule == EMPTY_LOADER {
        MISSING_MODEL.clone_into(&mut finding.rule);
    }
    finding
}

/// Adds the model's other name to a finding, if the loader lists that.
fn with_twin(mut finding: Finding, inputs: &[ModelInput<'_>]) -> Finding {
    let is_it = |input: &&ModelInput<'_>| {
        finding.subjects.contains(&input.node.subject(Some(input.input)))
            && finding.subjects.iter().any(|subject| matches!(subject, Subject::Model(file) if file.name == input.file))
    };
    let Some(input) = inputs.iter().find(is_it) else { return finding };
    let model = crate::requirements::MODELS.iter().find(|model| model.is(input.file));
    match input.listed.iter().find(|name| model.is_some_and(|model| model.is(name))) {
        None => finding,
        Some(twin) => {
            let twin = quote(twin);
            if finding.message.contains(&twin) {
                return finding;
            }
            finding.message = format!("{}; it lists {twin}, the same model", finding.message);
            finding.help(format!("write {twin} in the workflow"))
        }
    }
}

/// The version of the pack, if ComfyUI-Manager lists it.
fn version(inventory: &Inventory) -> Option<Finding> {
    let pack = inventory.packs.as_ref()?.iter().find(|pack| pack.enabled && is_called(pack, PACK))?;
    let message = match pack.version.as_deref().map(str::trim).filter(|version| !version.is_empty()) {
        Some(version) => format!("{PACK} has version {}", quote(version)),
        None => format!("{PACK} is installed, version unknown"),
    };
    Some(Finding::new("res4lyf-version", message).about(Subject::Pack(pack.folder.clone())))
}

/// The name under which the workflow loads the VAE.
fn vae_name(workflow: &Workflow) -> Option<Finding> {
    let load = loads(workflow).into_iter().find(|load| load.model.folder == "vae")?;
    let file = quote(load.file);
    let message = if load.file.contains("z-image-turbo-vae") {
        format!("the workflow loads the VAE {file}; RunPod's Z-Image-Turbo image names it `ae.safetensors`")
    } else {
        format!("the workflow loads the VAE {file}, as ComfyUI's template and RunPod's Z-Image-Turbo image name it")
    };
    Some(Finding::new("vae-name", message).about(load.node.subject(Some(load.input))))
}

//! The nodes check of comfycheck: is every node class installed that the workflow uses, and
//! do packs and ComfyUI have the versions that the settings require?
//!
//! This file asks the host; [`rules`] decides.

pub mod requirements;
pub mod rules;

use comfycheck_sdk::inventory::{self, Pack};
use comfycheck_sdk::{
    Answer, Check, Error, Manifest, OpenQuestion, SAVE_INVENTORY_OR_DRY_RUN, Scope, Workflow, dry_run, readme_rules,
    samples,
};
use requirements::Requirements;
use rules::packs::{self, KnownPacks};
use rules::{DISABLED_PACK, InstalledClasses, MISSING_NODE, installed};
use std::collections::BTreeSet;

/// The check.
pub struct Nodes;

impl Check for Nodes {
    type Settings = Requirements;

    fn manifest() -> Manifest {
        Manifest {
            name: "nodes".into(),
            version: env!("CARGO_PKG_VERSION").into(),
            summary: "every node class of the workflow is installed, in the required versions".into(),
            scopes: vec![Scope::Deployment, Scope::Run],
            gates: true,
            rules: readme_rules(include_str!("../README.md"), &rules::RULES),
            settings_schema: include_str!("../schema.json").into(),
        }
    }

    fn run(scope: Scope, required: Requirements) -> Result<Answer, Error> {
        match scope {
            Scope::Deployment => {
                let workflow = Workflow::of_suite()?;
                if rules::has_no_nodes(&workflow) {
                    return Err(Error::NotApplicable("no node in the file has a class".into()));
                }
                let listed = listed_packs(&required);
                let nodes = nodes(&workflow, &required, listed.as_ref().and_then(|listed| listed.as_deref().ok()));
                Ok([nodes, versions(&required, listed.as_ref())].into_iter().collect())
            }
            // A skipped instance closes no question of scope `deployment`.
            Scope::Run => {
                let samples = samples::samples();
                let nodes = rules::samples::after_samples(&samples).map_err(Error::NotApplicable)?;
                let listed = listed_packs(&required);
                let packs = listed.as_ref().and_then(|listed| listed.as_deref().ok());
                let note =
                    installed::by_samples(&samples, &required.packs, packs).filter(|_| nodes.findings.is_empty());
                let mut versions = versions(&required, listed.as_ref());
                // Samples prove no version, so these questions stay open. A warning was reported before the samples.
                versions.findings.retain(|finding| finding.rule != DISABLED_PACK);
                Ok([note.into_iter().collect(), nodes, versions].into_iter().collect())
            }
            Scope::Sample => Err(Error::NotApplicable("runs in the scopes `deployment` and `run`".into())),
        }
    }
}

/// Findings about the nodes of the workflow.
fn nodes(workflow: &Workflow, required: &Requirements, packs: Option<&[Pack]>) -> Answer {
    const WHAT: &str = "could not list the installed node classes";
    const OFFER: &str = SAVE_INVENTORY_OR_DRY_RUN;
    let without_class = rules::nodes_without_class(workflow).into_iter().collect();
    let missing = match inventory::node_classes() {
        Err(err @ inventory::Error::NotOffered(_)) => match dry_run::workflow() {
            Ok(verdict) => rules::dry_run::answer(workflow, &verdict),
            Err(no) => OpenQuestion::unanswered_by_either(MISSING_NODE, WHAT, &err, &no, OFFER).into(),
        },
        Err(err) => OpenQuestion::unanswered(MISSING_NODE, WHAT, &err, OFFER).into(),
        Ok(classes) => {
            let classes: BTreeSet<String> = classes.into_iter().collect();
            let replacements = (!rules::uninstalled(workflow, &classes).is_empty())
                .then(inventory::node_replacements)
                .and_then(Result::ok)
                .map(|json| rules::parse_replacements(&json));
            let known = InstalledClasses { classes: &classes, replacements: replacements.as_ref(), packs };
            let missing = rules::missing_nodes(workflow, &known);
            let note = installed::by_inventory(workflow, &known, &required.packs);
            [note.into_iter().collect(), missing].into_iter().collect()
        }
    };
    [missing, without_class].into_iter().collect()
}

/// The packs that ComfyUI-Manager lists; none if the settings require no packs.
fn listed_packs(required: &Requirements) -> Option<Result<Vec<Pack>, inventory::Error>> {
    (!required.packs.is_empty()).then(inventory::packs)
}

/// Findings about the required versions of packs and of ComfyUI.
fn versions(required: &Requirements, listed: Option<&Result<Vec<Pack>, inventory::Error>>) -> Answer {
    let packs = listed.map(|listed| {
        let listed = listed.as_deref();
        let all_listed = packs::unlisted(&required.packs, listed.unwrap_or_default()).is_empty();
        let folders = if all_listed { None } else { pack_folders() };
        packs::check_packs(&required.packs, &KnownPacks { listed, folders: folders.as_ref() })
    });
    let comfyui = required.comfyui.as_ref().map(|version| {
        let running = inventory::system();
        let running = running.as_ref().map(|facts| facts.comfyui_version.as_deref());
        rules::comfyui_version(version, running)
    });
    packs.into_iter().chain(comfyui).collect()
}

/// The folders of the packs that the installed classes come from; none if a class could not be
/// read.
fn pack_folders() -> Option<BTreeSet<String>> {
    let mut folders = BTreeSet::new();
    for class in inventory::node_classes().ok()? {
        folders.extend(inventory::node_class(&class).ok()?.and_then(|description| packs::folder_of(&description)));
    }
    Some(folders)
}

#[cfg(feature = "component")]
comfycheck_sdk::export_check!(Nodes);

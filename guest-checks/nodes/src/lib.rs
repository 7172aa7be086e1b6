//! The nodes check of comfycheck: is every node class installed that the workflow uses,
//! and do packs and ComfyUI have the versions that the settings require?
//!
//! This is the shell that asks the host; [`rules`] decides.

pub mod requirements;
pub mod rules;

use comfycheck_sdk::inventory::{self, Pack};
use comfycheck_sdk::{Answer, Check, Error, Manifest, OpenQuestion, Scope, Workflow, dry_run, readme_rules, samples};
use requirements::Requirements;
use rules::packs::{self, KnownPacks};
use rules::{DISABLED_PACK, HOW_TO_ANSWER, Installed, MISSING_NODE};
use std::collections::BTreeSet;

/// The check.
pub struct Nodes;

impl Check for Nodes {
    type Settings = Requirements;

    fn manifest() -> Manifest {
        Manifest {
            name: "nodes".into(),
            version: env!("CARGO_PKG_VERSION").into(),
            summary: "Every node class that the workflow uses is installed, in the versions that the settings require."
                .into(),
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
                let listed = listed_packs(&required);
                let nodes = nodes(&workflow, listed.as_ref().and_then(|listed| listed.as_deref().ok()));
                Ok([nodes, versions(&required, listed.as_ref())].into_iter().collect())
            }
            // An instance that is skipped closes no open question of the deployment's.
            Scope::Run => {
                let nodes = rules::samples::after_samples(&samples::samples()).map_err(Error::NotApplicable)?;
                let mut versions = versions(&required, listed_packs(&required).as_ref());
                // No sample tells versions, so that what is open stays so. An error here either was
                // open before the samples or did not keep them from being taken; a warning was told.
                versions.findings.retain(|finding| finding.rule != DISABLED_PACK);
                Ok([nodes, versions].into_iter().collect())
            }
            Scope::Sample => Err(Error::NotApplicable("the check looks at the deployment and at the run".into())),
        }
    }
}

/// Findings about the nodes of the workflow.
fn nodes(workflow: &Workflow, packs: Option<&[Pack]>) -> Answer {
    const WHAT: &str = "cannot list the installed node classes";
    let without_class = rules::nodes_without_class(workflow).into_iter().collect();
    let missing = match inventory::node_classes() {
        Err(err @ inventory::Error::NotOffered(_)) => match dry_run::workflow() {
            Ok(verdict) => rules::dry_run::told(workflow, &verdict),
            Err(no) => OpenQuestion::unanswered_by_either(MISSING_NODE, WHAT, &err, &no, HOW_TO_ANSWER).into(),
        },
        Err(err) => OpenQuestion::unanswered(MISSING_NODE, WHAT, &err, HOW_TO_ANSWER).into(),
        Ok(classes) => {
            let classes: BTreeSet<String> = classes.into_iter().collect();
            let replacements = (!rules::uninstalled(workflow, &classes).is_empty())
                .then(inventory::node_replacements)
                .and_then(Result::ok)
                .map(|json| rules::parse_replacements(&json));
            let installed = Installed { classes: &classes, replacements: replacements.as_ref(), packs };
            rules::missing_nodes(workflow, &installed)
        }
    };
    [missing, without_class].into_iter().collect()
}

/// The packs that ComfyUI-Manager lists; none if no setting asks for packs.
fn listed_packs(required: &Requirements) -> Option<Result<Vec<Pack>, inventory::Error>> {
    (!required.packs.is_empty()).then(inventory::packs)
}

/// Findings about what the settings require of packs and of ComfyUI.
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

/// The folders of the packs that the installed classes come from; none if not every class
/// could be asked.
fn pack_folders() -> Option<BTreeSet<String>> {
    let mut folders = BTreeSet::new();
    for class in inventory::node_classes().ok()? {
        folders.extend(inventory::node_class(&class).ok()?.and_then(|description| packs::folder_of(&description)));
    }
    Some(folders)
}

#[cfg(feature = "component")]
comfycheck_sdk::export_check!(Nodes);

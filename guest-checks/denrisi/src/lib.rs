//! The `denrisi` check: every requirement of the Denrisi workflow in one check.
//!
//! The rules of the checks `nodes`, `models` and `performance` decide. This file asks the host.

pub mod after;
pub mod before;
pub mod requirements;
pub mod rules;

use before::Inventory;
use comfycheck_check_models::rules::description::Description;
use comfycheck_sdk::inventory::{self, Pack, node_class, node_classes, packs};
use comfycheck_sdk::samples::samples;
use comfycheck_sdk::{Answer, Check, Error, Manifest, Scope, Workflow};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

/// The check.
#[derive(Debug)]
pub struct Denrisi;

/// The check has no settings.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {}

impl Check for Denrisi {
    type Settings = Settings;

    fn manifest() -> Manifest {
        rules::manifest()
    }

    fn run(scope: Scope, Settings {}: Settings) -> Result<Answer, Error> {
        let workflow = Workflow::of_suite()?;
        match scope {
            Scope::Deployment => Ok(before::before(&workflow, &ask(&workflow, packs().ok()))),
            // Packs are for help and a note only.
            Scope::Run => after::after(&workflow, &samples(), &before::before(&workflow, &ask(&workflow, None))),
            Scope::Sample => Err(Error::NotApplicable("runs in the scopes `deployment` and `run`".into())),
        }
    }
}

fn ask(workflow: &Workflow, packs: Option<Vec<Pack>>) -> Inventory {
    Inventory { classes: node_classes().map(BTreeSet::from_iter), loaders: loaders(workflow), packs }
}

/// The descriptions of the classes that load the required models.
fn loaders(workflow: &Workflow) -> Result<BTreeMap<String, Option<Description>>, inventory::Error> {
    let classes: BTreeSet<_> = requirements::loads(workflow).iter().map(|load| load.class.to_owned()).collect();
    let description = |class: String| {
        let json = node_class(&class)?;
        Ok((class, json.and_then(|json| Description::parse(&json))))
    };
    classes.into_iter().map(description).collect()
}

#[cfg(feature = "component")]
comfycheck_sdk::export_check!(Denrisi);

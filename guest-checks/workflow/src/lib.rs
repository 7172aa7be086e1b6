//! The workflow check of comfycheck: does ComfyUI accept the workflow, and which problems does it not report?
//!
//! This file calls the host; [`rules`] decides.

pub mod api_graph;
pub mod class;
pub mod convert;
pub mod json;
pub mod python;
pub mod replacement;
pub mod rules;
pub mod sent_files;
pub mod verdict;

use class::Classes;
use comfycheck_packs::{ClassFacts, Packs, Version};
use comfycheck_sdk::{Answer, Check, Error, Manifest, OpenQuestion, Scope, inputs, inventory, readme_rules, samples};
use replacement::Replacements;
use rules::{COMFYUI_VERDICT, Server, Settings};
use std::cell::RefCell;

/// The check.
pub struct Workflow;

impl Check for Workflow {
    type Settings = Settings;

    fn manifest() -> Manifest {
        Manifest {
            name: "workflow".into(),
            version: env!("CARGO_PKG_VERSION").into(),
            summary: "ComfyUI accepts the workflow, ignores nothing in it and does not fail later.".into(),
            scopes: vec![Scope::Deployment, Scope::Run],
            gates: true,
            rules: readme_rules(include_str!("../README.md"), &rules::RULES),
            settings_schema: include_str!("../schema.json").into(),
        }
    }

    fn run(scope: Scope, settings: Settings) -> Result<Answer, Error> {
        match scope {
            Scope::Deployment => Ok(examine(&settings)),
            Scope::Run => rules::samples::after_samples(&samples::samples()).map_err(Error::NotApplicable),
            Scope::Sample => Err(Error::NotApplicable("the check has no scope `sample`".into())),
        }
    }
}

/// Checks the suite's workflow against the inventory.
fn examine(settings: &Settings) -> Answer {
    let source = comfycheck_sdk::workflow_source::source();
    let failure = RefCell::new(None);
    let packs = Packs::embedded().with(settings.packs.clone());
    let files: Vec<String> = inputs::of_suite().into_iter().map(|file| file.name).collect();
    let classes = Classes::new(|name| {
        let with_files = |class: String| {
            // Most jobs send no file: then nothing is looked up.
            let facts = (!files.is_empty()).then(|| packs.class(name, ""));
            let validated: Vec<&str> = facts.iter().flat_map(ClassFacts::file_inputs).collect();
            sent_files::with_files(class, &files, &validated)
        };
        inventory::node_class(name).map(|class| class.map(with_files)).map_err(|err| {
            failure.borrow_mut().get_or_insert(err);
            "the inventory is not available".to_owned()
        })
    })
    .with_packs(packs.clone());
    let classes = match version(settings) {
        Some(version) => classes.in_version(version),
        None => classes,
    };
    let replacements = inventory::node_replacements().ok().and_then(|json| Replacements::parse(&json).ok());
    let class_names = || inventory::node_classes().unwrap_or_default();
    let server = Server {
        classes: &classes,
        replacements: replacements.as_ref(),
        is_core_only: settings.core_only,
        class_names: &class_names,
    };
    let mut answer = rules::examine(&source, &server, settings);
    // Without a class description every other answer is open, too: one question stands for all.
    if let Some(err) = failure.borrow().as_ref() {
        answer.open = vec![OpenQuestion::unanswered(COMFYUI_VERDICT, WHAT, err, OFFER)];
    } else if let Some(partial) = inventory::node_classes().ok().and_then(|names| rules::partial_inventory(&names)) {
        answer = partial.into();
    } else if let Some(why) = classes.failure() {
        answer.open = vec![OpenQuestion::new(COMFYUI_VERDICT, format!("{WHAT}: {why}")).help(OFFER)];
    }
    answer
}

/// The version of ComfyUI: from the settings, else from the inventory. None if both do not say.
fn version(settings: &Settings) -> Option<Version> {
    settings.comfyui_version.or_else(|| Version::parse(&inventory::system().ok()?.comfyui_version?))
}

const WHAT: &str = "cannot check whether ComfyUI accepts the workflow";

/// Help without a usable inventory.
const OFFER: &str = "save an inventory: `comfycheck inventory save FILE --comfyui URL`";

#[cfg(feature = "component")]
comfycheck_sdk::export_check!(Workflow);

//! The workflow check of comfycheck: what would ComfyUI answer to the workflow, and what would it not say?
//!
//! This is the shell that asks the host; [`rules`] decides.

pub mod class;
pub mod convert;
pub mod graph;
pub mod json;
pub mod python;
pub mod replacement;
pub mod rules;
pub mod validators;
pub mod verdict;

use class::Classes;
use comfycheck_sdk::inventory;
use comfycheck_sdk::samples::{self, Ending};
use comfycheck_sdk::{Answer, Check, Error, Manifest, OpenQuestion, Scope, readme_rules};
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
            summary: "ComfyUI accepts the workflow, and nothing in it is ignored or fails later.".into(),
            scopes: vec![Scope::Deployment, Scope::Run],
            gates: true,
            rules: readme_rules(include_str!("../README.md"), &rules::RULES),
            settings_schema: include_str!("../schema.json").into(),
        }
    }

    fn run(scope: Scope, settings: Settings) -> Result<Answer, Error> {
        match scope {
            Scope::Deployment => Ok(examine(&settings)),
            Scope::Run => after_samples(),
            Scope::Sample => Err(Error::NotApplicable("the check looks at the deployment and at the run".into())),
        }
    }
}

/// Examines the suite's workflow with what the inventory tells.
fn examine(settings: &Settings) -> Answer {
    let source = comfycheck_sdk::bindings::comfycheck::check::workflow::source();
    let failure = RefCell::new(None);
    let classes = Classes::new(|name| {
        inventory::node_class(name).map_err(|err| {
            failure.borrow_mut().get_or_insert(err);
            "the inventory does not tell".to_owned()
        })
    });
    let replacements = inventory::node_replacements().ok().and_then(|json| Replacements::parse(&json).ok());
    let class_names = || inventory::node_classes().unwrap_or_default();
    let server = Server { classes: &classes, replacements: replacements.as_ref(), class_names: &class_names };
    let mut answer = rules::examine(&source, &server, settings);
    if let Some(err) = failure.borrow().as_ref() {
        // The one question stands for all others that depend on it.
        let what = "cannot tell what ComfyUI would answer to the workflow";
        answer.open = vec![OpenQuestion::unanswered(COMFYUI_VERDICT, what, err, HOW_TO_ANSWER)];
    } else if let Some(why) = classes.failure() {
        let reason = format!("cannot tell what ComfyUI would answer to the workflow: {why}");
        answer.open = vec![OpenQuestion::new(COMFYUI_VERDICT, reason).help(HOW_TO_ANSWER)];
    }
    answer
}

/// What the reader can do where no inventory describes the classes.
const HOW_TO_ANSWER: &str = "take samples, or give the suite's deployment a ComfyUI server or a saved `object-info`";

/// After the samples, one that returned an image answers whether ComfyUI accepts the workflow.
fn after_samples() -> Result<Answer, Error> {
    let accepted = |sample: &samples::Sample| sample.ending == Ending::Succeeded && sample.image_count > 0;
    if samples::samples().iter().any(accepted) {
        return Ok(Answer::default());
    }
    Err(Error::NotApplicable("no sample returned an image, which would show that ComfyUI accepts the workflow".into()))
}

#[cfg(feature = "component")]
comfycheck_sdk::export_check!(Workflow);

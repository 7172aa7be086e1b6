//! What a dry run shows of models, without an inventory.

use super::MISSING_MODEL;
use super::folders::folder_of;
use super::found::headline;
use super::inputs::model_texts;
use super::missing::MissingModel;
use super::required::RequiredModel;
use super::search::{Inventory, ModelSearch, of_workflow_by};
use comfycheck_sdk::dry_run::{Choice, ToldValues, Verdict};
use comfycheck_sdk::inventory::ModelFile;
use comfycheck_sdk::wording::{one_line, quote};
use comfycheck_sdk::worker_error::InputError;
use comfycheck_sdk::{Answer, Finding, Node, OpenQuestion, SAVE_INVENTORY, Workflow};

/// A dry run answered whether models are there.
pub const DRY_RUN: &str = "dry-run";
/// ComfyUI refused another value of a model loader.
pub const REFUSED_LOADER: &str = "refused-loader";

/// A finding for each model and each other value of a loader that ComfyUI refused, and a note on
/// the models that it accepted.
#[must_use]
pub fn findings(workflow: &Workflow, verdict: &Verdict) -> Answer {
    let Ok(values) = &verdict.values else { return Answer::default() };
    let worker = values.worker.as_deref();
    let refused = values.errors().filter_map(|(id, error)| {
        let node = workflow.node(id)?;
        let class = node.class.as_deref()?;
        let finding = match error.missing_model() {
            Some(file) => {
                let missing = MissingModel { class: Some(class), file, listed: error.accepted.as_deref() };
                missing.finding("", &[], [node.subject(error.input.as_deref())].into_iter())
            }
            None => refused_value(node, class, &error),
        };
        Some(finding.by_dry_run(worker, verdict))
    });
    refused.chain(note(workflow, values, verdict)).collect()
}

fn refused_value(node: &Node, class: &str, error: &InputError) -> Finding {
    let of = error.input.as_deref().map(|input| format!("input {} of ", quote(input))).unwrap_or_default();
    let why = if error.details.is_empty() { &error.message } else { &error.details };
    let message = format!("ComfyUI refuses {of}{}: {}", quote(class), one_line(why, 300));
    Finding::new(REFUSED_LOADER, message)
        .help("correct the value in the workflow")
        .about(node.subject(error.input.as_deref()))
}

fn note(workflow: &Workflow, values: &ToldValues, verdict: &Verdict) -> Option<Finding> {
    let models: Vec<_> = model_texts(workflow).collect();
    let accepted = models.iter().filter(|(node, input, _)| values.accepts(&node.id, input)).count();
    (accepted > 0)
        .then(|| Finding::new(DRY_RUN, headline(accepted, models.len())).by_dry_run(values.worker.as_deref(), verdict))
}

/// A question for each model that ComfyUI neither accepted nor refused.
#[must_use]
pub fn open(workflow: &Workflow, verdict: &Verdict) -> Vec<OpenQuestion> {
    let question = |(node, input, file): (&Node, &str, &str)| {
        let Inventory::Unknown(why) = inventory(verdict, node, input) else { return None };
        let reason = format!("could not check {}: {why}", quote(file));
        Some(OpenQuestion::new(MISSING_MODEL, reason).help(SAVE_INVENTORY))
    };
    model_texts(workflow).filter_map(question).collect()
}

/// The models that volumes are searched for besides, and a question for each whose folder is unknown.
#[must_use]
pub fn searches(workflow: &Workflow, verdict: &Verdict) -> (Vec<ModelSearch>, Vec<OpenQuestion>) {
    of_workflow_by(workflow, |node, input| inventory(verdict, node, input))
}

/// What ComfyUI said of the model of an input.
fn inventory(verdict: &Verdict, node: &Node, input: &str) -> Inventory {
    if let Some(missing) = verdict.missing.iter().find(|missing| node.class.as_ref() == Some(&missing.class)) {
        return Inventory::Unknown(format!("node class {} is not installed", quote(&missing.class)));
    }
    let values = match &verdict.values {
        Ok(values) => values,
        Err(why) => return Inventory::Unknown(why.clone()),
    };
    if values.accepts(&node.id, input) {
        return Inventory::Has;
    }
    let is_it = |id: &str, of: Option<&str>| id == node.id && of.is_none_or(|of| of == input);
    match values.errors().find(|(id, error)| is_it(id, error.input.as_deref())) {
        Some((_, error)) if error.missing_model().is_some() => Inventory::Lacks,
        Some((_, error)) => Inventory::Unknown(format!("ComfyUI refused the node: {}", one_line(&error.message, 300))),
        None => Inventory::Unknown("a dry run checks only the loaders of ComfyUI and ComfyUI-GGUF".into()),
    }
}

/// The files of a required model's folder, as far as they show whether it is there: all of them if
/// ComfyUI listed them, or the one that it accepted.
#[must_use]
pub fn listing(required: &RequiredModel, workflow: &Workflow, verdict: &Verdict) -> Option<Vec<ModelFile>> {
    let values = verdict.values.as_ref().ok()?;
    let reads = |class: &str| folder_of(class) == Some(required.folder.as_str());
    let is_loader = |node: &Node| node.class.as_deref().is_some_and(reads);
    let accepted = model_texts(workflow).find(|(node, input, file)| {
        is_loader(node) && required.names.iter().any(|name| name == file) && values.accepts(&node.id, input)
    });
    let file = |name: &str| ModelFile { name: name.to_owned(), size: None };
    if let Some((.., name)) = accepted {
        return Some(vec![file(name)]);
    }
    // The values of its other inputs, such as the kind of a text encoder, are not files.
    let lists_files = |choice: &&Choice| {
        let mut inputs = model_texts(workflow).filter(|(node, input, _)| is_loader(node) && *input == choice.input);
        reads(&choice.class) && inputs.any(|(node, ..)| node.class.as_ref() == Some(&choice.class))
    };
    Some(values.choices.iter().find(lists_files)?.names.iter().map(|name| file(name)).collect())
}

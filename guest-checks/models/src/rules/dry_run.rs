//! What a job that ComfyUI refused tells of models, where no inventory does.

use super::folders::folder_of;
use super::required::RequiredModel;
use super::volume::{Inventory, Wanted};
use super::{MISSING_MODEL, Missing, texts, wanted_by};
use comfycheck_sdk::dry_run::{Choice, ToldValues, Verdict};
use comfycheck_sdk::inventory::ModelFile;
use comfycheck_sdk::worker_error::InputError;
use comfycheck_sdk::{AS_REFUSED, Answer, Finding, Node, OpenQuestion, Workflow, is_model, quote, worker};

/// A dry run answered whether models are there.
pub const DRY_RUN: &str = "dry-run";
/// ComfyUI refused what a loader is given besides a model.
pub const REFUSED_LOADER: &str = "refused-loader";

/// A finding for each model that ComfyUI refused, and for whatever else it refused of a loader; and a note on the models
/// that it took.
#[must_use]
pub fn told(workflow: &Workflow, verdict: &Verdict) -> Answer {
    let Ok(values) = &verdict.values else { return Answer::default() };
    let by = values.worker.as_deref();
    let refused = values.errors().filter_map(|(id, error)| {
        let node = workflow.node(id)?;
        let class = node.class.as_deref()?;
        let input = error.input.as_deref();
        let finding = match error.missing_model() {
            Some(file) => {
                let loader = format!("{} of node {}", quote(class), quote(id));
                let missing = Missing { loader, class: Some(class), file, offered: error.accepted.as_deref() };
                missing.finding(&format!(", {AS_REFUSED}"), &[], [node.subject(input)].into_iter())
            }
            None => refused_value(node, &error),
        };
        Some(finding.by_dry_run(by, verdict))
    });
    refused.chain(note(workflow, values, verdict)).collect()
}

fn refused_value(node: &Node, error: &InputError) -> Finding {
    let of = error.input.as_deref().map(|input| format!("input {} of ", quote(input))).unwrap_or_default();
    let said = if error.details.is_empty() { &error.message } else { &error.details };
    let message = format!("ComfyUI refuses {of}node {}, {AS_REFUSED}: {said}", quote(&node.id));
    Finding::new(REFUSED_LOADER, message)
        .help("correct the value; every job with it fails")
        .about(node.subject(error.input.as_deref()))
}

fn note(workflow: &Workflow, values: &ToldValues, verdict: &Verdict) -> Option<Finding> {
    let models: Vec<_> = named(workflow).collect();
    let taken = models.iter().filter(|(node, input, _)| values.accepts(&node.id, input)).count();
    if taken == 0 {
        return None;
    }
    let by = values.worker.as_deref();
    let models = models.len();
    let message = format!("{} has {taken} of {models} models that the workflow names, {AS_REFUSED}", worker(by));
    Some(Finding::new(DRY_RUN, message).by_dry_run(by, verdict))
}

/// What the workflow names that looks like a model file: the node, the input and the name.
fn named(workflow: &Workflow) -> impl Iterator<Item = (&Node, &str, &str)> {
    workflow.nodes().flat_map(|node| {
        let of_input =
            move |(input, value)| texts(value).into_iter().map(move |text| (node, String::as_str(input), text));
        node.inputs.iter().flat_map(of_input).filter(|(.., text)| is_model(text))
    })
}

/// A question for each model of which ComfyUI did not say whether it is there.
#[must_use]
pub fn open(workflow: &Workflow, verdict: &Verdict) -> Vec<OpenQuestion> {
    let question = |(node, input, file): (&Node, &str, &str)| {
        let Inventory::Silent(why) = inventory(verdict, node, input) else { return None };
        let reason = format!("whether the worker has {} of node {} is not known: {why}", quote(file), quote(&node.id));
        Some(OpenQuestion::new(MISSING_MODEL, reason).help(INSTEAD))
    };
    named(workflow).filter_map(question).collect()
}

const INSTEAD: &str = "take samples, or give the suite's deployment a ComfyUI server or a saved `object-info`";

/// What is looked for on volumes besides; and a question for each model of which nobody says where it should lie.
#[must_use]
pub fn wanted(workflow: &Workflow, verdict: &Verdict) -> (Vec<Wanted>, Vec<OpenQuestion>) {
    wanted_by(workflow, |node, input| inventory(verdict, node, input))
}

/// What ComfyUI said of a model that an input names.
fn inventory(verdict: &Verdict, node: &Node, input: &str) -> Inventory {
    if let Some(missing) = verdict.missing.iter().find(|missing| node.class.as_ref() == Some(&missing.class)) {
        return Inventory::Silent(format!("class {} is missing", quote(&missing.class)));
    }
    let values = match &verdict.values {
        Ok(values) => values,
        Err(why) => return Inventory::Silent(why.clone()),
    };
    if values.accepts(&node.id, input) {
        return Inventory::Has;
    }
    let is_it = |id: &str, of: Option<&str>| id == node.id && of.is_none_or(|of| of == input);
    match values.errors().find(|(id, error)| is_it(id, error.input.as_deref())) {
        Some((_, error)) if error.missing_model().is_some() => Inventory::Lacks,
        Some((_, error)) => Inventory::Silent(format!("ComfyUI refused the node: {}", error.message)),
        None => Inventory::Silent(
            "a dry run asks the loaders of ComfyUI and of ComfyUI-GGUF, as far as they look at what they are given"
                .into(),
        ),
    }
}

/// The files of the folder of a required model, as far as they tell whether it is there: all of them if ComfyUI listed them,
/// or the one that it took.
#[must_use]
pub fn listing(required: &RequiredModel, workflow: &Workflow, verdict: &Verdict) -> Option<Vec<ModelFile>> {
    let values = verdict.values.as_ref().ok()?;
    let reads = |class: &str| folder_of(class) == Some(required.folder.as_str());
    let is_loader = |node: &Node| node.class.as_deref().is_some_and(reads);
    let taken = named(workflow).find(|(node, input, file)| {
        is_loader(node) && required.names.iter().any(|name| name == file) && values.accepts(&node.id, input)
    });
    let file = |name: &str| ModelFile { name: name.to_owned(), size: None };
    if let Some((.., name)) = taken {
        return Some(vec![file(name)]);
    }
    // What its other inputs take, such as the kind of a text encoder, is no file.
    let lists_files = |choice: &&Choice| {
        let mut named = named(workflow).filter(|(node, input, _)| is_loader(node) && *input == choice.input);
        reads(&choice.class) && named.any(|(node, ..)| node.class.as_ref() == Some(&choice.class))
    };
    Some(values.choices.iter().find(lists_files)?.names.iter().map(|name| file(name)).collect())
}

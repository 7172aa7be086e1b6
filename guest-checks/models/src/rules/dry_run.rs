//! What a job that ComfyUI refused tells of models, where no inventory does.

use super::folders::folder_of;
use super::required::RequiredModel;
use super::volume::{Inventory, Wanted};
use super::{MISSING_MODEL, Missing, model_texts, texts, wanted_by};
use comfycheck_sdk::dry_run::Verdict;
use comfycheck_sdk::inventory::ModelFile;
use comfycheck_sdk::{AS_REFUSED, Answer, Finding, Node, OpenQuestion, Subject, Workflow, is_model, quote};

/// A dry run answered whether models are there.
pub const DRY_RUN: &str = "dry-run";

/// A finding for each model that ComfyUI refused, and a note on those that it took.
#[must_use]
pub fn told(workflow: &Workflow, verdict: &Verdict) -> Answer {
    let missing = verdict.errors().filter_map(|(id, error)| {
        let node = workflow.node(id)?;
        let class = node.class.as_deref()?;
        let (file, input) = (error.missing_model()?, error.input.as_deref());
        let loader = format!("{} of node {}", quote(class), quote(id));
        let missing = Missing { loader, class: Some(class), file, offered: error.accepted.as_deref() };
        let finding = missing.finding(&format!(", {AS_REFUSED}"), &[], [node.subject(input)].into_iter());
        Some(finding.about_all(workers(verdict)).by_dry_run(verdict))
    });
    missing.chain(note(workflow, verdict)).collect()
}

fn workers(verdict: &Verdict) -> impl Iterator<Item = Subject> {
    verdict.workers.iter().cloned().map(Subject::Worker)
}

fn note(workflow: &Workflow, verdict: &Verdict) -> Option<Finding> {
    let models: Vec<_> = named(workflow).collect();
    let taken = models.iter().filter(|(node, input, _)| verdict.accepts(&node.id, input)).count();
    if taken == 0 {
        return None;
    }
    let message =
        format!("{} has {taken} of {} models that the workflow names, {AS_REFUSED}", verdict.by_whom(), models.len());
    Some(Finding::new(DRY_RUN, message).about_all(workers(verdict)).by_dry_run(verdict))
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
    let question = |node: &Node| {
        let file = model_texts(node).next()?;
        let why = node.inputs.keys().find_map(|input| match inventory(verdict, node, input) {
            Inventory::Silent(why) if texts(&node.inputs[input]).into_iter().any(is_model) => Some(why),
            _ => None,
        })?;
        let reason = format!("whether the worker has {} of node {} is not known: {why}", quote(file), quote(&node.id));
        Some(OpenQuestion::new(MISSING_MODEL, reason).help("see what the `nodes` check says, and run it again then"))
    };
    workflow.nodes().filter_map(question).collect()
}

/// What is looked for on volumes besides; and a question for each model of which nobody says where it should lie.
#[must_use]
pub fn wanted(workflow: &Workflow, verdict: &Verdict) -> (Vec<Wanted>, Vec<OpenQuestion>) {
    wanted_by(workflow, |node, input| inventory(verdict, node, input))
}

/// What ComfyUI said of a model that an input names.
fn inventory(verdict: &Verdict, node: &Node, input: &str) -> Inventory {
    if verdict.accepts(&node.id, input) {
        return Inventory::Has;
    }
    let is_it = |id: &str, of: Option<&str>| id == node.id && of.is_none_or(|of| of == input);
    match verdict.errors().find(|(id, error)| is_it(id, error.input.as_deref())) {
        Some((_, error)) if error.missing_model().is_some() => Inventory::Lacks,
        Some((_, error)) => Inventory::Silent(format!("ComfyUI refused the node: {}", error.message)),
        None => Inventory::Silent(verdict.incomplete.clone().unwrap_or_else(|| match verdict.missing.as_slice() {
            [] => "ComfyUI did not look at the node, on which no output depends".to_owned(),
            [missing, ..] => {
                format!("class {} is missing, and ComfyUI did not look at what it needs", quote(&missing.class))
            }
        })),
    }
}

/// The files of the folder of a required model, as far as they tell whether it is there: all of them if ComfyUI listed them,
/// or the one that it took.
#[must_use]
pub fn listing(required: &RequiredModel, workflow: &Workflow, verdict: &Verdict) -> Option<Vec<ModelFile>> {
    let is_loader = |node: &Node| node.class.as_deref().and_then(folder_of) == Some(required.folder.as_str());
    let taken = named(workflow).find(|(node, input, file)| {
        is_loader(node) && required.names.iter().any(|name| name == file) && verdict.accepts(&node.id, input)
    });
    let file = |name: &str| ModelFile { name: name.to_owned(), size: None };
    if let Some((.., name)) = taken {
        return Some(vec![file(name)]);
    }
    verdict.errors().find_map(|(id, error)| {
        let is_its = workflow.node(id).is_some_and(is_loader) && error.missing_model().is_some();
        Some(error.accepted.filter(|_| is_its)?.iter().map(|name| file(name)).collect())
    })
}

//! Models that a loader does not list.

use super::folders::{folder_of, on_volume, where_to_put};
use super::inputs::ModelInput;
use super::near_miss::{NearMiss, Place, near_miss};
use super::{EMPTY_LOADER, MISSING_MODEL};
use comfycheck_sdk::wording::{names, quote};
use comfycheck_sdk::{Finding, ModelRef, Node, Subject, is_model};
use std::collections::BTreeSet;

/// A finding for each model that its loader does not list: of `empty-loader` if the loader lists
/// none, else of `missing-model`. Nodes that share class, input and file share a finding.
///
/// `elsewhere` is where other files are, for help.
#[must_use]
pub fn missing_models(inputs: &[ModelInput<'_>], elsewhere: &[Place]) -> Vec<Finding> {
    let mut groups: Vec<(ModelInput<'_>, Vec<&Node>)> = Vec::new();
    for model in inputs.iter().filter(|model| !model.is_listed()) {
        let is_same =
            |known: &ModelInput<'_>| (known.class, known.input, known.file) == (model.class, model.input, model.file);
        match groups.iter_mut().find(|(known, _)| is_same(known)) {
            Some((_, nodes)) => nodes.push(model.node),
            None => groups.push((*model, vec![model.node])),
        }
    }
    let finding = |(model, nodes): &(ModelInput<'_>, Vec<&Node>)| {
        let missing = MissingModel { class: Some(model.class), file: model.file, listed: Some(model.listed) };
        missing.finding("", elsewhere, nodes.iter().map(|node| node.subject(Some(model.input))))
    };
    let findings: Vec<Finding> = groups.iter().map(finding).collect();
    match nothing_listed(inputs, elsewhere) {
        Some((message, help)) => {
            let shared = |finding| Finding { message: message.clone(), help: Some(help.clone()), ..finding };
            findings.into_iter().map(shared).collect()
        }
        None => findings,
    }
}

/// The message and the help if several loaders list no model files, and none lists any: they have one cause, and reports show
/// findings of one message together. None if other folders have the files.
fn nothing_listed(inputs: &[ModelInput<'_>], elsewhere: &[Place]) -> Option<(String, String)> {
    let is_nowhere = |model: &ModelInput<'_>| {
        is_empty(model.listed) && near_miss(model.file, model.listed, elsewhere).elsewhere().is_empty()
    };
    let loaders: BTreeSet<&str> = inputs.iter().map(|model| model.class).collect();
    if loaders.len() < 2 || !inputs.iter().all(is_nowhere) {
        return None;
    }
    let folders = loaders.iter().filter_map(|class| on_volume(folder_of(class)?));
    let folders: BTreeSet<String> = folders.map(|folder| format!("models/{folder}")).collect();
    let read = if folders.is_empty() {
        String::new()
    } else {
        format!(" (it reads {})", names(folders.iter().map(String::as_str)))
    };
    let help = format!(
        "attach the network volume with the models to the endpoint{read}, or put the files into the worker image"
    );
    Some((format!("{} list no model files", names(loaders)), help))
}

/// Whether a loader lists no model file. Words of its own do not count.
fn is_empty(listed: &[String]) -> bool {
    !listed.iter().any(|name| is_model(name))
}

/// A model that a loader does not list, by an inventory, a dry run or a job's error.
pub(super) struct MissingModel<'a> {
    /// The loader's class; none if it is unknown.
    pub(super) class: Option<&'a str>,
    pub(super) file: &'a str,
    /// The loader's list; none if it is unknown.
    pub(super) listed: Option<&'a [String]>,
}

impl MissingModel<'_> {
    /// `evidence` ends the message: nothing, or a remark in parentheses after a space.
    pub(super) fn finding(&self, evidence: &str, elsewhere: &[Place], nodes: impl Iterator<Item = Subject>) -> Finding {
        let folder = self.class.and_then(folder_of);
        let loader = self.class.map_or_else(|| "its loader".to_owned(), quote);
        let near = near_miss(self.file, self.listed.unwrap_or_default(), elsewhere);
        let is_empty = self.listed.is_some_and(is_empty);
        let (rule, what) = match &near {
            NearMiss::Listed(name, difference) if !is_empty => {
                (MISSING_MODEL, format!("{loader} lists {}, {difference}", quote(name)))
            }
            near => {
                let (rule, what) =
                    if is_empty { (EMPTY_LOADER, "lists no model files") } else { (MISSING_MODEL, "does not list it") };
                (rule, format!("{loader} {what}{}", near.elsewhere()))
            }
        };
        let help = if is_empty {
            format!("{}, and check that the network volume is attached to the endpoint", where_to_put(folder))
        } else {
            near.help(&where_to_put(folder))
        };
        let model = ModelRef { folder: folder.unwrap_or_default().to_owned(), name: self.file.to_owned() };
        Finding::new(rule, format!("model {} is missing: {what}{evidence}", quote(self.file)))
            .help(help)
            .about_all(nodes)
            .about(Subject::Model(model))
    }
}

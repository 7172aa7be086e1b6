//! Asks the inventory for classes and files.

use crate::rules::description::Description;
use crate::rules::folders::{folder_of, loader_of};
use crate::rules::inputs::{ModelInput, listers};
use crate::rules::near_miss::Place;
use crate::rules::required::{Listing, RequiredModel};
use crate::rules::size::suspicious_size;
use comfycheck_sdk::inventory::{self, ModelFile};
use comfycheck_sdk::{Finding, Subject, Workflow, is_model};
use std::collections::{BTreeMap, BTreeSet};

/// Descriptions by class.
pub(crate) type Classes = BTreeMap<String, Description>;
/// Files by folder.
pub(crate) type Listings = BTreeMap<String, Listing>;

/// The descriptions of the workflow's classes, and why the others have none.
pub(crate) fn classes_of(workflow: &Workflow) -> Result<(Classes, BTreeMap<String, &'static str>), inventory::Error> {
    let mut classes = BTreeMap::new();
    let mut unknown = BTreeMap::new();
    let named = workflow.nodes().filter_map(|node| node.class.clone());
    let needed: BTreeSet<String> = named.flat_map(|class| [listers(&class), Some(class)]).flatten().collect();
    for class in &needed {
        match inventory::node_class(class)? {
            None => _ = unknown.insert(class.clone(), "is not installed"),
            Some(json) => match Description::parse(&json) {
                Some(description) => _ = classes.insert(class.clone(), description),
                None => _ = unknown.insert(class.clone(), "has a description that comfycheck cannot read"),
            },
        }
    }
    Ok((classes, unknown))
}

/// Where model files are, for help: in the folders, or else in the lists of the workflow's classes.
pub(crate) fn elsewhere(classes: &Classes) -> Vec<Place> {
    let models =
        |files: Vec<ModelFile>| files.into_iter().map(|file| file.name).filter(|name| is_model(name)).collect();
    if offers("models") && offers("model-folders") {
        let folders = inventory::model_folders().unwrap_or_default();
        let files = |folder: String| Some((inventory::models(&folder).ok()??, folder));
        let place = |(files, folder)| Place { name: format!("folder `{folder}`"), files: models(files) };
        return folders.into_iter().filter_map(files).map(place).collect();
    }
    let place = |(class, description): (&String, &Description)| Place {
        name: format!("`{class}`"),
        files: description.models().map(str::to_owned).collect(),
    };
    classes.iter().map(place).collect()
}

/// Findings about the sizes of the workflow's files, if a source has them.
pub(crate) fn sizes(inputs: &[ModelInput<'_>]) -> Vec<Finding> {
    if !offers("models") {
        return Vec::new();
    }
    let mut files: BTreeMap<(&str, &str), Vec<Subject>> = BTreeMap::new();
    for model in inputs.iter().filter(|model| is_model(model.file) && model.is_listed()) {
        let Some(folder) = folder_of(model.class) else { continue };
        files.entry((folder, model.file)).or_default().push(model.node.subject(Some(model.input)));
    }
    let folders: BTreeSet<&str> = files.keys().map(|(folder, _)| *folder).collect();
    let listed = |folder| Some((folder, inventory::models(folder).ok()??));
    let listings: BTreeMap<&str, Vec<ModelFile>> = folders.into_iter().filter_map(listed).collect();
    let finding = |((folder, name), nodes): ((&str, &str), Vec<Subject>)| {
        let file = listings.get(folder)?.iter().find(|file| file.name == name)?;
        suspicious_size(folder, file, nodes)
    };
    files.into_iter().filter_map(finding).collect()
}

/// The folders of the required models.
pub(crate) fn listings(required: &[RequiredModel]) -> Listings {
    let folders: BTreeSet<_> = required.iter().map(|model| model.folder.clone()).collect();
    folders.into_iter().map(|folder| (folder.clone(), list(&folder))).collect()
}

/// The files of a folder. If no source lists folders, the list of a loader that reads it.
fn list(folder: &str) -> Listing {
    let listed = inventory::models(folder);
    let Err(inventory::Error::NotOffered(_)) = &listed else { return listed };
    let by_loader = || {
        let description = Description::parse(&inventory::node_class(loader_of(folder)?).ok()??)?;
        Some(description.models().map(|name| ModelFile { name: name.to_owned(), size: None }).collect())
    };
    by_loader().map_or(listed, |files| Ok(Some(files)))
}

/// Whether a source answers this kind of question. Help is not worth a question without an answer.
fn offers(question: &str) -> bool {
    inventory::sources().iter().any(|source| source.offers.iter().any(|offered| offered == question))
}

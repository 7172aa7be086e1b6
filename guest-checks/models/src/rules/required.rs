//! Models that the settings require besides those of the workflow.

use super::REQUIRED_MODEL;
use super::content::Fault;
use super::folders::{listed_as, where_to_put};
use super::near_miss::{NearMiss, near_miss};
use super::search::{Inventory, ModelSearch};
use super::volume::broken;
use comfycheck_sdk::inventory::{Error, ModelFile};
use comfycheck_sdk::wording::{names_with, quote};
use comfycheck_sdk::{Answer, Finding, ModelRef, OpenQuestion, Subject, is_model, unanswered_reason};
use serde::Deserialize;
use std::collections::BTreeMap;

/// A required model.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(try_from = "Entry")]
pub struct RequiredModel {
    /// The folder, under ComfyUI's name.
    pub folder: String,
    /// Names of which one is enough; at least one.
    pub names: Vec<String>,
    /// The required size in bytes.
    pub size: Option<u64>,
    /// Whether it must be on every network volume.
    pub on_volume: bool,
}

/// An entry of `require`, as a suite writes it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Entry {
    folder: String,
    name: Option<String>,
    any_of: Option<Vec<String>>,
    size: Option<u64>,
    #[serde(default)]
    on_volume: bool,
}

impl TryFrom<Entry> for RequiredModel {
    type Error = String;

    fn try_from(entry: Entry) -> Result<Self, String> {
        let names = match (entry.name, entry.any_of) {
            (Some(name), None) => vec![name],
            (None, Some(names)) if !names.is_empty() => names,
            _ => return Err(format!("`require`: an entry of `{}` must have either `name` or `any-of`", entry.folder)),
        };
        if entry.size.is_some() && names.len() > 1 {
            return Err(format!("`require`: an entry of `{}` with several names must not have `size`", entry.folder));
        }
        let (size, on_volume) = (entry.size, entry.on_volume);
        Ok(Self { folder: listed_as(&entry.folder).to_owned(), names, size, on_volume })
    }
}

/// The files of a folder; none if ComfyUI has no such folder.
pub type Listing = Result<Option<Vec<ModelFile>>, Error>;

/// Findings and open questions of `required-model`, in the order of the settings.
/// `listings` holds every folder that is required.
#[must_use]
pub fn required_models(required: &[RequiredModel], listings: &BTreeMap<String, Listing>) -> Answer {
    required.iter().map(|model| required_model(model, listings.get(&model.folder))).collect()
}

/// The same with volumes: what the inventory answers, and what volumes are searched for. If the inventory does not answer,
/// they do.
#[must_use]
pub fn beside_volumes(required: &[RequiredModel], listings: &BTreeMap<String, Listing>) -> (Answer, Vec<ModelSearch>) {
    let parts = required.iter().map(|model| {
        let mut answer = required_model(model, listings.get(&model.folder));
        let unlisted = match listings.get(&model.folder) {
            Some(Err(error)) => Some(unanswered_reason(error, None)),
            _ => answer.open.first().map(|open| open.reason.clone()),
        };
        answer.open.clear();
        let inventory = match unlisted {
            Some(why) => Inventory::Unknown(why),
            None if answer.findings.iter().any(|finding| finding.rule == REQUIRED_MODEL) => Inventory::Lacks,
            None => Inventory::Has,
        };
        let RequiredModel { folder, names, size, on_volume } = model.clone();
        (answer, ModelSearch { folder, names, size, on_volume, inventory, nodes: Vec::new() })
    });
    let (answers, searches): (Vec<_>, Vec<_>) = parts.unzip();
    (answers.into_iter().collect(), searches)
}

fn required_model(required: &RequiredModel, listing: Option<&Listing>) -> Answer {
    let RequiredModel { folder, names, size, on_volume: _ } = required;
    let folder = quote(folder);
    let model = format!("required model {}", names_with(names.iter().map(String::as_str), "or"));
    let files = match listing {
        Some(Ok(Some(files))) => files,
        Some(Ok(None)) => {
            return finding(required, format!("{model} is missing: ComfyUI has no folder {folder}"), None);
        }
        Some(Err(err)) => {
            let what = format!("could not check {model} in folder {folder}");
            let offer = "set `comfyui` in `[deployment]` to a ComfyUI server";
            return OpenQuestion::unanswered(REQUIRED_MODEL, &what, err, offer).into();
        }
        None => {
            return OpenQuestion::new(REQUIRED_MODEL, format!("folder {folder} was not listed")).into();
        }
    };
    if let Some(file) = files.iter().find(|file| names.contains(&file.name)) {
        return match (size, file.size) {
            (Some(required_size), Some(found)) if *required_size != found => {
                let place = format!("{} in folder {folder}", quote(&file.name));
                broken(models(required), &place, found, &Fault::Required(*required_size)).into()
            }
            _ => Answer::default(),
        };
    }
    let files: Vec<String> = files.iter().map(|file| file.name.clone()).collect();
    let near = names.iter().map(|name| near_miss(name, &files, &[])).find(|near| *near != NearMiss::Nothing);
    let message = if files.iter().any(|name| is_model(name)) {
        let listed = near.as_ref().map(NearMiss::listed).filter(|clause| !clause.is_empty());
        let listed = listed.map(|clause| format!(": {clause}")).unwrap_or_default();
        format!("{model} is missing from folder {folder}{listed}")
    } else {
        format!("{model} is missing: folder {folder} has no model files")
    };
    finding(required, message, near)
}

fn models(required: &RequiredModel) -> Vec<Subject> {
    let model = |name: &String| Subject::Model(ModelRef { folder: required.folder.clone(), name: name.clone() });
    required.names.iter().map(model).collect()
}

fn finding(required: &RequiredModel, message: String, near: Option<NearMiss<'_>>) -> Answer {
    let help = near.unwrap_or(NearMiss::Nothing).help(&where_to_put(Some(&required.folder)));
    Finding::new(REQUIRED_MODEL, message).help(help).about_all(models(required)).into()
}

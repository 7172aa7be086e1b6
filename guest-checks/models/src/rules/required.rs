//! Models that the settings require besides those of the workflow.

use super::REQUIRED_MODEL;
use super::content::Fault;
use super::folders::{listed_as, where_to_put};
use super::near_miss::{NearMiss, near_miss};
use super::volume::{Inventory, Wanted, broken};
use comfycheck_sdk::inventory::{Error, ModelFile};
use comfycheck_sdk::{Answer, Finding, ModelRef, OpenQuestion, Subject, is_model, quote, quote_all};
use serde::Deserialize;
use std::collections::BTreeMap;

/// A model that must be there.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(try_from = "Entry")]
pub struct RequiredModel {
    /// The folder, by the name under which ComfyUI lists it.
    pub folder: String,
    /// The names of which one is enough; at least one.
    pub names: Vec<String>,
    /// Its size in bytes, if it is to have a certain one.
    pub size: Option<u64>,
    /// Whether it has to be on every network volume.
    pub on_volume: bool,
}

/// An entry of `require`, as it is written.
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
            _ => return Err(format!("`require`: name one file of `{}`, or several in `any-of`", entry.folder)),
        };
        if entry.size.is_some() && names.len() > 1 {
            return Err(format!("`require`: a `size` is that of one file of `{}`, not of several", entry.folder));
        }
        let (size, on_volume) = (entry.size, entry.on_volume);
        Ok(Self { folder: listed_as(&entry.folder).to_owned(), names, size, on_volume })
    }
}

/// The files of a folder, sorted by name; none if there is no such folder.
pub type Listing = Result<Option<Vec<ModelFile>>, Error>;

/// Findings and open questions of `required-model`, in the order of the settings.
/// `listings` holds every folder that is required.
#[must_use]
pub fn required_models(required: &[RequiredModel], listings: &BTreeMap<String, Listing>) -> Answer {
    required.iter().map(|model| required_model(model, listings.get(&model.folder))).collect()
}

/// The same where volumes are asked, too: what the inventory tells, and what is left for the volumes to be asked for. Where
/// the inventory is silent, they are what tells.
#[must_use]
pub fn beside_volumes(required: &[RequiredModel], listings: &BTreeMap<String, Listing>) -> (Answer, Vec<Wanted>) {
    let told = required.iter().map(|model| {
        let mut answer = required_model(model, listings.get(&model.folder));
        let open = answer.open.pop();
        let inventory = match open {
            Some(open) => Inventory::Silent(open.reason),
            None if answer.findings.iter().any(|finding| finding.rule == REQUIRED_MODEL) => Inventory::Lacks,
            None => Inventory::Has,
        };
        let RequiredModel { folder, names, size, on_volume } = model.clone();
        (answer, Wanted { folder, names, size, on_volume, inventory, nodes: Vec::new() })
    });
    let (answers, wanted): (Vec<_>, Vec<_>) = told.unzip();
    (answers.into_iter().collect(), wanted)
}

fn required_model(required: &RequiredModel, listing: Option<&Listing>) -> Answer {
    let RequiredModel { folder, names, size, on_volume: _ } = required;
    let wanted = quote_all(names.iter().map(String::as_str));
    let files = match listing {
        Some(Ok(Some(files))) => files,
        Some(Ok(None)) => return finding(required, format!("ComfyUI has no folder {}", quote(folder)), None),
        Some(Err(err)) => {
            let what = format!("cannot list the folder {}, which should hold {wanted}", quote(folder));
            let offer = "give the suite's deployment the address of a ComfyUI server";
            return OpenQuestion::unanswered(REQUIRED_MODEL, &what, err, offer).into();
        }
        None => {
            return OpenQuestion::new(REQUIRED_MODEL, format!("the folder {} was not asked for", quote(folder))).into();
        }
    };
    if let Some(file) = files.iter().find(|file| names.contains(&file.name)) {
        return match (size, file.size) {
            (Some(required_size), Some(found)) if *required_size != found => {
                let place = format!("{} in the folder {}", quote(&file.name), quote(folder));
                broken(&models(required), &place, found, &Fault::Required(*required_size)).into()
            }
            _ => Answer::default(),
        };
    }
    let files: Vec<String> = files.iter().map(|file| file.name.clone()).collect();
    let near = names.iter().map(|name| near_miss(name, &files, &[])).find(|near| *near != NearMiss::Nothing);
    let holds = match names.as_slice() {
        _ if !files.iter().any(|name| is_model(name)) => format!("holds no files at all, and should hold {wanted}"),
        [_] => format!("does not hold {wanted}"),
        _ => format!("holds none of {wanted}"),
    };
    let clause = near.as_ref().map(NearMiss::clause).unwrap_or_default();
    finding(required, format!("the folder {} {holds}{clause}", quote(folder)), near)
}

fn models(required: &RequiredModel) -> Vec<Subject> {
    let model = |name: &String| Subject::Model(ModelRef { folder: required.folder.clone(), name: name.clone() });
    required.names.iter().map(model).collect()
}

fn finding(required: &RequiredModel, message: String, near: Option<NearMiss<'_>>) -> Answer {
    let help = near.unwrap_or(NearMiss::Nothing).help(where_to_put(Some(&required.folder)));
    Finding::new(REQUIRED_MODEL, message).help(help).about_all(models(required)).into()
}

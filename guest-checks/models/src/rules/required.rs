//! Models that the settings require besides those of the workflow.

use super::REQUIRED_MODEL;
use super::folders::{listed_as, where_to_put};
use super::near_miss::{NearMiss, near_miss};
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
}

/// An entry of `require`, as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Entry {
    folder: String,
    name: Option<String>,
    any_of: Option<Vec<String>>,
}

impl TryFrom<Entry> for RequiredModel {
    type Error = String;

    fn try_from(entry: Entry) -> Result<Self, String> {
        let names = match (entry.name, entry.any_of) {
            (Some(name), None) => vec![name],
            (None, Some(names)) if !names.is_empty() => names,
            _ => return Err(format!("`require`: name one file of `{}`, or several in `any-of`", entry.folder)),
        };
        Ok(Self { folder: listed_as(&entry.folder).to_owned(), names })
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

fn required_model(required: &RequiredModel, listing: Option<&Listing>) -> Answer {
    let RequiredModel { folder, names } = required;
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
    if files.iter().any(|file| names.contains(&file.name)) {
        return Answer::default();
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

fn finding(required: &RequiredModel, message: String, near: Option<NearMiss<'_>>) -> Answer {
    let help = near.unwrap_or(NearMiss::Nothing).help(where_to_put(Some(&required.folder)));
    let models = required.names.iter().map(|name| ModelRef { folder: required.folder.clone(), name: name.clone() });
    Finding::new(REQUIRED_MODEL, message).help(help).about_all(models.map(Subject::Model)).into()
}

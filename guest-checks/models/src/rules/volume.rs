//! What network volumes show of models, beside an inventory or without one.
//!
//! A volume shows which files it has and whether worker-comfyui reads them there. It shows neither
//! what the worker image has nor whether the volume is attached. So a file that is not on a
//! volume is not missing for that, and a model that the inventory lacks stays missing even if a
//! volume has it.

mod broken;
mod present;
mod unknown;

use super::content::Fault;
use super::folders::on_volume;
use super::near_miss::near_miss;
use super::search::{Inventory, ModelSearch};
use super::size::small;
use super::{REQUIRED_MODEL, folders};
pub(super) use broken::broken;
use comfycheck_sdk::volume::Error;
use comfycheck_sdk::wording::{bytes_beside, few_names, names_with, quote};
use comfycheck_sdk::{Answer, Finding, OpenQuestion};
use unknown::unanswered;

/// A model is on a volume where worker-comfyui does not read it.
pub const UNMAPPED_FOLDER: &str = "unmapped-folder";
/// A file is not the model that it should be.
pub const BROKEN_FILE: &str = "broken-file";
/// A model is on one volume and not on another.
pub const VOLUMES_DIFFER: &str = "volumes-differ";
/// Models are on the volumes, where worker-comfyui reads them.
pub const ON_VOLUME: &str = "on-volume";

/// What one volume has of a model.
#[derive(Clone, Debug, PartialEq)]
pub enum Lookup {
    /// A file where worker-comfyui reads it.
    Present(VolumeFile),
    /// Files of its name in other places only, by their paths.
    Elsewhere(Vec<String>),
    /// No file of its name. The files of the folder that worker-comfyui reads.
    Absent(Vec<String>),
    /// The volume did not answer.
    Unknown(Error),
}

/// A file on a volume.
#[derive(Clone, Debug, PartialEq)]
pub struct VolumeFile {
    /// From the root of the volume.
    pub path: String,
    /// In bytes.
    pub size: u64,
    /// What is wrong with the file, or why that is unknown.
    pub content: Result<Option<Fault>, ReadError>,
}

/// Why the content of a file is unknown.
#[derive(Clone, Debug, PartialEq)]
pub enum ReadError {
    /// The volume did not answer.
    Volume(Error),
    /// The header ends at this byte, beyond the limit.
    HeaderTooLong(u64),
}

/// A search, and what each volume has, by the volume's id.
pub type SearchResult = (ModelSearch, Vec<(String, Lookup)>);

/// What the volumes show of the models, in their order.
#[must_use]
pub fn on_volumes(results: &[SearchResult]) -> Answer {
    let mut answers: Vec<Answer> = results.iter().map(|(search, lookups)| one(search, lookups)).collect();
    answers.extend(present::note(results).map(Answer::from));
    answers.push(Answer { findings: Vec::new(), open: unknown::questions(results) });
    answers.into_iter().collect()
}

/// Whether every volume has the model where worker-comfyui reads it, and no file is known to be wrong.
fn is_present(search: &ModelSearch, lookups: &[(String, Lookup)]) -> bool {
    let is_good = |lookup: &Lookup| match lookup {
        Lookup::Present(VolumeFile { content: Ok(None), size, .. }) => {
            search.size.is_none_or(|required| required == *size)
        }
        Lookup::Present(_) | Lookup::Elsewhere(_) | Lookup::Absent(_) | Lookup::Unknown(_) => false,
    };
    !lookups.is_empty() && lookups.iter().all(|(_, lookup)| is_good(lookup))
}

fn one(search: &ModelSearch, lookups: &[(String, Lookup)]) -> Answer {
    let answers = lookups.iter().map(|(volume, lookup)| match lookup {
        Lookup::Present(file) => content(search, volume, file),
        Lookup::Elsewhere(paths) if search.inventory != Inventory::Has => unmapped(search, volume, paths).into(),
        Lookup::Absent(files) if search.on_volume => absent(search, volume, files).into(),
        Lookup::Elsewhere(_) | Lookup::Absent(_) | Lookup::Unknown(_) => Answer::default(),
    });
    let differing = differing(search, lookups).filter(|_| !search.on_volume).map(Answer::from);
    answers.chain(differing).collect()
}

/// The content and size of a file that is where it should be.
fn content(search: &ModelSearch, volume: &str, VolumeFile { path, size, content }: &VolumeFile) -> Answer {
    let file = format!("{} on volume {}", quote(path), quote(volume));
    let what = format!("could not check whether {file} is complete");
    let wrong_size = search.size.filter(|required| required != size).map(Fault::Required);
    match (content, wrong_size) {
        (Ok(Some(fault)), _) => broken(search.subjects(), &file, *size, fault).into(),
        (_, Some(fault)) => broken(search.subjects(), &file, *size, &fault).into(),
        (Ok(None), None) if search.size.is_some() => Answer::default(),
        (Ok(None), None) => {
            small(&file, *size).map(|finding| finding.about_all(search.subjects())).into_iter().collect()
        }
        (Err(ReadError::Volume(error)), None) => unanswered(&what, error).into(),
        (Err(ReadError::HeaderTooLong(end)), None) => {
            let (end, limit) = bytes_beside(*end, super::content::LONGEST_HEADER);
            OpenQuestion::new(BROKEN_FILE, format!("{what}: its header has {end} (limit: {limit})"))
                .help("open the file with the safetensors library")
                .into()
        }
    }
}

fn unmapped(search: &ModelSearch, volume: &str, paths: &[String]) -> Finding {
    let message = format!(
        "{} is on volume {} where the stock worker-comfyui does not read it: {}",
        names(search),
        quote(volume),
        few_names(paths.iter().map(String::as_str))
    );
    let place = on_volume(&search.folder).map_or_else(
        || "put it into the worker image".to_owned(),
        |folder| format!("move it to `models/{folder}` on the volume"),
    );
    let help = format!("{place}, or map its folder in the worker's `extra_model_paths.yaml`");
    Finding::new(UNMAPPED_FOLDER, message).help(help).about_all(search.subjects())
}

fn absent(search: &ModelSearch, volume: &str, files: &[String]) -> Finding {
    let near = near(search, files).map(|near| format!(": {near}")).unwrap_or_default();
    let message = format!("required model {} is not on volume {}{near}", names(search), quote(volume));
    let help = match on_volume(&search.folder) {
        Some(folder) => format!("upload it to `models/{folder}` on the volume"),
        None => folders::where_to_put(Some(&search.folder)),
    };
    Finding::new(REQUIRED_MODEL, message).help(help).about_all(search.subjects())
}

/// A finding if some volumes have the model and others do not. A volume that did not answer does not count.
fn differing(search: &ModelSearch, lookups: &[(String, Lookup)]) -> Option<Finding> {
    let ids = |is: fn(&Lookup) -> bool| -> Vec<&str> {
        lookups.iter().filter(|(_, lookup)| is(lookup)).map(|(volume, _)| volume.as_str()).collect()
    };
    let with = ids(|lookup| matches!(lookup, Lookup::Present(_) | Lookup::Elsewhere(_)));
    let without = ids(|lookup| matches!(lookup, Lookup::Absent(_)));
    if with.is_empty() || without.is_empty() {
        return None;
    }
    let (with, without) = (volumes(with), volumes(without));
    let message = format!("{} is on {with} but not on {without}", names(search));
    let help = format!("copy it to {without}: a worker mounts only the volume of its own data center");
    Some(Finding::new(VOLUMES_DIFFER, message).help(help).about_all(search.subjects()))
}

/// Volumes, in the words of a message.
pub(super) fn volumes<'a>(ids: impl IntoIterator<Item = &'a str>) -> String {
    let ids: Vec<_> = ids.into_iter().collect();
    let plural = if ids.len() == 1 { "" } else { "s" };
    format!("volume{plural} {}", few_names(ids))
}

/// The names of a model, in the words of a message.
fn names(search: &ModelSearch) -> String {
    names_with(search.names.iter().map(String::as_str), "or")
}

/// A file that is probably meant by one of the names, as a clause.
fn near(search: &ModelSearch, files: &[String]) -> Option<String> {
    let clauses = search.names.iter().map(|name| near_miss(name, files, &[]).listed());
    clauses.into_iter().find(|clause| !clause.is_empty())
}

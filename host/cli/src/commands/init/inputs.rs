//! The files that the workflow's loader nodes read, where `init` finds them.

use super::here::Here;
use super::suite::quoted;
use crate::files;
use comfycheck_core::request::InputFile;
use comfycheck_core::workflow::{RequestFile, Workflow};
use std::path::Path;

/// Folders beside the workflow in which its files can be.
const FOLDERS: [&str; 3] = ["", "inputs", "input"];

/// The names of the files and their paths, both as TOML strings. Only media inside the suite's folder, and not what the request
/// itself holds.
pub(super) fn inputs(path: &Path, read: &RequestFile, workflow: &Workflow, here: &Here) -> Vec<(String, String)> {
    let beside = path.parent().unwrap_or(Path::new(""));
    let names = workflow.loader_files(&[]).into_iter();
    let names = names.filter(|name| read.inputs.iter().all(|input| input.name != *name));
    let found = names.filter_map(|name| {
        let place = FOLDERS.iter().find_map(|folder| here.inside_folder(&beside.join(folder).join(&name)))?;
        let file = InputFile::new(&name, files::media(&place)?).ok()?;
        file.media?;
        Some((quoted(&name).ok()?, quoted(place.to_str()?).ok()?))
    });
    found.collect()
}

//! The files that the workflow's loader nodes read.

use super::here::Here;
use crate::failure::Failure;
use crate::files;
use comfycheck_core::diagnostic::Diagnostic;
use comfycheck_core::request::InputFile;
use comfycheck_core::suite::is_media_name;
use comfycheck_core::workflow::{RequestFile, Workflow};
use serde_json::Value;
use std::path::Path;

/// Folders beside the workflow in which its files can be.
const FOLDERS: [&str; 3] = ["", "inputs", "input"];

/// A file as the suite names it. Both are TOML strings.
pub(super) struct Input {
    pub(super) name: String,
    /// None if it is not beside the workflow.
    pub(super) path: Option<String>,
}

/// The files with their paths, which are inside the suite's folder. Without what the request itself holds.
pub(super) fn inputs(path: &Path, read: &RequestFile, workflow: &Workflow, here: &Here) -> Vec<Input> {
    let beside = path.parent().unwrap_or(Path::new(""));
    let names = workflow.loader_files(&[]).into_iter();
    let names = names.filter(|name| read.inputs.iter().all(|input| input.name != *name));
    let found = |name: &str| {
        let place = FOLDERS.iter().find_map(|folder| here.inside_folder(&beside.join(folder).join(name)))?;
        let file = InputFile::new(name, files::media(&place)?).ok()?;
        file.media?;
        quoted(place.to_str()?).ok()
    };
    let inputs = names.filter_map(|name| Some(Input { path: found(&name), name: quoted(&name).ok()? }));
    // Other loaders read models, and have texts that name no file.
    let is_input = |input: &Input| input.path.is_some() || is_media_name(input.name.trim_matches('"'));
    inputs.filter(is_input).collect()
}

/// A string for TOML and YAML: a JSON string without control characters is valid in both. Refuses `${{`, because GitHub
/// evaluates it.
pub(super) fn quoted(text: &str) -> Result<String, Failure> {
    if text.contains(char::is_control) || text.contains('\u{fffd}') || text.contains("${{") {
        let what = format!("`{text}` contains a character that is not allowed in a suite or a GitHub workflow");
        return Err(Diagnostic::new(what).help("rename it").into());
    }
    Ok(Value::from(text).to_string())
}

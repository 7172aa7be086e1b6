//! The suite that `init` writes: which workflow it names, and what no run would take.

use super::here::Here;
use super::text;
use crate::args::InitArguments;
use crate::failure::{Failure, chain};
use crate::files;
use comfycheck_core::diagnostic::Diagnostic;
use comfycheck_core::nearest::in_words;
use comfycheck_core::suite::{Overrides, ReadError, Suite, Surroundings, Unset};
use comfycheck_core::workflow::{LARGEST, Workflow};
use serde_json::Value;
use std::io;
use std::path::{Path, PathBuf};

/// The suite's text. The workflow and the endpoint's id are looked at as a run would.
pub(super) fn suite(arguments: &InitArguments, here: &Here) -> Result<String, Failure> {
    let path = match &arguments.workflow {
        Some(path) => path.clone(),
        None => only_workflow()?,
    };
    let file = files::named(&path)?;
    let overrides =
        Overrides { endpoint: arguments.endpoint.clone(), workflow: Some(file.clone()), ..Overrides::default() };
    let surroundings = Surroundings {
        environment: &|_| None,
        read: &|_| Err(ReadError::Missing),
        unset: Unset::Tolerated,
        bundled: &[],
    };
    Suite::of_arguments(&surroundings, &overrides)?;
    Workflow::parse(file)?;
    let workflow = quoted(&here.named(&path).to_string_lossy())?;
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let name = quoted(here.name().unwrap_or(&stem))?;
    let endpoint = arguments.endpoint.as_deref().map(quoted).transpose()?;
    Ok(text::suite(&name, &workflow, endpoint.as_deref()))
}

/// A text as TOML and YAML write it, which is as JSON does where it has no control characters. GitHub would carry out what
/// stands between `${{` and `}}`.
pub(super) fn quoted(text: &str) -> Result<String, Failure> {
    if text.contains(char::is_control) || text.contains('\u{fffd}') || text.contains("${{") {
        let what = format!("`{text}` has a character that cannot be written into a suite or a workflow");
        return Err(Diagnostic::new(what).help("give it another name.").into());
    }
    Ok(Value::from(text).to_string())
}

/// The only workflow in API format in this folder.
fn only_workflow() -> Result<PathBuf, Failure> {
    const HELP: &str = "export it from ComfyUI with Workflow → Export (API), or name it with `--workflow FILE`; \
                        `comfycheck convert` makes it of what the editor saved.";
    let failed = |error: io::Error| Failure::from(chain("cannot look for a workflow".to_owned(), Some(&error)));
    let mut found = Vec::new();
    for entry in std::fs::read_dir(".").map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let path = PathBuf::from(entry.file_name());
        let is_json = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("json"));
        let is_small = || path.metadata().is_ok_and(|file| file.is_file() && file.len() <= LARGEST as u64);
        if is_json && is_small() && is_workflow(&path) {
            found.push(path);
        }
    }
    found.sort();
    match found.as_slice() {
        [] => Err(Diagnostic::new("this folder has no workflow in ComfyUI's API format").help(HELP).into()),
        [only] => Ok(only.clone()),
        several => {
            let names: Vec<_> = several.iter().map(|path| path.to_string_lossy()).collect();
            let names: Vec<_> = names.iter().map(|name| &**name).collect();
            let what = format!("this folder has {} workflows in API format: {}", names.len(), in_words(&names, "and"));
            Err(Diagnostic::new(what).help("name one with `--workflow FILE`.").into())
        }
    }
}

/// Whether it can be run, and has a node: any object of objects could be a workflow.
fn is_workflow(path: &Path) -> bool {
    let workflow = files::named(path).ok().and_then(|file| Workflow::parse(file).ok());
    workflow.is_some_and(|workflow| workflow.nodes().values().any(|node| node["class_type"].is_string()))
}

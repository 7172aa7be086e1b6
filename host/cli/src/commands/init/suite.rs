//! The suite that `init` writes: selects the workflow and validates the input.

use super::here::Here;
use super::text;
use crate::args::InitArguments;
use crate::failure::{Failure, chain};
use crate::files;
use comfycheck_core::diagnostic::Diagnostic;
use comfycheck_core::suite::{Needs, Overrides, ReadError, Suite, Surroundings, Unset};
use comfycheck_core::wording;
use comfycheck_core::workflow::{LARGEST, RequestFile, Workflow};
use serde_json::Value;
use std::io;
use std::path::{Path, PathBuf};

/// The text of the suite. Validates the workflow and the endpoint id like a run.
pub(super) fn suite(arguments: &InitArguments, here: &Here) -> Result<String, Failure> {
    let path = match &arguments.workflow {
        Some(path) => path.clone(),
        None => only_workflow()?,
    };
    let read = files::workflow(&path)?;
    let overrides =
        Overrides { endpoint: arguments.endpoint.clone(), workflow: Some(read.clone()), ..Overrides::default() };
    let surroundings = Surroundings {
        environment: &|_| None,
        read: &|_| Err(ReadError::Missing),
        unset: Unset::Tolerated,
        needs: Needs::NoInputs,
        bundled: &[],
    };
    Suite::of_arguments(&surroundings, &overrides)?;
    Workflow::parse(read.workflow)?;
    let workflow = quoted(&here.named(&path).to_string_lossy())?;
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let name = quoted(here.name().unwrap_or(&stem))?;
    let endpoint = arguments.endpoint.as_deref().map(quoted).transpose()?;
    Ok(text::suite(&name, &workflow, endpoint.as_deref()))
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

/// The only API-format workflow in this folder.
fn only_workflow() -> Result<PathBuf, Failure> {
    const HELP: &str = "export one from ComfyUI with Workflow → Export (API), convert an editor file with `comfycheck convert`, or add \
                        `--workflow FILE`";
    let failed = |error: io::Error| Failure::from(chain("cannot search for a workflow".to_owned(), Some(&error)));
    let mut candidates = Vec::new();
    for entry in std::fs::read_dir(".").map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let path = PathBuf::from(entry.file_name());
        let is_json = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("json"));
        let is_small = || path.metadata().is_ok_and(|file| file.is_file() && file.len() <= LARGEST as u64);
        if is_json
            && is_small()
            && let Some(read) = workflow(&path)
        {
            candidates.push((read.is_request, path));
        }
    }
    // A request beside an exported workflow, such as `test_input.json`, is often the same.
    if candidates.iter().any(|(is_request, _)| !is_request) {
        candidates.retain(|(is_request, _)| !is_request);
    }
    let mut candidates: Vec<_> = candidates.into_iter().map(|(_, path)| path).collect();
    candidates.sort();
    match candidates.as_slice() {
        [] => Err(Diagnostic::new("this folder has no workflow in ComfyUI's API format").help(HELP).into()),
        [only] => Ok(only.clone()),
        several => {
            let names: Vec<_> = several.iter().map(|path| path.to_string_lossy()).collect();
            let list = wording::names(names.iter().map(|name| &**name));
            let what = format!("this folder has {} workflows in API format: {list}", names.len());
            Err(Diagnostic::new(what).help("choose one with `--workflow FILE`").into())
        }
    }
}

/// The file, if it parses as a workflow and has a node: other JSON can parse as well.
fn workflow(path: &Path) -> Option<RequestFile> {
    let read = files::workflow(path).ok()?;
    let parsed = Workflow::parse(read.workflow.clone()).ok()?;
    parsed.nodes().values().any(|node| node["class_type"].is_string()).then_some(read)
}

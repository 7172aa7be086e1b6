//! The suite that `init` writes: selects the workflow and validates the input.

use super::here::Here;
use super::inputs::{inputs, quoted};
use super::text;
use crate::args::InitArguments;
use crate::failure::{Failure, chain};
use crate::files;
use comfycheck_core::diagnostic::Diagnostic;
use comfycheck_core::suite::{InventoryReadError, Needs, Overrides, ReadError, Suite, Surroundings, UnsetVariables};
use comfycheck_core::text::TextFile;
use comfycheck_core::wording::names;
use comfycheck_core::workflow::{LARGEST, RequestFile, Workflow, is_editor_format};
use std::io;
use std::path::{Path, PathBuf};

/// The text of the suite. Validates the workflow and the endpoint id like a run.
pub(super) fn suite(arguments: &InitArguments, here: &Here) -> Result<String, Failure> {
    let path = match &arguments.workflow {
        Some(path) => path.clone(),
        None => only_workflow()?,
    };
    let read = check(Some(&path), arguments)?;
    let inputs = read.map(|(read, workflow)| inputs(&path, &read, &workflow, here)).unwrap_or_default();
    let workflow = quoted(&here.named(&path).to_string_lossy())?;
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let name = quoted(here.name().unwrap_or(&stem))?;
    let endpoint = arguments.endpoint.as_deref().map(quoted).transpose()?;
    Ok(text::suite(&name, &workflow, endpoint.as_deref(), &inputs))
}

/// The lines about an existing suite: how to set the arguments in it. Validates them like a run.
pub(super) fn kept(arguments: &InitArguments, here: &Here) -> Result<String, Failure> {
    let path = arguments.workflow.as_deref();
    check(path, arguments)?;
    let workflow = path.map(|path| quoted(&here.named(path).to_string_lossy())).transpose()?;
    let endpoint = arguments.endpoint.as_deref().map(quoted).transpose()?;
    Ok(text::kept(workflow.as_deref(), endpoint.as_deref()))
}

/// Refuses a workflow or an endpoint id that a run would refuse.
fn check(workflow: Option<&Path>, arguments: &InitArguments) -> Result<Option<(RequestFile, Workflow)>, Failure> {
    let read = workflow.map(files::workflow).transpose()?;
    let overrides = Overrides { endpoint: arguments.endpoint.clone(), workflow: read.clone(), ..Overrides::default() };
    let surroundings = Surroundings {
        environment: &|_| None,
        read: &|_| Err(ReadError::Missing),
        read_inventory: &|_| Err(InventoryReadError::File(ReadError::Missing)),
        unset: UnsetVariables::Tolerated,
        needs: Needs::NoJobs,
        bundled: &[],
    };
    Suite::of_arguments(&surroundings, &overrides)?;
    let parsed = read.map(|read| Workflow::parse(read.workflow.clone()).map(|workflow| (read, workflow)));
    Ok(parsed.transpose()?)
}

/// Whether this folder has a workflow that a suite could name.
pub(crate) fn has_workflow() -> bool {
    workflows().is_ok_and(|(api, _)| !api.is_empty())
}

/// The only API-format workflow in this folder.
fn only_workflow() -> Result<PathBuf, Failure> {
    let (api, editor) = workflows()?;
    match api.as_slice() {
        [] => Err(no_workflow(&editor).into()),
        [only] => Ok(only.clone()),
        several => {
            let what = format!("this folder has {} workflows in API format: {}", several.len(), listed(several));
            Err(Diagnostic::new(what).help("choose one with `--workflow FILE`").into())
        }
    }
}

/// The workflows in this folder, sorted: those in API format, and those in the format of ComfyUI's editor.
fn workflows() -> Result<(Vec<PathBuf>, Vec<PathBuf>), Failure> {
    let failed = |error: io::Error| Failure::from(chain("cannot search for a workflow".to_owned(), Some(&error)));
    let (mut api, mut requests, mut editor) = (Vec::new(), Vec::new(), Vec::new());
    for entry in std::fs::read_dir(".").map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let path = PathBuf::from(entry.file_name());
        let is_json = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("json"));
        let is_small = || path.metadata().is_ok_and(|file| file.is_file() && file.len() <= LARGEST as u64);
        let Some(read) = (is_json && is_small()).then(|| files::workflow(&path).ok()).flatten() else { continue };
        if is_editor_format(&read.workflow) {
            editor.push(path);
        } else if is_workflow(read.workflow) {
            if read.is_request { requests.push(path) } else { api.push(path) }
        }
    }
    // A request beside an exported workflow, such as `test_input.json`, is often the same.
    if api.is_empty() {
        api = requests;
    }
    api.sort();
    editor.sort();
    Ok((api, editor))
}

fn no_workflow(editor: &[PathBuf]) -> Diagnostic {
    let what = "this folder has no workflow in ComfyUI's API format";
    let Some(first) = editor.first() else {
        let help = "export one from ComfyUI with Workflow → Export (API), or add `--workflow FILE`";
        return Diagnostic::new(what).help(help);
    };
    let verb = if editor.len() == 1 { "is" } else { "are" };
    let help = format!(
        "export it from ComfyUI with Workflow → Export (API), or convert it: `comfycheck convert {} --object-info \
         FILE-OR-URL -o workflow_api.json`",
        first.display()
    );
    Diagnostic::new(format!("{what}: {} {verb} in the editor's format", listed(editor))).help(help)
}

fn listed(paths: &[PathBuf]) -> String {
    let paths: Vec<_> = paths.iter().map(|path| path.to_string_lossy()).collect();
    names(paths.iter().map(|path| &**path))
}

/// Whether it parses as a workflow and has a node: other JSON can parse as well.
fn is_workflow(file: TextFile) -> bool {
    let workflow = Workflow::parse(file).ok();
    workflow.is_some_and(|workflow| workflow.nodes().values().any(|node| node["class_type"].is_string()))
}

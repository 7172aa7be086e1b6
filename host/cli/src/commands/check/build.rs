//! `comfycheck check build`: makes the component of a project, and shows what it is.

use super::project::Project;
use super::toolchain;
use crate::args::BuildArguments;
use crate::checks::{Checks, ComponentRequest};
use crate::failure::Failure;
use crate::terminal::Terminal;
use crate::write::make_folder_of;
use comfycheck_core::manifest::{Manifest, Rule};
use comfycheck_core::report::ExitCode;
use comfycheck_core::wording::bytes;
use comfycheck_runtime::sandbox::Component;
use std::fmt::Write;

pub(crate) fn build(arguments: &BuildArguments, checks: &Checks, terminal: Terminal) -> Result<ExitCode, Failure> {
    let project = Project::find(arguments.folder.as_deref())?;
    let component = built(&project, checks)?;
    terminal.print(&describe(&component, &project))?;
    Ok(ExitCode::Passed)
}

/// Builds the component, writes it to its file, and loads it. That compiles it into the cache.
pub(super) fn built(project: &Project, checks: &Checks) -> Result<Component, Failure> {
    let wasm = toolchain::component(project)?;
    let path = project.component();
    let part = project.scratch()?;
    let written = make_folder_of(&path).and_then(|()| std::fs::write(&part, wasm));
    written
        .and_then(|()| std::fs::rename(&part, &path))
        .map_err(|error| Failure::machine(format!("cannot write `{}`", path.display()), &error))?;
    loaded(project, checks)
}

/// The component that was built before.
pub(super) fn loaded(project: &Project, checks: &Checks) -> Result<Component, Failure> {
    let path = project.component();
    let mut components = checks.load(&[("check".to_owned(), ComponentRequest::File(&path))])?;
    // One request has one component.
    Ok(components.remove(0))
}

fn describe(component: &Component, project: &Project) -> String {
    let manifest = component.manifest();
    let mut text = String::new();
    let path = project.component();
    let size = bytes(component.size() as u64);
    // Writing to a string cannot fail.
    let _ = writeln!(text, "{}: {} {}, {size}", path.display(), manifest.name, manifest.version);
    let _ = writeln!(text, "sha256  {}", component.sha256());
    let _ = writeln!(text, "grants  {}", grants_line(component).unwrap_or_else(|| "none needed".to_owned()));
    text.push_str(&rule_lines(manifest));
    text
}

/// The rules of a check, one line each.
pub(super) fn rule_lines(manifest: &Manifest) -> String {
    let width = manifest.rules.iter().map(|rule| rule.id.len()).max().unwrap_or_default();
    let line = |(index, rule): (usize, &Rule)| {
        let label = if index == 0 { "rules " } else { "      " };
        format!("{label}  {:width$}  {:7}  {}\n", rule.id, rule.default_severity.word(), rule.summary)
    };
    manifest.rules.iter().enumerate().map(line).collect()
}

/// The line that a suite needs to grant what a component imports. None if it needs no grant.
pub(super) fn grants_line(component: &Component) -> Option<String> {
    let grants = component.surface().grants();
    (!grants.is_empty()).then(|| format!("grants = {grants:?}"))
}

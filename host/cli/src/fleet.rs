//! Fleets on the command line: the matrix of `list --fleet`, and the results of `report merge --fleet`.

use crate::args::{Destination, Format, Formats};
use crate::failure::Failure;
use crate::terminal::Terminal;
use crate::{files, github, reports};
use comfycheck_core::diagnostic::{Diagnostic, inert};
use comfycheck_core::fleet::{
    Fleet, FleetPair, FleetResults, fleet_results, human_fleet, json_fleet, junit_fleet, markdown_fleet,
};
use comfycheck_core::report::ExitCode;
use comfycheck_core::wording::count;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// Prints the pairs of a fleet.
pub(crate) fn list(path: &Path, is_json: bool, terminal: Terminal) -> Result<ExitCode, Failure> {
    let fleet = parse(path)?;
    terminal.print(&if is_json { matrix(&fleet) } else { text(&fleet) })?;
    Ok(ExitCode::Passed)
}

fn parse(path: &Path) -> Result<Fleet, Failure> {
    Ok(Fleet::parse(&files::named(path)?)?)
}

/// One line of JSON: CI systems read a matrix from an output of one line. What a pair leaves to its suite is empty.
fn matrix(fleet: &Fleet) -> String {
    let pair = |FleetPair { name, slug, suite, endpoint: _, endpoint_id, workflow }: &FleetPair| {
        let of = |value: &Option<String>| value.clone().unwrap_or_default();
        json!({ "name": name, "slug": slug, "suite": suite, "endpoint": of(endpoint_id), "workflow": of(workflow) })
    };
    Value::Array(fleet.pairs.iter().map(pair).collect()).to_string() + "\n"
}

fn text(fleet: &Fleet) -> String {
    let mut text = inert(&format!("{}: {}", fleet.name, count(fleet.pairs.len(), "run"))) + "\n";
    for FleetPair { name, suite, endpoint_id, workflow, .. } in &fleet.pairs {
        let endpoint = endpoint_id.as_ref().map(|id| format!(", endpoint {id}")).unwrap_or_default();
        let workflow = workflow.as_ref().map(|path| format!(", workflow {path}")).unwrap_or_default();
        text += &inert(&format!("  {name}: {suite}{endpoint}{workflow}"));
        text.push('\n');
    }
    text
}

/// Puts the reports of a fleet's runs together. The exit code is the fleet's.
pub(crate) fn merge(
    path: &Path,
    reports: &[PathBuf],
    formats: &Formats,
    terminal: Terminal,
) -> Result<ExitCode, Failure> {
    check(&formats.formats)?;
    let fleet = parse(path)?;
    let (mut read_reports, mut left_out) = (Vec::new(), Vec::new());
    for path in &files_of(reports)? {
        let shown = path.display().to_string();
        match files::report(path) {
            Ok(report) => read_reports.push((shown, report)),
            // A run that was killed may leave half a report. Its pair is missing.
            Err(Failure::Invalid(refusal) | Failure::Wrong(refusal) | Failure::Machine(refusal)) => {
                left_out.push(format!("`{shown}`: {refusal}"));
            }
        }
    }
    let mut results = fleet_results(&fleet, read_reports);
    results.left_out.splice(0..0, left_out);
    for line in &results.left_out {
        terminal.say(inert(&format!("left out {line}")));
    }
    let written = write(&results, &formats.formats, terminal);
    github::summarize(&markdown_fleet(&results), terminal);
    written.map(|()| results.exit_code())
}

/// The named files, and the JSON files of named folders: the container has no shell that lists them.
fn files_of(reports: &[PathBuf]) -> Result<Vec<PathBuf>, Failure> {
    let mut files = Vec::new();
    for path in reports {
        if !path.is_dir() {
            // A run that was killed leaves no report. A name without an ending is that of a folder.
            if path.extension().is_none() && !path.exists() {
                let what = format!("there is no folder `{}`", path.display());
                return Err(Diagnostic::new(what).help("name the folder with the reports, or the reports").into());
            }
            files.push(path.clone());
            continue;
        }
        let refused = |error| Failure::invalid(format!("cannot read the folder `{}`", path.display()), &error);
        let entries = std::fs::read_dir(path).map_err(refused)?.collect::<Result<Vec<_>, _>>().map_err(refused)?;
        let mut inside: Vec<PathBuf> = entries.iter().map(std::fs::DirEntry::path).collect();
        inside.retain(|path| path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("json")));
        inside.sort();
        files.extend(inside);
    }
    Ok(files)
}

pub(crate) fn write(results: &FleetResults, destinations: &[Destination], terminal: Terminal) -> Result<(), Failure> {
    let mut failed = Vec::new();
    for Destination { format, path } in destinations {
        let text = render(results, *format);
        failed.extend(reports::put("results", *format, path.as_deref(), &text, terminal).err());
    }
    reports::all_written(failed)
}

/// Refuses formats that the results of a fleet do not have.
pub(crate) fn check(destinations: &[Destination]) -> Result<(), Failure> {
    let has = |format| matches!(format, Format::Human | Format::Json | Format::Junit | Format::Markdown);
    if destinations.iter().all(|destination| has(destination.format)) {
        return Ok(());
    }
    let help = "use `human`, `json`, `junit` or `markdown`";
    Err(Diagnostic::new("a fleet has no results in this format").help(help).into())
}

fn render(results: &FleetResults, format: Format) -> String {
    match format {
        Format::Json => json_fleet(results),
        Format::Junit => junit_fleet(results),
        Format::Markdown => markdown_fleet(results),
        // `check` refuses every other format but `human`.
        _ => human_fleet(results),
    }
}

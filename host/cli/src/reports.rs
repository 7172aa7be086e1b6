//! Writes reports to the destinations of the command line.

use crate::args::{Destination, Format};
use crate::context::Context;
use crate::failure::{Failure, chain};
use crate::github::in_workspace;
use crate::terminal::Terminal;
use crate::write::{self, probe as try_place, replace};
use comfycheck_core::diagnostic::{Diagnostic, Refusal, inert};
use comfycheck_core::render::{self, Detail, LocatedFindings, ReportContext};
use comfycheck_core::report::Report;
use comfycheck_core::suite::Suite;
use std::path::Path;

/// Refuses invalid destinations: two reports in one place, a folder that cannot be created.
pub(crate) fn check(destinations: &[Destination]) -> Result<(), Failure> {
    // `a.json` and `./a.json` are one file.
    let place = |path: &Path| std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let mut paths: Vec<_> = destinations.iter().map(|destination| destination.path.as_deref().map(place)).collect();
    paths.sort();
    if let Some(twice) = paths.windows(2).find(|pair| pair[0] == pair[1]) {
        let place = twice[0].as_ref().map_or_else(|| "stdout".to_owned(), |path| format!("`{}`", path.display()));
        let help = "write all but one to a separate file: `--format json:report.json`";
        return Err(Diagnostic::new(format!("two reports would be written to {place}")).help(help).into());
    }
    for path in destinations.iter().filter_map(|destination| destination.path.as_deref()) {
        let refuse = |why: &str| Err(Diagnostic::new(format!("cannot write `{}`: {why}", path.display())).into());
        if path.is_dir() {
            return refuse("it is a folder");
        }
        if path.ancestors().skip(1).any(Path::is_file) {
            return refuse("a part of its path is a file");
        }
    }
    Ok(())
}

/// Refuses destinations that would replace a file of the suite.
pub(crate) fn spare(destinations: &[Destination], suite: &Suite) -> Result<(), Failure> {
    let files = || {
        let (own, workflow) = (suite.file.as_ref(), suite.workflow.as_ref());
        let inventory = suite.deployment.object_info.as_ref();
        let paths = [own.map(|file| &file.path), workflow.map(|file| &file.path), inventory.map(|file| &file.path)];
        paths.into_iter().flatten().map(Path::new)
    };
    let mut paths = destinations.iter().filter_map(|destination| destination.path.as_deref());
    paths.try_for_each(|path| write::spare(path, files()))
}

/// Refuses destinations that cannot be written.
pub(crate) fn probe(destinations: &[Destination]) -> Result<(), Failure> {
    for path in destinations.iter().filter_map(|destination| destination.path.as_deref()) {
        try_place(path).map_err(|error| {
            let what = format!("cannot write `{}`", path.display());
            Failure::from(chain(what, Some(&error)).help("choose a file in a writable folder"))
        })?;
    }
    Ok(())
}

/// The destinations without the previous run's report. An interrupted run does not replace it: the next run is compared
/// with it.
pub(crate) fn kept(
    report: &Report,
    destinations: &[Destination],
    previous: Option<&Path>,
    terminal: Terminal,
) -> Vec<Destination> {
    let previous = previous.filter(|_| report.interrupted.is_some()).and_then(|path| path.canonicalize().ok());
    let is_previous = |destination: &Destination| {
        let path = destination.path.as_ref().and_then(|path| path.canonicalize().ok());
        path.is_some() && path == previous
    };
    let (left, kept): (Vec<_>, Vec<_>) = destinations.iter().cloned().partition(is_previous);
    for path in left.iter().filter_map(|destination| destination.path.as_ref()) {
        terminal.say(inert(&format!("kept {}: the run was interrupted", path.display())));
    }
    kept
}

/// Writes the JSON report again, after what it stores of the notifications turned out to be wrong.
pub(crate) fn rewrite(report: &Report, destinations: &[Destination], terminal: Terminal) {
    let files = destinations.iter().filter(|destination| destination.format == Format::Json);
    for path in files.filter_map(|destination| destination.path.as_deref()) {
        if let Err(error) = replace(path, render::json(report)) {
            let what = format!("cannot write the report to `{}`", path.display());
            terminal.say(format!("warning: {}", chain(what, Some(&error))));
        }
    }
}

/// Writes a report to all destinations. A destination that cannot be written does not affect the others.
///
/// Files first: a page on stdout names those that were written.
pub(crate) fn write(
    report: &Report,
    destinations: &[Destination],
    detail: Detail,
    context: &Context,
    terminal: Terminal,
) -> Result<(), Failure> {
    let (mut failed, mut written) = (Vec::new(), Vec::new());
    let (files, stdout): (Vec<_>, Vec<_>) = destinations.iter().partition(|destination| destination.path.is_some());
    let has_page = stdout.iter().any(|destination| destination.format == Format::Human);
    for Destination { format, path } in files.into_iter().chain(stdout) {
        let saved = context.saved_beside(path.as_deref());
        let context = ReportContext { saved: saved.as_ref(), ..context.of_report() };
        let text = match format {
            Format::Human if path.is_some() => render::human(report, terminal.page_in_file(detail), &[]),
            Format::Human => render::human(report, terminal.page(detail), &written),
            Format::Json => render::json(report),
            Format::Junit => render::junit(report),
            Format::JunitGitlab => render::junit_gitlab(report),
            Format::Ctrf => render::ctrf(report),
            Format::Sarif => render::sarif(&in_workspace(LocatedFindings::of(report))),
            Format::Github => render::github(&in_workspace(LocatedFindings::of(report)), context.json),
            Format::Markdown => render::markdown(report, &context),
            Format::Html => render::html(report, &context),
            Format::Openmetrics => render::openmetrics(report),
            Format::Otlp => render::otlp(report),
            // Its lines were written during the run.
            Format::Ndjson => {
                match path {
                    Some(path) if has_page => written.push(path.display().to_string()),
                    Some(path) => say_written(path, terminal),
                    None => {}
                }
                continue;
            }
        };
        match (put("report", *format, path.as_deref(), &text, terminal), path) {
            (Ok(()), None) => {}
            (Ok(()), Some(path)) if has_page => written.push(path.display().to_string()),
            (Ok(()), Some(path)) => say_written(path, terminal),
            (Err(why), _) => failed.push(why),
        }
    }
    all_written(failed)
}

/// Writes a report to a file, or to stdout. `what` it is, for the reader.
pub(crate) fn put(
    what: &str,
    format: Format,
    path: Option<&Path>,
    text: &str,
    terminal: Terminal,
) -> Result<(), Diagnostic> {
    let (result, place) = match path {
        None if format == Format::Github => (terminal.raw(text), "stdout".to_owned()),
        None => (terminal.result(text), "stdout".to_owned()),
        Some(path) => (replace(path, text), format!("`{}`", path.display())),
    };
    result.map_err(|error| chain(format!("cannot write the {what} to {place}"), Some(&error)))
}

/// Says the verdict if no report is on stdout: it is all that a reader of the terminal learns.
pub(crate) fn say_verdict(report: &Report, destinations: &[Destination], terminal: Terminal) {
    if destinations.iter().all(|destination| destination.path.is_some()) {
        terminal.say(inert(&render::verdict_line(report)));
    }
}

pub(crate) fn say_written(path: &Path, terminal: Terminal) {
    terminal.say(inert(&format!("wrote {}", path.display())));
}

/// The failure to write some reports, if there are any.
pub(crate) fn all_written(failed: Vec<Diagnostic>) -> Result<(), Failure> {
    if failed.is_empty() { Ok(()) } else { Err(Failure::Machine(Refusal { diagnostics: failed })) }
}

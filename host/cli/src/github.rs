//! Reports to GitHub Actions: annotations on stderr, the step summary, and step outputs. They never change the verdict.

use crate::args::{Destination, Format};
use crate::ci_run;
use crate::failure::chain;
use crate::terminal::Terminal;
use comfycheck_core::money::CostRange;
use comfycheck_core::render::{self, LocatedFindings, ReportContext};
use comfycheck_core::report::{Report, Summary};
use std::fs::OpenOptions;
use std::io::Write;
use std::path::PathBuf;

/// Reports to GitHub Actions, if this runs there.
///
/// Skips annotations if the command line already writes the `github` format.
pub(crate) fn report(report: &Report, destinations: &[Destination], context: &ReportContext<'_>, terminal: Terminal) {
    if !ci_run::is_github() {
        return;
    }
    if !destinations.iter().any(|destination| destination.format == Format::Github) {
        let annotations = render::github(&in_workspace(LocatedFindings::of(report)), context.json);
        annotations.lines().for_each(|line| terminal.command(line));
    }
    append("GITHUB_STEP_SUMMARY", "cannot write the step summary", &render::markdown(report, context), terminal);
    append("GITHUB_OUTPUT", "cannot write the step outputs", &outputs(report), terminal);
}

/// Adds Markdown to the step summary, if this runs in GitHub Actions.
pub(crate) fn summarize(markdown: &str, terminal: Terminal) {
    if ci_run::is_github() {
        append("GITHUB_STEP_SUMMARY", "cannot write the step summary", markdown, terminal);
    }
}

/// Reports a command that ended without a report: one annotation, and one line in the step summary.
pub(crate) fn report_failure(why: &str, terminal: Terminal) {
    if !ci_run::is_github() {
        return;
    }
    terminal.command(render::github_error("comfycheck", why).trim_end());
    append("GITHUB_STEP_SUMMARY", "cannot write the step summary", &render::markdown_of_failure(why), terminal);
}

/// The step outputs, `steps.ID.outputs.NAME`: only our own words and numbers.
fn outputs(report: &Report) -> String {
    let Summary { verdict, errors, warnings, open, samples, succeeded, cost, .. } = &report.summary;
    let dollars =
        |pick: fn(&CostRange) -> f64| cost.as_ref().map(|cost| format!("{:.6}", pick(cost))).unwrap_or_default();
    format!(
        "verdict={}\nerrors={errors}\nwarnings={warnings}\nopen={open}\nsamples={samples}\nsucceeded={succeeded}\n\
         cost-low={}\ncost-high={}\n",
        verdict.word(),
        dollars(|cost| cost.low),
        dollars(|cost| cost.high),
    )
}

/// The same findings, with paths relative to the workspace, if there is one.
pub(crate) fn in_workspace(located: LocatedFindings) -> LocatedFindings {
    let workspace = std::env::var_os("GITHUB_WORKSPACE").map(PathBuf::from).filter(|path| path.is_absolute());
    match (workspace, std::env::current_dir()) {
        (Some(workspace), Ok(folder)) => {
            // Both may be links, and Windows writes a resolved path in another form.
            let resolved = |path: PathBuf| path.canonicalize().unwrap_or(path);
            located.seen_from(&resolved(workspace), &resolved(folder))
        }
        _ => located,
    }
}

/// Appends text to the file named by an environment variable, if it is set.
fn append(variable: &str, what: &str, text: &str, terminal: Terminal) {
    let Some(path) = std::env::var_os(variable).filter(|path| !path.is_empty()) else { return };
    let file = OpenOptions::new().append(true).create(true).open(path);
    if let Err(error) = file.and_then(|mut file| file.write_all(text.as_bytes())) {
        terminal.say(format!("warning: {}", chain(what.to_owned(), Some(&error))));
    }
}

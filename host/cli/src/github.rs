//! What GitHub Actions is told without being asked: annotations on stderr, which its runner reads as well, the step's
//! summary, and its outputs. None changes a verdict.

use crate::args::{Destination, Format};
use crate::failure::chain;
use crate::terminal::Terminal;
use comfycheck_core::cost::CostRange;
use comfycheck_core::render::{self, Located};
use comfycheck_core::report::{Report, Summary};
use std::fs::OpenOptions;
use std::io::Write;
use std::path::PathBuf;

/// Whether a runner of GitHub Actions reads what is written.
pub(crate) fn reads() -> bool {
    std::env::var_os("GITHUB_ACTIONS").is_some_and(|value| value == "true")
}

/// Tells GitHub Actions of a report, where that is where this runs.
///
/// Annotations are not written twice: where the command line asks for the format, they are where it wants them.
pub(crate) fn tell(report: &Report, destinations: &[Destination], terminal: Terminal) {
    if !reads() {
        return;
    }
    if !destinations.iter().any(|destination| destination.format == Format::Github) {
        let annotations = render::github(&in_workspace(Located::of(report)));
        annotations.lines().for_each(|line| terminal.command(line));
    }
    append("GITHUB_STEP_SUMMARY", "the step's summary is not written", &render::markdown(report), terminal);
    append("GITHUB_OUTPUT", "the step's outputs are not written", &outputs(report), terminal);
}

/// Tells GitHub Actions, where that is where this runs, why a command ended without a report: one annotation, and one line of
/// the step's summary.
pub(crate) fn tell_failure(why: &str, terminal: Terminal) {
    if !reads() {
        return;
    }
    terminal.command(render::github_error("comfycheck", why).trim_end());
    append("GITHUB_STEP_SUMMARY", "the step's summary is not written", &render::markdown_of_failure(why), terminal);
}

/// What later steps may read as `steps.ID.outputs.NAME`: words and numbers of ours alone.
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

/// The same findings, with files named from the root of the workspace where there is one.
pub(crate) fn in_workspace(located: Located) -> Located {
    let workspace = std::env::var_os("GITHUB_WORKSPACE").map(PathBuf::from).filter(|path| path.is_absolute());
    match (workspace, std::env::current_dir()) {
        (Some(workspace), Ok(folder)) => {
            // The runner may name the workspace through a link, and the current folder is named without.
            let root = workspace.canonicalize().unwrap_or(workspace);
            located.seen_from(&root, &folder)
        }
        _ => located,
    }
}

/// Appends a text to the file that a variable names, if it names one.
fn append(variable: &str, what: &str, text: &str, terminal: Terminal) {
    let Some(path) = std::env::var_os(variable).filter(|path| !path.is_empty()) else { return };
    let file = OpenOptions::new().append(true).create(true).open(path);
    if let Err(error) = file.and_then(|mut file| file.write_all(text.as_bytes())) {
        let told = chain(what.to_owned(), Some(&error));
        terminal.say(format!("warning: {told}"));
    }
}

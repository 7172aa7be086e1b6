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
use std::path::{Path, PathBuf};

/// Tells GitHub Actions of a report, where that is where this runs.
///
/// Annotations are not written twice: where the command line asks for the format, they are where it wants them.
pub(crate) fn tell(report: &Report, destinations: &[Destination], terminal: Terminal) {
    if std::env::var_os("GITHUB_ACTIONS").is_none_or(|value| value != "true") {
        return;
    }
    if !destinations.iter().any(|destination| destination.format == Format::Github) {
        let annotations = render::github(&in_workspace(Located::of(report)));
        annotations.lines().for_each(|line| terminal.say(line));
    }
    for (variable, what, text) in [
        ("GITHUB_STEP_SUMMARY", "the step's summary is not written", render::markdown(report)),
        ("GITHUB_OUTPUT", "the step's outputs are not written", outputs(report)),
    ] {
        let Some(path) = std::env::var_os(variable).filter(|path| !path.is_empty()) else { continue };
        if let Err(error) = append(Path::new(&path), &text) {
            let told = chain(what.to_owned(), Some(&error));
            terminal.say(format!("warning: {told}"));
        }
    }
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

fn append(path: &Path, text: &str) -> std::io::Result<()> {
    OpenOptions::new().append(true).create(true).open(path)?.write_all(text.as_bytes())
}

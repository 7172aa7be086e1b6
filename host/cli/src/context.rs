//! What stands around the reports of a command: the baseline, the CI run, the JSON report.

use crate::args::{Destination, Format, Formats};
use crate::ci_run;
use crate::failure::Failure;
use crate::files;
use crate::history;
use crate::outputs::Outputs;
use crate::terminal::Terminal;
use comfycheck_core::diagnostic::{Diagnostic, inert};
use comfycheck_core::render::{CiRun, ReportContext, SavedFiles};
use comfycheck_core::report::Report;
use comfycheck_core::thumbnail::Thumbnails;
use std::path::Path;

/// What the formats of a command can point to.
#[derive(Default)]
pub(crate) struct Context {
    baseline: Option<Report>,
    ci_run: Option<CiRun>,
    json: Option<String>,
    /// Small copies of the images, if a page is written.
    pub(crate) thumbnails: Option<Thumbnails>,
    /// The files of the samples, if they were saved.
    outputs: Option<Outputs>,
    /// The same as a report without links shows them.
    saved: Option<SavedFiles>,
}

impl Context {
    /// Call it before the run: the new report may replace the baseline. A baseline that cannot be used is a warning.
    pub(crate) fn begin(Formats { formats, baseline, .. }: &Formats, suite: &str, terminal: Terminal) -> Self {
        let find = |path: &Path| match path.to_str() {
            Some("last") => history::last(suite).map(|run| run.report),
            _ => self::baseline(path, suite),
        };
        let baseline = baseline.as_deref().and_then(|path| match find(path) {
            Ok(baseline) => Some(baseline),
            Err(why) => {
                terminal.say(inert(&format!("warning: nothing to compare with: {why}")));
                None
            }
        });
        Self { baseline, ci_run: ci_run::here(), json: json(formats), ..Self::default() }
    }

    /// Nothing but a baseline.
    pub(crate) fn beside(baseline: Report) -> Self {
        Self { baseline: Some(baseline), ..Self::default() }
    }

    pub(crate) fn of_report(&self) -> ReportContext<'_> {
        ReportContext {
            baseline: self.baseline.as_ref(),
            ci_run: self.ci_run.as_ref(),
            json: self.json.as_deref(),
            thumbnails: self.thumbnails.as_ref(),
            saved: self.saved.as_ref(),
        }
    }

    /// Adds the files of the samples.
    pub(crate) fn add_outputs(&mut self, outputs: Outputs) {
        self.saved = Some(outputs.for_report(None));
        self.outputs = Some(outputs);
    }

    /// The files as a report in this file can link them.
    pub(crate) fn saved_beside(&self, report: Option<&Path>) -> Option<SavedFiles> {
        Some(self.outputs.as_ref()?.for_report(report))
    }
}

/// The name of the first file with the JSON report.
fn json(destinations: &[Destination]) -> Option<String> {
    let mut files = destinations.iter().filter(|destination| destination.format == Format::Json);
    let path = files.find_map(|destination| destination.path.as_deref())?;
    Some(path.file_name()?.to_string_lossy().into_owned())
}

/// Refuses a baseline whose file is missing: its path is probably wrong. Call it before anything runs.
pub(crate) fn check_baseline(formats: &Formats) -> Result<(), Failure> {
    let is_missing = |path: &&Path| *path != Path::new("last") && matches!(path.try_exists(), Ok(false));
    let Some(path) = formats.baseline.as_deref().filter(is_missing) else { return Ok(()) };
    let help = "name a file that `--format json:FILE` wrote, or `last` for the last live run of this machine";
    Err(Diagnostic::new(format!("there is no baseline `{}`", path.display())).help(help).into())
}

fn baseline(path: &Path, suite: &str) -> Result<Report, String> {
    let shown = path.display();
    // A pipe or a device may never end.
    match path.metadata() {
        Err(error) => return Err(format!("cannot read `{shown}`: {error}")),
        Ok(file) if !file.is_file() => return Err(format!("`{shown}` is not a file")),
        Ok(_) => {}
    }
    match files::report(path) {
        Ok(report) if report.suite == suite => Ok(report),
        Ok(_) => Err(format!("`{shown}` is of another suite")),
        Err(Failure::Invalid(refusal) | Failure::Wrong(refusal) | Failure::Machine(refusal)) => {
            Err(refusal.to_string())
        }
    }
}

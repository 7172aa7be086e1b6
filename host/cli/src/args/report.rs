//! The arguments of the commands that look at stored reports.

use super::{Choices, Destination};
use clap::{Args, Subcommand};
use comfycheck_core::render::Detail;
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub(crate) enum ReportCommand {
    /// Renders a stored JSON report in other formats.
    ///
    /// The exit code is 0 if that could be done, whatever the report says.
    Render {
        /// A report that `--format json` wrote.
        #[arg(value_name = "REPORT.json")]
        report: PathBuf,
        #[command(flatten)]
        formats: Formats,
    },
    /// Makes one report of several, each of a part of one run.
    ///
    /// All checks and samples stand in the order of the suite, each once. The exit code is that of the whole.
    ///
    /// Of shares (`run --partition`), name the suite and then their folders, with the options that they were made with: what looks at the
    /// whole run is carried out now. Of a live run, it asks the endpoint once more, submits nothing, and tells whom the run would tell.
    #[command(override_usage = "comfycheck report merge [OPTIONS] REPORT.json…\n       \
        comfycheck report merge [OPTIONS] SUITE DIR…")]
    Merge(Box<MergeArguments>),
}

#[derive(Debug, Args)]
pub(crate) struct MergeArguments {
    /// Reports that `--format json` wrote; or a suite, and the folders of all shares of its run.
    #[arg(value_name = "REPORT.json|SUITE|DIR", required = true)]
    pub(crate) parts: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) choices: Choices,
    #[command(flatten)]
    pub(crate) telling: Telling,
    #[command(flatten)]
    pub(crate) formats: Formats,
}

/// Who is told of a run.
#[derive(Debug, Default, PartialEq, Args)]
pub(crate) struct Telling {
    /// A JSON report of the run before, which tells a recovery from a run that passes as ever; it may be the file that
    /// this run's report is written to, which an interrupted run leaves as it is. Only a live run of the same suite and endpoint
    /// counts. Without it, or where there is no such file, only runs that do not pass are told.
    #[arg(long, value_name = "REPORT.json")]
    pub(crate) previous: Option<PathBuf>,

    /// Tells nobody of the run, whatever the suite and the environment say.
    #[arg(long)]
    pub(crate) no_notify: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Formats {
    /// Write a report: FORMAT to stdout, or FORMAT:PATH or PATH (.json, .xml, .ctrf.json, .sarif, .md, .ndjson) to a file. May
    /// be repeated.
    ///
    /// FORMAT is human, json, junit, ctrf, sarif, github or markdown; for a run also ndjson, its events during the run.
    #[arg(long = "format", value_name = "FORMAT[:PATH]", default_value = "human")]
    pub(crate) formats: Vec<Destination>,

    /// Show every note, measurement and sample, and the checks' logs.
    #[arg(long, short, conflicts_with = "quiet")]
    pub(crate) verbose: bool,

    /// Show only findings and the verdict.
    #[arg(long, short)]
    pub(crate) quiet: bool,
}

impl Formats {
    /// How much a page for people shows.
    pub(crate) fn detail(&self) -> Detail {
        match (self.quiet, self.verbose) {
            (true, _) => Detail::Quiet,
            (false, true) => Detail::Verbose,
            (false, false) => Detail::Normal,
        }
    }
}

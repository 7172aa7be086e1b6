//! The arguments of the commands that look at stored reports.

use super::{Choices, Destination};
use clap::{Args, Subcommand};
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
    /// whole run is carried out now.
    #[command(override_usage = "comfycheck report merge [OPTIONS] REPORT.json…\n       \
        comfycheck report merge [OPTIONS] SUITE DIR…")]
    Merge {
        /// Reports that `--format json` wrote; or a suite, and the folders of all shares of its run.
        #[arg(value_name = "REPORT.json|SUITE|DIR", required = true)]
        parts: Vec<PathBuf>,
        #[command(flatten)]
        choices: Choices,
        #[command(flatten)]
        formats: Formats,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Formats {
    /// A report to write: FORMAT to stdout, or FORMAT:PATH or PATH (.json, .xml, .ctrf.json, .sarif, .md, .ndjson) to a file. May be
    /// given several times.
    ///
    /// FORMAT is human, json, junit, ctrf, sarif, github or markdown; of a run also ndjson, its events while it goes on.
    #[arg(long = "format", value_name = "FORMAT[:PATH]", default_value = "human")]
    pub(crate) formats: Vec<Destination>,
}

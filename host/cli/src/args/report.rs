//! The arguments of the commands that look at stored reports.

use super::candidates::formats;
use super::{Choices, Destination, heading};
use clap::{Args, Subcommand, ValueHint};
use clap_complete::ArgValueCompleter;
use comfycheck_core::render::Detail;
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub(crate) enum ReportCommand {
    /// Render a stored JSON report in other formats
    ///
    /// The exit code is 0 if it could render, whatever the report says.
    Render {
        /// A report of `--format json`
        #[arg(value_name = "REPORT.json", value_hint = ValueHint::FilePath)]
        report: PathBuf,
        #[command(flatten)]
        formats: Formats,
    },
    /// Merge reports of parts of one run, or its shards
    ///
    /// Checks and samples are in the order of the suite. The exit code is that of the whole run.
    ///
    /// For shards (`run --partition`), name the suite and then their folders, with the options of the shards. Checks of the whole run run
    /// now. For a live run this reads the endpoint once more, submits nothing, and sends the notifications.
    #[command(override_usage = "comfycheck report merge [OPTIONS] REPORT.json…\n       \
        comfycheck report merge [OPTIONS] SUITE DIR…\n       \
        comfycheck report merge [OPTIONS] SUITE --shards DIR\n       \
        comfycheck report merge [OPTIONS] --fleet FLEET.toml REPORT.json…")]
    Merge(Box<MergeArguments>),
}

#[derive(Debug, Args)]
pub(crate) struct MergeArguments {
    /// Reports of `--format json`, or a suite and the folders of all its shards
    #[arg(value_name = "REPORT.json|SUITE|DIR", required_unless_present_any = ["shards", "fleet"], value_hint = ValueHint::AnyPath)]
    pub(crate) parts: Vec<PathBuf>,
    /// Put the reports of a fleet's runs together, by the names of the runs. A folder stands for its `.json` files
    #[arg(long, value_name = "FLEET.toml", value_hint = ValueHint::FilePath, conflicts_with_all = ["shards", "allow_missing", "name"], help_heading = heading::WHAT)]
    pub(crate) fleet: Option<PathBuf>,
    /// Merge the shards among the folders in this one. Takes one complete folder of each shard, and names the others
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath, help_heading = heading::SHARDS)]
    pub(crate) shards: Option<PathBuf>,
    /// Merge although shards are missing. Their checks and samples are unknown, so the run does not pass
    #[arg(long, help_heading = heading::SHARDS)]
    pub(crate) allow_missing: bool,
    #[command(flatten)]
    pub(crate) choices: Choices,
    #[command(flatten)]
    pub(crate) notifications: NotificationArguments,
    #[command(flatten)]
    pub(crate) formats: Formats,
}

/// Notifications about a run.
#[derive(Debug, Default, PartialEq, Args)]
pub(crate) struct NotificationArguments {
    /// The JSON report of the previous run. Needed to notify about recoveries
    ///
    /// It may be the file that this run writes its report to. An interrupted run does not replace it. Only a live run of the same suite and
    /// endpoint counts. Without it, only failures are notified.
    #[arg(long, value_name = "REPORT.json", value_hint = ValueHint::FilePath, help_heading = heading::REPORTS)]
    pub(crate) previous: Option<PathBuf>,

    /// Send no notifications
    #[arg(long, help_heading = heading::REPORTS)]
    pub(crate) no_notify: bool,

    /// After a live run, send its metrics to the OpenTelemetry collector of `OTEL_EXPORTER_OTLP_ENDPOINT`
    #[arg(long, help_heading = heading::REPORTS)]
    pub(crate) otlp: bool,
}

#[expect(clippy::struct_field_names, reason = "clap names the option by it")]
#[derive(Debug, Default, Args)]
pub(crate) struct Formats {
    /// Write a report: FORMAT to stdout, or FORMAT:PATH or PATH (.json, .xml, .ctrf.json, .sarif, .md, .prom, .otlp.json, .ndjson) to a file. May
    /// be repeated
    ///
    /// FORMAT is human, json, junit, junit-gitlab, ctrf, sarif, github, markdown, openmetrics or otlp; for a run also ndjson, its events during the run.
    #[arg(
        long = "format",
        value_name = "FORMAT[:PATH]",
        default_value = "human",
        add = ArgValueCompleter::new(formats),
        help_heading = heading::REPORTS
    )]
    pub(crate) formats: Vec<Destination>,

    /// Compare with the JSON report of another run of the suite. Markdown shows the differences
    #[arg(long, value_name = "REPORT.json", value_hint = ValueHint::FilePath, help_heading = heading::REPORTS)]
    pub(crate) baseline: Option<PathBuf>,

    /// Show every note, measurement and sample, and the checks' logs
    #[arg(long, short, conflicts_with = "quiet", help_heading = heading::DISPLAY)]
    pub(crate) verbose: bool,

    /// Show only findings and the verdict
    #[arg(long, short, help_heading = heading::DISPLAY)]
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

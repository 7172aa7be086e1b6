//! The arguments of `comfycheck run` and `comfycheck demo`.

use super::candidates::{checks, scenarios, suites};
use super::{Destination, Formats, NotificationArguments, heading, number};
use clap::{Args, ValueEnum, ValueHint};
use clap_complete::{ArgValueCandidates, ArgValueCompleter};
use std::num::NonZeroU32;
use std::path::PathBuf;

#[derive(Debug, Default, Args)]
pub(crate) struct RunArguments {
    #[command(flatten)]
    pub(crate) selection: Selection,

    #[command(flatten)]
    pub(crate) formats: Formats,

    /// Record a cassette to this folder, which must be new or empty
    #[arg(
        long,
        value_name = "DIR",
        value_hint = ValueHint::DirPath,
        conflicts_with_all = ["replay", "simulate"],
        help_heading = heading::SOURCE
    )]
    pub(crate) record: Option<PathBuf>,

    /// Write every host call of every check to this file, as one JSON object per line
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = heading::REPORTS)]
    pub(crate) audit: Option<PathBuf>,

    /// Save the images and other files of the samples to this folder, which must be new or empty
    ///
    /// Names have the digest of the content. `index.json` lists the files of each sample. Markdown and HTML reports link them.
    #[arg(
        long,
        value_name = "DIR",
        value_hint = ValueHint::DirPath,
        conflicts_with = "partition",
        help_heading = heading::REPORTS
    )]
    pub(crate) save_images: Option<PathBuf>,

    /// Do not keep the run in the history of this machine
    #[arg(long, help_heading = heading::REPORTS)]
    pub(crate) no_history: bool,

    #[command(flatten)]
    pub(crate) notifications: NotificationArguments,

    /// Retry requests that got no response, up to N times. Never resubmits a job
    ///
    /// A check that only a retry answers is reported as flaky. A replay repeats the recorded attempts.
    #[arg(
        long,
        value_name = "N",
        value_parser = number::retries,
        allow_negative_numbers = true,
        conflicts_with = "partition",
        help_heading = heading::WHAT
    )]
    pub(crate) retry_errors: Option<u32>,

    /// Run one shard, such as `2/5`, and write it to the folder of --out
    ///
    /// `comfycheck report merge SUITE DIR…` merges all shards. A shard has no verdict and sends no notification. `index/5` is the shard of a pod
    /// of an indexed Kubernetes Job, by its `JOB_COMPLETION_INDEX`.
    ///
    /// A live shard submits its own samples only, with its part of the budget. All shards need the same --seed. `concurrency`
    /// applies to each shard.
    #[arg(
        long,
        value_name = "K/N",
        requires = "out",
        conflicts_with_all = ["formats", "previous", "otlp"],
        help_heading = heading::SHARDS
    )]
    pub(crate) partition: Option<String>,

    /// The folder of the shard, which must be new or empty
    #[arg(
        long,
        value_name = "DIR",
        value_hint = ValueHint::DirPath,
        requires = "partition",
        help_heading = heading::SHARDS
    )]
    pub(crate) out: Option<PathBuf>,

    /// How to show progress on stderr
    #[arg(
        long,
        value_enum,
        default_value_t = Progress::Auto,
        value_name = "HOW",
        help_heading = heading::DISPLAY
    )]
    pub(crate) progress: Progress,

    /// Checks that run at once [default: number of cores]
    #[arg(
        long,
        value_name = "N",
        value_parser = number::at_least_one,
        allow_negative_numbers = true,
        help_heading = heading::DISPLAY
    )]
    pub(crate) threads: Option<NonZeroU32>,
}

impl RunArguments {
    /// How to show progress: `--quiet` alone shows none.
    pub(crate) fn shown_progress(&self) -> Progress {
        match self.progress {
            Progress::Auto if self.formats.quiet => Progress::None,
            progress => progress,
        }
    }

    /// The same for one of several runs, with its reports and a folder of its own to record to.
    pub(crate) fn of_part(&self, formats: Vec<Destination>, folder: &str) -> Self {
        let Self { selection, formats: given, record, save_images, no_history, .. } = self;
        let Self { notifications, retry_errors, progress, threads, .. } = self;
        Self {
            selection: selection.clone(),
            formats: Formats { formats, ..given.clone() },
            record: record.as_ref().map(|record| record.join(folder)),
            // The audit is of the whole command.
            audit: None,
            save_images: save_images.as_ref().map(|images| images.join(folder)),
            no_history: *no_history,
            notifications: notifications.clone(),
            retry_errors: *retry_errors,
            partition: None,
            out: None,
            progress: *progress,
            threads: *threads,
        }
    }
}

/// What is run, and on what.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct Selection {
    /// The suite file, or the tests of the RunPod Hub, `.runpod/tests.json` [default: comfycheck.toml]
    #[arg(value_name = "SUITE", add = ArgValueCompleter::new(suites))]
    pub(crate) suite: Option<PathBuf>,

    /// Ignore `comfycheck.toml`
    #[arg(long, conflicts_with = "suite", help_heading = heading::WHAT)]
    pub(crate) no_suite: bool,

    #[command(flatten)]
    pub(crate) choices: Choices,
}

/// Where responses come from, and what replaces the suite's values.
#[derive(Clone, Debug, Default, PartialEq, Args)]
pub(crate) struct Choices {
    /// The name of the run in comments, code scanning and test reports [default: the suite's name, and the workflow and
    /// endpoint that its file does not name]
    #[arg(long, value_name = "NAME", value_parser = run_name, help_heading = heading::REPORTS)]
    pub(crate) name: Option<String>,

    /// The workflow, instead of the suite's: API format, a request such as `test_input.json`, or media that ComfyUI saved
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = heading::WHAT)]
    pub(crate) workflow: Option<PathBuf>,

    /// Send a file with each job, under the name that the workflow uses. May be repeated
    #[arg(long = "input", value_name = "NAME=PATH", value_parser = named_path, help_heading = heading::WHAT)]
    pub(crate) inputs: Vec<NamedPath>,

    /// Run only these checks of the suite. May be repeated
    #[arg(
        long = "check",
        value_name = "NAME,…",
        value_delimiter = ',',
        add = ArgValueCandidates::new(checks),
        help_heading = heading::WHAT
    )]
    pub(crate) checks: Vec<String>,

    /// Leave out these checks of the suite. May be repeated
    #[arg(
        long,
        value_name = "NAME,…",
        value_delimiter = ',',
        add = ArgValueCandidates::new(checks),
        help_heading = heading::WHAT
    )]
    pub(crate) skip: Vec<String>,

    /// The number of samples, instead of the suite's
    #[arg(
        long,
        value_name = "N",
        value_parser = number::samples,
        allow_negative_numbers = true,
        help_heading = heading::WHAT
    )]
    pub(crate) samples: Option<u32>,

    /// Samples in flight at once, instead of the suite's number
    #[arg(
        long,
        value_name = "N",
        value_parser = number::at_least_one,
        allow_negative_numbers = true,
        help_heading = heading::WHAT
    )]
    pub(crate) concurrency: Option<NonZeroU32>,

    /// The most that all jobs together may cost, in USD, instead of the suite's limit
    #[arg(
        long,
        value_name = "USD",
        value_parser = number::dollars,
        allow_negative_numbers = true,
        help_heading = heading::WHAT
    )]
    pub(crate) max_cost: Option<f64>,

    /// The most jobs, instead of the suite's limit. For `bench`: a run has `--samples`.
    #[arg(skip)]
    pub(crate) max_jobs: Option<u32>,

    /// The run seed: sample `i` gets this plus `i`. A recording has its own [default: new for each run; that of the scenario with --simulate]
    #[arg(
        long,
        value_name = "N",
        value_parser = number::seed,
        allow_negative_numbers = true,
        conflicts_with = "replay",
        help_heading = heading::WHAT
    )]
    pub(crate) seed: Option<u64>,

    /// A saved inventory or `/object_info`, instead of the suite's
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = heading::SOURCE)]
    pub(crate) object_info: Option<PathBuf>,

    /// The id of the RunPod endpoint, instead of the suite's
    #[arg(long, value_name = "ID", help_heading = heading::SOURCE)]
    pub(crate) endpoint: Option<String>,

    /// Use a local worker under the test server of RunPod's SDK (`--rp_serve_api`)
    #[arg(
        long,
        value_name = "URL",
        value_hint = ValueHint::Url,
        conflicts_with = "endpoint",
        help_heading = heading::SOURCE
    )]
    pub(crate) local_worker: Option<String>,

    /// Use a simulated endpoint: a built-in scenario or a file. `comfycheck mock` lists the scenarios
    #[arg(
        long,
        value_name = "SCENARIO",
        conflicts_with = "replay",
        add = ArgValueCompleter::new(scenarios),
        help_heading = heading::SOURCE
    )]
    pub(crate) simulate: Option<PathBuf>,

    /// Replay this cassette instead of using the network
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath, help_heading = heading::SOURCE)]
    pub(crate) replay: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct DemoArguments {
    /// The recording to replay
    #[arg(value_enum, default_value_t = DemoRecording::Healthy, value_name = "RECORDING")]
    pub(crate) recording: DemoRecording,

    #[command(flatten)]
    pub(crate) formats: Formats,

    /// How to show progress on stderr
    #[arg(
        long,
        value_enum,
        default_value_t = Progress::Auto,
        value_name = "HOW",
        help_heading = heading::DISPLAY
    )]
    pub(crate) progress: Progress,
}

/// A bundled recording of the Denrisi suite.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum DemoRecording {
    /// All samples succeed, and all requirements are met.
    Healthy,
    /// A node class and a model are missing.
    Missing,
    /// No worker starts.
    NoWorker,
    /// One image is corrupt.
    CorruptImage,
    /// The endpoint runs another handler.
    WrongHandler,
    /// The endpoint does not respond.
    Unavailable,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Progress {
    /// `live` on a terminal, else `plain`.
    #[default]
    Auto,
    /// A display that is updated in place.
    Live,
    /// One line for each step.
    Plain,
    /// Nothing.
    None,
}

/// A file, and the name under which it is sent.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct NamedPath {
    pub(crate) name: String,
    pub(crate) path: PathBuf,
}

/// The longest name of a run, in characters.
const LONGEST_NAME: usize = 200;

fn run_name(text: &str) -> Result<String, String> {
    let name = text.trim();
    if name.is_empty() || name.chars().any(char::is_control) || name.chars().count() > LONGEST_NAME {
        return Err(format!("write one line of 1 to {LONGEST_NAME} characters"));
    }
    Ok(name.to_owned())
}

fn named_path(text: &str) -> Result<NamedPath, String> {
    match text.split_once('=') {
        Some((name, path)) if !name.is_empty() && !path.is_empty() => {
            Ok(NamedPath { name: name.to_owned(), path: path.into() })
        }
        _ => Err("write NAME=PATH, such as photo.png=./photo.png".to_owned()),
    }
}

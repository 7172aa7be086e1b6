//! The command line, as close to what was typed as possible.

mod cassette;
#[cfg(test)]
mod documented;
mod format;
mod report;
mod rollout;
mod workflow;

pub(crate) use cassette::CassetteCommand;
pub(crate) use format::{Destination, Format};
pub(crate) use report::{Formats, MergeArguments, ReportCommand, Telling};
pub(crate) use rollout::{Release, WaitRolloutArguments};
pub(crate) use workflow::{
    ConvertArguments, DiffFormat, Installed, InventoryCommand, ValidateArguments, ValidationFormat,
};

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::path::PathBuf;

/// Check whether a ComfyUI workflow works on a RunPod serverless endpoint
#[derive(Debug, Parser)]
#[command(name = "comfycheck", version, max_term_width = 100, after_help = EXIT_CODES)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,

    /// When to use color. `NO_COLOR` is respected
    #[arg(
        long,
        global = true,
        value_enum,
        default_value_t = When::Auto,
        value_name = "WHEN",
        hide_short_help = true,
        help_heading = "Display",
        display_order = 900
    )]
    pub(crate) color: When,

    /// The cache of compiled checks: a folder that only you can write
    #[arg(
        long,
        global = true,
        env = "COMFYCHECK_CACHE_DIR",
        value_name = "DIR",
        hide_env_values = true,
        hide_short_help = true,
        help_heading = "Display",
        display_order = 901
    )]
    pub(crate) cache_dir: Option<PathBuf>,
}

const EXIT_CODES: &str = "\
Exit codes:
  0  passed
  1  the deployment is wrong
  2  the command line, suite, workflow, component or cassette is not valid; no job was submitted
  3  inconclusive: nothing was proven wrong, but something is unknown; a retry may help
  4  a check crashed, broke the contract or exceeded a limit, and nothing was found wrong
  70 a bug in comfycheck
  130, 143  interrupted; queued jobs were cancelled, reports were written

Examples:
  comfycheck demo                        # See a run without an account
  comfycheck run --simulate healthy      # Try your suite without an account
  comfycheck doctor                      # See what a run lacks
  comfycheck run                         # Run the suite against your endpoint
  comfycheck validate wf.json --object-info comfyui.inventory.json";

/// Headings of groups in help.
const WHAT: &str = "What to run";
const SOURCE: &str = "Where responses come from";
const SHARDS: &str = "Split over machines";

const INIT: &str = "\
Examples:
  comfycheck init                                # Use the only workflow in this folder
  comfycheck init --endpoint ID --workflow wf.json";

const DOCTOR: &str = "\
Examples:
  comfycheck doctor
  comfycheck doctor --simulate unauthorized      # See a failure without an account";

const RUN: &str = "\
Examples:
  comfycheck run                                 # Run comfycheck.toml
  comfycheck run --simulate no-workers           # See a failure without an account
  comfycheck run --replay DIR --format report.xml
  comfycheck run --no-suite --endpoint ID --workflow wf.json";

const VALIDATE: &str = "\
Examples:
  comfycheck validate wf.json --object-info comfyui.inventory.json
  comfycheck validate wf.json --object-info http://127.0.0.1:8188 --format sarif";

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Write a suite, a GitHub workflow and a line in .gitignore. Never overwrites a file
    ///
    /// The suite and the line go into this folder. The workflow goes to the root of the git repository.
    #[command(after_help = INIT)]
    Init(InitArguments),
    /// Show what a run lacks: key, endpoint, permissions, suite. Free, and only reads
    ///
    /// One line each: `ok`, `missing`, `wrong`, `warning` or `open` (unknown). Exit codes: 0 a run can start, 1 the deployment is wrong, 2 the
    /// environment or the suite is wrong, 3 something is unknown.
    #[command(after_help = DOCTOR)]
    Doctor(Selection),
    /// Run a suite's checks and report what they found
    ///
    /// Without SUITE, `comfycheck.toml` in the current folder is used. Without a suite, --endpoint and --workflow run all built-in checks
    /// but `denrisi` on one sample.
    #[command(after_help = RUN)]
    Run(RunArguments),
    /// Show what a run would do: checks, permissions, jobs. Sends nothing
    List(Selection),
    /// Run the Denrisi suite on a recording inside the binary. Needs no account and no network
    Demo(Formats),
    /// Validate workflow files the way ComfyUI does, and lint them. Needs no server
    ///
    /// Exit codes: 0, 1 if any file has an error, 2 if the arguments or the inventory are not valid, 3 if something is unknown.
    #[command(after_help = VALIDATE)]
    Validate(ValidateArguments),
    /// Convert a workflow of ComfyUI's editor to the API format
    Convert(ConvertArguments),
    /// Save and compare what a ComfyUI has installed
    #[command(subcommand)]
    Inventory(InventoryCommand),
    /// Render and merge stored reports
    #[command(subcommand)]
    Report(ReportCommand),
    /// Verify recordings, and exchange them with other tools
    #[command(subcommand)]
    Cassette(CassetteCommand),
    /// Wait until a release is on all workers of the endpoint. Only reads
    ///
    /// Queries RunPod's management API every ten seconds. Exit codes: 0, 1 if the time is over or RunPod refuses the key or the endpoint, 2
    /// if the arguments are not valid, 3 if it is unknown. An endpoint without workers is rolled out.
    WaitRollout(WaitRolloutArguments),
    /// Remove all queued jobs of an endpoint, such as those that no worker took
    Purge(PurgeArguments),
    /// Explain a rule, such as `missing-model` or `models/missing-model`. Without one, list all rules
    Explain {
        /// RULE, CHECK/RULE, or CHECK for all rules of a check
        rule: Option<String>,
        /// Explain the rules of this component instead of the built-in checks
        #[arg(long, value_name = "FILE.wasm")]
        component: Option<PathBuf>,
    },
    /// Show what a component is and which permissions it needs, without running it
    Inspect {
        /// The component
        #[arg(value_name = "FILE.wasm")]
        file: PathBuf,
    },
    /// Serve a simulated RunPod endpoint on this machine. Without a scenario, list them
    ///
    /// Prints the environment variables that point clients to it. Ctrl-C ends it.
    Mock(MockArguments),
    /// Print shell completions
    Completions {
        /// The shell
        #[arg(value_enum)]
        shell: Shell,
    },
    /// Write a manual page for every command
    #[command(hide = true)]
    Man {
        /// The folder to write to
        #[arg(value_name = "DIR")]
        folder: PathBuf,
    },
}

#[derive(Debug, Args)]
pub(crate) struct InitArguments {
    /// The id of the RunPod endpoint [default: `RUNPOD_ENDPOINT_COMFYUI` or `RUNPOD_ENDPOINT_ID`]
    #[arg(long, value_name = "ID")]
    pub(crate) endpoint: Option<String>,

    /// The workflow: API format, or a request such as `test_input.json` [default: the only one in this folder]
    #[arg(long, value_name = "FILE")]
    pub(crate) workflow: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct PurgeArguments {
    /// The suite that names the endpoint [default: comfycheck.toml]
    #[arg(value_name = "SUITE")]
    pub(crate) suite: Option<PathBuf>,

    /// The id of the RunPod endpoint, instead of the suite's
    #[arg(long, value_name = "ID")]
    pub(crate) endpoint: Option<String>,

    /// Confirm: remove every queued job, from any client
    #[arg(long)]
    pub(crate) yes: bool,

    /// Use a simulated endpoint: a built-in scenario or a file
    #[arg(long, value_name = "SCENARIO")]
    pub(crate) simulate: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct MockArguments {
    /// A built-in scenario, such as `healthy`, or a scenario file. Without one, list the built-in scenarios
    #[arg(value_name = "SCENARIO")]
    pub(crate) scenario: Option<PathBuf>,

    /// A loopback address to listen on. Port 0 takes a free one
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8100")]
    pub(crate) listen: SocketAddr,

    /// Seconds that pass on the endpoint in each real second
    #[arg(long, value_name = "N", default_value_t = 1.0)]
    pub(crate) speed: f64,
}

#[derive(Debug, Args)]
pub(crate) struct RunArguments {
    #[command(flatten)]
    pub(crate) selection: Selection,

    #[command(flatten)]
    pub(crate) formats: Formats,

    /// Record a cassette to this folder, which must be new or empty
    #[arg(long, value_name = "DIR", help_heading = SOURCE, conflicts_with_all = ["replay", "simulate"])]
    pub(crate) record: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) telling: Telling,

    /// Retry requests that got no response, up to N times. Never resubmits a job
    ///
    /// A check that only a retry answers is reported as flaky. A replay repeats the recorded attempts.
    #[arg(long, value_name = "N", help_heading = WHAT, value_parser = clap::value_parser!(u32).range(..=10), conflicts_with = "partition")]
    pub(crate) retry_errors: Option<u32>,

    /// Run one shard, such as `2/5`, and write it to the folder of --out
    ///
    /// `comfycheck report merge SUITE DIR…` merges all shards. A shard has no verdict and sends no notification. `index/5` is the shard of a pod
    /// of an indexed Kubernetes Job, by its `JOB_COMPLETION_INDEX`.
    ///
    /// A live shard submits its own samples only, with its part of the budget. All shards need the same --seed. `concurrency`
    /// applies to each shard.
    #[arg(long, value_name = "K/N", help_heading = SHARDS, requires = "out", conflicts_with_all = ["formats", "previous"])]
    pub(crate) partition: Option<String>,

    /// The folder of the shard, which must be new or empty
    #[arg(long, value_name = "DIR", help_heading = SHARDS, requires = "partition")]
    pub(crate) out: Option<PathBuf>,

    /// How to show progress on stderr
    #[arg(long, help_heading = "Display", value_enum, default_value_t = Progress::Auto, value_name = "HOW")]
    pub(crate) progress: Progress,

    /// Checks that run at once [default: number of cores]
    #[arg(long, help_heading = "Display", value_name = "N")]
    pub(crate) threads: Option<NonZeroU32>,
}

/// What is run, and on what.
#[derive(Debug, Args)]
pub(crate) struct Selection {
    /// The suite file [default: comfycheck.toml]
    #[arg(value_name = "SUITE", help_heading = WHAT)]
    pub(crate) suite: Option<PathBuf>,

    /// Ignore `comfycheck.toml`
    #[arg(long, help_heading = WHAT, conflicts_with = "suite")]
    pub(crate) no_suite: bool,

    #[command(flatten)]
    pub(crate) choices: Choices,
}

/// Where responses come from, and what replaces the suite's values.
#[derive(Clone, Debug, Default, PartialEq, Args)]
pub(crate) struct Choices {
    /// Replay this cassette instead of using the network
    #[arg(long, value_name = "DIR", help_heading = SOURCE)]
    pub(crate) replay: Option<PathBuf>,

    /// Use a simulated endpoint: a built-in scenario or a file. `comfycheck mock` lists the scenarios
    #[arg(long, value_name = "SCENARIO", help_heading = SOURCE, conflicts_with = "replay")]
    pub(crate) simulate: Option<PathBuf>,

    /// Run only these checks of the suite. May be repeated
    #[arg(long = "check", value_name = "NAME,…", value_delimiter = ',', help_heading = WHAT)]
    pub(crate) checks: Vec<String>,

    /// Leave out these checks of the suite. May be repeated
    #[arg(long, value_name = "NAME,…", value_delimiter = ',', help_heading = WHAT)]
    pub(crate) skip: Vec<String>,

    /// The most that all jobs together may cost, in USD, instead of the suite's limit
    #[arg(long, value_name = "USD", help_heading = WHAT, value_parser = amount)]
    pub(crate) max_cost: Option<f64>,

    /// The id of the RunPod endpoint, instead of the suite's
    #[arg(long, value_name = "ID", help_heading = SOURCE)]
    pub(crate) endpoint: Option<String>,

    /// Use a local worker under the test server of RunPod's SDK (`--rp_serve_api`)
    #[arg(long, help_heading = SOURCE, value_name = "URL", conflicts_with = "endpoint")]
    pub(crate) local_worker: Option<String>,

    /// The workflow, instead of the suite's: API format, a request such as `test_input.json`, or media that ComfyUI saved
    #[arg(long, help_heading = WHAT, value_name = "FILE")]
    pub(crate) workflow: Option<PathBuf>,

    /// Send a file with each job, under the name that the workflow uses. Repeatable
    #[arg(long = "input", help_heading = WHAT, value_name = "NAME=PATH", value_parser = named_path)]
    pub(crate) inputs: Vec<NamedPath>,

    /// The number of samples, instead of the suite's
    #[arg(long, value_name = "N", help_heading = WHAT, allow_negative_numbers = true, value_parser = clap::value_parser!(u32).range(..=1000))]
    pub(crate) samples: Option<u32>,

    /// Samples in flight at once, instead of the suite's number
    #[arg(long, help_heading = WHAT, value_name = "N")]
    pub(crate) concurrency: Option<NonZeroU32>,

    /// The run seed: sample `i` gets this plus `i`. Live only; recordings and scenarios have their own [default: new for each run]
    #[arg(long, help_heading = WHAT, value_name = "N", conflicts_with_all = ["replay", "simulate"])]
    pub(crate) seed: Option<u64>,

    /// A saved inventory or `/object_info`, instead of the suite's
    #[arg(long, help_heading = SOURCE, value_name = "FILE")]
    pub(crate) object_info: Option<PathBuf>,
}

/// A file, and the name under which it is sent.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct NamedPath {
    pub(crate) name: String,
    pub(crate) path: PathBuf,
}

fn named_path(text: &str) -> Result<NamedPath, String> {
    match text.split_once('=') {
        Some((name, path)) if !name.is_empty() && !path.is_empty() => {
            Ok(NamedPath { name: name.to_owned(), path: path.into() })
        }
        _ => Err("write NAME=PATH, such as photo.png=./photo.png".to_owned()),
    }
}

/// An amount of money above 0.
fn amount(text: &str) -> Result<f64, String> {
    let amount = text.parse().ok().filter(|amount: &f64| amount.is_finite() && *amount > 0.0);
    amount.ok_or_else(|| "use an amount above 0, such as 0.5".to_owned())
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum When {
    /// On a terminal.
    Auto,
    Always,
    Never,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Progress {
    /// `live` on a terminal, else `plain`.
    Auto,
    /// A display that is updated in place.
    Live,
    /// One line for each step.
    Plain,
    /// Nothing.
    None,
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        Arguments::command().debug_assert();
    }
}

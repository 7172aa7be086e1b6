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

/// Tells, before your users do, whether a ComfyUI workflow works on a RunPod serverless endpoint.
#[derive(Debug, Parser)]
#[command(name = "comfycheck", version, max_term_width = 100, after_help = EXIT_CODES)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,

    /// When to use colour; `NO_COLOR` is honoured.
    #[arg(long, global = true, value_enum, default_value_t = When::Auto, value_name = "WHEN", display_order = 900)]
    pub(crate) color: When,

    /// Where compiled checks are kept, a folder of yours alone.
    #[arg(
        long,
        global = true,
        env = "COMFYCHECK_CACHE_DIR",
        value_name = "DIR",
        hide_env_values = true,
        display_order = 901
    )]
    pub(crate) cache_dir: Option<PathBuf>,
}

const EXIT_CODES: &str = "\
Exit codes:
  0  passed
  1  something is wrong with the deployment
  2  the command line, suite, workflow, component or cassette is not valid; nothing ran
  3  something could not be carried out or told, nothing proven wrong; a retry may help
  70 a bug in comfycheck
  130, 143  interrupted; what was queued was cancelled, and the reports were written";

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Writes a suite, a GitHub workflow and an entry of .gitignore. Asks nothing, overwrites nothing.
    ///
    /// The suite and the entry go into this folder, the workflow to the root of the git repository around it, where GitHub looks.
    Init(InitArguments),
    /// Tells what a run still lacks: key, endpoint, permissions, suite. Takes no sample, and costs nothing.
    ///
    /// One line each: `ok`, `missing`, `wrong`, `warning`, or `open` where it could not be told. Exit codes: 0 a run can be started, 1
    /// the deployment is wrong, 2 the environment or the suite is, 3 something could not be told.
    Doctor(Selection),
    /// Runs a suite's checks and reports what they found.
    ///
    /// Without SUITE, `comfycheck.toml` in the current folder is read; with --endpoint and --workflow, no suite is
    /// needed: all built-in checks but `denrisi` are run, on one sample.
    Run(RunArguments),
    /// Shows what a run would do: checks, permissions, jobs. Sends nothing.
    List(Selection),
    /// Tells what ComfyUI would answer to workflow files, and what it would not say. Needs no server.
    ///
    /// Exit codes: 0, 1 if any file has an error, 2 if the arguments or the inventory cannot be used, 3 if something could
    /// not be told.
    Validate(ValidateArguments),
    /// Converts a workflow of ComfyUI's editor to the API format.
    Convert(ConvertArguments),
    /// Saves and compares what ComfyUI has installed.
    #[command(subcommand)]
    Inventory(InventoryCommand),
    /// Renders stored reports again, and merges them.
    #[command(subcommand)]
    Report(ReportCommand),
    /// Looks at recordings, and exchanges them with other tools.
    #[command(subcommand)]
    Cassette(CassetteCommand),
    /// Waits until a release of the endpoint is on all its workers, and they take jobs. Only reads.
    ///
    /// Asks RunPod's management API every ten seconds. Exit codes: 0, 1 if the time is over first or RunPod refuses the key or the
    /// endpoint, 2 if the arguments cannot be used, 3 if it cannot be told. An endpoint without workers has nobody to wait for.
    WaitRollout(WaitRolloutArguments),
    /// Removes the jobs that wait in an endpoint's queue, such as those that no worker ever came for.
    Purge(PurgeArguments),
    /// Explains a rule, such as `missing-model` or `models/missing-model`; without one, lists all rules.
    Explain {
        /// The rule's id, or CHECK/RULE.
        rule: Option<String>,
        /// A component whose rules are meant, besides the built-in ones.
        #[arg(long, value_name = "FILE.wasm")]
        component: Option<PathBuf>,
    },
    /// Shows what a component is and what it asks for, without running its check.
    Inspect {
        /// The component.
        #[arg(value_name = "FILE.wasm")]
        file: PathBuf,
    },
    /// Serves a simulated RunPod endpoint on this machine, for any client.
    ///
    /// Prints the environment variables that point clients to it, and ends at Ctrl-C.
    Mock(MockArguments),
    /// Prints what a shell needs to complete command lines of comfycheck.
    Completions {
        /// The shell.
        #[arg(value_enum)]
        shell: Shell,
    },
    /// Writes a manual page for every command.
    #[command(hide = true)]
    Man {
        /// The folder to write to.
        #[arg(value_name = "DIR")]
        folder: PathBuf,
    },
}

#[derive(Debug, Args)]
pub(crate) struct InitArguments {
    /// The id of the RunPod endpoint; by default the suite takes it from `RUNPOD_ENDPOINT_COMFYUI` or `RUNPOD_ENDPOINT_ID`.
    #[arg(long, value_name = "ID")]
    pub(crate) endpoint: Option<String>,

    /// The workflow in API format; by default the only one in this folder.
    #[arg(long, value_name = "FILE")]
    pub(crate) workflow: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct PurgeArguments {
    /// The suite file, which names the endpoint; `comfycheck.toml` in the current folder where no endpoint is given.
    #[arg(value_name = "SUITE")]
    pub(crate) suite: Option<PathBuf>,

    /// The id of the RunPod endpoint, instead of the suite's.
    #[arg(long, value_name = "ID")]
    pub(crate) endpoint: Option<String>,

    /// That every job that waits is to be removed, whoever submitted it.
    #[arg(long)]
    pub(crate) yes: bool,

    /// Asks a simulated endpoint instead of the network: the name of a built-in scenario, or a file.
    #[arg(long, value_name = "SCENARIO")]
    pub(crate) simulate: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct MockArguments {
    /// What happens on the endpoint: a built-in scenario, such as `healthy`, or a scenario file.
    #[arg(value_name = "SCENARIO")]
    pub(crate) scenario: PathBuf,

    /// Where to listen: an address of this machine. With port 0, one that is free is taken.
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8100")]
    pub(crate) listen: SocketAddr,

    /// How many seconds pass on the endpoint in each of ours.
    #[arg(long, value_name = "N", default_value_t = 1.0)]
    pub(crate) speed: f64,
}

#[derive(Debug, Args)]
pub(crate) struct RunArguments {
    #[command(flatten)]
    pub(crate) selection: Selection,

    #[command(flatten)]
    pub(crate) formats: Formats,

    /// Writes a cassette of all that is asked and answered to this folder, which must be new or empty.
    #[arg(long, value_name = "DIR", conflicts_with_all = ["replay", "simulate"])]
    pub(crate) record: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) telling: Telling,

    /// Carries out again, up to N times, what waited for an answer in vain; never what failed, and no sample is submitted
    /// again.
    ///
    /// What only a further attempt answers is reported as flaky, with what the attempts before it said. By default none is made, but
    /// for a replay, which makes those that were recorded.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(..=10), conflicts_with = "partition")]
    pub(crate) retry_errors: Option<u32>,

    /// Carries out one share of the run, such as `2/5`, and writes it to the folder of --out.
    ///
    /// `comfycheck report merge SUITE DIR…` makes the report of all shares; one share has no verdict, and nobody is told of it.
    /// `index/5` is the share of a pod of an indexed Kubernetes Job, by its `JOB_COMPLETION_INDEX`.
    ///
    /// Live, a share submits its own samples only, with its part of the suite's budget, and all shares need the same --seed. The
    /// suite's `concurrency` is that of each share.
    #[arg(long, value_name = "K/N", requires = "out", conflicts_with_all = ["formats", "previous"])]
    pub(crate) partition: Option<String>,

    /// The folder of a share, which must be new or empty.
    #[arg(long, value_name = "DIR", requires = "partition")]
    pub(crate) out: Option<PathBuf>,

    /// How to show progress on stderr.
    #[arg(long, value_enum, default_value_t = Progress::Auto, value_name = "HOW")]
    pub(crate) progress: Progress,

    /// How many checks run at once; as many as there are cores by default.
    #[arg(long, value_name = "N")]
    pub(crate) threads: Option<NonZeroU32>,
}

/// What is run, and on what.
#[derive(Debug, Args)]
pub(crate) struct Selection {
    /// The suite file.
    #[arg(value_name = "SUITE")]
    pub(crate) suite: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) choices: Choices,
}

/// Who answers, and what is run instead of what the suite says.
#[derive(Clone, Debug, Default, PartialEq, Args)]
pub(crate) struct Choices {
    /// Answers every request from this cassette instead of the network.
    #[arg(long, value_name = "DIR")]
    pub(crate) replay: Option<PathBuf>,

    /// Answers every request from a simulated endpoint instead of the network: the name of a built-in scenario, or a
    /// file.
    #[arg(long, value_name = "SCENARIO", conflicts_with = "replay")]
    pub(crate) simulate: Option<PathBuf>,

    /// Runs this check of the suite only. May be given several times.
    #[arg(long = "check", value_name = "NAME")]
    pub(crate) checks: Vec<String>,

    /// The id of the RunPod endpoint, instead of the suite's.
    #[arg(long, value_name = "ID")]
    pub(crate) endpoint: Option<String>,

    /// The address of a worker outside RunPod, under the test server of RunPod's SDK (`--rp_serve_api`), instead of an
    /// endpoint.
    #[arg(long, value_name = "URL", conflicts_with = "endpoint")]
    pub(crate) local_worker: Option<String>,

    /// The workflow in API format, instead of the suite's.
    #[arg(long, value_name = "FILE")]
    pub(crate) workflow: Option<PathBuf>,

    /// How many samples to take, instead of the suite's number.
    #[arg(long, value_name = "N")]
    pub(crate) samples: Option<u32>,

    /// How many samples are in flight at once, instead of the suite's number.
    #[arg(long, value_name = "N")]
    pub(crate) concurrency: Option<NonZeroU32>,

    /// The run seed, instead of the suite's or of one that no run had before: sample `i` gets this and `i`. Live only; a
    /// recording and a scenario have their own.
    #[arg(long, value_name = "N", conflicts_with_all = ["replay", "simulate"])]
    pub(crate) seed: Option<u64>,

    /// A saved answer of ComfyUI's `/object_info`, instead of the suite's.
    #[arg(long, value_name = "FILE")]
    pub(crate) object_info: Option<PathBuf>,
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

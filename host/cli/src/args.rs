//! The command line, as close to what was typed as possible.

mod bench;
mod candidates;
mod cassette;
mod check;
#[cfg(test)]
mod documented;
mod examples;
mod forecast;
mod format;
mod golden;
mod hints;
mod history;
mod number;
mod report;
mod rollout;
mod run;
mod show;
mod workflow;

pub(crate) use bench::BenchArguments;
pub(crate) use cassette::CassetteCommand;
pub(crate) use check::{
    AddArguments, BuildArguments, CheckBenchArguments, CheckCommand, InspectArguments, Language, NewArguments,
    PublishArguments, TestArguments, UpdateArguments,
};
pub(crate) use forecast::{ForecastArguments, OtherGpu};
pub(crate) use format::{Destination, Format};
pub(crate) use golden::{GoldenCommand, GoldenSource};
pub(crate) use hints::with_hints;
pub(crate) use history::{HistoryCommand, HistoryListArguments, HistoryPruneArguments, RunId};
pub(crate) use report::{Formats, MergeArguments, NotificationArguments, ReportCommand};
pub(crate) use rollout::{Release, WaitRolloutArguments};
pub(crate) use run::{Choices, DemoArguments, DemoRecording, NamedPath, Progress, RunArguments, Selection};
pub(crate) use show::{DoctorArguments, ExplainArguments, ListArguments};
pub(crate) use workflow::{
    ConvertArguments, DiffFormat, InventoryCommand, InventorySource, UpgradeArguments, ValidateArguments,
    ValidationFormat,
};

use candidates::scenarios;
use clap::{ArgMatches, Args, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum, ValueHint};
use clap_complete::{ArgValueCompleter, Shell};
use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::PathBuf;

/// Check whether a ComfyUI workflow works on a RunPod serverless endpoint
#[derive(Debug, Parser)]
#[command(name = "comfycheck", version, max_term_width = 100)]
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
        help_heading = heading::DISPLAY
    )]
    pub(crate) color: When,

    /// The cache of compiled checks: a folder that only you can write
    #[arg(
        long,
        global = true,
        env = "COMFYCHECK_CACHE_DIR",
        value_name = "DIR",
        hide_env_values = true,
        value_hint = ValueHint::DirPath,
        help_heading = heading::DISPLAY
    )]
    pub(crate) cache_dir: Option<PathBuf>,

    /// Use only cached third-party checks; fetch none
    #[arg(
        long,
        global = true,
        env = "COMFYCHECK_OFFLINE",
        hide_env_values = true,
        value_parser = clap::builder::FalseyValueParser::new(),
        help_heading = heading::DISPLAY
    )]
    pub(crate) offline: bool,
}

/// The groups of options, in the order of the help.
mod heading {
    pub(super) const WHAT: &str = "What to run";
    pub(super) const LOAD: &str = "Load";
    pub(super) const JUDGE: &str = "What decides";
    pub(super) const SOURCE: &str = "Where responses come from";
    pub(super) const REPORTS: &str = "Reports";
    pub(super) const SHARDS: &str = "Split over machines";
    pub(super) const DISPLAY: &str = "Display";
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run the Denrisi suite on a recording inside the binary. Needs no account and no network
    ///
    /// The suite runs 12 samples of an image workflow. RECORDING is an endpoint that works or fails.
    Demo(DemoArguments),
    /// Write a suite, a GitHub workflow and a line in .gitignore. Never overwrites a file
    ///
    /// The suite and the line go into this folder. The workflow goes to the root of the git repository.
    Init(InitArguments),
    /// Show what a run lacks: key, endpoint, permissions, suite. Free, and only reads
    ///
    /// One line each: `ok`, `optional`, `missing`, `wrong`, `warning` or `unknown`. Exit codes: 0 a run can start, 1 the deployment is wrong, 2 the
    /// environment or the suite is wrong, 3 something is unknown.
    Doctor(DoctorArguments),
    /// Show what a run would do: checks, permissions, jobs, cost. Sends nothing
    List(ListArguments),
    /// Run a suite's checks and report what they found
    ///
    /// Without SUITE, `comfycheck.toml` in the current folder is used. Without a suite, --endpoint and --workflow run all built-in checks
    /// but `denrisi` on one sample.
    Run(RunArguments),
    /// Measure speed, cost and reliability under load, and compare with a baseline
    ///
    /// Runs a level for each load: jobs in flight (--concurrency), arrival rates (--rate) or cold starts (--cold). Exit codes: 0, 1 if a
    /// limit is broken or a metric is worse than the baseline, 2 if the arguments or the suite are not valid, 3 if it is inconclusive.
    Bench(Box<BenchArguments>),
    /// Estimate what other settings of the endpoint would cost, and how long users would wait. Sends nothing
    ///
    /// Simulates days with the measured times: workers that always run, idle timeouts, FlashBoot, other GPUs. Values have 95% intervals.
    Forecast(ForecastArguments),
    /// Explain a rule, or list the rules of a check or of all checks
    Explain(ExplainArguments),
    /// Validate workflow files the way ComfyUI does, and lint them. Needs no server
    ///
    /// Exit codes: 0, 1 if any file has an error, 2 if the arguments or the inventory are not valid, 3 if something is unknown.
    Validate(ValidateArguments),
    /// Show what changes for workflows between two versions of ComfyUI, or two inventories
    ///
    /// Lists the classes, inputs, values and defaults that the workflows use and that differ. Exit codes: those of `validate` with the
    /// second version.
    Upgrade(UpgradeArguments),
    /// Convert a workflow of ComfyUI's editor to the API format
    Convert(ConvertArguments),
    /// Save and compare what a ComfyUI has installed
    #[command(subcommand)]
    Inventory(InventoryCommand),
    /// Render and merge stored reports
    #[command(subcommand)]
    Report(ReportCommand),
    /// List and compare the live runs of this machine
    ///
    /// Live runs are kept in `$XDG_STATE_HOME/comfycheck/history`, without prompts: the newest 500 of a year.
    #[command(subcommand)]
    History(HistoryCommand),
    /// Compare images with those that you accepted
    ///
    /// A suite names a folder of golden images: `[checks.image.settings]` with `golden = "golden/"`. Runs compare each image with the
    /// golden image of the same workflow, prompt and seed.
    #[command(subcommand)]
    Golden(GoldenCommand),
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
    /// Serve a simulated RunPod endpoint on this machine. Without a scenario, list them
    ///
    /// Prints the environment variables that point clients to it. Ctrl-C ends it.
    Mock(MockArguments),
    /// Write, build, test and inspect checks of your own
    #[command(subcommand)]
    Check(CheckCommand),
    /// The same as `check inspect`
    #[command(hide = true)]
    Inspect(InspectArguments),
    /// Print shell completions
    ///
    /// They complete commands, options, scenarios, rules, checks, formats and files. The script calls comfycheck. Source it when the shell
    /// starts instead of saving it.
    Completions {
        /// The shell
        #[arg(value_enum)]
        shell: Shell,
    },
    /// Write a manual page for every command
    #[command(hide = true)]
    Man {
        /// The folder to write to
        #[arg(value_name = "DIR", value_hint = ValueHint::DirPath)]
        folder: PathBuf,
    },
}

#[derive(Debug, Args)]
pub(crate) struct InitArguments {
    /// The id of the RunPod endpoint [default: `RUNPOD_ENDPOINT_COMFYUI` or `RUNPOD_ENDPOINT_ID`]
    #[arg(long, value_name = "ID")]
    pub(crate) endpoint: Option<String>,

    /// The workflow: API format, or a request such as `test_input.json` [default: the only one in this folder]
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) workflow: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct PurgeArguments {
    /// The suite that names the endpoint [default: comfycheck.toml]
    #[arg(value_name = "SUITE", value_hint = ValueHint::FilePath)]
    pub(crate) suite: Option<PathBuf>,

    /// The id of the RunPod endpoint, instead of the suite's
    #[arg(long, value_name = "ID")]
    pub(crate) endpoint: Option<String>,

    /// Confirm: remove every queued job, from any client
    #[arg(long)]
    pub(crate) yes: bool,

    /// Use a simulated endpoint: a built-in scenario or a file
    #[arg(long, value_name = "SCENARIO", add = ArgValueCompleter::new(scenarios))]
    pub(crate) simulate: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct MockArguments {
    /// A built-in scenario, such as `healthy`, or a scenario file. Without one, list the built-in scenarios
    #[arg(value_name = "SCENARIO", add = ArgValueCompleter::new(scenarios))]
    pub(crate) scenario: Option<PathBuf>,

    /// A loopback address to listen on. Port 0 takes a free one
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8100")]
    pub(crate) listen: SocketAddr,

    /// Seconds that pass on the endpoint in each real second
    #[arg(long, value_name = "N", default_value_t = 1.0, value_parser = number::speed, allow_negative_numbers = true)]
    pub(crate) speed: f64,

    /// Run a command with the variables set, and stop serving when it ends. Its exit code is that of the command
    #[arg(last = true, value_name = "COMMAND", requires = "scenario")]
    pub(crate) command: Vec<OsString>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum When {
    /// On a terminal.
    Auto,
    Always,
    Never,
}

/// Commands that print with color.
const COLORED: [&str; 7] = ["demo", "run", "bench", "validate", "render", "merge", "show"];
/// Commands that compile checks.
const COMPILING: [&str; 16] = [
    "demo", "doctor", "list", "run", "explain", "validate", "upgrade", "convert", "merge", "inspect", "build", "test",
    "bench", "add", "update", "publish",
];

/// The parser, with examples for each command. A global option is in the help of the commands that it matters to, and is
/// accepted by all.
pub(crate) fn command() -> clap::Command {
    let whole = examples::add(Arguments::command());
    let globals: Vec<clap::Arg> = whole.get_arguments().filter(|arg| arg.is_global_set()).cloned().collect();
    whole.mut_subcommands(|command| with_globals(command, &globals))
}

fn with_globals(command: clap::Command, globals: &[clap::Arg]) -> clap::Command {
    if command.has_subcommands() {
        let command = command.mut_subcommands(|command| with_globals(command, globals));
        return command.args(globals.iter().map(|arg| arg.clone().hide(true)));
    }
    let shown: Vec<_> = globals
        .iter()
        .map(|arg| {
            let commands = if arg.get_id() == "color" { &COLORED[..] } else { &COMPILING[..] };
            arg.clone().hide(!commands.contains(&command.get_name()))
        })
        .collect();
    command.args(shown)
}

impl Arguments {
    /// Parses a command line; what is not understood comes with hints.
    pub(crate) fn from_words(words: impl IntoIterator<Item = OsString>) -> Result<Self, clap::Error> {
        let words: Vec<_> = words.into_iter().collect();
        let parsed = command().try_get_matches_from(&words).and_then(|matches: ArgMatches| {
            Self::from_arg_matches(&matches).map_err(|error| error.format(&mut command()))
        });
        parsed.map_err(|error| with_hints(error, &words))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        command().debug_assert();
    }

    /// The help of a command shows its own options, and accepts the global ones in any place.
    #[test]
    fn a_global_option_is_accepted_by_every_command() {
        for words in [
            &["comfycheck", "--color", "never", "init"][..],
            &["comfycheck", "init", "--color", "never"],
            &["comfycheck", "report", "render", "r.json", "--color", "never"],
        ] {
            let arguments = Arguments::from_words(words.iter().map(Into::into)).unwrap();
            assert_eq!(arguments.color, When::Never, "{words:?}");
        }
        let help = |name: &str| command().find_subcommand_mut(name).unwrap().render_long_help().to_string();
        for (name, color, cache) in [("init", false, false), ("run", true, true), ("doctor", false, true)] {
            let help = help(name);
            assert_eq!((help.contains("--color"), help.contains("--cache-dir")), (color, cache), "{name}: {help}");
        }
    }
}

//! The arguments of `comfycheck history`.

use super::{Formats, number};
use clap::{Args, Subcommand, ValueHint};
use std::path::PathBuf;
use std::str::FromStr;

#[derive(Debug, Subcommand)]
pub(crate) enum HistoryCommand {
    /// List the live runs of this machine, and the machines whose samples failed
    List(HistoryListArguments),
    /// Show a run in any format
    Show {
        /// The number of the run, or `last`
        #[arg(value_name = "RUN")]
        run: RunId,
        #[command(flatten)]
        formats: Formats,
    },
    /// Show what changed between two runs
    Compare {
        /// The earlier run: a number, or `last`
        #[arg(value_name = "A")]
        before: RunId,
        /// The later run
        #[arg(value_name = "B")]
        after: RunId,
        /// Also write the later run as a page, with the earlier one as its baseline
        #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
        html: Option<PathBuf>,
    },
    /// Remove old runs
    Prune(HistoryPruneArguments),
}

#[derive(Debug, Args)]
pub(crate) struct HistoryListArguments {
    /// Only runs of this suite
    #[arg(long, value_name = "NAME")]
    pub(crate) suite: Option<String>,

    /// How many runs, newest first
    #[arg(long, value_name = "N", default_value_t = 20)]
    pub(crate) limit: usize,

    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,

    /// Write a page with charts over the runs to this file
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) html: Option<PathBuf>,
}

#[derive(Debug, Args)]
#[group(required = true, multiple = true)]
pub(crate) struct HistoryPruneArguments {
    /// Keep the newest N runs. 0 removes all
    #[arg(long, value_name = "N")]
    pub(crate) keep: Option<usize>,

    /// Remove runs that are older
    #[arg(long, value_name = "DAYS", value_parser = number::days)]
    pub(crate) older_than: Option<u32>,
}

/// A run of the history.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RunId {
    Number(u64),
    Last,
}

impl FromStr for RunId {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "last" => Ok(Self::Last),
            number => {
                number.parse().map(Self::Number).map_err(|_| "not the number of a run, and not `last`".to_owned())
            }
        }
    }
}

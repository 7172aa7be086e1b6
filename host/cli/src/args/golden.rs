//! The arguments of `comfycheck golden`.

use super::candidates::{scenarios, suites};
use super::heading;
use clap::{ArgGroup, Args, Subcommand, ValueHint};
use clap_complete::ArgValueCompleter;
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub(crate) enum GoldenCommand {
    /// Accept images of a run as golden images. Look at them first
    ///
    /// Copies the images into the folder that the suite names (`[checks.image.settings]`, `golden`), with an index. An image replaces the
    /// golden image of the same workflow, prompt, seed and output node. Images with errors are not accepted.
    Accept {
        #[command(flatten)]
        source: GoldenSource,
        /// Only images of these samples
        #[arg(long, value_name = "N,…", value_delimiter = ',', help_heading = heading::WHAT)]
        samples: Vec<u32>,
        /// Remove all golden images that are there
        #[arg(long, help_heading = heading::WHAT)]
        replace: bool,
    },
    /// Show images of a run beside their golden images
    ///
    /// Prints the distances, and writes a page with both images and their difference. The exit code is 0 if it could, whatever differs.
    Diff {
        #[command(flatten)]
        source: GoldenSource,
        /// The page to write
        #[arg(long, value_name = "FILE", default_value = "golden-diff.html", value_hint = ValueHint::FilePath, help_heading = heading::REPORTS)]
        html: PathBuf,
        /// Leave out prompts
        #[arg(long, help_heading = heading::REPORTS)]
        no_prompts: bool,
    },
}

/// Whose images, and which golden images.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("run").required(true).args(["from", "replay", "simulate"]))]
pub(crate) struct GoldenSource {
    /// The suite file [default: comfycheck.toml]
    #[arg(value_name = "SUITE", add = ArgValueCompleter::new(suites))]
    pub(crate) suite: Option<PathBuf>,

    /// A JSON report of the suite (`run --format json:FILE`)
    #[arg(long, value_name = "REPORT.json", requires = "images", value_hint = ValueHint::FilePath, help_heading = heading::SOURCE)]
    pub(crate) from: Option<PathBuf>,

    /// The folder of the same run (`run --save-images DIR`)
    #[arg(long, value_name = "DIR", requires = "from", value_hint = ValueHint::DirPath, help_heading = heading::SOURCE)]
    pub(crate) images: Option<PathBuf>,

    /// Replay a recording instead
    #[arg(
        long,
        value_name = "DIR",
        value_hint = ValueHint::DirPath,
        help_heading = heading::SOURCE
    )]
    pub(crate) replay: Option<PathBuf>,

    /// Use a simulated endpoint instead
    #[arg(
        long,
        value_name = "SCENARIO",
        add = ArgValueCompleter::new(scenarios),
        help_heading = heading::SOURCE
    )]
    pub(crate) simulate: Option<PathBuf>,
}

//! The arguments of the commands that look at workflow files and inventories, without a run.

use clap::{ArgGroup, Args, Subcommand, ValueEnum, ValueHint};
use std::path::PathBuf;

#[derive(Debug, Args)]
#[command(group = ArgGroup::new("fixing").args(["fix", "diff"]))]
pub(crate) struct ValidateArguments {
    /// Workflow files in API or editor format, requests, or media that ComfyUI saved (PNG, WebP, JPEG, FLAC, MP4)
    #[arg(value_name = "WORKFLOW", required = true, value_hint = ValueHint::FilePath)]
    pub(crate) workflows: Vec<PathBuf>,

    #[command(flatten)]
    pub(crate) inventory: InventorySource,

    /// The output nodes to run, like ComfyUI's `partial_execution_targets` [default: all]
    #[arg(long, value_name = "ID,…", value_delimiter = ',')]
    pub(crate) targets: Option<Vec<String>>,

    /// The format of the result
    #[arg(long, value_enum, default_value_t = ValidationFormat::Human, value_name = "FORMAT")]
    pub(crate) format: ValidationFormat,

    /// Apply safe fixes to JSON files in API format. The result is that of the fixed files
    #[arg(long)]
    pub(crate) fix: bool,

    /// Show what `--fix` would change, and write nothing
    #[arg(long, conflicts_with = "format")]
    pub(crate) diff: bool,

    /// With `--fix` or `--diff`: apply guesses, too, such as another model file or another link
    #[arg(long, requires = "fixing")]
    pub(crate) unsafe_fixes: bool,
}

#[derive(Debug, Args)]
pub(crate) struct UpgradeArguments {
    /// Workflow files in API or editor format, requests, or media that ComfyUI saved
    #[arg(value_name = "WORKFLOW", required = true, value_hint = ValueHint::FilePath)]
    pub(crate) workflows: Vec<PathBuf>,

    /// The older ComfyUI: a version such as 0.17, a saved inventory, or an address
    #[arg(long, value_name = "VERSION-OR-FILE", value_hint = ValueHint::FilePath)]
    pub(crate) from: String,

    /// The newer one
    #[arg(long, value_name = "VERSION-OR-FILE", value_hint = ValueHint::FilePath)]
    pub(crate) to: String,

    /// The format of the result
    #[arg(long, value_enum, default_value_t = DiffFormat::Human, value_name = "FORMAT")]
    pub(crate) format: DiffFormat,
}

#[derive(Debug, Args)]
pub(crate) struct ConvertArguments {
    /// A file that holds a workflow in editor format: JSON, a request, or media that ComfyUI saved
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) file: PathBuf,

    #[command(flatten)]
    pub(crate) inventory: InventorySource,

    /// The file to write [default: stdout]
    #[arg(long, short, value_name = "OUT", value_hint = ValueHint::FilePath)]
    pub(crate) out: Option<PathBuf>,
}

/// Where to learn what a ComfyUI has installed.
#[derive(Debug, Args)]
pub(crate) struct InventorySource {
    /// A saved inventory, a saved `/object_info`, or the address of a ComfyUI [default: ComfyUI's own classes]
    #[arg(long, value_name = "FILE-OR-URL", value_hint = ValueHint::FilePath)]
    pub(crate) object_info: Option<String>,

    /// The version of ComfyUI [default: the inventory's, else that of worker-comfyui 5.8.5]
    #[arg(long, value_name = "VERSION")]
    pub(crate) comfyui_version: Option<String>,

    /// A public worker image, such as runpod/worker-comfyui:5.8.5, instead of the version of ComfyUI
    #[arg(long, value_name = "IMAGE", conflicts_with = "comfyui_version")]
    pub(crate) image: Option<String>,

    /// A saved `/node_replacements`, instead of the inventory's
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) node_replacements: Option<PathBuf>,
}

/// How a validation is rendered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ValidationFormat {
    /// For people.
    Human,
    /// For programs; its schema is schemas/validation.schema.json.
    Json,
    /// Annotations for GitHub Actions.
    Github,
    /// For code scanning and editors.
    Sarif,
    /// For test runners: a case for each file.
    Junit,
    /// For dashboards: a test for each file.
    Ctrf,
    /// For comments and summaries.
    Markdown,
    /// For GitLab's code quality widget.
    Gitlab,
}

#[derive(Debug, Subcommand)]
pub(crate) enum InventoryCommand {
    /// Save what a ComfyUI has installed, for `--object-info` and `inventory diff`
    Save {
        /// The file to write
        #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
        file: PathBuf,
        /// The address of the ComfyUI
        #[arg(long, value_name = "URL", value_hint = ValueHint::Url)]
        comfyui: String,
    },
    /// Show what changed between two inventories: versions, packs, node classes, models
    Diff {
        /// The older one: a file or the address of a ComfyUI
        #[arg(value_name = "A", value_hint = ValueHint::FilePath)]
        from: String,
        /// The newer one
        #[arg(value_name = "B", value_hint = ValueHint::FilePath)]
        to: String,
        /// The format of the difference
        #[arg(long, value_enum, default_value_t = DiffFormat::Human, value_name = "FORMAT")]
        format: DiffFormat,
    },
}

/// How a difference is rendered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum DiffFormat {
    /// For people.
    Human,
    /// For programs.
    Json,
}

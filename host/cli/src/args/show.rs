//! The arguments of `doctor`, `list` and `explain`, which only show something.

use super::candidates::rules;
use super::{Selection, heading};
use clap::{Args, ValueHint};
use clap_complete::ArgValueCandidates;
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(crate) struct DoctorArguments {
    #[command(flatten)]
    pub(crate) selection: Selection,

    /// Print JSON
    #[arg(long, help_heading = heading::DISPLAY)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct ListArguments {
    #[command(flatten)]
    pub(crate) selection: Selection,

    /// Show the runs of a fleet, such as `comfycheck.fleet.toml`. With --json, the matrix of a CI system
    #[arg(long, value_name = "FLEET.toml", value_hint = ValueHint::FilePath, conflicts_with = "suite", help_heading = heading::WHAT)]
    pub(crate) fleet: Option<PathBuf>,

    /// Print JSON
    #[arg(long, help_heading = heading::DISPLAY)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct ExplainArguments {
    /// RULE, CHECK/RULE, or CHECK for all rules of a check
    #[arg(value_name = "RULE|CHECK", add = ArgValueCandidates::new(rules))]
    pub(crate) name: Option<String>,

    /// Explain the rules of this component instead of the built-in checks
    #[arg(long, value_name = "FILE.wasm", value_hint = ValueHint::FilePath)]
    pub(crate) component: Option<PathBuf>,

    /// Print JSON
    #[arg(long, help_heading = heading::DISPLAY)]
    pub(crate) json: bool,
}

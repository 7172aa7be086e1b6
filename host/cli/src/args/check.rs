//! The arguments of `comfycheck check`, for authors of checks.

use super::candidates::components;
use super::number;
use clap::{Args, Subcommand, ValueEnum, ValueHint};
use clap_complete::ArgValueCompleter;
use std::num::NonZeroU32;
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub(crate) enum CheckCommand {
    /// Create a project for a check, with tests and everything that it is built from
    ///
    /// Writes a new folder, or nothing. An existing folder must be empty.
    New(NewArguments),
    /// Build the check of a project, and show its permissions
    ///
    /// Writes `build/check.wasm` in the project, and compiles it into the cache. Rust is built by cargo, Python by componentize-py,
    /// JavaScript by componentize-qjs.
    Build(BuildArguments),
    /// Run the cases of a project, and its check on every built-in scenario
    ///
    /// A case is a folder below `cases`: `case.toml` has the scenario or the cassette and the settings, `expected.txt` the answers. On each
    /// scenario, the check must not crash, must give the same answer twice, and must name only what exists. Exit codes: 0, 1 if
    /// something differs, 2 if the project is not valid.
    Test(TestArguments),
    /// Show what a check is and which permissions it needs, without running it
    Inspect(InspectArguments),
    /// Add a third-party check to a suite, after you accept its permissions
    ///
    /// Shows its permissions, rules and size, and asks on a terminal. Elsewhere it needs --yes. Writes the suite, whose comments stay, and
    /// `comfycheck.lock` beside it, which pins the check by its digest. Exit codes: 0, 2 if it was not accepted or is not valid, 3 if
    /// the server does not respond.
    Add(AddArguments),
    /// Accept what the sources of a suite's checks have now
    ///
    /// Shows what changed: digest, size, permissions. Asks on a terminal. Elsewhere it needs --yes.
    Update(UpdateArguments),
    /// Push a check to a registry, in the layout of WebAssembly's OCI artifacts
    ///
    /// The login is that of `docker login`, or of `COMFYCHECK_REGISTRY`, `COMFYCHECK_REGISTRY_USER` and `COMFYCHECK_REGISTRY_PASSWORD`.
    Publish(PublishArguments),
    /// Measure how large and how fast a check is
    ///
    /// Prints its size, the time to compile and to load it, and the time of one run in each scope on a simulated endpoint.
    Bench(CheckBenchArguments),
}

#[derive(Debug, Args)]
pub(crate) struct NewArguments {
    /// The new folder. Its name is the name of the check: lower-case words with hyphens
    #[arg(value_name = "NAME", value_hint = ValueHint::DirPath)]
    pub(crate) folder: PathBuf,

    /// The language of the check
    #[arg(long, value_enum, default_value_t = Language::Rust, value_name = "LANG")]
    pub(crate) lang: Language,
}

/// A language that `comfycheck check` builds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Language {
    Rust,
    #[value(alias = "py")]
    Python,
    #[value(alias = "js")]
    Javascript,
}

#[derive(Debug, Args)]
pub(crate) struct BuildArguments {
    /// The folder of the project [default: the current folder]
    #[arg(value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) folder: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct TestArguments {
    /// The folder of the project [default: the current folder]
    #[arg(value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) folder: Option<PathBuf>,

    /// Write the answers to `expected.txt` of each case instead of comparing them
    #[arg(long)]
    pub(crate) bless: bool,

    /// Test `build/check.wasm` without building it again
    #[arg(long)]
    pub(crate) no_build: bool,

    /// Show the log of the check
    #[arg(long, short)]
    pub(crate) verbose: bool,
}

#[derive(Debug, Args)]
pub(crate) struct InspectArguments {
    /// A built-in check, the file of a component, or an address: `oci://…` or `https://…`
    #[arg(value_name = "NAME|FILE.wasm|URL", add = ArgValueCompleter::new(components))]
    pub(crate) component: PathBuf,

    /// Show what changes from an older version of the check. Exits with 1 if the new version needs a new permission
    #[arg(long, value_name = "OLD.wasm", value_hint = ValueHint::FilePath)]
    pub(crate) since: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct AddArguments {
    /// Where the check is: `oci://…`, `https://…`, or a file relative to the suite's folder
    #[arg(value_name = "SOURCE")]
    pub(crate) source: String,

    /// The suite that gets it [default: comfycheck.toml]
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) suite: Option<PathBuf>,

    /// Its name in the suite [default: the name in its manifest]
    #[arg(long, value_name = "NAME")]
    pub(crate) name: Option<String>,

    /// The public key that must have signed it, such as `cosign.pub`. Later versions need its signature, too
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) key: Option<PathBuf>,

    /// Accept its permissions without a question
    #[arg(long)]
    pub(crate) yes: bool,
}

#[derive(Debug, Args)]
pub(crate) struct UpdateArguments {
    /// The names of the checks in the suite [default: all that the lock file has]
    #[arg(value_name = "NAME")]
    pub(crate) names: Vec<String>,

    /// The suite [default: comfycheck.toml]
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) suite: Option<PathBuf>,

    /// Accept every change without a question
    #[arg(long)]
    pub(crate) yes: bool,
}

#[derive(Debug, Args)]
pub(crate) struct PublishArguments {
    /// The file of the component, such as `build/check.wasm`
    #[arg(value_name = "FILE.wasm", value_hint = ValueHint::FilePath)]
    pub(crate) component: PathBuf,

    /// Where it goes, such as `oci://ghcr.io/acme/rules:1.0`
    #[arg(value_name = "oci://REGISTRY/NAME:TAG")]
    pub(crate) to: String,
}

#[derive(Debug, Args)]
pub(crate) struct CheckBenchArguments {
    /// The file of a component [default: build/check.wasm]
    #[arg(value_name = "FILE.wasm", value_hint = ValueHint::FilePath)]
    pub(crate) component: Option<PathBuf>,

    /// The settings as JSON
    #[arg(long, value_name = "JSON", default_value = "{}")]
    pub(crate) settings: String,

    /// How often it runs in each scope
    #[arg(long, value_name = "N", default_value = "20", value_parser = number::at_least_one, allow_negative_numbers = true)]
    pub(crate) runs: NonZeroU32,
}

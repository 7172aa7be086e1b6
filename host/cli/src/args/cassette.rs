//! The arguments of the commands that look at cassettes.

use clap::{Subcommand, ValueHint};
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub(crate) enum CassetteCommand {
    /// Find what is wrong with cassettes: secrets, broken or missing bodies, unknown versions, age
    ///
    /// Searches for the key in `RUNPOD_API_KEY` and for anything that looks like a secret. Exit codes: 0, 1 if
    /// any cassette has an error, 2 if there is no cassette.
    Verify {
        /// Folders of cassettes
        #[arg(value_name = "DIR", required = true, value_hint = ValueHint::DirPath)]
        folders: Vec<PathBuf>,
    },
    /// Export a cassette as HAR, for browsers and proxies
    ToHar {
        /// The folder of the cassette
        #[arg(value_name = "DIR", value_hint = ValueHint::DirPath)]
        folder: PathBuf,
        /// The file to write [default: stdout]
        #[arg(long, short, value_name = "FILE", value_hint = ValueHint::FilePath)]
        out: Option<PathBuf>,
    },
    /// Import a HAR file of a browser or proxy, without headers and secrets
    FromHar {
        /// The HAR file
        #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
        file: PathBuf,
        /// The folder to write, which must be new or empty
        #[arg(value_name = "DIR", value_hint = ValueHint::DirPath)]
        folder: PathBuf,
        /// The id of the RunPod endpoint to import. A file of `to-har` needs none
        #[arg(long, value_name = "ID")]
        endpoint: Option<String>,
    },
}

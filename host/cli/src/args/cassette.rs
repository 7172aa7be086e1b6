//! The arguments of the commands that look at cassettes.

use clap::Subcommand;
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub(crate) enum CassetteCommand {
    /// Tells all that is wrong with cassettes: secrets, broken or missing bodies, unknown versions, age.
    ///
    /// The key in `RUNPOD_API_KEY`, if it is set, is looked for besides what looks like a secret. Exit codes: 0, 1 if
    /// any cassette has an error, 2 if there is no cassette.
    Verify {
        /// Folders of cassettes.
        #[arg(value_name = "DIR", required = true)]
        folders: Vec<PathBuf>,
    },
    /// Writes a cassette as HAR, which browsers and proxies read.
    ToHar {
        /// The folder of the cassette.
        #[arg(value_name = "DIR")]
        folder: PathBuf,
        /// Where to write it; stdout by default.
        #[arg(long, short, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// Writes a cassette of what a browser or a proxy saw, without its headers and what looks like a secret.
    FromHar {
        /// The HAR file.
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// The folder to write, which must be new or empty.
        #[arg(value_name = "DIR")]
        folder: PathBuf,
        /// The id of the RunPod endpoint whose requests are meant; a file that `to-har` wrote needs none.
        #[arg(long, value_name = "ID")]
        endpoint: Option<String>,
    },
}

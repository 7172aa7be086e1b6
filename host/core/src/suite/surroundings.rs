//! What a suite is parsed in: the environment, the files around it, the command line.

use super::TextFile;
use std::fmt;
use std::num::NonZeroU32;

/// Where a suite gets what it names. Core itself reads no file and no environment.
#[derive(Clone, Copy)]
pub struct Surroundings<'a> {
    /// The value of an environment variable; none if it is not set. An empty one counts as
    /// not set.
    pub environment: &'a dyn Fn(&str) -> Option<String>,
    /// Reads a text file that the suite names.
    pub read: &'a dyn Fn(&FileRequest<'_>) -> Result<String, ReadError>,
    /// What an unset environment variable of the deployment means.
    pub unset: Unset,
    /// The names of the built-in checks, in the order in which they are reported where no
    /// suite names its checks.
    pub bundled: &'a [&'a str],
}

/// What an unset environment variable of the deployment means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unset {
    /// The suite cannot be run: live.
    Refused,
    /// Nothing: in replay and simulation nothing is sent. The environment is not even looked
    /// at, so that equal replays are equal on every machine.
    Tolerated,
}

/// A file that a suite names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileRequest<'a> {
    /// As the suite gives it: relative to the suite's folder, or absolute.
    pub path: &'a str,
    /// The most bytes that it may have.
    pub limit: u64,
    /// Where it may lie.
    pub within: Within,
}

/// Where a file may lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Within {
    /// Anywhere that the user can read.
    Anywhere,
    /// In the suite's folder, symbolic links followed. The path itself is known to be
    /// relative and without `..`.
    SuiteFolder,
}

/// Why a file could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReadError {
    /// There is no such file.
    Missing,
    /// It has more bytes than the limit.
    TooLarge,
    /// It is not UTF-8.
    NotText,
    /// A symbolic link leads out of the suite's folder.
    Outside,
    /// Anything else, in the words of the operating system.
    Other(String),
}

/// What the command line says instead of the suite. Paths are relative to the current
/// folder, so that the files are read already.
#[derive(Clone, Debug, Default)]
pub struct Overrides {
    /// The id of the endpoint.
    pub endpoint: Option<String>,
    /// The address of a local worker, instead of an endpoint.
    pub local_worker: Option<String>,
    /// The workflow.
    pub workflow: Option<TextFile>,
    /// How many samples are taken.
    pub samples: Option<u32>,
    /// How many of them are in flight at once.
    pub concurrency: Option<NonZeroU32>,
    /// The run seed.
    pub seed: Option<u64>,
    /// A saved inventory.
    pub object_info: Option<TextFile>,
    /// Whether network volumes are left out: nobody will look at them.
    pub without_volumes: bool,
    /// The names of the checks to run; empty: all that the suite has.
    pub checks: Vec<String>,
}

impl FileRequest<'_> {
    /// Why the file cannot be used, in words. One line.
    pub(super) fn refusal(&self, error: &ReadError) -> String {
        let path = self.path;
        match error {
            ReadError::Missing => format!("there is no file `{path}`"),
            ReadError::TooLarge => format!("`{path}` has more than {} MiB", self.limit / 1024 / 1024),
            ReadError::NotText => format!("`{path}` is not UTF-8 text"),
            ReadError::Outside => format!("`{path}` leads out of the suite's folder"),
            ReadError::Other(reason) => format!("cannot read `{path}`: {reason}"),
        }
    }
}

impl fmt::Debug for Surroundings<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Surroundings")
            .field("unset", &self.unset)
            .field("bundled", &self.bundled)
            .finish_non_exhaustive()
    }
}

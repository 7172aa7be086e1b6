//! What a suite is parsed in: the environment, the files around it, the command line.

use crate::inventory::{Inventory, InventoryError, InventoryFile};
use crate::secret::Secret;
use crate::wording::bytes;
use crate::workflow::RequestFile;
use std::fmt;
use std::num::NonZeroU32;
use std::time::Duration;

/// Where a suite gets what it names. Core itself reads no file and no environment.
#[derive(Clone, Copy)]
pub struct Surroundings<'a> {
    /// The value of an environment variable. None if it is not set.
    pub environment: &'a dyn Fn(&str) -> Option<Secret>,
    /// Reads a file that the suite names.
    pub read: &'a dyn Fn(&FileRequest<'_>) -> Result<Vec<u8>, ReadError>,
    /// Reads an inventory that the suite names.
    pub read_inventory: &'a dyn Fn(&FileRequest<'_>) -> Result<Inventory, InventoryReadError>,
    /// What an unset environment variable of the deployment means.
    pub unset: UnsetVariables,
    pub needs: Needs,
    /// The built-in checks, in report order.
    pub bundled: &'a [BundledName<'a>],
}

/// A built-in check, as a suite names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BundledName<'a> {
    pub name: &'a str,
    /// Whether it runs in a suite that names no checks.
    pub by_default: bool,
}

/// What an unset environment variable of the deployment means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnsetVariables {
    /// The suite cannot run: live.
    Refused,
    /// Nothing: a replay or simulation sends no request. It does not even read the environment, so that equal replays are
    /// equal on every machine.
    Tolerated,
}

/// What a command needs of the suite.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Needs {
    Everything,
    /// Not what jobs are sent with: a replay and commands that only read an endpoint submit no job.
    NoJobs,
}

/// A file that a suite names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileRequest<'a> {
    /// The path in the suite: relative to the suite's folder, or absolute.
    pub path: &'a str,
    /// The most bytes that the file can have.
    pub limit: u64,
    pub within: FileLocation,
}

/// Where a file must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileLocation {
    /// Anywhere that the user can read.
    Anywhere,
    /// In the suite's folder, after symbolic links. The path itself is known to be relative and without `..`.
    SuiteFolder,
}

/// Why a file could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReadError {
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

/// Why an inventory could not be read.
#[derive(Debug)]
pub enum InventoryReadError {
    File(ReadError),
    Content(InventoryError),
}

/// Values of the command line that replace the suite's. Paths are relative to the current folder, so the files are read
/// already.
#[derive(Clone, Debug, Default)]
pub struct Overrides {
    /// The name of the run. One line, not empty.
    pub name: Option<String>,
    /// The id of the endpoint.
    pub endpoint: Option<String>,
    /// The address of a local worker, instead of an endpoint.
    pub local_worker: Option<String>,
    pub workflow: Option<RequestFile>,
    pub samples: Option<u32>,
    /// How many samples are in flight at once.
    pub concurrency: Option<NonZeroU32>,
    /// The run seed.
    pub seed: Option<u64>,
    /// The most jobs that the run submits.
    pub max_jobs: Option<u32>,
    /// The most that the run can cost, in USD.
    pub max_cost: Option<f64>,
    /// How long a job can run.
    pub in_progress: Option<Duration>,
    /// The GPU pool or type of the workers, and how many a worker has.
    pub gpu: Option<String>,
    pub gpu_count: Option<NonZeroU32>,
    /// A saved inventory.
    pub object_info: Option<InventoryFile>,
    /// Files to send with each job.
    pub inputs: Vec<GivenInput>,
    /// Whether to leave out network volumes: nothing reads them.
    pub without_volumes: bool,
    /// The names of the checks to run. Empty: all checks of the suite.
    pub checks: Vec<String>,
    /// The names of checks to leave out.
    pub skip: Vec<String>,
}

/// A file of the command line that is sent with each job.
#[derive(Clone, PartialEq, Eq)]
pub struct GivenInput {
    /// As the workflow names it.
    pub name: String,
    /// For messages.
    pub path: String,
    pub bytes: Vec<u8>,
}

impl fmt::Debug for GivenInput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GivenInput").field("name", &self.name).field("bytes", &self.bytes.len()).finish_non_exhaustive()
    }
}

impl ReadError {
    /// The message for a file with this path and limit. One line.
    pub fn describe(&self, path: &str, limit: u64) -> String {
        match self {
            Self::Missing => format!("there is no file `{path}`"),
            Self::TooLarge => format!("`{path}` is larger than {}", bytes(limit)),
            Self::NotText => format!("`{path}` is not UTF-8 text"),
            Self::Outside => format!("`{path}` links to a file outside the suite's folder"),
            Self::Other(reason) => format!("cannot read `{path}`: {reason}"),
        }
    }
}

impl Surroundings<'_> {
    /// Whether jobs are sent to an endpoint, with the keys and files of the suite.
    pub(super) fn sends_jobs(&self) -> bool {
        self.unset == UnsetVariables::Refused && self.needs == Needs::Everything
    }

    /// Reads a text file that the suite names.
    pub(super) fn text(&self, request: &FileRequest<'_>) -> Result<String, ReadError> {
        String::from_utf8((self.read)(request)?).map_err(|_| ReadError::NotText)
    }
}

impl FileRequest<'_> {
    pub(super) fn refusal(&self, error: &ReadError) -> String {
        error.describe(self.path, self.limit)
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

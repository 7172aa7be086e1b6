//! Reads files named by a suite or on the command line.

use crate::args::NamedPath;
use crate::failure::{Failure, chain};
use comfycheck_core::bench::read_bench;
use comfycheck_core::diagnostic::Diagnostic;
use comfycheck_core::hub::HubTests;
use comfycheck_core::inventory::{Inventory, InventoryReader};
use comfycheck_core::render::{ReadReportError, read_json};
use comfycheck_core::report::Report;
use comfycheck_core::suite::{FileLocation, FileRequest, GivenInput, InventoryReadError, LARGEST_INVENTORY, ReadError};
use comfycheck_core::text::TextFile;
use comfycheck_core::wording;
use comfycheck_core::workflow::{LARGEST_FILE, RequestFile};
use comfycheck_runtime::file::{self, FileError};
use std::path::{Path, PathBuf};

/// The size limit of a suite.
const TEXT_BYTES: u64 = 16 << 20;
/// The size limit of a file that is sent with jobs. RunPod takes less.
const INPUT_BYTES: u64 = 80 << 20;
/// The size limit of a stored report.
const REPORT_BYTES: u64 = 512 << 20;

/// The file beside the tests that names the GPUs.
const HUB: &str = "hub.json";

/// Reads a suite named on the command line. `default` is the name of a suite in a folder.
pub(crate) fn suite(path: &Path, default: &str) -> Result<TextFile, Failure> {
    if path.is_dir() {
        let diagnostic = Diagnostic::new(format!("`{}` is a folder, not a suite", path.display()));
        let inside = path.join(default);
        let help = if inside.exists() {
            format!("did you mean `{}`?", inside.display())
        } else {
            "name a suite file, or run `comfycheck init` beside a workflow to create one".to_owned()
        };
        return Err(diagnostic.help(help).into());
    }
    named(path)
}

/// Why a file cannot be opened. None if it can.
pub(crate) fn unreadable(path: &Path) -> Option<Diagnostic> {
    match file::read(path, 0) {
        Ok(_) | Err(FileError::TooLarge { .. }) => None,
        Err(error) => Some(not_read(&path.display().to_string(), &read_error(error), 0)),
    }
}

/// Reads a file named on the command line.
pub(crate) fn named(path: &Path) -> Result<TextFile, Failure> {
    limited(path, TEXT_BYTES)
}

/// Reads a saved inventory named on the command line.
pub(crate) fn inventory(path: &Path) -> Result<Inventory, Failure> {
    let shown = path.display().to_string();
    let read = inventory_in_parts(|take| file::read_named_in_parts(path, LARGEST_INVENTORY, take));
    read.map_err(|error| {
        Failure::from(match error {
            InventoryReadError::File(error) => not_read(&shown, &error, LARGEST_INVENTORY),
            InventoryReadError::Content(error) => error.describe(&shown),
        })
    })
}

/// Reads a saved inventory named by a suite in `folder`.
pub(crate) fn inventory_of_suite(folder: &Path, request: &FileRequest<'_>) -> Result<Inventory, InventoryReadError> {
    inventory_in_parts(|take| file::read_in_parts(&folder.join(request.path), request.limit, take))
}

/// Reads an inventory from a file that gives its parts.
fn inventory_in_parts(
    file: impl FnOnce(&mut dyn FnMut(&[u8]) -> bool) -> Result<(), FileError>,
) -> Result<Inventory, InventoryReadError> {
    let mut reader = InventoryReader::default();
    let mut refused = None;
    file(&mut |part| {
        refused = reader.read(part).err();
        refused.is_none()
    })
    .map_err(|error| InventoryReadError::File(read_error(error)))?;
    match refused {
        Some(error) => Err(InventoryReadError::Content(error.into())),
        None => reader.finish().map_err(InventoryReadError::Content),
    }
}

/// Reads the file of a browser's recording (HAR) named on the command line.
pub(crate) fn har(path: &Path) -> Result<TextFile, Failure> {
    limited(path, LARGEST_INVENTORY)
}

/// Reads a response of `/node_replacements` named on the command line.
pub(crate) fn node_replacements(path: &Path) -> Result<TextFile, Failure> {
    limited(path, TEXT_BYTES)
}

/// Reads the file of a stored report, or of a stored benchmark.
pub(crate) fn stored(path: &Path) -> Result<TextFile, Failure> {
    limited(path, REPORT_BYTES)
}

/// Reads a stored report named on the command line.
pub(crate) fn report(path: &Path) -> Result<Report, Failure> {
    let file = stored(path)?;
    read_json(&file.text).map_err(|error| {
        let diagnostic = chain(format!("cannot read the report `{}`", file.path), Some(&error));
        match error {
            ReadReportError::NoReport(_) if read_bench(&file.text).is_ok() => {
                let what = format!("`{}` is the report of a benchmark, and this needs that of a run", file.path);
                Diagnostic::new(what)
                    .help("name a file written by `run --format json:FILE`; `bench --format` renders benchmarks")
            }
            ReadReportError::NoReport(_) => diagnostic.help("name a file written by `--format json:FILE`"),
            ReadReportError::Version(_) => diagnostic.help("use the version of comfycheck that wrote it"),
            ReadReportError::Invalid(_) => diagnostic,
            ReadReportError::Contradiction(_) => {
                diagnostic.help("use the original file: it was edited, or written by another version of comfycheck")
            }
        }
        .into()
    })
}

/// Reads a file that holds a workflow: alone, in a request, or in the metadata of media.
pub(crate) fn workflow(path: &Path) -> Result<RequestFile, Failure> {
    let shown = path.display().to_string();
    let bytes = bytes(path, &shown, LARGEST_FILE as u64)?;
    Ok(RequestFile::read(&shown, bytes)?)
}

/// Reads a file that holds a workflow, or one for each test of the RunPod Hub.
pub(crate) fn workflows(path: &Path) -> Result<Vec<RequestFile>, Failure> {
    match hub_tests(Some(path))? {
        Some(tests) => Ok(tests.tests.into_iter().map(|test| test.request).collect()),
        None => Ok(vec![workflow(path)?]),
    }
}

/// The tests that a path names in place of a suite. None if it is another file.
pub(crate) fn hub_tests(path: Option<&Path>) -> Result<Option<HubTests>, Failure> {
    let Some(path) = path.filter(|path| path.extension().is_some_and(|extension| extension == "json")) else {
        return Ok(None);
    };
    // What reads other files explains why this one cannot be read.
    let Ok(file) = named(path) else { return Ok(None) };
    if !HubTests::is_in(&file.text) {
        return Ok(None);
    }
    let hub = path.with_file_name(HUB);
    let hub = hub.is_file().then(|| named(&hub)).transpose()?;
    Ok(Some(HubTests::parse(&file, hub.as_ref())?))
}

/// Reads a file that is sent with each job.
pub(crate) fn input(NamedPath { name, path }: &NamedPath) -> Result<GivenInput, Failure> {
    let shown = path.display().to_string();
    let bytes = bytes(path, &shown, INPUT_BYTES)?;
    Ok(GivenInput { name: name.clone(), path: shown, bytes })
}

/// The bytes of a file that could be sent with jobs. None if it cannot be read.
pub(crate) fn media(path: &Path) -> Option<Vec<u8>> {
    file::read(path, INPUT_BYTES).ok()
}

/// The bytes of a file named on the command line.
fn bytes(path: &Path, shown: &str, limit: u64) -> Result<Vec<u8>, Diagnostic> {
    file::read_named(path, limit).map_err(|error| not_read(shown, &read_error(error), limit))
}

fn limited(path: &Path, limit: u64) -> Result<TextFile, Failure> {
    let shown = path.display().to_string();
    let read = file::read_named(path, limit).map_err(read_error).and_then(text);
    let text = read.map_err(|error| not_read(&shown, &error, limit))?;
    Ok(TextFile { path: shown, text })
}

fn not_read(shown: &str, error: &ReadError, limit: u64) -> Diagnostic {
    let diagnostic = Diagnostic::new(match error {
        ReadError::Missing => format!("there is no file `{shown}`"),
        ReadError::TooLarge => format!("`{shown}` is larger than {}", wording::bytes(limit)),
        ReadError::NotText => format!("`{shown}` is not UTF-8 text"),
        ReadError::Outside => format!("`{shown}` is outside the suite's folder"),
        ReadError::Other(reason) => format!("cannot read `{shown}`: {reason}"),
    });
    if shown == "-" { diagnostic.help("use `/dev/stdin` to read from stdin") } else { diagnostic }
}

/// Reads a file named by a suite in `folder`.
pub(crate) fn of_suite(folder: &Path, request: &FileRequest<'_>) -> Result<Vec<u8>, ReadError> {
    let path = folder.join(request.path);
    if request.within == FileLocation::SuiteFolder {
        let inside = below(folder, &path).map_err(|error| read_error(error.into()))?.ok_or(ReadError::Outside)?;
        return file::read(&inside, request.limit).map_err(read_error);
    }
    file::read(&path, request.limit).map_err(read_error)
}

/// A path without its links. None if they lead out of the folder.
pub(crate) fn below(folder: &Path, path: &Path) -> std::io::Result<Option<PathBuf>> {
    let inside = path.canonicalize()?;
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let is_below = inside.starts_with(folder.canonicalize()?);
    Ok(is_below.then_some(inside))
}

fn text(bytes: Vec<u8>) -> Result<String, ReadError> {
    String::from_utf8(bytes).map_err(|_| ReadError::NotText)
}

fn read_error(error: FileError) -> ReadError {
    match error {
        FileError::TooLarge { .. } => ReadError::TooLarge,
        FileError::Folder => ReadError::Other("it is a folder".to_owned()),
        error if error.is_missing() => ReadError::Missing,
        error => ReadError::Other(error.to_string()),
    }
}

//! Reads the files that a suite or the command line names.

use crate::failure::Failure;
use comfycheck_core::diagnostic::Diagnostic;
use comfycheck_core::suite::{FileRequest, ReadError, TextFile, Within};
use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::Path;

/// The most bytes of a suite or a workflow.
const TEXT_BYTES: u64 = 16 << 20;
/// The most bytes of a saved inventory.
const INVENTORY_BYTES: u64 = 64 << 20;

/// Reads a file that the command line names.
pub(crate) fn named(path: &Path) -> Result<TextFile, Failure> {
    limited(path, TEXT_BYTES)
}

/// Reads a saved inventory that the command line names.
pub(crate) fn inventory(path: &Path) -> Result<TextFile, Failure> {
    limited(path, INVENTORY_BYTES)
}

fn limited(path: &Path, limit: u64) -> Result<TextFile, Failure> {
    let shown = path.display();
    let text = text(path, limit).map_err(|error| {
        Diagnostic::new(match error {
            ReadError::Missing => format!("there is no file `{shown}`"),
            ReadError::TooLarge => format!("`{shown}` has more than {} MiB", limit >> 20),
            ReadError::NotText => format!("`{shown}` is not UTF-8 text"),
            ReadError::Outside => format!("`{shown}` leads out of the suite's folder"),
            ReadError::Other(reason) => format!("cannot read `{shown}`: {reason}"),
        })
    })?;
    Ok(TextFile { path: shown.to_string(), text })
}

/// Reads a file that a suite in `folder` names.
pub(crate) fn of_suite(folder: &Path, request: &FileRequest<'_>) -> Result<String, ReadError> {
    let path = folder.join(request.path);
    if request.within == Within::SuiteFolder {
        let inside = path.canonicalize().map_err(|error| read_error(&error))?;
        let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        let folder = folder.canonicalize().map_err(|error| read_error(&error))?;
        if !inside.starts_with(folder) {
            return Err(ReadError::Outside);
        }
    }
    text(&path, request.limit)
}

fn text(path: &Path, limit: u64) -> Result<String, ReadError> {
    let file = File::open(path).map_err(|error| read_error(&error))?;
    let mut bytes = Vec::new();
    file.take(limit.saturating_add(1)).read_to_end(&mut bytes).map_err(|error| read_error(&error))?;
    if bytes.len() as u64 > limit {
        return Err(ReadError::TooLarge);
    }
    String::from_utf8(bytes).map_err(|_| ReadError::NotText)
}

fn read_error(error: &std::io::Error) -> ReadError {
    match error.kind() {
        ErrorKind::NotFound => ReadError::Missing,
        _ => ReadError::Other(error.to_string()),
    }
}

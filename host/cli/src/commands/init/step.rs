//! The step for one file: planned before anything is written, then applied.

use crate::failure::{Failure, chain};
use crate::platform;
use crate::write;
use comfycheck_core::diagnostic::{Diagnostic, inert};
use std::fs::OpenOptions;
use std::io::{self, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

/// The step for a file.
pub(super) enum Step {
    /// Unchanged. Holds the line to print.
    Keep(String),
    /// Creates the file.
    Create(PathBuf, String),
    /// Appends the text.
    Append(PathBuf, String),
}

const GITIGNORE: &str = ".gitignore";
/// The folder of reports, for .gitignore.
const REPORTS: &str = "/report";
/// The size limit of a .gitignore.
const LONGEST: u64 = 1 << 20;

/// Whether the path exists, including a dangling link.
pub(super) fn is_there(path: &Path) -> bool {
    path.symlink_metadata().is_ok()
}

fn kept(path: &Path) -> String {
    inert(&format!("kept   {} (already exists)", path.display())) + "\n"
}

impl Step {
    /// Creates a file unless it exists. Refuses a place that is not writable.
    pub(super) fn create(path: &Path, text: String) -> Result<Self, Failure> {
        if is_there(path) {
            return Ok(Self::Keep(kept(path)));
        }
        writable(path)?;
        Ok(Self::Create(path.to_owned(), text))
    }

    /// Adds the folder of reports to .gitignore, unless it is listed. Refuses a .gitignore that is not a writable file.
    pub(super) fn ignore() -> Result<Self, Failure> {
        let path = Path::new(GITIGNORE);
        if !is_there(path) {
            return Self::create(path, format!("{REPORTS}\n"));
        }
        let refuse = |error: &io::Error| chain(format!("cannot add `{REPORTS}` to `{GITIGNORE}`"), Some(error));
        // A pipe or a device may never end.
        if !path.is_file() {
            return Err(Diagnostic::new(format!("`{GITIGNORE}` is not a file")).help(OUT_OF_THE_WAY).into());
        }
        let mut bytes = Vec::new();
        let file = OpenOptions::new().read(true).append(true).open(path).map_err(|error| refuse(&error))?;
        file.take(LONGEST + 1).read_to_end(&mut bytes).map_err(|error| refuse(&error))?;
        if bytes.len() as u64 > LONGEST {
            return Err(Diagnostic::new(format!("`{GITIGNORE}` is larger than 1 MiB")).help(OUT_OF_THE_WAY).into());
        }
        let text = String::from_utf8_lossy(&bytes);
        let name = |line: &str| line.trim().trim_start_matches('/').trim_end_matches('/').to_owned();
        if text.lines().any(|line| name(line) == name(REPORTS)) {
            return Ok(Self::Keep(format!("kept   {GITIGNORE} (already lists {REPORTS})\n")));
        }
        let end = if text.is_empty() || text.ends_with('\n') { "" } else { "\n" };
        Ok(Self::Append(path.to_owned(), format!("{end}{REPORTS}\n")))
    }

    /// Writes the file. Returns the line to print.
    pub(super) fn apply(self) -> Result<String, Failure> {
        let (written, path, what) = match self {
            Self::Keep(line) => return Ok(line),
            Self::Append(path, text) => (append(&path, &text), path, format!(": {}", text.trim())),
            Self::Create(path, text) => (create_new(&path, &text), path, String::new()),
        };
        match written {
            Ok(()) => Ok(inert(&format!("wrote  {}{what}", path.display())) + "\n"),
            // Another process created it first.
            Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(kept(&path)),
            Err(error) => Err(Failure::machine(format!("cannot write `{}`", path.display()), &error)),
        }
    }
}

const OUT_OF_THE_WAY: &str = "move or rename it, or run `comfycheck init` in another folder";

/// Refuses a file that could not be written. Leaves no files behind.
fn writable(path: &Path) -> Result<(), Failure> {
    let what = format!("cannot write `{}`", path.display());
    // Missing folders are created later.
    let above = path.ancestors().skip(1).find(|folder| folder.as_os_str().is_empty() || is_there(folder));
    let folder = above.filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if !folder.is_dir() {
        let what = format!("{what}: `{}` is not a folder", folder.display());
        return Err(Diagnostic::new(what).help(OUT_OF_THE_WAY).into());
    }
    tempfile::tempfile_in(folder).map(drop).map_err(|error| chain(what, Some(&error)).into())
}

/// Creates a file, completely or not at all.
fn create_new(path: &Path, text: &str) -> io::Result<()> {
    write::make_folder_of(path)?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = new_file().tempfile_in(folder)?;
    file.write_all(text.as_bytes())?;
    file.as_file().sync_all()?;
    file.persist_noclobber(path)?;
    Ok(())
}

/// A temporary file with the default permissions of new files.
fn new_file() -> tempfile::Builder<'static, 'static> {
    let mut builder = tempfile::Builder::new();
    platform::with_default_permissions(&mut builder);
    builder
}

/// Appends to a file. Keeps its owner, permissions and links.
fn append(path: &Path, text: &str) -> io::Result<()> {
    let mut file = OpenOptions::new().append(true).open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

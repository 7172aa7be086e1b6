//! What becomes of one file: looked at before anything is written, then carried out.

use crate::failure::{Failure, chain};
use crate::write;
use comfycheck_core::diagnostic::{Diagnostic, inert};
use std::fs::OpenOptions;
use std::io::{self, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

/// What becomes of a file.
pub(super) enum Step {
    /// It stays as it is, which is told in this line.
    Keep(String),
    /// It is written where there is none.
    Create(PathBuf, String),
    /// The lines are added at its end.
    Append(PathBuf, String),
}

const GITIGNORE: &str = ".gitignore";
/// Where the suite's reports go, as .gitignore names it.
const REPORTS: &str = "/report";
/// The most bytes of a .gitignore. One that is longer is none.
const LONGEST: u64 = 1 << 20;

/// Whether anything has this name, a link that leads nowhere among it.
pub(super) fn is_there(path: &Path) -> bool {
    path.symlink_metadata().is_ok()
}

fn kept(path: &Path) -> String {
    inert(&format!("kept   {}, which is there already", path.display())) + "\n"
}

impl Step {
    /// A new file, unless one is there. Refuses where it could not be written.
    pub(super) fn create(path: &Path, text: String) -> Result<Self, Failure> {
        if is_there(path) {
            return Ok(Self::Keep(kept(path)));
        }
        writable(path)?;
        Ok(Self::Create(path.to_owned(), text))
    }

    /// The folder of reports in .gitignore, unless it stands there. Refuses what is no file, and what could not be written.
    pub(super) fn ignore() -> Result<Self, Failure> {
        let path = Path::new(GITIGNORE);
        if !is_there(path) {
            return Self::create(path, format!("{REPORTS}\n"));
        }
        let refuse = |error: &io::Error| chain(format!("cannot add `{REPORTS}` to `{GITIGNORE}`"), Some(error));
        // A pipe or a device may never end.
        if !path.is_file() {
            return Err(Diagnostic::new(format!("`{GITIGNORE}` is no file")).help(OUT_OF_THE_WAY).into());
        }
        let mut bytes = Vec::new();
        let file = OpenOptions::new().read(true).append(true).open(path).map_err(|error| refuse(&error))?;
        file.take(LONGEST + 1).read_to_end(&mut bytes).map_err(|error| refuse(&error))?;
        if bytes.len() as u64 > LONGEST {
            return Err(Diagnostic::new(format!("`{GITIGNORE}` has more than 1 MiB")).help(OUT_OF_THE_WAY).into());
        }
        let text = String::from_utf8_lossy(&bytes);
        let name = |line: &str| line.trim().trim_start_matches('/').trim_end_matches('/').to_owned();
        if text.lines().any(|line| name(line) == name(REPORTS)) {
            return Ok(Self::Keep(format!("kept   {GITIGNORE}, which names {REPORTS} already\n")));
        }
        let end = if text.is_empty() || text.ends_with('\n') { "" } else { "\n" };
        Ok(Self::Append(path.to_owned(), format!("{end}{REPORTS}\n")))
    }

    /// Writes, and tells what came of it.
    pub(super) fn carry_out(self) -> Result<String, Failure> {
        let (written, path, what) = match self {
            Self::Keep(told) => return Ok(told),
            Self::Append(path, text) => (append(&path, &text), path, format!(": {}", text.trim())),
            Self::Create(path, text) => (create_new(&path, &text), path, String::new()),
        };
        match written {
            Ok(()) => Ok(inert(&format!("wrote  {}{what}", path.display())) + "\n"),
            // Somebody else was faster.
            Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(kept(&path)),
            Err(error) => Err(Failure::machine(format!("cannot write `{}`", path.display()), &error)),
        }
    }
}

const OUT_OF_THE_WAY: &str = "move it out of the way, or run `comfycheck init` in another folder.";

/// Refuses a file that could not be written where it belongs, and leaves nothing behind.
fn writable(path: &Path) -> Result<(), Failure> {
    let what = format!("cannot write `{}`", path.display());
    // The folders that are not there yet will be made.
    let above = path.ancestors().skip(1).find(|folder| folder.as_os_str().is_empty() || is_there(folder));
    let folder = above.filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if !folder.is_dir() {
        let what = format!("{what}: `{}` is no folder", folder.display());
        return Err(Diagnostic::new(what).help(OUT_OF_THE_WAY).into());
    }
    tempfile::tempfile_in(folder).map(drop).map_err(|error| chain(what, Some(&error)).into())
}

/// Writes a file that is not there, as a whole or not at all.
fn create_new(path: &Path, text: &str) -> io::Result<()> {
    write::make_folder_of(path)?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = new_file().tempfile_in(folder)?;
    file.write_all(text.as_bytes())?;
    file.as_file().sync_all()?;
    file.persist_noclobber(path)?;
    Ok(())
}

/// A temporary file with the permissions that any other new file has.
fn new_file() -> tempfile::Builder<'static, 'static> {
    use std::os::unix::fs::PermissionsExt;
    let mut builder = tempfile::Builder::new();
    builder.permissions(std::fs::Permissions::from_mode(0o666));
    builder
}

/// Adds to a file, which keeps its owner, its permissions and its links.
fn append(path: &Path, text: &str) -> io::Result<()> {
    let mut file = OpenOptions::new().append(true).open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

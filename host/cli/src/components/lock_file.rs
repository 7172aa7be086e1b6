//! The lock file beside a suite.

use crate::failure::Failure;
use crate::write;
use comfycheck_core::diagnostic::{Diagnostic, inert};
use comfycheck_core::distribution::{LOCK, Lock, LockedComponent, is_remote};
use comfycheck_runtime::file;
use std::path::{Path, PathBuf};

/// The largest lock file, in bytes.
const LARGEST: u64 = 1 << 20;

/// A lock file. It may not exist yet.
pub(crate) struct LockFile {
    path: PathBuf,
    pub(crate) lock: Lock,
}

impl LockFile {
    /// Reads the lock file of the suites in a folder.
    pub(crate) fn read(folder: &Path) -> Result<Self, Failure> {
        let path = folder.join(LOCK);
        let shown = inert(&path.display().to_string());
        let bytes = match file::read(&path, LARGEST) {
            Err(error) if error.is_missing() => return Ok(Self { path, lock: Lock::default() }),
            bytes => bytes.map_err(|error| Failure::invalid(format!("cannot read `{shown}`"), &error))?,
        };
        let text =
            String::from_utf8(bytes).map_err(|error| Failure::invalid(format!("cannot read `{shown}`"), &error))?;
        let lock = Lock::parse(&text).map_err(|error| {
            let help = "restore it from version control, or remove it and add the checks again";
            Failure::from(Diagnostic::new(format!("{shown}{error}")).help(help))
        })?;
        Ok(Self { path, lock })
    }

    /// The entry of a component in a file of the same folder, however a suite spells its path.
    pub(crate) fn of_file(&self, source: &str) -> Option<&LockedComponent> {
        let real = |path: &str| std::fs::canonicalize(self.path.with_file_name(path)).ok();
        self.lock.find(source).or_else(|| {
            let wanted = Some(real(source)?);
            let mut files = self.lock.components().iter().filter(|entry| !is_remote(&entry.source));
            files.find(|entry| real(&entry.source) == wanted)
        })
    }

    /// Writes it completely or not at all.
    pub(crate) fn write(&self) -> Result<(), Failure> {
        write::file(&self.path, &self.lock.to_toml())
    }
}

//! A suite and its lock file while a command changes them.

use super::suite_edit::normal;
use crate::components::LockFile;
use crate::failure::Failure;
use crate::files;
use crate::prepare::SUITE;
use crate::write;
use comfycheck_core::diagnostic::Diagnostic;
use comfycheck_core::distribution::{Lock, LockedComponent};
use comfycheck_core::text::TextFile;
use std::path::{Path, PathBuf};

/// Both files as they were read.
pub(super) struct SuiteAndLock {
    path: PathBuf,
    pub(super) suite: TextFile,
    locked: LockFile,
}

impl SuiteAndLock {
    pub(super) fn read(path: Option<&Path>) -> Result<Self, Failure> {
        let path = path.unwrap_or(Path::new(SUITE)).to_owned();
        let suite = files::suite(&path, SUITE)?;
        let locked = LockFile::read(folder(&suite))?;
        Ok(Self { path, suite, locked })
    }

    pub(super) fn folder(&self) -> &Path {
        folder(&self.suite)
    }

    pub(super) fn lock(&self) -> &Lock {
        &self.locked.lock
    }

    /// The path of a component's file as the lock file spells it.
    pub(super) fn spelling(&self, source: &str) -> String {
        self.locked.of_file(source).map_or_else(|| normal(source).display().to_string(), |entry| entry.source.clone())
    }

    /// Writes both. Refused if another process or an editor changed one of them since.
    pub(super) fn write(self, suite: &str, entries: impl IntoIterator<Item = LockedComponent>) -> Result<(), Failure> {
        let now = Self::read(Some(&self.path))?;
        let changed = [
            (now.suite.text != self.suite.text).then_some(self.suite.path.as_str()),
            (now.locked.lock != self.locked.lock).then_some("comfycheck.lock"),
        ];
        if let Some(changed) = changed.into_iter().flatten().next() {
            let what = format!("`{changed}` changed meanwhile; nothing was written");
            return Err(Diagnostic::new(what).help("run it again").into());
        }
        let mut locked = self.locked;
        for entry in entries {
            locked.lock.set(entry);
        }
        // A suite without its lock entry is refused, so the lock comes first.
        locked.write()?;
        write::file(&self.path, suite)
    }
}

fn folder(suite: &TextFile) -> &Path {
    Path::new(&suite.path).parent().unwrap_or(Path::new(""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_changed_meanwhile_is_not_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let suite = folder.path().join(SUITE);
        std::fs::write(&suite, "samples = 0\n").unwrap();
        let lock = Lock::default().to_toml();
        let read = || SuiteAndLock::read(Some(&suite)).unwrap();

        let files = read();
        std::fs::write(&suite, "samples = 1\n").unwrap();
        assert!(files.write("samples = 2\n", []).is_err());
        assert_eq!(std::fs::read_to_string(&suite).unwrap(), "samples = 1\n");

        let files = read();
        let entry = LockedComponent {
            source: "own.wasm".to_owned(),
            digest: format!("sha256:{}", "ab".repeat(32)),
            size: 1,
            permissions: Vec::new(),
            contract: String::new(),
            manifest: None,
            key: None,
        };
        read().write("samples = 1\n", [entry]).unwrap();
        assert!(files.write("samples = 2\n", []).is_err());
        assert_ne!(std::fs::read_to_string(folder.path().join("comfycheck.lock")).unwrap(), lock);
        read().write("samples = 2\n", []).unwrap();
        assert_eq!(std::fs::read_to_string(&suite).unwrap(), "samples = 2\n");
    }
}

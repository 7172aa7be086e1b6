//! The folder in which `init` writes, and its git repository.

use crate::failure::{Failure, chain};
use std::path::{Path, PathBuf};

/// The current folder in its repository.
pub(super) struct Here {
    /// With links resolved.
    folder: PathBuf,
    /// The root of the repository, or the folder itself without a repository.
    root: PathBuf,
}

impl Here {
    /// Searches for `.git` from the current folder upward. In a worktree it is a file.
    pub(super) fn find() -> Result<Self, Failure> {
        let failed = |error: std::io::Error| chain("cannot determine the current folder".to_owned(), Some(&error));
        let folder = std::env::current_dir().and_then(|folder| folder.canonicalize()).map_err(failed)?;
        let root = folder.ancestors().find(|above| above.join(".git").exists()).unwrap_or(&folder).to_owned();
        Ok(Self { folder, root })
    }

    /// The folder relative to the root. Empty if it is the root.
    pub(super) fn inside(&self) -> &Path {
        self.folder.strip_prefix(&self.root).unwrap_or(Path::new(""))
    }

    /// A path below the root, relative to the folder.
    pub(super) fn below_root(&self, path: impl AsRef<Path>) -> PathBuf {
        let up: PathBuf = self.inside().components().map(|_| "..").collect();
        up.join(path)
    }

    /// The folder's name, if it can be written to a file.
    pub(super) fn name(&self) -> Option<&str> {
        let name = self.folder.file_name().and_then(|name| name.to_str());
        name.filter(|name| !name.contains(char::is_control) && !name.trim().is_empty())
    }

    /// The path of an existing file relative to the folder, with links resolved. None if it is not inside.
    pub(super) fn inside_folder(&self, file: &Path) -> Option<PathBuf> {
        file.canonicalize().ok()?.strip_prefix(&self.folder).ok().map(Path::to_owned)
    }

    /// The path of a file for a suite in the folder. Relative inside the repository, because clones have other paths.
    pub(super) fn named(&self, file: &Path) -> PathBuf {
        let folder = file.parent().filter(|_| file.is_absolute()).and_then(|folder| folder.canonicalize().ok());
        let Some(whole) = folder.zip(file.file_name()).map(|(folder, name)| folder.join(name)) else {
            return file.to_owned();
        };
        let inside = whole.strip_prefix(&self.folder).map(Path::to_owned);
        let below = || whole.strip_prefix(&self.root).map(|path| self.below_root(path));
        inside.or_else(|_| below()).unwrap_or_else(|_| file.to_owned())
    }
}

//! Where `init` writes: the current folder, and the git repository around it.

use crate::failure::{Failure, chain};
use std::path::{Path, PathBuf};

/// The current folder in its repository.
pub(super) struct Here {
    /// Without links.
    folder: PathBuf,
    /// The root of the repository; the folder itself where there is none.
    root: PathBuf,
}

impl Here {
    /// Looks for a `.git`, which is a file in a worktree, from the current folder upward.
    pub(super) fn find() -> Result<Self, Failure> {
        let failed = |error: std::io::Error| chain("cannot tell the current folder".to_owned(), Some(&error));
        let folder = std::env::current_dir().and_then(|folder| folder.canonicalize()).map_err(failed)?;
        let root = folder.ancestors().find(|above| above.join(".git").exists()).unwrap_or(&folder).to_owned();
        Ok(Self { folder, root })
    }

    /// The folder seen from the root; empty where it is the root.
    pub(super) fn inside(&self) -> &Path {
        self.folder.strip_prefix(&self.root).unwrap_or(Path::new(""))
    }

    /// A path below the root, seen from the folder.
    pub(super) fn below_root(&self, path: impl AsRef<Path>) -> PathBuf {
        let up: PathBuf = self.inside().components().map(|_| "..").collect();
        up.join(path)
    }

    /// The folder's own name, if it is one that a file can hold.
    pub(super) fn name(&self) -> Option<&str> {
        let name = self.folder.file_name().and_then(|name| name.to_str());
        name.filter(|name| !name.contains(char::is_control) && !name.trim().is_empty())
    }

    /// A file as a suite in the folder names it. Where it is in the repository, others have it elsewhere.
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

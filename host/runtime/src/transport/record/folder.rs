//! The folder of a cassette that is being written. Each file is complete or does not exist.

use comfycheck_core::digest::sha256_hex;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Why a cassette cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// Existing files are never overwritten.
    #[error("`{}` exists and is not an empty folder", path.display())]
    NotEmpty { path: PathBuf },
    #[error("cannot write `{}`", path.display())]
    Write { path: PathBuf, source: io::Error },
    /// The writing thread panicked: a bug.
    #[error("the recording ended early")]
    Ended,
}

pub(in crate::transport) struct Folder(PathBuf);

/// A file that is being written. A process that is killed leaves it behind.
pub(in crate::transport) const PART: &str = "cassette.part";

impl Folder {
    /// Creates the folder. It must be empty or not exist yet, or hold only what a recording left that was killed before its
    /// first `cassette.json`. That is removed.
    pub(in crate::transport) fn create(path: &Path) -> Result<Self, RecordError> {
        match fs::read_dir(path) {
            Ok(mut entries) => {
                if !entries.all(|entry| entry.is_ok_and(|entry| is_leftover(&entry))) {
                    return Err(RecordError::NotEmpty { path: path.to_owned() });
                }
                remove_leftovers(path).map_err(|source| RecordError::Write { path: path.to_owned(), source })?;
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                fs::create_dir_all(path).map_err(|source| RecordError::Write { path: path.to_owned(), source })?;
            }
            Err(error) if error.kind() == io::ErrorKind::NotADirectory => {
                return Err(RecordError::NotEmpty { path: path.to_owned() });
            }
            Err(source) => return Err(RecordError::Write { path: path.to_owned(), source }),
        }
        let bodies = path.join("bodies");
        // Of two recordings that start here at once, one makes it.
        match fs::create_dir(&bodies) {
            Ok(()) => Ok(Self(path.to_owned())),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                Err(RecordError::NotEmpty { path: path.to_owned() })
            }
            Err(source) => Err(RecordError::Write { path: bodies, source }),
        }
    }

    /// Writes a body unless it exists. Returns the name of its file.
    pub(in crate::transport) fn body(&self, bytes: &[u8]) -> Result<String, RecordError> {
        let name = sha256_hex(bytes);
        let path = self.0.join("bodies").join(&name);
        if !path.exists() {
            self.write(&path, bytes)?;
        }
        Ok(name)
    }

    /// Replaces `cassette.json`.
    pub(in crate::transport) fn cassette(&self, text: &[u8]) -> Result<(), RecordError> {
        self.write(&self.0.join("cassette.json"), text)
    }

    fn write(&self, path: &Path, bytes: &[u8]) -> Result<(), RecordError> {
        let part = self.0.join(PART);
        let written = File::create(&part).and_then(|mut file| {
            file.write_all(bytes)?;
            file.sync_data()?;
            fs::rename(&part, path)
        });
        written.map_err(|source| {
            // Remove the incomplete file.
            let _ = fs::remove_file(&part);
            RecordError::Write { path: path.to_owned(), source }
        })
    }
}

/// Whether a recording leaves this in a folder without a `cassette.json`: bodies come later.
fn is_leftover(entry: &fs::DirEntry) -> bool {
    // Of a link itself, not of its target.
    let Ok(kind) = entry.file_type() else { return false };
    match entry.file_name().to_str() {
        Some(PART) => kind.is_file(),
        Some("bodies") => kind.is_dir() && fs::read_dir(entry.path()).is_ok_and(|mut bodies| bodies.next().is_none()),
        _ => false,
    }
}

fn remove_leftovers(folder: &Path) -> io::Result<()> {
    for removed in [fs::remove_file(folder.join(PART)), fs::remove_dir(folder.join("bodies"))] {
        removed.or_else(|error| if error.kind() == io::ErrorKind::NotFound { Ok(()) } else { Err(error) })?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether a recording can start in a folder with these entries; a name that ends in `/` is a folder.
    fn can_start(entries: &[&str]) -> bool {
        let folder = tempfile::tempdir().unwrap();
        for entry in entries {
            let path = folder.path().join(entry);
            if entry.ends_with('/') { fs::create_dir(path).unwrap() } else { fs::write(path, "cut o").unwrap() }
        }
        let started = Folder::create(folder.path());
        let names = || {
            let mut names: Vec<_> =
                fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
            names.sort();
            names
        };
        match &started {
            Ok(_) => assert_eq!(names(), ["bodies"], "{entries:?}"),
            Err(RecordError::NotEmpty { .. }) => assert_eq!(names().len(), entries.len(), "{entries:?}"),
            Err(error) => panic!("{error}"),
        }
        started.is_ok()
    }

    #[test]
    fn a_recording_that_was_killed_at_its_start_does_not_block_the_next_one() {
        for entries in [&[] as &[&str], &["bodies/"], &["bodies/", PART], &[PART]] {
            assert!(can_start(entries), "{entries:?}");
        }
        for entries in [
            &["cassette.json"] as &[&str],
            &["bodies/", PART, "cassette.json"],
            &["cassette.part/"],
            &["bodies"],
            &["other"],
        ] {
            assert!(!can_start(entries), "{entries:?}");
        }
    }

    #[test]
    fn a_body_that_was_recorded_is_never_removed() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("bodies")).unwrap();
        fs::write(folder.path().join("bodies/precious"), "").unwrap();
        assert!(matches!(Folder::create(folder.path()), Err(RecordError::NotEmpty { .. })));
        assert!(folder.path().join("bodies/precious").exists());
    }
}

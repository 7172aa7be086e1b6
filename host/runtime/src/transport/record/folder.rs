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

impl Folder {
    /// Creates the folder. It must be empty or not exist yet.
    pub(in crate::transport) fn create(path: &Path) -> Result<Self, RecordError> {
        match fs::read_dir(path) {
            Ok(mut entries) => {
                if entries.next().is_some() {
                    return Err(RecordError::NotEmpty { path: path.to_owned() });
                }
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) if error.kind() == io::ErrorKind::NotADirectory => {
                return Err(RecordError::NotEmpty { path: path.to_owned() });
            }
            Err(source) => return Err(RecordError::Write { path: path.to_owned(), source }),
        }
        let bodies = path.join("bodies");
        fs::create_dir_all(&bodies).map_err(|source| RecordError::Write { path: bodies, source })?;
        Ok(Self(path.to_owned()))
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
        let part = self.0.join("cassette.part");
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

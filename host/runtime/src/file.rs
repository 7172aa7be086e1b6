//! Reads whole files.
//!
//! A repository can hold a symbolic link to a device, or a pipe. Neither ends, so every file has a limit, and what a file names
//! must be a regular file.

use crate::platform::{Links, open};
use comfycheck_core::wording::bytes;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// Why a file was not read. The text follows the file's name.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    #[error(transparent)]
    Io(#[from] io::Error),
    #[error("it is a folder")]
    Folder,
    #[error("it is not a regular file")]
    NotRegular,
    #[error("it is a symbolic link")]
    Link,
    #[error("it is larger than {}", bytes(*.limit))]
    TooLarge {
        /// In bytes.
        limit: u64,
    },
}

impl FileError {
    pub fn is_missing(&self) -> bool {
        matches!(self, Self::Io(error) if error.kind() == io::ErrorKind::NotFound)
    }
}

/// The bytes of a regular file, at most `limit`.
pub fn read(path: &Path, limit: u64) -> Result<Vec<u8>, FileError> {
    bounded(&regular(path, Links::Follow)?, limit)
}

/// A regular file, opened for reading. Refuses a symbolic link. Opens no device, which could act on it.
pub fn open_no_link(path: &Path) -> Result<File, FileError> {
    let there = std::fs::symlink_metadata(path)?;
    if there.is_symlink() {
        return Err(FileError::Link);
    }
    if !there.is_file() {
        return Err(FileError::NotRegular);
    }
    regular(path, Links::Refuse)
}

fn regular(path: &Path, links: Links) -> Result<File, FileError> {
    let file = open(path, links)?;
    let there = file.metadata()?;
    if there.is_dir() {
        return Err(FileError::Folder);
    }
    if !there.is_file() {
        return Err(FileError::NotRegular);
    }
    Ok(file)
}

/// The bytes of a file that the user names on the command line: a regular file, or a pipe of the shell such as `/dev/stdin` and
/// `<(…)`.
pub fn read_named(path: &Path, limit: u64) -> Result<Vec<u8>, FileError> {
    let is_of_the_system = ["/dev", "/proc"].iter().any(|folder| path.starts_with(folder));
    if is_of_the_system { bounded(&File::open(path)?, limit) } else { read(path, limit) }
}

fn bounded(file: &File, limit: u64) -> Result<Vec<u8>, FileError> {
    let mut bytes = Vec::new();
    file.take(limit.saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limit { Err(FileError::TooLarge { limit }) } else { Ok(bytes) }
}

// The tests make links, pipes and devices.
#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;
    use std::process::Command;

    #[test]
    fn only_a_regular_file_within_its_limit_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        std::fs::write(at("file"), "12345").unwrap();
        symlink(at("file"), at("link")).unwrap();
        symlink("/dev/zero", at("device")).unwrap();
        assert!(Command::new("mkfifo").arg(at("pipe")).status().unwrap().success());
        for name in ["file", "link"] {
            assert_eq!(read(&at(name), 5).unwrap(), b"12345", "{name}");
            assert!(matches!(read(&at(name), 4), Err(FileError::TooLarge { limit: 4 })), "{name}");
        }
        assert!(matches!(read(folder.path(), 5), Err(FileError::Folder)));
        for name in ["device", "pipe"] {
            for read in [read, read_named] {
                assert!(matches!(read(&at(name), 5), Err(FileError::NotRegular)), "{name}");
            }
        }
        assert!(read(&at("missing"), 5).unwrap_err().is_missing());
        assert!(matches!(read_named(Path::new("/dev/zero"), 5), Err(FileError::TooLarge { .. })));
        assert_eq!(read_named(Path::new("/dev/null"), 5).unwrap(), b"");
    }
}

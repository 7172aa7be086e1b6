//! Reads whole files.
//!
//! A repository can hold a symbolic link to a device, or a pipe. Neither ends, so every file has a limit, and what a file names
//! must be a regular file.

use crate::platform::{Links, open};
use comfycheck_core::wording::bytes;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// The bytes that are read at once of a file that is read in parts.
const PART_BYTES: usize = 1 << 20;

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
    bounded(&named(path)?, limit)
}

/// Reads such a file in parts, for files that are too large to be in memory. `take` returns whether it takes more.
pub fn read_named_in_parts(path: &Path, limit: u64, take: &mut dyn FnMut(&[u8]) -> bool) -> Result<(), FileError> {
    in_parts(&named(path)?, limit, take)
}

/// The same for a regular file.
pub fn read_in_parts(path: &Path, limit: u64, take: &mut dyn FnMut(&[u8]) -> bool) -> Result<(), FileError> {
    in_parts(&regular(path, Links::Follow)?, limit, take)
}

fn in_parts(file: &File, limit: u64, take: &mut dyn FnMut(&[u8]) -> bool) -> Result<(), FileError> {
    let mut file = file.take(limit.saturating_add(1));
    let (mut part, mut size) = (vec![0; PART_BYTES], 0);
    loop {
        let length = match file.read(&mut part) {
            Ok(length) => length,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error.into()),
        };
        size += length as u64;
        if size > limit {
            return Err(FileError::TooLarge { limit });
        }
        if length == 0 || !take(&part[..length]) {
            return Ok(());
        }
    }
}

fn named(path: &Path) -> Result<File, FileError> {
    let is_of_the_system = ["/dev", "/proc"].iter().any(|folder| path.starts_with(folder));
    if is_of_the_system { Ok(File::open(path)?) } else { regular(path, Links::Follow) }
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
            let in_parts = read_in_parts(&at(name), 5, &mut |_| true);
            assert!(matches!(in_parts, Err(FileError::NotRegular)), "{name}");
            for read in [read, read_named] {
                assert!(matches!(read(&at(name), 5), Err(FileError::NotRegular)), "{name}");
            }
        }
        assert!(read(&at("missing"), 5).unwrap_err().is_missing());
        assert!(matches!(read_named(Path::new("/dev/zero"), 5), Err(FileError::TooLarge { .. })));
        assert_eq!(read_named(Path::new("/dev/null"), 5).unwrap(), b"");
    }

    #[test]
    fn a_file_is_read_in_parts_within_its_limit() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        let bytes: Vec<u8> = (0..PART_BYTES * 2 + 5).map(|at| u8::try_from(at % 251).unwrap()).collect();
        std::fs::write(&path, &bytes).unwrap();
        let parts = |limit: usize, most: usize| {
            let (mut all, mut count) = (Vec::new(), 0);
            let read = read_in_parts(&path, limit as u64, &mut |part| {
                all.extend_from_slice(part);
                count += 1;
                count < most
            });
            (read, all)
        };
        let (read, all) = parts(bytes.len(), usize::MAX);
        assert!(read.is_ok() && all == bytes);
        assert!(matches!(parts(bytes.len() - 1, usize::MAX).0, Err(FileError::TooLarge { .. })));
        // The reader has enough, such as after a mistake.
        let (read, all) = parts(1 << 30, 1);
        assert!(read.is_ok() && bytes.starts_with(&all) && all.len() <= PART_BYTES);
    }
}

//! A disk cache of compiled code.
//!
//! A file holds the code as wasmtime serialized it, and a CRC-32 over the file's name and the code.
//! The name is the key: the component's SHA-256 and a hash of everything in the engine that the
//! code depends on. The folder is private to the user, so the checksum only guards against
//! accidents: torn writes, bad disks, files that were copied to another name. CRC-32 is enough for
//! that. A cryptographic hash would take longer than loading the code.

use super::code::{Code, load};
use crate::platform::{Privacy, create_private_file, create_private_folder, is_private_file, privacy_of_folder};
use std::ffi::OsStr;
use std::fs::File;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use wasmtime::Engine;
use wasmtime::component::Component;

/// Enough for the bundled checks and a day's work on others.
const MOST_FILES: usize = 100;

/// A folder for compiled code that only this user can read and write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cache {
    folder: PathBuf,
}

/// Why a cache folder is not used. Checks are then compiled in every run.
#[derive(Debug, thiserror::Error)]
pub enum CacheError {
    /// It does not exist and cannot be created, or cannot be read.
    #[error("cannot use the cache folder `{}`", .folder.display())]
    Unusable { folder: PathBuf, source: io::Error },
    /// It is a file.
    #[error("the cache folder `{}` is not a folder", .0.display())]
    NotAFolder(PathBuf),
    /// The owner could put code there that comfycheck would run.
    #[error("the cache folder `{}` belongs to another user", .0.display())]
    NotOurs(PathBuf),
    /// Other users could put code there that comfycheck would run.
    #[error("the cache folder `{}` is open to other users (mode {mode:o}, not 700)", .folder.display())]
    NotPrivate { folder: PathBuf, mode: u32 },
    /// On Windows, outside of the user's own data.
    #[error("cannot check who can write to the cache folder `{}`: it is not in `%LOCALAPPDATA%`", .0.display())]
    UnknownPrivacy(PathBuf),
}

impl Cache {
    /// The folder, which only this user can write.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Opens a folder for compiled code, and creates it if it does not exist.
    pub fn open(folder: impl Into<PathBuf>) -> Result<Self, CacheError> {
        let folder = folder.into();
        let made = create_private_folder(&folder, true);
        // If something exists at the path, its metadata show what it is.
        let metadata = match (std::fs::metadata(&folder), made) {
            (Ok(metadata), _) => metadata,
            (Err(_), Err(source)) | (Err(source), Ok(())) => return Err(CacheError::Unusable { folder, source }),
        };
        if !metadata.is_dir() {
            return Err(CacheError::NotAFolder(folder));
        }
        match privacy_of_folder(&folder, &metadata) {
            Privacy::Private => Ok(Self { folder }),
            Privacy::OfAnotherUser => Err(CacheError::NotOurs(folder)),
            Privacy::Open { mode } => Err(CacheError::NotPrivate { folder, mode }),
            Privacy::Unknown => Err(CacheError::UnknownPrivacy(folder)),
        }
    }

    /// The compiled code with this key, if it exists and can be trusted.
    pub(super) fn load(&self, engine: &Engine, key: &Key) -> Option<Component> {
        let path = self.folder.join(&key.0);
        is_intact(&path, key).ok().filter(|intact| *intact)?;
        load(engine, Code::File(&path)).ok()
    }

    /// Stores compiled code, and replaces what is there.
    pub(super) fn store(&self, key: &Key, code: &[u8]) -> io::Result<()> {
        // Never written in place: other processes have the file mapped.
        let part = self.part(key);
        let written = write(&part, key, code).and_then(|()| std::fs::rename(&part, self.folder.join(&key.0)));
        if written.is_err() {
            // Remove the incomplete file.
            let _ = std::fs::remove_file(&part);
        }
        written?;
        // A later call removes what cannot be removed now.
        let _ = self.prune();
        Ok(())
    }

    /// Removes the oldest files, so working on a check does not fill the disk. Code that is still
    /// needed is compiled again; a process that has it mapped keeps it.
    fn prune(&self) -> io::Result<()> {
        let mut files = Vec::new();
        for entry in std::fs::read_dir(&self.folder)? {
            let entry = entry?;
            // The user may keep other files in this folder.
            if !is_name_of_ours(&entry.file_name()) {
                continue;
            }
            // Another process may have removed it.
            if let Ok(modified) = entry.metadata().and_then(|metadata| metadata.modified()) {
                files.push((modified, entry.path()));
            }
        }
        files.sort_unstable();
        for (_, path) in files.iter().rev().skip(MOST_FILES) {
            let _ = std::fs::remove_file(path);
        }
        Ok(())
    }

    /// A name that no other process and no other thread writes to.
    fn part(&self, key: &Key) -> PathBuf {
        static WRITES: AtomicU64 = AtomicU64::new(0);
        let nth = WRITES.fetch_add(1, Ordering::Relaxed);
        self.folder.join(format!("{}.{}-{nth}.part", key.0, std::process::id()))
    }
}

/// A hash of everything in an engine that compiled code depends on.
#[derive(Clone, Copy, Debug)]
pub(super) struct EngineHash(u64);

impl EngineHash {
    pub(super) fn of(engine: &Engine) -> Self {
        let mut hasher = DefaultHasher::new();
        engine.precompile_compatibility_hash().hash(&mut hasher);
        Self(hasher.finish())
    }
}

/// The file name of compiled code: everything that it depends on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Key(String);

impl Key {
    pub(super) fn new(sha256: &str, engine: EngineHash) -> Self {
        Self(format!("{sha256}-{:016x}.cwasm", engine.0))
    }

    fn checksum(&self) -> crc32fast::Hasher {
        let mut checksum = crc32fast::Hasher::new();
        checksum.update(self.0.as_bytes());
        checksum
    }
}

/// Whether a file name is that of a [`Key`], or of a partial write of one.
fn is_name_of_ours(name: &OsStr) -> bool {
    let hex = |text: &str, length| text.len() == length && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let Some((digests, rest)) = name.to_str().and_then(|name| name.split_once(".cwasm")) else { return false };
    let digests = digests.split_once('-').is_some_and(|(guest, engine)| hex(guest, 64) && hex(engine, 16));
    digests && (rest.is_empty() || rest.strip_suffix(".part").is_some())
}

fn write(path: &Path, key: &Key, code: &[u8]) -> io::Result<()> {
    let mut checksum = key.checksum();
    checksum.update(code);
    let mut file = create_private_file(path)?;
    file.write_all(code)?;
    file.write_all(&checksum.finalize().to_le_bytes())
}

/// Whether a file is private, complete, and has this key.
fn is_intact(path: &Path, key: &Key) -> io::Result<bool> {
    let mut file = File::open(path)?;
    let metadata = file.metadata()?;
    let Some(mut left) = metadata.len().checked_sub(4).filter(|_| is_private_file(&metadata)) else { return Ok(false) };
    let mut checksum = key.checksum();
    let mut buffer = vec![0; 128 << 10];
    while left > 0 {
        let want = usize::try_from(left).unwrap_or(usize::MAX).min(buffer.len());
        let got = file.read(&mut buffer[..want])?;
        if got == 0 {
            return Ok(false);
        }
        checksum.update(&buffer[..got]);
        left -= got as u64;
    }
    let mut expected = [0; 4];
    file.read_exact(&mut expected)?;
    Ok(checksum.finalize() == u32::from_le_bytes(expected))
}

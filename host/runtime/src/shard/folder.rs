//! The folder of a shard: written as a whole, read and verified as a whole.

use super::Shard;
use super::file_v1::{HopelessWaitV1, ShardV1, VERSION, VersionHeader};
use crate::file::{self, FileError};
use crate::sampler::MOST_IMAGE_BYTES;
use bytes::Bytes;
use comfycheck_core::digest::sha256_hex;
use comfycheck_core::partition::Partition;
use comfycheck_core::render::{ReadReportError, json, read_json};
use comfycheck_core::sample::FileFacts;
use comfycheck_core::wording;
use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

/// The most bytes of a `report.json` or `share.json`.
const TEXT_BYTES: u64 = 512 << 20;

/// Why a folder is not a shard, or cannot become one.
#[derive(Debug, thiserror::Error)]
pub enum ShardError {
    #[error("`{}` is not empty", folder.display())]
    NotEmpty { folder: PathBuf },
    /// It cannot be created, or not written.
    #[error("cannot create the folder `{}`", folder.display())]
    CreateFolder { folder: PathBuf, source: io::Error },
    #[error("folder `{}` does not exist", folder.display())]
    NoFolder { folder: PathBuf },
    #[error("cannot list the folder `{}`", folder.display())]
    List { folder: PathBuf, source: io::Error },
    #[error("`{}` does not exist", path.display())]
    Incomplete { path: PathBuf },
    #[error("the files of all shards exceed {}", wording::bytes(MOST_IMAGE_BYTES))]
    TooLarge,
    #[error("cannot write `{}`", path.display())]
    Write { path: PathBuf, source: io::Error },
    #[error("cannot read `{}`", path.display())]
    Read { path: PathBuf, source: FileError },
    /// It is not JSON, was truncated, or has unknown keys.
    #[error("`{}` was not written by `run --partition`", path.display())]
    Json {
        path: PathBuf,
        /// With line and column.
        source: serde_json::Error,
    },
    #[error("`{}` has version `{found}`; this comfycheck reads `{VERSION}`", path.display())]
    Version { path: PathBuf, found: String },
    #[error("cannot read the report `{}`", path.display())]
    Report { path: PathBuf, source: ReadReportError },
    /// A file differs from what was written.
    #[error("`{}` was modified or truncated", path.display())]
    Modified { path: PathBuf },
}

/// Creates the folder of a shard and its folder of images, so write errors show before anything is
/// sent.
///
/// An existing folder must be empty, but for what a shard left that was killed while it was written. That is removed. If two
/// shards start in one folder at once, one is refused.
pub fn new_folder(folder: &Path) -> Result<ShardFolder, ShardError> {
    let failed = |folder: &Path, source| ShardError::CreateFolder { folder: folder.to_owned(), source };
    fs::create_dir_all(folder).map_err(|error| failed(folder, error))?;
    let not_empty = || ShardError::NotEmpty { folder: folder.to_owned() };
    // Before a file is written into a folder of something else.
    leftovers(folder).map_err(|error| failed(folder, error))?.ok_or_else(not_empty)?;
    let lock = ShardFolder::lock(folder).map_err(|error| failed(folder, error))?.ok_or_else(not_empty)?;
    let leftovers = leftovers(folder).map_err(|error| failed(folder, error))?.ok_or_else(not_empty)?;
    for path in leftovers {
        let removed = if path.is_dir() { fs::remove_dir(&path) } else { fs::remove_file(&path) };
        removed.map_err(|error| failed(folder, error))?;
    }
    let images = folder.join("images");
    fs::create_dir(&images).map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => not_empty(),
        _ => failed(&images, error),
    })?;
    Ok(lock)
}

/// The folder of a shard that runs. Until it is dropped, no other shard takes the folder for what a killed one left.
#[derive(Debug)]
pub struct ShardFolder {
    path: PathBuf,
    /// Locked. A process that is killed loses the lock.
    _file: File,
}

impl ShardFolder {
    /// None if another process has the lock.
    fn lock(folder: &Path) -> io::Result<Option<Self>> {
        let path = folder.join(LOCK);
        let file = File::options().write(true).create(true).truncate(false).open(&path)?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Self { path, _file: file })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }
}

impl Drop for ShardFolder {
    fn drop(&mut self) {
        // If it stays, the next shard takes it for a leftover.
        let _ = fs::remove_file(&self.path);
    }
}

const LOCK: &str = "share.lock";

/// What a folder holds, files before their folder. None if it holds anything that an unfinished shard does not leave.
fn leftovers(folder: &Path) -> io::Result<Option<Vec<PathBuf>>> {
    let is_body = |name: &str| {
        let digest = name.strip_suffix(".part").unwrap_or(name);
        digest.len() == 64 && digest.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
    };
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let (name, kind) = (entry.file_name(), entry.file_type()?);
        match name.to_str() {
            Some("images") if kind.is_dir() => {
                for image in fs::read_dir(entry.path())? {
                    let image = image?;
                    if !image.file_type()?.is_file() || !image.file_name().to_str().is_some_and(is_body) {
                        return Ok(None);
                    }
                    found.push(image.path());
                }
            }
            // The lock is that of the caller.
            Some(LOCK) if kind.is_file() => continue,
            Some("report.json.part" | "share.json.part") if kind.is_file() => {}
            _ => return Ok(None),
        }
        found.push(entry.path());
    }
    Ok(Some(found))
}

/// Empties a folder of [`new_folder`] again, if nothing was written into it.
pub fn discard_folder(folder: &Path) {
    // What cannot be removed is reported by the next run that names the folder.
    let _ = fs::remove_dir(folder.join("images"));
}

/// The folders in a place, by name.
pub(super) fn subfolders(place: &Path) -> Result<Vec<PathBuf>, ShardError> {
    let read = |source| ShardError::List { folder: place.to_owned(), source };
    let entries = fs::read_dir(place).map_err(read)?.collect::<Result<Vec<_>, _>>().map_err(read)?;
    let mut folders: Vec<_> = entries.iter().map(fs::DirEntry::path).filter(|path| path.is_dir()).collect();
    folders.sort();
    Ok(folders)
}

/// Reads shards with the names of their folders. All their images together are bounded like those
/// of one run. An error comes with the name of its folder.
pub fn read_all(folders: &[PathBuf]) -> Result<Vec<(String, Shard)>, (String, ShardError)> {
    let mut room = MOST_IMAGE_BYTES;
    let read = |folder: &PathBuf| {
        let name = folder.display().to_string();
        match Shard::read(folder, &mut room) {
            Ok(shard) => Ok((name, shard)),
            Err(error) => Err((name, error)),
        }
    };
    folders.iter().map(read).collect()
}

impl Shard {
    /// Writes it to a folder of [`new_folder`].
    pub fn write(&self, folder: &Path) -> Result<(), ShardError> {
        let Self { partition, of, report, files, observations, traces, began, clock, hopeless } = self;
        let write = |name: &str, bytes: &[u8]| {
            let path = folder.join(name);
            // A file with its final name is complete.
            let part = folder.join(format!("{name}.part"));
            let written = fs::write(&part, bytes).and_then(|()| fs::rename(&part, &path));
            written.map_err(|source| ShardError::Write { path, source })
        };
        for (sample, files) in report.samples.iter().zip(files) {
            for (facts, bytes) in sample.all_files().zip(files) {
                write(&format!("images/{}", facts.sha256), bytes)?;
            }
        }
        let report = json(report);
        write("report.json", report.as_bytes())?;
        let file = ShardV1 {
            version: VERSION.to_owned(),
            share: partition.index().into(),
            of: partition.of(),
            run: of.clone(),
            report: sha256_hex(report.as_bytes()),
            observations: observations.iter().map(Into::into).collect(),
            seen: traces.iter().map(Into::into).collect(),
            began: *began,
            sampling: clock.sampling,
            end: clock.end,
            hopeless: hopeless.iter().map(Into::into).collect(),
        };
        let mut text = serde_json::to_string_pretty(&file)
            .map_err(|source| ShardError::Json { path: folder.join("share.json"), source })?;
        text.push('\n');
        write("share.json", text.as_bytes())
    }

    /// Reads and verifies a shard with its images. `room` is how many bytes of images may still be
    /// read.
    pub(super) fn read(folder: &Path, room: &mut u64) -> Result<Self, ShardError> {
        if !folder.exists() {
            return Err(ShardError::NoFolder { folder: folder.to_owned() });
        }
        let path = folder.join("share.json");
        let text = bytes(&path, TEXT_BYTES)?;
        let not_json = |source| ShardError::Json { path: path.clone(), source };
        let VersionHeader { version } = serde_json::from_slice(&text).map_err(not_json)?;
        if version != VERSION {
            return Err(ShardError::Version { path, found: version });
        }
        let mut file: ShardV1 = serde_json::from_slice(&text).map_err(not_json)?;
        let hopeless = file.hopeless.drain(..).map(HopelessWaitV1::read).collect::<Result<_, _>>().map_err(not_json)?;
        let modified = |path: &Path| ShardError::Modified { path: path.to_owned() };
        let partition = Partition::new(file.share, file.of).map_err(|_| modified(&path))?;
        let path = folder.join("report.json");
        let text = bytes(&path, TEXT_BYTES)?;
        if sha256_hex(&text) != file.report {
            return Err(modified(&path));
        }
        let text = String::from_utf8(text).map_err(|_| modified(&path))?;
        let report = read_json(&text).map_err(|source| ShardError::Report { path: path.clone(), source })?;
        if file.seen.len() != report.samples.len() {
            return Err(ShardError::Modified { path: folder.join("share.json") });
        }
        let mut files = Vec::with_capacity(report.samples.len());
        for sample in &report.samples {
            let of_sample = sample.all_files().map(|facts| image(folder, facts, room));
            files.push(of_sample.collect::<Result<_, _>>()?);
        }
        Ok(Self {
            partition,
            clock: file.clock(),
            of: file.run,
            report,
            files,
            observations: file.observations.into_iter().map(Into::into).collect(),
            traces: file.seen.into_iter().map(Into::into).collect(),
            began: file.began,
            hopeless,
        })
    }
}

fn image(folder: &Path, facts: &FileFacts, room: &mut u64) -> Result<Bytes, ShardError> {
    let FileFacts { sha256, size, .. } = facts;
    let images = folder.join("images");
    // The name must not lead to another path.
    let is_name = sha256.len() == 64 && sha256.bytes().all(|byte| byte.is_ascii_hexdigit());
    let path = if is_name { images.join(sha256) } else { images };
    let modified = || ShardError::Modified { path: path.clone() };
    if !is_name {
        return Err(modified());
    }
    *room = room.checked_sub(*size).ok_or(ShardError::TooLarge)?;
    let bytes = bytes(&path, *size)?;
    if bytes.len() as u64 != *size || sha256_hex(&bytes) != *sha256 {
        return Err(modified());
    }
    Ok(bytes.into())
}

/// The bytes of a file, at most `most`.
fn bytes(path: &Path, most: u64) -> Result<Vec<u8>, ShardError> {
    file::read(path, most).map_err(|source| match source {
        FileError::TooLarge { .. } => ShardError::Modified { path: path.to_owned() },
        source if source.is_missing() => ShardError::Incomplete { path: path.to_owned() },
        source => ShardError::Read { path: path.to_owned(), source },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_images_of_all_shards_have_one_room() {
        let folder = tempfile::tempdir().unwrap();
        new_folder(folder.path()).unwrap();
        let bytes = b"image";
        let facts = FileFacts { size: 5, sha256: sha256_hex(bytes), ..FileFacts::default() };
        fs::write(folder.path().join("images").join(&facts.sha256), bytes).unwrap();
        let mut room = 9;
        assert_eq!(image(folder.path(), &facts, &mut room).unwrap(), bytes.as_slice());
        assert!(matches!(image(folder.path(), &facts, &mut room), Err(ShardError::TooLarge)));
    }

    #[test]
    fn of_two_shards_that_begin_in_one_folder_one_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let first = new_folder(folder.path()).unwrap();
        assert!(matches!(new_folder(folder.path()), Err(ShardError::NotEmpty { .. })));
        discard_folder(folder.path());
        drop(first);
        new_folder(folder.path()).unwrap();
    }

    #[test]
    fn what_a_killed_shard_left_is_removed_and_nothing_else() {
        let digest = sha256_hex(b"image");
        let part = format!("{digest}.part");
        for (files, is_refused) in [
            (&[] as &[&str], false),
            (&["share.lock"], false),
            (&[&digest, &part, "report.json.part", "share.json.part", "share.lock"], false),
            (&["photo.png"], true),
            (&[&digest, "notes.txt"], true),
            (&["report.json"], true),
            (&["share.json"], true),
        ] {
            let folder = tempfile::tempdir().unwrap();
            let images = folder.path().join("images");
            fs::create_dir(&images).unwrap();
            for name in files {
                let is_image = name.starts_with(&digest) || *name == "photo.png";
                fs::write(if is_image { images.join(name) } else { folder.path().join(name) }, "").unwrap();
            }
            match new_folder(folder.path()) {
                Ok(_lock) => assert_eq!(fs::read_dir(&images).unwrap().count(), 0, "{files:?}"),
                Err(error) => {
                    assert!(is_refused && matches!(error, ShardError::NotEmpty { .. }), "{files:?}: {error}");
                    for name in files {
                        assert!(images.join(name).exists() || folder.path().join(name).exists(), "{name}");
                    }
                    continue;
                }
            }
            assert!(!is_refused, "{files:?}");
            let left: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
            assert_eq!(left, ["images"], "{files:?}");
        }
    }
}

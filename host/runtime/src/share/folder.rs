//! The folder of a share: written as a whole, read and verified as a whole.

use super::Share;
use super::file_v1::{ShareV1, VERSION, Versioned};
use crate::sampler::MOST_IMAGE_BYTES;
use crate::transport::cassette::sha256_hex;
use bytes::Bytes;
use comfycheck_core::partition::Partition;
use comfycheck_core::render::{ReadReportError, json, read_json};
use comfycheck_core::sample::ImageFacts;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// The most bytes of a `report.json` or `share.json`.
const TEXT_BYTES: u64 = 512 << 20;

/// Why a folder is no share, or cannot become one.
#[derive(Debug, thiserror::Error)]
pub enum ShareError {
    /// There is something in it.
    #[error("`{}` is not empty", folder.display())]
    NotEmpty {
        /// The folder.
        folder: PathBuf,
    },
    /// It cannot be made, or nothing can be made in it.
    #[error("cannot make the folder `{}`", folder.display())]
    NoFolder {
        /// The folder.
        folder: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// There is no such folder.
    #[error("there is no folder `{}`", folder.display())]
    Absent {
        /// The folder.
        folder: PathBuf,
    },
    /// A file of it is not there.
    #[error("there is no `{}`", path.display())]
    Incomplete {
        /// The file.
        path: PathBuf,
    },
    /// The images of all shares are larger than those of any run.
    #[error("the images of all shares are larger together than {} MiB", MOST_IMAGE_BYTES >> 20)]
    TooLarge,
    /// A file cannot be written.
    #[error("cannot write `{}`", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file cannot be read.
    #[error("cannot read `{}`", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It is not JSON, was cut off, or has keys that are not known.
    #[error("`{}` is not what `run --partition` writes", path.display())]
    Json {
        /// The file.
        path: PathBuf,
        /// What is wrong, with line and column.
        source: serde_json::Error,
    },
    /// It was written by another version of comfycheck.
    #[error("`{}` has the version `{found}`, and this comfycheck reads `{VERSION}`", path.display())]
    Version {
        /// The file.
        path: PathBuf,
        /// Its version.
        found: String,
    },
    /// Its report is none.
    #[error("cannot read the report `{}`", path.display())]
    Report {
        /// The file.
        path: PathBuf,
        /// Why.
        source: ReadReportError,
    },
    /// A file holds something else than was written.
    #[error("`{}` was changed or cut", path.display())]
    Changed {
        /// The file.
        path: PathBuf,
    },
}

/// Makes the folder of a share, with the folder of its images: that it can be written is known before anything is sent.
///
/// One that exists has to be empty. Of two shares that are begun in one folder at once, one is refused.
pub fn new_folder(folder: &Path) -> Result<(), ShareError> {
    let failed = |folder: &Path, source| ShareError::NoFolder { folder: folder.to_owned(), source };
    fs::create_dir_all(folder).map_err(|error| failed(folder, error))?;
    let not_empty = || ShareError::NotEmpty { folder: folder.to_owned() };
    if fs::read_dir(folder).map_err(|error| failed(folder, error))?.next().is_some() {
        return Err(not_empty());
    }
    let images = folder.join("images");
    fs::create_dir(&images).map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => not_empty(),
        _ => failed(&images, error),
    })
}

/// Reads the shares in these folders, each with the name of its folder. Together their images are no larger than those of
/// one run. An error is of the folder that it names.
pub fn read_all(folders: &[PathBuf]) -> Result<Vec<(String, Share)>, (String, ShareError)> {
    let mut room = MOST_IMAGE_BYTES;
    let read = |folder: &PathBuf| {
        let name = folder.display().to_string();
        match Share::read(folder, &mut room) {
            Ok(share) => Ok((name, share)),
            Err(error) => Err((name, error)),
        }
    };
    folders.iter().map(read).collect()
}

impl Share {
    /// Writes it to a folder of [`new_folder`].
    pub fn write(&self, folder: &Path) -> Result<(), ShareError> {
        let Self { partition, of, report, images, observations, seen, began, clock } = self;
        let write = |name: &str, bytes: &[u8]| {
            let path = folder.join(name);
            // By another name first: what has its name is whole.
            let part = folder.join(format!("{name}.part"));
            let written = fs::write(&part, bytes).and_then(|()| fs::rename(&part, &path));
            written.map_err(|source| ShareError::Write { path, source })
        };
        for (sample, images) in report.samples.iter().zip(images) {
            for (facts, bytes) in sample.images.iter().zip(images) {
                write(&format!("images/{}", facts.sha256), bytes)?;
            }
        }
        let report = json(report);
        write("report.json", report.as_bytes())?;
        let share = ShareV1 {
            version: VERSION.to_owned(),
            share: partition.index().into(),
            of: partition.of(),
            run: of.clone(),
            report: sha256_hex(report.as_bytes()),
            observations: observations.iter().map(Into::into).collect(),
            seen: seen.iter().map(Into::into).collect(),
            began: *began,
            sampling: clock.sampling,
            end: clock.end,
        };
        let mut text = serde_json::to_string_pretty(&share)
            .map_err(|source| ShareError::Json { path: folder.join("share.json"), source })?;
        text.push('\n');
        write("share.json", text.as_bytes())
    }

    /// Reads a share, with its images, and verifies it. `room` is how many bytes these may have, and then how many are left.
    fn read(folder: &Path, room: &mut u64) -> Result<Self, ShareError> {
        if !folder.exists() {
            return Err(ShareError::Absent { folder: folder.to_owned() });
        }
        let path = folder.join("share.json");
        let text = bytes(&path, TEXT_BYTES)?;
        let not_json = |source| ShareError::Json { path: path.clone(), source };
        let Versioned { version } = serde_json::from_slice(&text).map_err(not_json)?;
        if version != VERSION {
            return Err(ShareError::Version { path, found: version });
        }
        let file: ShareV1 = serde_json::from_slice(&text).map_err(not_json)?;
        let changed = |path: &Path| ShareError::Changed { path: path.to_owned() };
        let partition = Partition::new(file.share, file.of).map_err(|_| changed(&path))?;
        let path = folder.join("report.json");
        let text = bytes(&path, TEXT_BYTES)?;
        if sha256_hex(&text) != file.report {
            return Err(changed(&path));
        }
        let text = String::from_utf8(text).map_err(|_| changed(&path))?;
        let report = read_json(&text).map_err(|source| ShareError::Report { path: path.clone(), source })?;
        if file.seen.len() != report.samples.len() {
            return Err(ShareError::Changed { path: folder.join("share.json") });
        }
        let mut images = Vec::with_capacity(report.samples.len());
        for sample in &report.samples {
            let of_sample = sample.images.iter().map(|facts| image(folder, facts, room));
            images.push(of_sample.collect::<Result<_, _>>()?);
        }
        Ok(Self {
            partition,
            clock: file.clock(),
            of: file.run,
            report,
            images,
            observations: file.observations.into_iter().map(Into::into).collect(),
            seen: file.seen.into_iter().map(Into::into).collect(),
            began: file.began,
        })
    }
}

fn image(folder: &Path, facts: &ImageFacts, room: &mut u64) -> Result<Bytes, ShareError> {
    let ImageFacts { sha256, size, .. } = facts;
    let images = folder.join("images");
    // A name leads nowhere else.
    let is_name = sha256.len() == 64 && sha256.bytes().all(|byte| byte.is_ascii_hexdigit());
    let path = if is_name { images.join(sha256) } else { images };
    let changed = || ShareError::Changed { path: path.clone() };
    if !is_name {
        return Err(changed());
    }
    *room = room.checked_sub(*size).ok_or(ShareError::TooLarge)?;
    let bytes = bytes(&path, *size)?;
    if bytes.len() as u64 != *size || sha256_hex(&bytes) != *sha256 {
        return Err(changed());
    }
    Ok(bytes.into())
}

/// The bytes of a file, which has `most` at most.
fn bytes(path: &Path, most: u64) -> Result<Vec<u8>, ShareError> {
    let failed = |source: io::Error| match source.kind() {
        io::ErrorKind::NotFound => ShareError::Incomplete { path: path.to_owned() },
        _ => ShareError::Read { path: path.to_owned(), source },
    };
    // Nobody may ever write to a pipe.
    if !fs::metadata(path).map_err(failed)?.is_file() {
        return Err(failed(io::Error::other("it is no file")));
    }
    let mut bytes = Vec::new();
    File::open(path).and_then(|file| file.take(most + 1).read_to_end(&mut bytes)).map_err(failed)?;
    if bytes.len() as u64 > most {
        return Err(ShareError::Changed { path: path.to_owned() });
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_images_of_all_shares_have_one_room() {
        let folder = tempfile::tempdir().unwrap();
        new_folder(folder.path()).unwrap();
        let bytes = b"image";
        let facts = ImageFacts { name: String::new(), media_type: None, size: 5, sha256: sha256_hex(bytes) };
        fs::write(folder.path().join("images").join(&facts.sha256), bytes).unwrap();
        let mut room = 9;
        assert_eq!(image(folder.path(), &facts, &mut room).unwrap(), bytes.as_slice());
        assert!(matches!(image(folder.path(), &facts, &mut room), Err(ShareError::TooLarge)));
    }

    #[test]
    fn of_two_shares_that_begin_in_one_folder_one_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        new_folder(folder.path()).unwrap();
        assert!(matches!(new_folder(folder.path()), Err(ShareError::NotEmpty { .. })));
    }
}

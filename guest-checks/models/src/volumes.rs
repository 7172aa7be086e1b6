//! Searches network volumes for models. [`rules::volume`](crate::rules::volume) decides.

use crate::rules::attached::attached;
use crate::rules::content::{self, FIRST, Fault, LONGEST_HEADER};
use crate::rules::folders::on_volume;
use crate::rules::near_miss::base;
use crate::rules::search::ModelSearch;
use crate::rules::volume::{Lookup, ReadError, VolumeFile, on_volumes};
use comfycheck_sdk::volume::{self, Entry, Error};
use comfycheck_sdk::{Answer, endpoint, is_model};
use std::collections::BTreeSet;

/// How many folders below `models` are listed for a file that is not where it should be.
const FOLDERS: usize = 40;
/// How many bytes are read at once: the host's limit.
const AT_ONCE: u64 = 1 << 20;

/// The ids of the volumes to search, in the order of the suite, and findings about the others.
pub(crate) fn ids() -> (Vec<String>, Answer) {
    let named: Vec<_> = volume::volumes().unwrap_or_default().into_iter().map(|volume| volume.id).collect();
    if named.is_empty() {
        return (named, Answer::default());
    }
    attached(named, &endpoint::configuration().map(|configuration| configuration.volumes))
}

/// What the volumes show of models.
pub(crate) fn ask(volumes: &[String], searches: Vec<ModelSearch>) -> Answer {
    if volumes.is_empty() {
        return Answer::default();
    }
    let look = |search: ModelSearch| {
        let lookups = volumes.iter().map(|volume| (volume.clone(), lookup(volume, &search))).collect();
        (search, lookups)
    };
    on_volumes(&searches.into_iter().map(look).collect::<Vec<_>>())
}

/// The files of a folder on the volumes that answer, where worker-comfyui reads them.
pub(crate) fn files(volumes: &[String], folder: &str) -> Vec<String> {
    let Some(folder) = on_volume(folder) else { return Vec::new() };
    let listed = |volume: &String| volume::list(volume, &format!("models/{folder}")).unwrap_or_default();
    let name = |entry| match entry {
        Entry::File((name, _)) => Some(name),
        Entry::Folder(_) => None,
    };
    volumes.iter().flat_map(listed).filter_map(name).collect()
}

/// What a volume has of a model: the best of what it has under its names.
fn lookup(volume: &str, search: &ModelSearch) -> Lookup {
    let rank = |lookup: &Lookup| match lookup {
        Lookup::Present(_) => 0,
        Lookup::Unknown(_) => 1,
        Lookup::Elsewhere(_) => 2,
        Lookup::Absent(_) => 3,
    };
    let lookups = search.names.iter().map(|name| by_name(volume, &search.folder, name).unwrap_or_else(Lookup::Unknown));
    lookups.min_by_key(rank).unwrap_or(Lookup::Absent(Vec::new()))
}

fn by_name(volume: &str, folder: &str, name: &str) -> Result<Lookup, Error> {
    let read = on_volume(folder);
    if let Some(read) = read {
        let path = format!("models/{read}/{name}");
        if let Some(facts) = volume::stat(volume, &path)? {
            let content = content(volume, &path, facts.size);
            return Ok(Lookup::Present(VolumeFile { path, size: facts.size, content }));
        }
    }
    let elsewhere = elsewhere(volume, folder, read, name)?;
    if !elsewhere.is_empty() {
        return Ok(Lookup::Elsewhere(elsewhere));
    }
    let entries = read.map(|read| volume::list(volume, &format!("models/{read}"))).transpose()?;
    let files = entries.into_iter().flatten().filter_map(|entry| match entry {
        Entry::File((name, _)) if is_model(&name) => Some(name),
        Entry::File(_) | Entry::Folder(_) => None,
    });
    Ok(Lookup::Absent(files.collect()))
}

/// Where a volume has a file of this name, other than where worker-comfyui reads it (`read`): in the places of common mistakes,
/// and in the other folders below `models`.
fn elsewhere(volume: &str, folder: &str, read: Option<&str>, name: &str) -> Result<Vec<String>, Error> {
    let mut found = BTreeSet::new();
    for folder in [Some(folder), read].into_iter().flatten() {
        // Without `models`, below the name of the mount, and below that of ComfyUI.
        for root in ["", "runpod-volume/models/", "ComfyUI/models/"] {
            let path = format!("{root}{folder}/{name}");
            if volume::stat(volume, &path)?.is_some() {
                found.insert(path);
            }
        }
    }
    let folders = volume::list(volume, "models")?.into_iter().filter_map(|entry| match entry {
        Entry::Folder(name) if Some(name.as_str()) != read => Some(name),
        Entry::Folder(_) | Entry::File(_) => None,
    });
    for folder in folders.take(FOLDERS) {
        let path = format!("models/{folder}");
        let is_it = |entry: &Entry| matches!(entry, Entry::File((file, _)) if file == base(name));
        if volume::list(volume, &path)?.iter().any(is_it) {
            found.insert(format!("{path}/{}", base(name)));
        }
    }
    Ok(found.into_iter().collect())
}

/// What is wrong with a file, or why that is unknown.
fn content(volume: &str, path: &str, size: u64) -> Result<Option<Fault>, ReadError> {
    let Some(first) = content::first_read(path, size) else { return Ok(Some(Fault::Empty)) };
    let mut beginning = read(volume, path, 0, first.into())?;
    let end = match content::header_end(path, size, &beginning) {
        Ok(Some(end)) => end,
        Ok(None) => return Ok(None),
        Err(fault) => return Ok(Some(fault)),
    };
    if end > LONGEST_HEADER {
        return Err(ReadError::HeaderTooLong(end));
    }
    debug_assert!(u64::from(FIRST) < AT_ONCE);
    while (beginning.len() as u64) < end {
        let at = beginning.len() as u64;
        let more = read(volume, path, at, (end - at).min(AT_ONCE))?;
        beginning.extend(more);
    }
    beginning.truncate(usize::try_from(end).unwrap_or(usize::MAX));
    Ok(content::fault(size, &beginning))
}

/// Reads `length` bytes, which the file has by its size.
fn read(volume: &str, path: &str, offset: u64, length: u64) -> Result<Vec<u8>, ReadError> {
    let most = u32::try_from(length).unwrap_or(u32::MAX);
    let bytes = volume::read(volume, path, offset, most).map_err(ReadError::Volume)?;
    if bytes.len() as u64 != length {
        return Err(ReadError::Volume(Error::Unavailable(format!(
            "the volume sent {} of {length} bytes",
            bytes.len()
        ))));
    }
    Ok(bytes)
}

//! Asks network volumes for models. [`rules::volume`](crate::rules::volume) decides.

use crate::rules::attached::attached;
use crate::rules::content::{self, FIRST, Fault, LONGEST_HEADER};
use crate::rules::folders::on_volume;
use crate::rules::near_miss::base;
use crate::rules::volume::{File, Sight, Unread, Wanted, on_volumes};
use comfycheck_sdk::volume::{self, Entry, Error};
use comfycheck_sdk::{Answer, endpoint, is_model};
use std::collections::BTreeSet;

/// Folders below `models` that are listed for a file that is not where it should be.
const FOLDERS: usize = 40;
/// Bytes that are read at once, which is the host's limit.
const AT_ONCE: u64 = 1 << 20;

/// The ids of the volumes that the endpoint's workers see, in the order of the suite, and what is to be said of the others;
/// none if there are none to ask.
pub(crate) fn ids() -> (Vec<String>, Answer) {
    let named: Vec<_> = volume::volumes().unwrap_or_default().into_iter().map(|volume| volume.id).collect();
    if named.is_empty() {
        return (named, Answer::default());
    }
    attached(named, &endpoint::configuration().map(|configuration| configuration.volumes))
}

/// What the volumes tell of models.
pub(crate) fn ask(volumes: &[String], wanted: Vec<Wanted>) -> Answer {
    if volumes.is_empty() {
        return Answer::default();
    }
    let look = |wanted: Wanted| {
        let sights = volumes.iter().map(|volume| (volume.clone(), sight(volume, &wanted))).collect();
        (wanted, sights)
    };
    on_volumes(&wanted.into_iter().map(look).collect::<Vec<_>>())
}

/// What a volume has of a model: the best of what it has by any of its names.
fn sight(volume: &str, wanted: &Wanted) -> Sight {
    let rank = |sight: &Sight| match sight {
        Sight::Seen(_) => 0,
        Sight::Unknown(_) => 1,
        Sight::Elsewhere(_) => 2,
        Sight::Absent(_) => 3,
    };
    let sights = wanted.names.iter().map(|name| look(volume, &wanted.folder, name).unwrap_or_else(Sight::Unknown));
    sights.min_by_key(rank).unwrap_or(Sight::Absent(Vec::new()))
}

fn look(volume: &str, folder: &str, name: &str) -> Result<Sight, Error> {
    let seen = on_volume(folder);
    if let Some(seen) = seen {
        let path = format!("models/{seen}/{name}");
        if let Some(facts) = volume::stat(volume, &path)? {
            let content = content(volume, &path, facts.size);
            return Ok(Sight::Seen(File { path, size: facts.size, content }));
        }
    }
    let elsewhere = elsewhere(volume, folder, seen, name)?;
    if !elsewhere.is_empty() {
        return Ok(Sight::Elsewhere(elsewhere));
    }
    let entries = seen.map(|seen| volume::list(volume, &format!("models/{seen}"))).transpose()?;
    let files = entries.into_iter().flatten().filter_map(|entry| match entry {
        Entry::File((name, _)) if is_model(&name) => Some(name),
        Entry::File(_) | Entry::Folder(_) => None,
    });
    Ok(Sight::Absent(files.collect()))
}

/// Where a volume has a file of this name though not where worker-comfyui looks: in the places of the usual mistakes, and
/// in the other folders below `models`.
fn elsewhere(volume: &str, folder: &str, seen: Option<&str>, name: &str) -> Result<Vec<String>, Error> {
    let mut found = BTreeSet::new();
    for folder in [Some(folder), seen].into_iter().flatten() {
        // Without the root, with the mount's own name in it, and as ComfyUI itself has it.
        for root in ["", "runpod-volume/models/", "ComfyUI/models/"] {
            let path = format!("{root}{folder}/{name}");
            if volume::stat(volume, &path)?.is_some() {
                found.insert(path);
            }
        }
    }
    let folders = volume::list(volume, "models")?.into_iter().filter_map(|entry| match entry {
        Entry::Folder(name) if Some(name.as_str()) != seen => Some(name),
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

/// What is wrong with a file, or why that cannot be told.
fn content(volume: &str, path: &str, size: u64) -> Result<Option<Fault>, Unread> {
    let Some(first) = content::telling(path, size) else { return Ok(Some(Fault::Empty)) };
    let mut beginning = read(volume, path, 0, first.into())?;
    let end = match content::header_end(path, size, &beginning) {
        Ok(Some(end)) => end,
        Ok(None) => return Ok(None),
        Err(fault) => return Ok(Some(fault)),
    };
    if end > LONGEST_HEADER {
        return Err(Unread::Header(end));
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

/// All of the wanted bytes, which the file's size says to be there.
fn read(volume: &str, path: &str, offset: u64, length: u64) -> Result<Vec<u8>, Unread> {
    let wanted = u32::try_from(length).unwrap_or(u32::MAX);
    let bytes = volume::read(volume, path, offset, wanted).map_err(Unread::Asked)?;
    if bytes.len() as u64 != length {
        return Err(Unread::Asked(Error::Unavailable(format!("{} bytes came of {length}", bytes.len()))));
    }
    Ok(bytes)
}

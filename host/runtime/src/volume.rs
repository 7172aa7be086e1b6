//! What a network volume is asked, through RunPod's S3-compatible API: a typed client over a timeline. It only reads.
//!
//! Folders are listed one by one and files are looked at one by one: a listing of everything is slow there, and may never
//! end.

mod wire;

use crate::capabilities::{AskError, FileFacts, FolderEntry};
use crate::transport::timeline::Timeline;
use object_store::aws::AmazonS3;
use object_store::list::{PaginatedListOptions, PaginatedListStore};
use object_store::path::Path;
use object_store::{GetOptions, ObjectMeta, ObjectStore, ObjectStoreExt};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use wire::{Asked, Wire};

const WHO: &str = "the S3-compatible API";

/// The most bytes that are read at once.
pub const MOST_BYTES: u32 = 1 << 20;
/// The most entries of a folder.
const MOST_ENTRIES: usize = 10_000;
/// The most pages of a folder. RunPod's have 1,000 entries.
const MOST_PAGES: usize = 100;
/// The longest path, in bytes, which is S3's own limit.
const LONGEST_PATH: usize = 1024;

/// Which bytes of a file are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Part {
    /// From which byte on.
    pub offset: u64,
    /// How many; at most [`MOST_BYTES`].
    pub length: u32,
}

/// Facts of one file; none if there is no file at `path`.
pub async fn stat(time: &mut Timeline, volume: &str, path: &str) -> Result<Option<FileFacts>, AskError> {
    let file = file(path)?;
    let mut wire = Wire::of(volume)?;
    let found = wire.carry_out(time, async |store: &AmazonS3| store.head(&file).await).await;
    match found {
        Ok(meta) => Ok(Some(facts(&meta))),
        Err(Asked { status: Some(404), .. }) => Ok(None),
        Err(asked) => Err(asked.why(WHO, path)),
    }
}

/// The entries of one folder, sorted by name; empty if there is no such folder. `path` is empty for the root.
pub async fn list(time: &mut Timeline, volume: &str, path: &str) -> Result<Vec<(String, FolderEntry)>, AskError> {
    let prefix = if path.is_empty() { String::new() } else { format!("{}/", file(path)?) };
    let shown = if path.is_empty() { "/" } else { path };
    let mut wire = Wire::of(volume)?;
    let mut entries = BTreeMap::new();
    let mut tokens = BTreeSet::new();
    let mut token = None;
    for _ in 0..MOST_PAGES {
        let options = || PaginatedListOptions {
            delimiter: Some("/".into()),
            page_token: token.clone(),
            ..PaginatedListOptions::default()
        };
        let prefix = Some(prefix.as_str()).filter(|prefix| !prefix.is_empty());
        let page = wire.carry_out(time, async |store: &AmazonS3| store.list_paginated(prefix, options()).await).await;
        let page = page.map_err(|asked| match asked.status {
            Some(404) => AskError::Other(format!("there is no volume `{volume}` at {WHO}")),
            _ => asked.why(WHO, shown),
        })?;
        let name = |path: &Path| path.as_ref().strip_prefix(prefix.unwrap_or_default()).map(str::to_owned);
        let folders = page.result.common_prefixes.iter().filter_map(|path| Some((name(path)?, FolderEntry::Folder)));
        entries.extend(folders.filter(|(name, _)| !name.is_empty()));
        // RunPod lists an empty folder as a file of its own name, which is none once the prefix is gone.
        let files = page.result.objects.iter().filter_map(|meta| Some((name(&meta.location)?, meta)));
        let files = files.filter(|(name, _)| !name.is_empty());
        entries.extend(files.map(|(name, meta)| (name, FolderEntry::File(facts(meta)))));
        if entries.len() > MOST_ENTRIES {
            return Err(AskError::Other(format!("`{shown}` has more than {MOST_ENTRIES} entries")));
        }
        let Some(next) = page.page_token else { return Ok(entries.into_iter().collect()) };
        if !tokens.insert(next.clone()) {
            return Err(AskError::Unavailable(format!(
                "{WHO} lists `{shown}` in a circle: a page leads to one before it"
            )));
        }
        token = Some(next);
    }
    Err(AskError::Other(format!("`{shown}` has more than {MOST_PAGES} pages of entries")))
}

/// Bytes of one file, from `offset`: fewer than `length` at its end, none beyond it. `size` is what [`stat`] says, if it is
/// known: bytes of a file of another size are none of this one.
pub async fn read(
    time: &mut Timeline,
    volume: &str,
    path: &str,
    size: Option<u64>,
    Part { offset, length }: Part,
) -> Result<bytes::Bytes, AskError> {
    let file = file(path)?;
    if length > MOST_BYTES {
        return Err(AskError::Other(format!("at most {MOST_BYTES} bytes are read at once")));
    }
    let Some(range) = offset.checked_add(length.into()).map(|end| offset..end).filter(|range| !range.is_empty()) else {
        return Ok(bytes::Bytes::new());
    };
    let mut wire = Wire::of(volume)?;
    let found = wire.carry_out(time, async |store: &AmazonS3| bytes_of(store, &file, range.clone()).await).await;
    if let (Some(size), Some(whole)) = (size, wire.whole)
        && size != whole
    {
        let what = format!("{WHO} says at once that `{path}` has {size} bytes and that it has {whole}");
        return Err(AskError::Unavailable(what));
    }
    match found {
        Ok(bytes) => Ok(bytes),
        Err(Asked { status: Some(416), .. }) => Ok(bytes::Bytes::new()),
        Err(Asked { status: Some(404), .. }) => Err(AskError::Other(format!("there is no file `{path}`"))),
        Err(asked) => Err(asked.why(WHO, path)),
    }
}

async fn bytes_of(store: &AmazonS3, file: &Path, range: Range<u64>) -> object_store::Result<bytes::Bytes> {
    let options = GetOptions { range: Some(range.into()), ..GetOptions::default() };
    store.get_opts(file, options).await?.bytes().await
}

fn facts(meta: &ObjectMeta) -> FileFacts {
    // A server that does not say it has all its files from the beginning of time.
    let modified = (meta.last_modified.timestamp() != 0).then(|| meta.last_modified.to_rfc3339());
    FileFacts { size: meta.size, modified }
}

/// A path as a key of the API. It is one of a file or folder below the root, or refused: `..` must lead nowhere else.
fn file(path: &str) -> Result<Path, AskError> {
    let is_part = |part: &str| !part.is_empty() && part != "." && part != "..";
    if path.len() > LONGEST_PATH || !path.split('/').all(is_part) || path.contains(char::is_control) {
        let what = "a path is relative to the volume's root, without `..`, and has no final `/`";
        return Err(AskError::Other(what.to_owned()));
    }
    Path::parse(path).map_err(|_| AskError::Other("the path is none of a volume".to_owned()))
}

#[cfg(test)]
mod tests;

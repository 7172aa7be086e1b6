//! A typed client of RunPod's S3-compatible API for network volumes, over a timeline. It only
//! reads.
//!
//! It lists one folder and inspects one file at a time: a listing of everything is slow there, and
//! may never end.

mod wire;

use crate::facts::{FileFacts, FolderEntry, QueryError};
use crate::transport::timeline::Timeline;
use comfycheck_core::wording::{self, count};
use object_store::aws::AmazonS3;
use object_store::list::{PaginatedListOptions, PaginatedListStore};
use object_store::path::Path;
use object_store::{GetOptions, ObjectMeta, ObjectStore, ObjectStoreExt};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use wire::{FailedOperation, Wire};

const SERVER: &str = "the S3-compatible API";

/// The most bytes of one read.
pub const MOST_BYTES: u32 = 1 << 20;
/// The most entries of a folder.
const MOST_ENTRIES: usize = 10_000;
/// The most pages of a folder. RunPod's have 1,000 entries.
const MOST_PAGES: usize = 100;
/// The longest path, in bytes, which is S3's own limit.
const LONGEST_PATH: usize = 1024;

/// A range of bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Part {
    pub offset: u64,
    /// At most [`MOST_BYTES`].
    pub length: u32,
}

/// None if there is no file at `path`.
pub async fn stat(time: &mut Timeline, volume: &str, path: &str) -> Result<Option<FileFacts>, QueryError> {
    let file = file(path)?;
    let mut wire = Wire::of(volume)?;
    match wire.run(time, async |store: &AmazonS3| store.head(&file).await).await {
        Ok(meta) => Ok(Some(facts(&meta))),
        Err(FailedOperation { status: Some(404), .. }) => Ok(None),
        Err(failed) => Err(failed.reason(SERVER, path)),
    }
}

/// Sorted by name; empty if there is no such folder. `path` is empty for the root.
pub async fn list(time: &mut Timeline, volume: &str, path: &str) -> Result<Vec<(String, FolderEntry)>, QueryError> {
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
        let page = wire.run(time, async |store: &AmazonS3| store.list_paginated(prefix, options()).await).await;
        let page = page.map_err(|failed| match failed.status {
            Some(404) => QueryError::Other(format!("no volume `{volume}` at {SERVER}")),
            _ => failed.reason(SERVER, shown),
        })?;
        let name = |path: &Path| path.as_ref().strip_prefix(prefix.unwrap_or_default()).map(str::to_owned);
        let folders = page.result.common_prefixes.iter().filter_map(|path| Some((name(path)?, FolderEntry::Folder)));
        entries.extend(folders.filter(|(name, _)| !name.is_empty()));
        // RunPod lists an empty folder as a file with the folder's name, which is empty without the
        // prefix.
        let files = page.result.objects.iter().filter_map(|meta| Some((name(&meta.location)?, meta)));
        let files = files.filter(|(name, _)| !name.is_empty());
        entries.extend(files.map(|(name, meta)| (name, FolderEntry::File(facts(meta)))));
        if entries.len() > MOST_ENTRIES {
            return Err(QueryError::Other(format!("`{shown}` has more than {MOST_ENTRIES} entries")));
        }
        let Some(next) = page.page_token else { return Ok(entries.into_iter().collect()) };
        if !tokens.insert(next.clone()) {
            return Err(QueryError::Unavailable(format!(
                "{SERVER} lists `{shown}` in a loop: a page leads back to an earlier one"
            )));
        }
        token = Some(next);
    }
    Err(QueryError::Other(format!("`{shown}` has more than {MOST_PAGES} pages of entries")))
}

/// Bytes of a file from `offset`: fewer than `length` at its end, none beyond it. `size` is the
/// result of [`stat`], if known. Bytes of a file with another size are not returned.
pub async fn read(
    time: &mut Timeline,
    volume: &str,
    path: &str,
    size: Option<u64>,
    Part { offset, length }: Part,
) -> Result<bytes::Bytes, QueryError> {
    let file = file(path)?;
    if length > MOST_BYTES {
        return Err(QueryError::Other(format!("at most {} can be read at once", wording::bytes(MOST_BYTES.into()))));
    }
    let Some(range) = offset.checked_add(length.into()).map(|end| offset..end).filter(|range| !range.is_empty()) else {
        return Ok(bytes::Bytes::new());
    };
    let mut wire = Wire::of(volume)?;
    let part = wire.run(time, async |store: &AmazonS3| bytes_of(store, &file, range.clone()).await).await;
    if let (Some(size), Some(whole)) = (size, wire.whole)
        && size != whole
    {
        let (first, second) = (count(size, "byte"), count(whole, "byte"));
        return Err(QueryError::Unavailable(format!("{SERVER} reports two sizes of `{path}`: {first} and {second}")));
    }
    match part {
        Ok(bytes) => Ok(bytes),
        Err(FailedOperation { status: Some(416), .. }) => Ok(bytes::Bytes::new()),
        Err(FailedOperation { status: Some(404), .. }) => {
            Err(QueryError::Other(format!("file `{path}` does not exist")))
        }
        Err(failed) => Err(failed.reason(SERVER, path)),
    }
}

async fn bytes_of(store: &AmazonS3, file: &Path, range: Range<u64>) -> object_store::Result<bytes::Bytes> {
    let options = GetOptions { range: Some(range.into()), ..GetOptions::default() };
    store.get_opts(file, options).await?.bytes().await
}

fn facts(meta: &ObjectMeta) -> FileFacts {
    // Without the header, `object_store` returns the epoch.
    let modified = (meta.last_modified.timestamp() != 0).then(|| meta.last_modified.to_rfc3339());
    FileFacts { size: meta.size, modified }
}

/// A path as a key of the API. It must stay below the root, so `..` is refused.
fn file(path: &str) -> Result<Path, QueryError> {
    let is_part = |part: &str| !part.is_empty() && part != "." && part != "..";
    if path.len() > LONGEST_PATH || !path.split('/').all(is_part) || path.contains(char::is_control) {
        let what = "paths must be relative to the volume's root, without `..` and without a final `/`";
        return Err(QueryError::Other(what.to_owned()));
    }
    Path::parse(path).map_err(|_| QueryError::Other("invalid path".to_owned()))
}

#[cfg(test)]
mod tests;

//! The beginning of a model file: enough to notice a truncated upload without downloading the file.

use serde::Deserialize;
use std::collections::BTreeMap;

/// What is wrong with a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It has no bytes.
    Empty,
    /// It is a Git LFS pointer.
    Pointer,
    /// It is an HTML or XML page, such as an error that was saved under the model's name.
    Page,
    /// Its header declares another size, in bytes.
    Declares(u64),
    /// It is shorter than its header, which ends at this byte.
    HeaderCut(u64),
    /// It is not a .safetensors file, though its name says so.
    NoHeader(NoHeader),
    /// The settings require another size, in bytes.
    Required(u64),
}

/// Why a file has no header of a .safetensors file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoHeader {
    /// The file is shorter than the length of a header.
    TooShort,
    /// It does not begin with the length of a header.
    NoLength,
    /// Its header does not describe tensors.
    NotTensors,
}

/// How much of the beginning is read first. Most headers fit.
pub const FIRST: u32 = 64 << 10;
/// The longest header that is read. Those of large models have some hundred KiB.
pub const LONGEST_HEADER: u64 = 8 << 20;
/// The safetensors library refuses a longer header.
const LONGEST_ALLOWED: u64 = 100_000_000;
/// Enough to recognize a page or a Git LFS pointer.
const SHORTEST: u32 = 256;

/// How many bytes of a file are read first; none if it is empty.
#[must_use]
pub fn first_read(name: &str, size: u64) -> Option<u32> {
    let most = if is_safetensors(name) { FIRST } else { SHORTEST };
    (size > 0).then(|| u32::try_from(size).unwrap_or(most).min(most))
}

/// Where the header of a file ends, by its first bytes; none if a file of its name has no header.
pub fn header_end(name: &str, size: u64, first: &[u8]) -> Result<Option<u64>, Fault> {
    let text = first.strip_prefix(b"\xef\xbb\xbf").unwrap_or(first).trim_ascii_start();
    if text.starts_with(b"version https://git-lfs") {
        return Err(Fault::Pointer);
    }
    // No model begins like this: in a .safetensors file it would be the length of an impossibly long header.
    let begins = |page: &str| text.get(..page.len()).is_some_and(|text| text.eq_ignore_ascii_case(page.as_bytes()));
    if ["<html", "<!doctype", "<?xml", "<error"].into_iter().any(begins) {
        return Err(Fault::Page);
    }
    if !is_safetensors(name) {
        return Ok(None);
    }
    let Some(length) = first.first_chunk().copied().map(u64::from_le_bytes) else {
        return Err(Fault::NoHeader(NoHeader::TooShort));
    };
    if length > LONGEST_ALLOWED {
        return Err(Fault::NoHeader(NoHeader::NoLength));
    }
    if 8 + length > size {
        return Err(Fault::HeaderCut(8 + length));
    }
    Ok(Some(8 + length))
}

/// What is wrong with a file, by its bytes up to the end of its header.
#[must_use]
pub fn fault(size: u64, beginning: &[u8]) -> Option<Fault> {
    #[derive(Deserialize)]
    struct Entry {
        // `__metadata__` has none.
        data_offsets: Option<(u64, u64)>,
    }
    let no_header = Some(Fault::NoHeader(NoHeader::NotTensors));
    let Some(header) = beginning.get(8..) else { return no_header };
    let Ok(entries) = serde_json::from_slice::<BTreeMap<String, Entry>>(header) else { return no_header };
    let data = entries.values().filter_map(|entry| entry.data_offsets).map(|(_, end)| end).max().unwrap_or_default();
    match data.checked_add(beginning.len() as u64) {
        Some(declared) if declared == size => None,
        Some(declared) => Some(Fault::Declares(declared)),
        None => no_header,
    }
}

fn is_safetensors(name: &str) -> bool {
    let extension = name.rsplit_once('.').map(|(_, extension)| extension);
    extension.is_some_and(|extension| ["safetensors", "sft"].iter().any(|known| extension.eq_ignore_ascii_case(known)))
}

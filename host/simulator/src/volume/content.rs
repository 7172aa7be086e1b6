//! The content of a volume's files.

use crate::scenario::VolumeFile;
use serde_json::json;
use std::ops::Range;

/// The length of a .safetensors file's header, in bytes. Real ones are padded with spaces, too.
const HEADER: usize = 256;

/// Bytes of a file: its start, and then zeros.
pub(super) fn content(key: &str, file: &VolumeFile, range: Range<u64>) -> Vec<u8> {
    let start = match &file.text {
        Some(text) => text.clone().into_bytes(),
        None if key.ends_with(".safetensors") => safetensors(file.declared_bytes.unwrap_or(file.bytes)),
        None => Vec::new(),
    };
    let place = |at: u64| usize::try_from(at).unwrap_or(usize::MAX).min(start.len());
    let mut bytes = start[place(range.start)..place(range.end)].to_vec();
    let length = usize::try_from(range.end - range.start).unwrap_or(usize::MAX);
    bytes.resize(length, 0);
    bytes
}

/// The header of a file with one tensor that fills it: eight bytes of length, then JSON.
fn safetensors(size: u64) -> Vec<u8> {
    let data = size.saturating_sub(8 + HEADER as u64);
    let header = json!({"weight": {"dtype": "U8", "shape": [data], "data_offsets": [0, data]}}).to_string();
    let mut bytes = (HEADER as u64).to_le_bytes().to_vec();
    bytes.extend_from_slice(header.as_bytes());
    bytes.resize(8 + HEADER, b' ');
    bytes
}

//! Compression of the machine code that this program embeds. It halves the code, and costs little at every start.

use lz4_flex::block::{compress_prepend_size, decompress_size_prepended};

/// Compresses bytes to a block of LZ4 after their length.
pub(super) fn pack(bytes: &[u8]) -> Vec<u8> {
    compress_prepend_size(bytes)
}

/// Unpacks what [`pack`] compressed. None if it is damaged. Changed bytes are not always noticed.
pub(super) fn unpack(packed: &[u8]) -> Option<Vec<u8>> {
    decompress_size_prepended(packed).ok()
}

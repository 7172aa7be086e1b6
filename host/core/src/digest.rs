//! The digest by which files, bodies and components are known.

use sha2::{Digest, Sha256};
use std::fmt::Write;

/// The SHA-256 of bytes, in 64 digits of lower-case hex.
pub fn sha256_hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::with_capacity(64), |mut hex, byte| {
        // Writing to a string does not fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

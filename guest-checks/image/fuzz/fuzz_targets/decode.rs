//! Any bytes as an image of each format: no panic, and no more pixels and memory than the limits allow.
#![no_main]

use comfycheck_check_image::decode::{Limits, decode, decode_sketched, size};
use libfuzzer_sys::fuzz_target;

/// Signatures of PNG, JPEG and WebP. The first byte of the input chooses one, or none for a seed that has its own.
const SIGNATURES: [&[u8]; 4] =
    [b"", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", b"\xff\xd8\xff", b"RIFF\x10\0\0\0WEBPVP8"];

fuzz_target!(|bytes: &[u8]| {
    let Some((choice, bytes)) = bytes.split_first() else { return };
    let bytes = [SIGNATURES[usize::from(*choice) % SIGNATURES.len()], bytes].concat();
    let limits = Limits { pixels: 4 << 20, memory: 64 << 20 };
    let _ = size(&bytes);
    let _ = decode(&bytes, &limits);
    let _ = decode_sketched(&bytes, &limits);
});

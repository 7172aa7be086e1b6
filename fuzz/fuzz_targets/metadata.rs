//! Any bytes as an image with an embedded workflow: no panic.
#![no_main]

use comfycheck_check_image::metadata::embedded;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let _ = embedded(bytes);
    let _ = embedded(&[b"\x89PNG\r\n\x1a\n", bytes].concat());
});

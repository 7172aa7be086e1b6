//! Any bytes as an image: no panic, and a copy that has as many pixels as it says.
#![no_main]

use comfycheck_check_image::lent::decode;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    // Larger images only take longer.
    let Ok(sketch) = decode(bytes) else { return };
    assert_eq!(sketch.rgb.len(), sketch.width * sketch.height);
});

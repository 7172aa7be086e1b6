//! Any JSON as the output of a job: no panic, and time and memory in proportion to its size.
#![no_main]

use comfycheck_core::output::{Content, files, strip};
use comfycheck_core::secret::Secrets;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(output) = serde_json::from_slice::<serde_json::Value>(bytes) else { return };
    let found = files(&output, None);
    let sizes = found.files.iter().map(|file| match &file.content {
        Content::Bytes(bytes, _) => bytes.len(),
        Content::Elsewhere(_) | Content::Lost(_) => 0,
    });
    assert!(sizes.sum::<usize>() <= bytes.len(), "more than the output holds");
    let _ = strip(output, &Secrets::default());
});

//! Any bytes as a file with a workflow: text, a request, or media with metadata. No panic, and the workflow has the places of the file.
#![no_main]

use comfycheck_core::diagnostic::Color;
use comfycheck_core::workflow::{RequestFile, Workflow};
use libfuzzer_sys::fuzz_target;

/// Signatures of media that hold workflows. The first byte of the input chooses one, or none.
const SIGNATURES: [&[u8]; 6] = [
    b"",
    b"\x89PNG\r\n\x1a\n",
    b"RIFF\x10\0\0\0WEBP",
    b"\xff\xd8\xff\xe1",
    b"fLaC",
    b"\0\0\0\x14ftypisom",
];

fuzz_target!(|bytes: &[u8]| {
    let Some((choice, bytes)) = bytes.split_first() else { return };
    let bytes = [SIGNATURES[usize::from(*choice) % SIGNATURES.len()], bytes].concat();
    let Ok(read) = RequestFile::read("w.json", bytes) else { return };
    for problem in read.problems.iter().chain(&read.warnings) {
        let _ = problem.render_warning(Color::Off);
    }
    let _ = Workflow::parse(read.workflow);
});

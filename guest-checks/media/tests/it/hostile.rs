//! Files that are cut off, or made to do harm: one clear fault each, in bounded memory and time.

use crate::{FILES, file, read};
use comfycheck_check_media::fault::Fault;

#[test]
fn a_file_that_is_cut_anywhere_is_never_whole() {
    // Lines of an OBJ are not counted anywhere.
    for (name, bytes) in FILES.iter().filter(|(name, _)| *name != "sphere.obj") {
        // What a text may lack without a trace: the end of its last line, a digit of a number, a name.
        let last = match *name {
            "text.ply" => 4,
            "text.stl" => 9,
            _ => 1,
        };
        let ends = (1..10).map(|tenth| bytes.len() * tenth / 10).chain([bytes.len() - last]);
        for end in ends {
            let fault = read(name, &bytes[..end]).expect_err(&format!("{name}, {end} of {}", bytes.len()));
            assert!(matches!(fault, Fault::Cut(_)), "{name}, {end} of {}: {fault:?}", bytes.len());
        }
    }
}

#[test]
fn a_file_with_any_byte_changed_is_read_to_an_end() {
    for (name, bytes) in FILES.iter().filter(|(_, bytes)| bytes.len() < 25_000) {
        let step = bytes.len() / 40 + 1;
        for at in (0..bytes.len()).step_by(step).chain(0..bytes.len().min(48)) {
            for value in [0, 0xff, bytes[at] ^ 1] {
                let mut changed = bytes.to_vec();
                changed[at] = value;
                let _ = read(name, &changed);
            }
        }
    }
    assert!(read("sphere.obj", &file("sphere.obj")).is_ok());
}

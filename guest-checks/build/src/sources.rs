//! The source files of a guest, from the list that Cargo writes beside its output.

use std::path::{Path, PathBuf};
use std::{fs, io};

/// Reads Cargo's list.
pub(crate) fn read(list: &Path) -> io::Result<Vec<PathBuf>> {
    Ok(parse(&fs::read_to_string(list)?))
}

/// The files after the colon of each line. A backslash escapes a space in a path; any other
/// backslash is literal.
fn parse(list: &str) -> Vec<PathBuf> {
    let files = list.lines().filter_map(|line| line.split_once(": ")).flat_map(|(_, files)| {
        // Paths contain no NUL.
        let files = files.replace("\\ ", "\0");
        files.split_whitespace().map(|file| PathBuf::from(file.replace('\0', " "))).collect::<Vec<_>>()
    });
    files.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(list: &str, expected: &[&str]) {
        assert_eq!(parse(list), expected.iter().map(PathBuf::from).collect::<Vec<_>>());
    }

    #[test]
    fn the_sources_are_after_the_colon() {
        check("/t/guest.wasm: /w/src/lib.rs /w/wit/check.wit\n", &["/w/src/lib.rs", "/w/wit/check.wit"]);
        check("/t/guest.wasm:\n\n", &[]);
        check(r"C:\t\guest.wasm: C:\w\src\lib.rs", &[r"C:\w\src\lib.rs"]);
    }

    #[test]
    fn spaces_in_paths_are_kept() {
        check(r"/my\ work/t/guest.wasm: /my\ work/a.rs /b.rs", &["/my work/a.rs", "/b.rs"]);
    }
}

//! The files that a guest was made of, from the list that Cargo writes beside its output.

use std::path::{Path, PathBuf};
use std::{fs, io};

/// Reads a list of Cargo's.
pub(crate) fn read(list: &Path) -> io::Result<Vec<PathBuf>> {
    Ok(parse(&fs::read_to_string(list)?))
}

/// The files after the colon of each line. A space that belongs to a path is escaped by a
/// backslash; any other backslash is one.
fn parse(list: &str) -> Vec<PathBuf> {
    let files = list.lines().filter_map(|line| line.split_once(": ")).flat_map(|(_, files)| {
        // No path of a file holds a NUL.
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
    fn what_stands_after_the_colon_are_the_sources() {
        check("/t/guest.wasm: /w/src/lib.rs /w/wit/check.wit\n", &["/w/src/lib.rs", "/w/wit/check.wit"]);
        check("/t/guest.wasm:\n\n", &[]);
        check(r"C:\t\guest.wasm: C:\w\src\lib.rs", &[r"C:\w\src\lib.rs"]);
    }

    #[test]
    fn spaces_in_paths_stay() {
        check(r"/my\ work/t/guest.wasm: /my\ work/a.rs /b.rs", &["/my work/a.rs", "/b.rs"]);
    }
}

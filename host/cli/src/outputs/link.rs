//! A link from a report to a file beside it.

use std::fmt::Write;
use std::path::{Component, Path, absolute};

/// The path of a file as a relative link of a document in a folder. None if there is none, such as on another drive.
pub(super) fn seen_from(folder: &Path, file: &Path) -> Option<String> {
    let (folder, file) = (parts(folder)?, parts(file)?);
    let shared = folder.iter().zip(&file).take_while(|(a, b)| a == b).count();
    let up = std::iter::repeat_n("..".to_owned(), folder.len() - shared);
    let down = file[shared..].iter().map(|part| escaped(part));
    Some(up.chain(down).collect::<Vec<_>>().join("/"))
}

/// The names on an absolute path.
fn parts(path: &Path) -> Option<Vec<String>> {
    let path = absolute(if path.as_os_str().is_empty() { Path::new(".") } else { path }).ok()?;
    let mut parts: Vec<String> = Vec::new();
    for component in path.components() {
        match component {
            Component::Normal(name) => parts.push(name.to_str()?.to_owned()),
            Component::ParentDir => drop(parts.pop()),
            Component::Prefix(_) | Component::RootDir | Component::CurDir => {}
        }
    }
    Some(parts)
}

/// A name as a part of an address, harmless in HTML and Markdown.
fn escaped(name: &str) -> String {
    let mut escaped = String::new();
    for byte in name.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => escaped.push(char::from(byte)),
            other => {
                // Writing to a string does not fail.
                let _ = write!(escaped, "%{other:02X}");
            }
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_is_relative_and_escaped() {
        for (folder, file, expected) in [
            ("report", "report/images/a.png", "images/a.png"),
            ("report", "out/a.png", "../out/a.png"),
            ("", "out/a b)\"ö.png", "out/a%20b%29%22%C3%B6.png"),
            ("/a/b/c", "/a/x.png", "../../x.png"),
            ("/a/b/../c", "/a/c/x.png", "x.png"),
        ] {
            assert_eq!(seen_from(Path::new(folder), Path::new(file)).unwrap(), expected);
        }
    }
}

//! Paths as messages show them. No file is looked up: a symbolic link counts as a folder.

use std::path::{Component, MAIN_SEPARATOR, Path, PathBuf};

/// A path in a file, relative to that file's folder, as seen from where the file is named.
pub(crate) fn beside(file: &str, path: &str) -> String {
    let folder = Path::new(file).parent().unwrap_or(Path::new(""));
    shown(&normal(&folder.join(path)))
}

/// A path with `/` on every system, so reports of all machines name files alike.
pub(crate) fn shown(path: &Path) -> String {
    path.to_string_lossy().replace(MAIN_SEPARATOR, "/")
}

/// A path without `.` and, where possible, without `..`.
pub(crate) fn normal(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir if normal.file_name().is_some() => {
                normal.pop();
            }
            other => normal.push(other),
        }
    }
    normal
}

#[cfg(test)]
mod tests {
    use super::beside;

    #[track_caller]
    fn check(file: &str, path: &str, expected: &str) {
        assert_eq!(beside(file, path), expected);
    }

    #[test]
    fn a_path_is_seen_from_where_the_file_is_named() {
        check("suite.toml", "w.json", "w.json");
        check("suites/suite.toml", "../flows/w.json", "flows/w.json");
        check("../suite.toml", "../w.json", "../../w.json");
        check("./a/suite.toml", "./w.json", "a/w.json");
        check("a/suite.toml", "/srv/w.json", "/srv/w.json");
    }
}

//! Writes files as a whole or not at all.

use crate::failure::Failure;
use crate::terminal::Terminal;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Writes the result of a command, which is JSON, to a file, or to stdout.
pub(crate) fn json(out: Option<&Path>, text: &str, terminal: Terminal) -> Result<(), Failure> {
    match out {
        // It means the same, and no runner takes it for a command.
        None => terminal.print(&text.replace("##[", "#\\u0023[")),
        Some(path) => file(path, text),
    }
}

/// Writes a file that a command was to make: see [`replace`].
pub(crate) fn file(path: &Path, text: &str) -> Result<(), Failure> {
    replace(path, text).map_err(|error| Failure::machine(format!("cannot write `{}`", path.display()), &error))
}

/// Makes the folder of a file where there is none.
pub(crate) fn make_folder_of(path: &Path) -> io::Result<()> {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).map_or(Ok(()), std::fs::create_dir_all)
}

/// Writes a file in place of what is there, as a whole or not at all. Its folder is made where there is none.
///
/// A link stays a link: the file that it names is replaced. What is no regular file (a device, a pipe, `/dev/stdout`) is
/// written to, as any program would, and stays what it is.
pub(crate) fn replace(path: &Path, text: &str) -> io::Result<()> {
    if is_stream(path) {
        return OpenOptions::new().append(true).open(path)?.write_all(text.as_bytes());
    }
    make_folder_of(path)?;
    let path = &target(path)?;
    let part = part(path);
    let written = File::create(&part).and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        file.sync_all()
    });
    let renamed = written.and_then(|()| std::fs::rename(&part, path));
    if renamed.is_err() {
        // What remains of it is nobody's.
        let _ = std::fs::remove_file(&part);
    }
    renamed
}

/// Whether a file can be written there: its folder is made, and a file beside it, which does not stay.
pub(crate) fn probe(path: &Path) -> io::Result<()> {
    if is_stream(path) {
        return Ok(());
    }
    make_folder_of(path)?;
    let part = part(&target(path)?);
    File::create(&part)?;
    std::fs::remove_file(&part)
}

/// Whether bytes sent there go somewhere else than into a file of that name.
///
/// `/dev/stdout` and `/proc/self/fd/1` may lead to a regular file, which then belongs to whoever opened it.
fn is_stream(path: &Path) -> bool {
    let of_the_system = ["/dev", "/proc"].iter().any(|folder| path.starts_with(folder));
    std::fs::metadata(path).is_ok_and(|there| of_the_system || !there.is_file())
}

/// The file that a path means, at the end of its links, of which the last may lead nowhere yet.
fn target(path: &Path) -> io::Result<PathBuf> {
    let mut path = path.to_owned();
    // As many as Linux follows.
    for _ in 0..40 {
        let Ok(next) = std::fs::read_link(&path) else { return Ok(path) };
        path = path.parent().map(|folder| folder.join(&next)).unwrap_or(next);
    }
    Err(io::Error::other("its links lead in a circle"))
}

fn part(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.part", std::process::id()));
    path.with_file_name(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::{FileTypeExt, symlink};

    #[test]
    fn a_file_is_replaced_and_its_folder_made() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new/report.json");
        replace(&path, "one").unwrap();
        replace(&path, "two").unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "two");
        assert_eq!(std::fs::read_dir(path.parent().unwrap()).unwrap().count(), 1, "nothing else remains");
    }

    #[test]
    fn a_file_that_is_probed_is_neither_made_nor_changed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new/report.json");
        probe(&path).unwrap();
        assert_eq!(std::fs::read_dir(path.parent().unwrap()).unwrap().count(), 0);
        std::fs::write(&path, "one").unwrap();
        probe(&path).unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "one");
        symlink("nowhere", folder.path().join("link")).unwrap();
        probe(&folder.path().join("link/report.json")).unwrap_err();
        probe(&folder.path().join("long".repeat(64))).unwrap_err();
    }

    #[test]
    fn a_link_stays_and_its_file_is_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let link = folder.path().join("latest.json");
        symlink("first.json", folder.path().join("middle.json")).unwrap();
        symlink("middle.json", &link).unwrap();
        replace(&link, "one").unwrap();
        assert_eq!(std::fs::read_to_string(folder.path().join("first.json")).unwrap(), "one");
        assert!(link.is_symlink());
    }

    #[test]
    fn links_that_lead_in_a_circle_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let (a, b) = (folder.path().join("a"), folder.path().join("b"));
        symlink(&b, &a).unwrap();
        symlink(&a, &b).unwrap();
        assert_eq!(replace(&a, "one").unwrap_err().to_string(), "its links lead in a circle");
    }

    // Through a link, so that a mistake costs the link and not the machine's device.
    #[test]
    fn a_device_is_written_to_and_stays_a_device() {
        let folder = tempfile::tempdir().unwrap();
        let link = folder.path().join("null");
        symlink("/dev/null", &link).unwrap();
        replace(&link, "one").unwrap();
        assert!(link.is_symlink());
        assert!(std::fs::metadata(&link).unwrap().file_type().is_char_device());
    }
}

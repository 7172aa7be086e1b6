//! Writes files completely or not at all.

use crate::failure::Failure;
use crate::terminal::Terminal;
use comfycheck_core::diagnostic::Diagnostic;
use same_file::Handle;
use std::fs::{File, OpenOptions, Permissions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Writes the JSON result of a command to a file or to stdout.
pub(crate) fn json(out: Option<&Path>, text: &str, terminal: Terminal) -> Result<(), Failure> {
    match out {
        // The same JSON, which a GitHub runner does not read as a command.
        None => terminal.print(&text.replace("##[", "#\\u0023[")),
        Some(path) => file(path, text),
    }
}

/// Writes the output file of a command: see [`replace`].
pub(crate) fn file(path: &Path, text: &str) -> Result<(), Failure> {
    replace(path, text).map_err(|error| Failure::machine(format!("cannot write `{}`", path.display()), &error))
}

/// Refuses to replace a file that the command reads.
pub(crate) fn spare<'a>(out: &Path, inputs: impl IntoIterator<Item = &'a Path>) -> Result<(), Failure> {
    let is_input = |input| same_file::is_same_file(out, input).unwrap_or(false);
    if is_stream(out) || !inputs.into_iter().any(is_input) {
        return Ok(());
    }
    let what = format!("`{}` is an input of this command and would be replaced", out.display());
    Err(Diagnostic::new(what).help("choose another file for the output").into())
}

/// Makes the folder of a file where there is none.
pub(crate) fn make_folder_of(path: &Path) -> io::Result<()> {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).map_or(Ok(()), std::fs::create_dir_all)
}

/// Writes or replaces a file, completely or not at all. Creates its folder if needed.
///
/// A link stays a link: its target is replaced. The mode of a file stays, and a read-only file is refused. Anything else than a
/// regular file (a device, a pipe, `/dev/stdout`) is appended to.
pub(crate) fn replace(path: &Path, content: impl AsRef<[u8]>) -> io::Result<()> {
    let content = content.as_ref();
    if is_stream(path) {
        return OpenOptions::new().append(true).open(path)?.write_all(content);
    }
    make_folder_of(path)?;
    let path = &target(path)?;
    let mode = mode(path)?;
    let (part, mut file) = part(path)?;
    let moded = mode.map_or(Ok(()), |mode| file.set_permissions(mode));
    become_file(&part, path, moded.and_then(|()| write_whole(&mut file, content)))
}

/// Writes or replaces a regular file in a folder whose content others may have prepared. Follows no link.
pub(crate) fn replace_unlinked(path: &Path, content: impl AsRef<[u8]>) -> io::Result<()> {
    if std::fs::symlink_metadata(path).is_ok_and(|there| !there.is_file()) {
        return Err(io::Error::other(format!("`{}` is not a regular file", path.display())));
    }
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.part", std::process::id()));
    let part = path.with_file_name(name);
    let _ = std::fs::remove_file(&part);
    let file = OpenOptions::new().write(true).create_new(true).open(&part);
    become_file(&part, path, file.and_then(|mut file| write_whole(&mut file, content.as_ref())))
}

fn write_whole(file: &mut File, content: &[u8]) -> io::Result<()> {
    file.write_all(content)?;
    file.sync_all()
}

/// Gives a partial file its name, if it was written.
fn become_file(part: &Path, path: &Path, written: io::Result<()>) -> io::Result<()> {
    let renamed = written.and_then(|()| std::fs::rename(part, path));
    if renamed.is_err() {
        // The partial file has no use.
        let _ = std::fs::remove_file(part);
    }
    renamed
}

/// Whether a file can be written there. Creates its folder, and removes the test file again.
pub(crate) fn probe(path: &Path) -> io::Result<()> {
    if is_stream(path) {
        return Ok(());
    }
    make_folder_of(path)?;
    let path = &target(path)?;
    mode(path)?;
    let (part, _file) = part(path)?;
    std::fs::remove_file(&part)
}

/// The mode of a file that is replaced. None if there is none.
fn mode(path: &Path) -> io::Result<Option<Permissions>> {
    match std::fs::metadata(path).map(|there| there.permissions()) {
        Ok(mode) if mode.readonly() => Err(io::Error::new(io::ErrorKind::PermissionDenied, "it is read-only")),
        // What cannot be looked at is not written either, and that message is the better one.
        mode => Ok(mode.ok()),
    }
}

/// Whether the path is a stream and not a regular file.
///
/// `/dev/stdout` and `/proc/self/fd/1` may lead to a regular file, which then belongs to the process that opened it.
fn is_stream(path: &Path) -> bool {
    let of_the_system = ["/dev", "/proc"].iter().any(|folder| path.starts_with(folder));
    std::fs::metadata(path).is_ok_and(|there| of_the_system || !there.is_file())
}

/// The path after following its links. The last target may not exist yet.
fn target(path: &Path) -> io::Result<PathBuf> {
    let mut path = path.to_owned();
    // The limit of Linux.
    for _ in 0..40 {
        let Ok(next) = std::fs::read_link(&path) else { return Ok(path) };
        path = path.parent().map(|folder| folder.join(&next)).unwrap_or(next);
    }
    Err(io::Error::other("its links form a loop"))
}

/// A new file beside a path, which becomes it. What a process that was killed left there is used again.
fn part(path: &Path) -> io::Result<(PathBuf, File)> {
    let beside = |suffix: &str| {
        let mut name = path.file_name().unwrap_or_default().to_owned();
        name.push(suffix);
        path.with_file_name(name)
    };
    let part = beside(".part");
    // A link would lead to a file that the reader of the command line does not see.
    if part.is_symlink() {
        std::fs::remove_file(&part)?;
    }
    let file = OpenOptions::new().write(true).create(true).truncate(false).open(&part)?;
    // The process that has the lock may have renamed the file in the meantime.
    let is_there = |file: &File| Ok::<_, io::Error>(Handle::from_file(file.try_clone()?)? == Handle::from_path(&part)?);
    if file.try_lock().is_ok() && is_there(&file).unwrap_or(false) {
        file.set_len(0)?;
        return Ok((part, file));
    }
    let own = beside(&format!(".{}.part", std::process::id()));
    let _ = std::fs::remove_file(&own);
    let file = OpenOptions::new().write(true).create_new(true).open(&own)?;
    Ok((own, file))
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::os::unix::fs::{FileTypeExt, PermissionsExt, symlink};

    #[test]
    fn a_prepared_folder_leads_to_no_other_file() {
        let folder = tempfile::tempdir().unwrap();
        let (path, other) = (folder.path().join("golden.png"), folder.path().join("other"));
        std::fs::write(&other, "untouched").unwrap();
        symlink(&other, &path).unwrap();
        assert!(replace_unlinked(&path, "new").is_err());
        std::fs::remove_file(&path).unwrap();
        symlink(&other, folder.path().join(format!("golden.png.{}.part", std::process::id()))).unwrap();
        replace_unlinked(&path, "new").unwrap();
        replace_unlinked(&path, "newer").unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "newer");
        assert_eq!(std::fs::read_to_string(&other).unwrap(), "untouched");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2);
    }

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
    fn a_replaced_file_keeps_its_mode_and_a_read_only_one_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("suite.toml");
        replace(&path, "one").unwrap();
        for mode in [0o600, 0o664, 0o755] {
            std::fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
            replace(&path, "two").unwrap();
            assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, mode);
        }
        std::fs::set_permissions(&path, Permissions::from_mode(0o444)).unwrap();
        assert_eq!(replace(&path, "three").unwrap_err().to_string(), "it is read-only");
        probe(&path).unwrap_err();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "two");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing else remains");
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
    fn links_that_form_a_loop_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let (a, b) = (folder.path().join("a"), folder.path().join("b"));
        symlink(&b, &a).unwrap();
        symlink(&a, &b).unwrap();
        assert_eq!(replace(&a, "one").unwrap_err().to_string(), "its links form a loop");
    }

    // Through a link, so a mistake replaces the link and not the machine's device.
    #[test]
    fn a_device_is_written_to_and_stays_a_device() {
        let folder = tempfile::tempdir().unwrap();
        let link = folder.path().join("null");
        symlink("/dev/null", &link).unwrap();
        replace(&link, "one").unwrap();
        assert!(link.is_symlink());
        assert!(std::fs::metadata(&link).unwrap().file_type().is_char_device());
    }

    #[test]
    fn what_a_killed_process_left_is_used_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("report.json");
        std::fs::write(folder.path().join("report.json.part"), "a longer text that was cut o").unwrap();
        replace(&path, "one").unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "one");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing else remains");
    }

    #[test]
    fn a_link_in_place_of_a_partial_file_leads_nowhere() {
        let folder = tempfile::tempdir().unwrap();
        let (path, other) = (folder.path().join("report.json"), folder.path().join("other"));
        std::fs::write(&other, "untouched").unwrap();
        symlink(&other, folder.path().join("report.json.part")).unwrap();
        probe(&path).unwrap();
        symlink(&other, folder.path().join("report.json.part")).unwrap();
        replace(&path, "one").unwrap();
        assert_eq!(std::fs::read_to_string(&other).unwrap(), "untouched");
        assert!(!path.is_symlink());
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "one");
    }

    #[test]
    fn two_writers_of_one_file_do_not_mix() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("report.json");
        let (first, file) = part(&path).unwrap();
        let (second, _file) = part(&path).unwrap();
        assert_ne!(first, second);
        std::fs::rename(&first, &path).unwrap();
        drop(file);
        replace(&path, "two").unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "two");
    }
}
